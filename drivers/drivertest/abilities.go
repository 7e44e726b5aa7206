package drivertest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// inbox collects what a subscription pushes.
type inbox struct {
	mu    sync.Mutex
	last  map[int]tag.Value
	beat  time.Time
	gap   time.Duration // longest between two pushes
	n     int
	wrong []int // indexes that are not of a point
	size  int
}

func (b *inbox) push(idx []int, vals []tag.Value) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if !b.beat.IsZero() {
		b.gap = max(b.gap, now.Sub(b.beat))
	}
	b.beat = now
	b.n++
	for n, i := range idx {
		if i < 0 || i >= b.size || len(vals) != len(idx) {
			b.wrong = append(b.wrong, i)
			continue
		}
		b.last[i] = vals[n]
	}
}

func (b *inbox) until(ok func(last map[int]tag.Value) bool) bool {
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		b.mu.Lock()
		done := ok(b.last)
		b.mu.Unlock()
		if done || time.Now().After(end) {
			return done
		}
	}
}

// subscriber dials and subscribes Writable, Missing and Readable, in this order.
func subscriber(t *testing.T, h Harness) (drivers.Conn, *inbox, <-chan error) {
	t.Helper()
	c := dial(t, h)
	s, ok := drivers.As[drivers.Subscriber](c)
	if !ok {
		t.Skip("this connection does not push")
	}
	points := append([]drivers.Point{h.Writable, h.Missing}, h.Readable...)
	for i := range points {
		points[i].Period = 100 * time.Millisecond
	}
	b := &inbox{last: map[int]tag.Value{}, size: len(points)}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel() // the subscription outlives the context it was made with
	ended, err := s.Subscribe(ctx, points, b.push)
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return c, b, ended
}

func subscribe(t *testing.T, h Harness) {
	c, b, _ := subscriber(t, h)
	if !b.until(func(last map[int]tag.Value) bool { return len(last) == b.size }) {
		t.Fatalf("values of %d of %d points came", len(b.last), b.size)
	}
	if b.last[1].Quality.Usable() {
		t.Errorf("the missing point has quality %v", b.last[1].Quality)
	}
	for i := 2; i < b.size; i++ {
		if !b.last[i].Quality.Usable() {
			t.Errorf("%s has quality %v", h.Readable[i-2].Address, b.last[i].Quality)
		}
	}
	for _, v := range h.Values {
		if err := write(t, c, usual, h.Writable, v); err != nil {
			t.Fatalf("write beside a subscription: %v", err)
		}
		if !b.until(func(last map[int]tag.Value) bool { return last[0].Value == v }) {
			t.Errorf("the change to %v was not pushed", v)
		}
	}
	promptly(t, "a sign of life", 1500*time.Millisecond, func() time.Duration {
		b.mu.Lock()
		b.gap = 0
		b.mu.Unlock()
		time.Sleep(3 * time.Second)
		b.mu.Lock()
		defer b.mu.Unlock()
		return max(b.gap, time.Since(b.beat))
	})
	b.mu.Lock()
	if len(b.wrong) > 0 {
		t.Errorf("pushed for indexes %v of %d points", b.wrong, b.size)
	}
	b.mu.Unlock()
	c.Close()
	b.mu.Lock()
	n := b.n
	b.mu.Unlock()
	time.Sleep(1200 * time.Millisecond)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n > n+1 { // one may have been on its way
		t.Errorf("%d pushes after close", b.n-n)
	}
}

func subscribeCut(t *testing.T, h Harness) {
	if h.Cut == nil {
		t.Skip("this line cannot be cut")
	}
	_, _, ended := subscriber(t, h)
	h.Cut()
	defer h.Heal()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the subscription ended without an error")
		}
	case <-time.After(patience):
		t.Error("the subscription does not notice a cut line")
	}
}

