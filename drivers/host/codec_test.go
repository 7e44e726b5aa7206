package host

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"penstock/app/tag"
	"penstock/drivers"
)

var anyScalar = rapid.Custom(func(t *rapid.T) tag.Scalar {
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 1:
		return tag.FromBits(tag.KindFloat, rapid.Uint64().Draw(t, "bits"), "") // NaNs included
	case 2:
		return tag.Int(rapid.Int64().Draw(t, "int"))
	case 3:
		return tag.Bool(rapid.Bool().Draw(t, "bool"))
	case 4:
		return tag.Text(rapid.String().Draw(t, "text"))
	}
	return tag.Scalar{}
})

var anyValue = rapid.Custom(func(t *rapid.T) tag.Value {
	return tag.Value{
		Source:  rapid.OneOf(rapid.Just(int64(0)), rapid.Int64(), rapid.Just(int64(1795315200e9))).Draw(t, "source"),
		Value:   anyScalar.Draw(t, "value"),
		Quality: tag.FromStatus(rapid.OneOf(rapid.Just(uint32(0)), rapid.Uint32()).Draw(t, "status")),
		Flags:   tag.Flags(rapid.Uint8().Draw(t, "flags")),
	}
})

// What goes through the pipe comes out as it was.
func TestEverythingSurvivesThePipe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vals := rapid.SliceOfN(anyValue, 0, 20).Draw(t, "values")
		idx := rapid.SliceOfN(rapid.IntRange(0, 99), 0, 20).Draw(t, "indexes")
		points := rapid.SliceOfN(rapid.Make[drivers.Point](), 0, 5).Draw(t, "points")
		dev := rapid.Make[drivers.Device]().Draw(t, "device")
		dev.Disabled = false // a disabled device is never dialled
		if len(dev.Options) == 0 {
			dev.Options = nil
		}
		var nodes []drivers.Node
		for range rapid.IntRange(0, 3).Draw(t, "nodes") {
			n := drivers.Node{Address: rapid.String().Draw(t, "a"), Name: rapid.String().Draw(t, "n"), Lo: 1.5, Hi: -2, Leaf: rapid.Bool().Draw(t, "l"), Writable: rapid.Bool().Draw(t, "w"), Parent: rapid.Bool().Draw(t, "p")}
			if n.Leaf {
				n.States = []tag.State{{Value: -1, Text: "off"}}
			}
			nodes = append(nodes, n)
		}
		conditions := rapid.SliceOfN(rapid.Make[drivers.Condition](), 0, 3).Draw(t, "conditions")
		response := rapid.Make[drivers.Response]().Draw(t, "response")
		scalars := rapid.SliceOfN(anyScalar, 0, 4).Draw(t, "scalars")
		b := putNodes(putDevice(putPoints(putIndexes(putValues(nil, vals), idx), points), dev), nodes)
		wire := rapid.Make[drivers.Wire]().Draw(t, "wire")
		b = putWire(putScalars(putResponse(putConditions(b, conditions), response), scalars), wire)
		r := reader{b: b}
		gotVals, gotIdx, gotPoints, gotDev, gotNodes := r.values(nil), r.indexes(100), r.points(), r.device(), r.nodes()
		gotConditions, gotResponse, gotScalars, gotWire := r.conditions(), r.response(), r.scalars(), r.wire()
		if r.err != nil || len(r.b) != 0 {
			t.Fatalf("error %v, %d bytes left", r.err, len(r.b))
		}
		same := func(what string, got, want any) {
			if !reflect.DeepEqual(got, want) && reflect.ValueOf(want).Len() > 0 {
				t.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
		same("values", gotVals, vals)
		same("indexes", gotIdx, idx)
		same("nodes", gotNodes, nodes)
		same("conditions", gotConditions, conditions)
		same("scalars", gotScalars, scalars)
		if gotWire != wire {
			t.Fatalf("wire %+v, want %+v", gotWire, wire)
		}
		if gotResponse != response {
			t.Fatalf("response %+v, want %+v", gotResponse, response)
		}
		if !reflect.DeepEqual(gotDev, dev) {
			t.Fatalf("device %+v, want %+v", gotDev, dev)
		}
		for i := range points { // by value: a band may be NaN
			if a, b := gotPoints[i], points[i]; a.Address != b.Address || a.Type != b.Type || a.Period != b.Period {
				t.Fatalf("point %+v, want %+v", a, b)
			}
		}
	})
}

