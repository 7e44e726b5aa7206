package host

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

var errShort = errors.New("a message that does not decode")

// reader takes a body apart. After the first fault everything it returns is
// zero and err says so; counts are checked against what is left before
// anything is allocated.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() {
	r.b, r.err = nil, errShort
}

// take returns the next n bytes, or nil.
func (r *reader) take(n int) []byte {
	if len(r.b) < n {
		r.fail()
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) u8() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.take(n)
	return v
}

func (r *reader) int() int64 {
	u := r.uint()
	return int64(u>>1) ^ -int64(u&1) // as binary.Varint
}

func (r *reader) bool() bool { return r.u8() != 0 }

// count reads how many things of at least size bytes follow.
func (r *reader) count(size int) int {
	n := r.uint()
	if n > uint64(len(r.b)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	return string(r.take(r.count(1)))
}

func putText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func putBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// A value begins with a byte: its kind in the low three bits, and what follows.
const (
	valueSource  = 1 << 3 // a source time, as the difference to the one before
	valueSame    = 1 << 4 // the source time of the one before
	valueQuality = 1 << 5 // a quality other than good
	valueFlags   = 1 << 6 // flags other than none
)

// putValues writes values without Received, which the parent sets.
func putValues(b []byte, vals []tag.Value) []byte {
	b = binary.AppendUvarint(b, uint64(len(vals)))
	last := int64(0)
	for i := range vals {
		v := &vals[i]
		head := byte(v.Value.Kind())
		switch {
		case v.Source == 0:
		case v.Source == last:
			head |= valueSame
		default:
			head |= valueSource
		}
		if v.Quality != tag.Good {
			head |= valueQuality
		}
		if v.Flags != 0 {
			head |= valueFlags
		}
		b = append(b, head)
		if head&valueSource != 0 {
			b = binary.AppendVarint(b, v.Source-last)
			last = v.Source
		}
		if head&valueQuality != 0 {
			b = binary.LittleEndian.AppendUint32(b, v.Quality.Status())
		}
		if head&valueFlags != 0 {
			b = append(b, byte(v.Flags))
		}
		b = putScalarBody(b, v.Value)
	}
	return b
}

// values reads as many values as there are; into is used where it is long enough.
func (r *reader) values(into []tag.Value) []tag.Value {
	n := r.count(1)
	out := into[:0]
	if cap(out) < n {
		out = make([]tag.Value, 0, n)
	}
	last := int64(0)
	for range n {
		head := r.u8()
		var v tag.Value
		switch {
		case head&valueSource != 0:
			last += r.int()
			v.Source = last
		case head&valueSame != 0:
			v.Source = last
		}
		v.Quality = tag.Good
		if head&valueQuality != 0 {
			v.Quality = tag.FromStatus(r.u32())
		}
		if head&valueFlags != 0 {
			v.Flags = tag.Flags(r.u8())
		}
		v.Value = r.scalarBody(tag.Kind(head & 7))
		if r.err != nil {
			return out
		}
		out = append(out, v)
	}
	return out
}

func putScalar(b []byte, s tag.Scalar) []byte {
	return putScalarBody(append(b, byte(s.Kind())), s)
}

func (r *reader) scalar() tag.Scalar { return r.scalarBody(tag.Kind(r.u8())) }

func putScalarBody(b []byte, s tag.Scalar) []byte {
	switch s.Kind() {
	case tag.KindFloat:
		return binary.LittleEndian.AppendUint64(b, s.Bits())
	case tag.KindInt:
		return binary.AppendVarint(b, int64(s.Bits()))
	case tag.KindBool:
		return append(b, byte(s.Bits()))
	case tag.KindText:
		return putText(b, s.Str())
	}
	return b
}

func (r *reader) scalarBody(k tag.Kind) tag.Scalar {
	switch k {
	case tag.None:
		return tag.Scalar{}
	case tag.KindFloat:
		return tag.FromBits(k, r.u64(), "")
	case tag.KindInt:
		return tag.Int(r.int())
	case tag.KindBool:
		return tag.Bool(r.bool())
	case tag.KindText:
		return tag.Text(r.text())
	}
	r.fail()
	return tag.Scalar{}
}

func putIndexes(b []byte, idx []int) []byte {
	b = binary.AppendUvarint(b, uint64(len(idx)))
	last := 0
	for _, i := range idx {
		b = binary.AppendVarint(b, int64(i-last))
		last = i
	}
	return b
}

// indexes reads indexes below limit.
func (r *reader) indexes(limit int) []int {
	n := r.count(1)
	out := make([]int, 0, n)
	last := int64(0)
	for range n {
		last += r.int()
		if last < 0 || last >= int64(limit) {
			r.fail()
			return nil
		}
		out = append(out, int(last))
	}
	return out
}

func putPoint(b []byte, p drivers.Point) []byte {
	b = putText(putText(b, p.Address), p.Type)
	b = binary.AppendVarint(b, int64(p.Period))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Band))
}