// browse walks down to the first leaf and checks that it can be used.
func browse(t *testing.T, h Harness) {
	c := dial(t, h)
	b, ok := drivers.As[drivers.Browser](c)
	if !ok {
		t.Skip("this connection cannot browse")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	asked := 0
	var walk func(under string, depth int) bool
	walk = func(under string, depth int) bool {
		if asked++; asked > 200 {
			return false
		}
		nodes, err := b.Browse(ctx, under)
		if err != nil {
			t.Fatalf("browse %q: %v", under, err)
		}
		if under == "" && len(nodes) == 0 {
			t.Fatal("there is nothing at the root")
		}
		for _, n := range nodes {
			if n.Address == "" || n.Name == "" {
				t.Errorf("under %q: a node without address or name: %+v", under, n)
			}
			if n.Leaf {
				if err := h.Driver.CheckPoint(h.Device, drivers.Point{Address: n.Address, Type: n.Type}); err != nil {
					t.Errorf("a leaf that cannot be a point: %v", err)
				}
				return true
			}
		}
		for _, n := range nodes {
			if n.Parent && depth < 12 && walk(n.Address, depth+1) {
				return true
			}
		}
		return false
	}
	if !walk("", 0) {
		t.Error("no leaf was found")
	}
	if _, err := read(t, c, usual, h.Readable...); err != nil {
		t.Errorf("read after browsing: %v", err)
	}
}

func history(t *testing.T, h Harness) {
	c := dial(t, h)
	r, ok := drivers.As[drivers.HistoryReader](c)
	if !ok {
		t.Skip("this connection has no history")
	}
	from := time.Now().Add(-time.Minute).UnixNano()
	for _, v := range h.Values {
		if err := write(t, c, usual, h.Writable, v); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	to := time.Now().UnixNano()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	vals, err := r.ReadHistory(ctx, h.Writable, from, to)
	if errors.Is(err, drivers.ErrRefused) {
		t.Skip("this point has no history")
	}
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for _, v := range vals {
		if v.Source < from || v.Source >= to {
			t.Errorf("a value of %v is outside the time asked for", time.Unix(0, v.Source))
		}
		if v.Source < last {
			t.Error("the values are not in order")
		}
		last = v.Source
	}
	if len(vals) < len(h.Values) || vals[len(vals)-1].Value != h.Values[1] {
		t.Errorf("%d values, want at least the two written", len(vals))
	}
	if _, err := r.ReadHistory(ctx, h.Missing, from, to); err == nil {
		t.Error("a missing point has a history")
	}
	if _, err := read(t, c, usual, h.Readable...); err != nil {
		t.Errorf("read after history: %v", err)
	}
}

// board keeps the device's own alarms as a list would.
type board struct {
	mu   sync.Mutex
	rows map[string]drivers.Condition
	all  int // how often everything came
}

func (b *board) push(list []drivers.Condition, all bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if all {
		b.rows = map[string]drivers.Condition{}
		b.all++
	}
	for _, c := range list {
		if delete(b.rows, c.ID+" "+c.Branch); c.Retain {
			b.rows[c.ID+" "+c.Branch] = c
		}
	}
}

func (b *board) until(t *testing.T, what, id string, ok func(c drivers.Condition, listed bool) bool) drivers.Condition {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		b.mu.Lock()
		c, listed := b.rows[id+" "]
		came := b.all > 0
		b.mu.Unlock()
		if came && ok(c, listed) {
			return c
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %+v, listed %v", what, c, listed)
		}
	}
}

func alarms(t *testing.T, h Harness) {
	c := dial(t, h)
	a, ok := drivers.As[drivers.Alarmer](c)
	if !ok || h.Raise == nil {
		t.Skip("this connection has no alarms")
	}
	id := h.Raise()
	b := &board{}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ended, err := a.Conditions(ctx, b.push)
	if err != nil {
		t.Fatal(err)
	}
	seen := b.until(t, "what stood before", id, func(c drivers.Condition, listed bool) bool { return listed && c.Active && !c.Acked })
	if seen.Event == "" || seen.Severity < 1 || seen.Severity > 1000 || seen.Time == 0 {
		t.Errorf("the alarm is %+v", seen)
	}
	ack := drivers.Response{Do: drivers.Acknowledge, ID: id, Event: seen.Event, Comment: "seen"}
	wrong := ack
	wrong.Event = seen.Event + "0"
	if err := a.Respond(ctx, wrong); !errors.Is(err, drivers.ErrRefused) {
		t.Errorf("an answer to an event that never was: %v", err)
	}
	if err := a.Respond(ctx, ack); err != nil {
		t.Fatalf("acknowledge: %v", err)
	}
	b.until(t, "acknowledged", id, func(c drivers.Condition, listed bool) bool { return listed && c.Acked && c.Comment == "seen" })
	h.Clear()
	b.until(t, "returned", id, func(c drivers.Condition, listed bool) bool { return !listed || !c.Active })
	if _, err := read(t, c, usual, h.Readable...); err != nil {
		t.Errorf("read beside alarms: %v", err)
	}
	if h.Cut == nil {
		return
	}
	h.Cut()
	defer h.Heal()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it ended without an error")
		}
	case <-time.After(patience):
		t.Error("following alarms does not notice a cut line")
	}
}