func TestErrorsSurviveThePipe(t *testing.T) {
	for _, err := range []error{
		nil, errors.New("plain"), drivers.ErrRefused, errors.Join(drivers.ErrUnknown, context.DeadlineExceeded),
		drivers.Plain(io.EOF, "Look at the %s.", "fuse"),
	} {
		r := reader{b: putError(nil, err)}
		got := r.error()
		if r.err != nil || (got == nil) != (err == nil) {
			t.Fatalf("%v became %v", err, got)
		}
		for _, s := range sentinels {
			if errors.Is(got, s) != errors.Is(err, s) {
				t.Errorf("%v: errors.Is(%v) has changed", err, s)
			}
		}
		if err != nil && (got.Error() != err.Error() || drivers.Words(got) != drivers.Words(err)) {
			t.Errorf("%q %q became %q %q", err, drivers.Words(err), got, drivers.Words(got))
		}
	}
}

// Whatever a child sends, its parent neither panics nor allocates more than a
// frame may hold.
func FuzzFromChild(f *testing.F) {
	vals := []tag.Value{{Source: 5, Value: tag.Float(1), Quality: tag.Good}, {Value: tag.Text("x"), Quality: tag.Bad, Flags: 3}}
	hello := appendFrame(nil, opHello, 0, 0, []byte{version})
	f.Add(append(bytes.Clone(hello), appendFrame(nil, opReply, 1, 1, putValues(putError(nil, nil), vals))...))
	f.Add(append(bytes.Clone(hello), appendFrame(nil, opPush, 0, 1, putValues(putIndexes(nil, []int{0, 1}), vals))...))
	f.Add(append(bytes.Clone(hello), appendFrame(nil, opEnded, 0, 1, putError(nil, io.EOF))...))
	f.Add(append(bytes.Clone(hello), appendFrame(nil, opNotice, 0, 1, putConditions(putBool(nil, true), []drivers.Condition{{ID: "c", Active: true}}))...))
	f.Add(append(bytes.Clone(hello), appendFrame(nil, opTrace, 0, 1, putText(nil, "line"))...))
	f.Add(append(bytes.Clone(hello), appendFrame(nil, opReply, 1, 1, putNodes(putError(nil, nil), []drivers.Node{{Address: "a", States: []tag.State{{}}}}))...))
	f.Add(append(bytes.Clone(hello), 0xff, 0xff, 0xff, 0x7f, 1))
	f.Fuzz(func(t *testing.T, sent []byte) {
		ch := &child{dead: make(chan struct{}), send: make(chan []byte, 8), calls: map[uint32]chan reader{}, conns: map[uint32]*conn{}}
		c := &conn{child: ch, id: 1, points: 2, trace: func(string) {}, push: func([]int, []tag.Value) {}, notice: func([]drivers.Condition, bool) {}}
		c.open(&c.values, opPush)
		c.open(&c.alarms, opNotice)
		defer c.end(io.EOF)
		ch.conns[1] = c
		answer := make(chan reader, 1)
		ch.calls[1] = answer
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := bufio.NewReader(bytes.NewReader(sent))
		for {
			f, err := readFrame(r)
			if err != nil || ch.take(f) != nil {
				break
			}
		}
		select {
		case a := <-answer:
			for _, decode := range []func(r reader){
				func(r reader) { r.values(nil) }, func(r reader) { r.nodes() }, func(r reader) { r.points() }, func(r reader) { r.device() }, func(r reader) { r.error() },
				func(r reader) { r.conditions() }, func(r reader) { r.scalars() },
			} {
				decode(a)
			}
		default:
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%d bytes were allocated for %d", used, len(sent))
		}
	})
}

// Whatever a parent sends, a child answers or ends; it does not panic.
func FuzzFromParent(f *testing.F) {
	dial := appendFrame(nil, opDial, 1, 1, putDevice(putBool([]byte{0}, true), drivers.Device{Name: "A"}))
	with := func(op byte, body []byte) []byte {
		return append(bytes.Clone(dial), appendFrame(nil, op, 2, 1, append([]byte{0}, body...))...)
	}
	p := drivers.Point{Address: "a"}
	f.Add(with(opRead, putPoints(putBool([]byte{1}, true), []drivers.Point{p})))
	f.Add(with(opRead, []byte{7, 0}))
	f.Add(with(opWrite, putScalar(putPoint(nil, p), tag.Float(1))))
	f.Add(with(opSubscribe, putPoints(nil, []drivers.Point{p})))
	f.Add(with(opBrowse, putText(nil, "")))
	f.Add(with(opHistory, append(putPoint(nil, p), 0, 2)))
	f.Add(with(opConditions, nil))
	f.Add(with(opRespond, putResponse(nil, drivers.Response{Do: drivers.Acknowledge, ID: "c"})))
	f.Add(with(opCall, putScalars(putText(putText(nil, "o"), "m"), []tag.Scalar{tag.Int(1)})))
	f.Add(with(opClose, nil))
	f.Fuzz(func(t *testing.T, sent []byte) {
		done := make(chan error, 1)
		go func() { done <- serve(obliging{}, bytes.NewReader(sent), io.Discard) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Error("the child neither answers nor ends")
		}
	})
}

// obliging is a driver and connection that can do everything.
type obliging struct{}