func (r *reader) point() drivers.Point {
	return drivers.Point{
		Address: r.text(), Type: r.text(), Period: time.Duration(r.int()), Band: math.Float64frombits(r.u64()),
	}
}

const pointSize = 11 // at least

func putPoints(b []byte, ps []drivers.Point) []byte {
	b = binary.AppendUvarint(b, uint64(len(ps)))
	for _, p := range ps {
		b = putPoint(b, p)
	}
	return b
}

func (r *reader) points() []drivers.Point {
	n := r.count(pointSize)
	out := make([]drivers.Point, 0, n)
	for range n {
		out = append(out, r.point())
	}
	return out
}

func putDevice(b []byte, d drivers.Device) []byte {
	b = putText(putText(putText(b, d.Name), d.Driver), d.Endpoint)
	b = binary.AppendUvarint(b, uint64(len(d.Options)))
	keys := make([]string, 0, len(d.Options))
	for k := range d.Options {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		b = putText(putText(b, k), d.Options[k])
	}
	for _, t := range [...]time.Duration{d.Timeout, d.MaxSkew, d.Past} {
		b = binary.AppendVarint(b, int64(t))
	}
	return b
}

func (r *reader) device() drivers.Device {
	d := drivers.Device{Name: r.text(), Driver: r.text(), Endpoint: r.text()}
	if n := r.count(2); n > 0 {
		d.Options = make(map[string]string, n)
		for range n {
			k := r.text()
			d.Options[k] = r.text()
		}
	}
	d.Timeout, d.MaxSkew, d.Past = time.Duration(r.int()), time.Duration(r.int()), time.Duration(r.int())
	return d
}

const (
	nodeLeaf = 1 << iota
	nodeParent
	nodeWritable
)

func putNodes(b []byte, nodes []drivers.Node) []byte {
	b = binary.AppendUvarint(b, uint64(len(nodes)))
	for _, n := range nodes {
		for _, s := range []string{n.Address, n.Name, n.Text, n.Type, n.Unit} {
			b = putText(b, s)
		}
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(n.Lo))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(n.Hi))
		b = binary.AppendUvarint(b, uint64(len(n.States)))
		for _, s := range n.States {
			b = putText(binary.AppendVarint(b, s.Value), s.Text)
		}
		var is byte
		for bit, v := range map[byte]bool{nodeLeaf: n.Leaf, nodeParent: n.Parent, nodeWritable: n.Writable} {
			if v {
				is |= bit
			}
		}
		b = append(b, is)
	}
	return b
}

func (r *reader) nodes() []drivers.Node {
	n := r.count(23)
	out := make([]drivers.Node, 0, n)
	for range n {
		var d drivers.Node
		d.Address, d.Name, d.Text, d.Type, d.Unit = r.text(), r.text(), r.text(), r.text(), r.text()
		d.Lo, d.Hi = math.Float64frombits(r.u64()), math.Float64frombits(r.u64())
		for range r.count(2) {
			d.States = append(d.States, tag.State{Value: r.int(), Text: r.text()})
		}
		is := r.u8()
		d.Leaf, d.Parent, d.Writable = is&nodeLeaf != 0, is&nodeParent != 0, is&nodeWritable != 0
		out = append(out, d)
	}
	return out
}

func putWire(b []byte, w drivers.Wire) []byte {
	for _, n := range [...]uint64{w.Sent, w.Received, w.SentBytes, w.ReceivedBytes, w.Repeated, w.Unfit, uint64(w.Answers.Max), uint64(w.Answers.Sum)} {
		b = binary.AppendUvarint(b, n)
	}
	for _, n := range w.Answers.Counts {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func (r *reader) wire() drivers.Wire {
	w := drivers.Wire{Sent: r.uint(), Received: r.uint(), SentBytes: r.uint(), ReceivedBytes: r.uint(), Repeated: r.uint(), Unfit: r.uint()}
	w.Answers.Max, w.Answers.Sum = time.Duration(r.uint()), time.Duration(r.uint())
	for i := range w.Answers.Counts {
		w.Answers.Counts[i] = r.uint()
	}
	return w
}