func call(t *testing.T, h Harness) {
	c := dial(t, h)
	k, ok := drivers.As[drivers.Caller](c)
	if !ok || h.Call == nil {
		t.Skip("this connection has no methods")
	}
	ctx, cancel := context.WithTimeout(t.Context(), usual)
	defer cancel()
	got, err := k.Call(ctx, h.Call.Object, h.Call.Method, h.Call.Args)
	if err != nil || !slices.Equal(got, h.Call.Results) {
		t.Errorf("results %v, %v; want %v", got, err, h.Call.Results)
	}
	if _, err := k.Call(ctx, h.Call.Object, h.Call.Method+"x", h.Call.Args); !errors.Is(err, drivers.ErrRefused) {
		t.Errorf("a method that is not there: %v", err)
	}
	if len(h.Call.Args) > 0 {
		if _, err := k.Call(ctx, h.Call.Object, h.Call.Method, []tag.Scalar{tag.Text("not what it takes")}); !errors.Is(err, drivers.ErrRefused) {
			t.Errorf("arguments it cannot take: %v", err)
		}
	}
	if _, err := read(t, c, usual, h.Readable...); err != nil {
		t.Errorf("a refused call broke the connection: %v", err)
	}
}

// metered looks whether what goes over the wire is counted, if it is.
func metered(t *testing.T, h Harness) {
	c := dial(t, h)
	m, ok := drivers.As[drivers.Metered](c)
	if !ok {
		t.Skip("this connection does not count what goes over its wire")
	}
	before := m.Wire()
	if _, err := read(t, c, usual, h.Readable...); err != nil {
		t.Fatal(err)
	}
	more := func() bool { w := m.Wire(); return w.Sent > before.Sent && w.Received > before.Received }
	for end := time.Now().Add(usual); !more() && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		// one that stands for another hears of it a little later
	}
	if !more() {
		t.Errorf("a read left the counts at %+v", before)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	last := m.Wire()
	if _, err := read(t, c, usual, h.Readable...); err == nil {
		t.Error("a closed connection reads")
	}
	if w := m.Wire(); w.Received != last.Received || w.Received < before.Received {
		t.Errorf("after Close the counts went from %+v to %+v", last, w)
	}
}

// signs asks for signs of life, which a device that hangs does not give.
func signs(t *testing.T, h Harness) {
	c := dial(t, h)
	p, ok := drivers.As[drivers.Prober](c)
	if !ok {
		t.Skip("this connection gives no signs of life between scans")
	}
	probe := func(limit time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		return p.Probe(ctx)
	}
	if err := probe(usual); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, c, usual, h.Readable...); err != nil {
		t.Fatalf("read after a sign of life: %v", err)
	}
	if h.Hang == nil {
		return
	}
	h.Hang()
	defer h.Heal()
	for end := time.Now().Add(patience); probe(time.Second) == nil; time.Sleep(100 * time.Millisecond) { // it need not ask each time
		if time.Now().After(end) {
			t.Fatal("a device that hangs gives signs of life")
		}
	}
}

// underLink lets the driver do its job under a Link: values come, a lost line
// shows, writes are verified, and it heals.
func underLink(t *testing.T, h Harness) {
	points := []drivers.Tagged{{ID: "SP", Point: h.Writable}, {ID: "GONE", Point: h.Missing}}
	for i, p := range h.Readable {
		points = append(points, drivers.Tagged{ID: tag.ID("T" + tag.Int(int64(i)).String()), Point: p})
	}
	for i := range points {
		points[i].Period = 200 * time.Millisecond
	}
	var mu sync.Mutex
	last := map[tag.ID]tag.Value{}
	l := drivers.NewLink(h.Driver, h.Device, points, drivers.LinkOptions{Backfill: -1}, func(batch []tag.Sample) {
		mu.Lock()
		defer mu.Unlock()
		for _, s := range batch {
			last[s.ID] = s.Value
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { l.Run(ctx); close(ended) }()
	defer func() { stop(); <-ended }()
	want := func(what string, ok func(q tag.Quality) bool) {
		t.Helper()
		for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			mu.Lock()
			q, came := last["T0"]
			mu.Unlock()
			if came && ok(q.Quality) {
				return
			}
			if time.Now().After(end) {
				s := l.Status()
				t.Fatalf("%s: quality %v after %v; link %s: %s", what, q.Quality, patience, s.State, s.Detail)
			}
		}
	}
	want("at first", tag.Quality.Usable)
	res, err := l.Write(t.Context(), "SP", h.Values[0])
	if err != nil || res.Stage != drivers.Verified {
		t.Errorf("write: %v, %v", res.Stage, err)
	}
	mu.Lock()
	if v, ok := last["GONE"]; ok && v.Quality.Usable() {
		t.Errorf("the missing point is %v", v.Quality)
	}
	mu.Unlock()
	lost := func(q tag.Quality) bool { return q == tag.BadCommunicationError }
	for name, f := range map[string]func(){"cut": h.Cut, "hang": h.Hang} {
		if f == nil {
			continue
		}
		f()
		want(name, lost)
		if _, err := l.Write(t.Context(), "SP", h.Values[1]); !errors.Is(err, drivers.ErrDown) {
			t.Errorf("%s: write while down: %v", name, err)
		}
		h.Heal()
		want("healed from "+name, tag.Quality.Usable)
	}
}