func (obliging) CheckDevice(drivers.Device) error                           { return nil }
func (obliging) CheckPoint(drivers.Device, drivers.Point) error             { return nil }
func (obliging) Dial(context.Context, drivers.Device) (drivers.Conn, error) { return obliging{}, nil }
func (obliging) Read(context.Context, []drivers.Point, []tag.Value) error   { return nil }
func (obliging) Write(context.Context, drivers.Point, tag.Scalar) error     { return nil }
func (obliging) Close() error                                               { return nil }
func (obliging) Browse(context.Context, string) ([]drivers.Node, error) {
	return []drivers.Node{{}}, nil
}
func (obliging) ReadHistory(context.Context, drivers.Point, int64, int64) ([]tag.Value, error) {
	return nil, nil
}
func (obliging) Call(context.Context, string, string, []tag.Scalar) ([]tag.Scalar, error) {
	return nil, nil
}
func (obliging) Respond(context.Context, drivers.Response) error { return nil }
func (obliging) Conditions(_ context.Context, push func([]drivers.Condition, bool)) (<-chan error, error) {
	push(nil, true)
	return make(chan error), nil
}
func (obliging) Subscribe(_ context.Context, _ []drivers.Point, push func([]int, []tag.Value)) (<-chan error, error) {
	push(nil, nil)
	return make(chan error), nil
}

func TestFramesAreLimited(t *testing.T) {
	for name, b := range map[string][]byte{
		"too long":  {0xff, 0xff, 0xff, 0xff, opReply, 0, 0, 0, 0, 0, 0, 0, 0},
		"too short": {1, 0, 0, 0, opReply, 0, 0, 0, 0, 0, 0, 0, 0},
		"no kind":   {9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"cut off":   {20, 0, 0, 0, opReply, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2},
	} {
		if _, err := readFrame(bufio.NewReader(bytes.NewReader(b))); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A push of 100 values, from the driver in the child to the link: what the
// codec and the frame cost, without the pipe.
func BenchmarkCodec100(b *testing.B) {
	vals := make([]tag.Value, 100)
	idx := make([]int, 100)
	for i := range vals {
		vals[i] = tag.Value{Source: 1795315200e9 + int64(i), Value: tag.Float(float64(i) * 1.1), Quality: tag.Good}
		idx[i] = i
	}
	b.ReportAllocs()
	var body, wire []byte
	for b.Loop() {
		body = putValues(putIndexes(body[:0], idx), vals)
		wire = appendFrame(wire[:0], opPush, 0, 1, body)
		f, err := readFrame(bufio.NewReaderSize(bytes.NewReader(wire), 16))
		if err != nil {
			b.Fatal(err)
		}
		r := reader{b: f.body}
		r.indexes(100)
		r.values(nil)
		if r.err != nil {
			b.Fatal(r.err)
		}
	}
	b.ReportMetric(float64(len(wire))/100, "bytes/value")
}

// A dial whose caller has given up leaves no connection in the child, however
// late it succeeds.
func TestALateDialLeavesNothing(t *testing.T) {
	in, parent := io.Pipe()
	d := &lateDriver{dialling: make(chan struct{}), release: make(chan struct{}), closed: make(chan struct{})}
	done := make(chan error, 1)
	go func() { done <- serve(d, in, io.Discard) }()
	parent.Write(appendFrame(nil, opDial, 1, 1, putDevice(putBool([]byte{0}, false), drivers.Device{})))
	<-d.dialling
	parent.Write(appendFrame(nil, opCancel, 1, 1, nil))
	parent.Write(appendFrame(nil, opClose, 2, 1, []byte{0}))
	parent.Write(appendFrame(nil, opBrowse, 3, 9, []byte{0, 0})) // read in order, so the others have been
	close(d.release)
	select {
	case <-d.closed:
	case <-time.After(5 * time.Second):
		t.Error("the connection was not closed")
	}
	parent.Close()
	<-done
}

// lateDriver connects when it is told to, whatever the context says.
type lateDriver struct {
	obliging
	dialling, release, closed chan struct{}
}

func (d *lateDriver) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	close(d.dialling)
	<-d.release
	time.Sleep(50 * time.Millisecond) // the other frames are handled beside
	return lateConn{d: d}, nil
}

type lateConn struct {
	obliging
	d *lateDriver
}

func (c lateConn) Close() error { close(c.d.closed); return nil }

func TestTheObituaryQuotesTheLastWord(t *testing.T) {
	ch := &child{}
	ch.listen(strings.NewReader("noise\n\npanic: index out of range\nfatal error: and so on\n" + strings.Repeat("goroutine 1\n", 1000)))
	if err := ch.obituary(errors.New("exit status 2")); !errors.Is(err, ErrChild) || !strings.Contains(err.Error(), "exit status 2: panic: index out of range") {
		t.Error(err)
	}
}
