package trend

import (
	"time"

	"penstock/app/tag"
)

// hairRest is how long the cursor stays before exact readings are asked for.
const hairRest = int64(120 * time.Millisecond)

// hair is the cursors: one that follows the mouse and two that can be pinned.
type hair struct {
	hover int64 // time under the mouse; 0: none
	a, b  int64 // pinned; 0: none

	moved  int64 // when the time looked at last changed
	asked  int64 // the time exact readings were asked for
	exactT int64
	exactV map[tag.ID]tag.Value
}

func (h *hair) reset() { *h = hair{} }

// at is the time the table tells about; 0: the newest.
func (h *hair) at() int64 {
	switch {
	case h.hover != 0:
		return h.hover
	case h.b != 0:
		return h.b
	}
	return h.a
}

// pin sets the first cursor, then the second, then starts over.
func (h *hair) pin(t int64) {
	switch {
	case h.a == 0:
		h.a = t
	case h.b == 0:
		h.b = t
	default:
		h.a, h.b = t, 0
	}
}

// pair is the two cursors in order of time, once there are two.
func (h *hair) pair() (a, b int64, ok bool) {
	a, b = h.a, h.b
	if a != 0 && b == 0 && h.hover != 0 && h.hover != a {
		b = h.hover
	}
	if a == 0 || b == 0 {
		return 0, 0, false
	}
	return min(a, b), max(a, b), true
}

func (h *hair) exact(t int64, ids []tag.ID, vals []tag.Value) {
	if len(ids) != len(vals) {
		return
	}
	h.exactT, h.exactV = t, map[tag.ID]tag.Value{}
	for i, id := range ids {
		h.exactV[id] = vals[i]
	}
}

// hairQuestion asks for the exact readings under a cursor that rests.
func (v *View) hairQuestion() {
	t := v.hair.at()
	if t == 0 || t == v.hair.asked || v.now-v.hair.moved < hairRest || v.Small {
		return
	}
	v.hair.asked = t
	v.fetch.askAt(v.Pens(), t)
}

// reading is what the table says of one pen.
type reading struct {
	text  string
	at    int64
	q     tag.Quality
	known bool // q is the source's own, not only usable or not
	ok    bool
}

// look is a pen's reading at the cursor, or the newest.
func (v *View) look(p *pen) reading {
	t := v.hair.at()
	if t == 0 && v.window.Live {
		return readingOf(p.Def, p.series.last)
	}
	if t == 0 {
		t = v.window.at(v.now).End
	}
	if t == v.hair.exactT {
		if val, ok := v.hair.exactV[p.Def.ID]; ok {
			return readingOf(p.Def, val)
		}
	}
	if k := p.series.tailAt(t); k != nil {
		r := reading{at: k.point.t, q: k.q, known: true, ok: k.ok}
		if k.ok {
			r.text = p.Def.Format(scalar(p.Def, k.v))
		}
		return r
	}
	q := p.series.at(t)
	if !q.ok {
		return reading{at: q.t, q: tag.BadNoData}
	}
	return reading{text: p.Def.Format(scalar(p.Def, q.v)), at: q.t, q: tag.Good, ok: true}
}

func readingOf(d *tag.Def, val tag.Value) reading {
	r := reading{at: val.At(), q: val.Quality, known: true, ok: val.Quality.Usable() && val.Value.Kind() != tag.None}
	if r.ok {
		r.text = d.Format(val.Value)
	}
	return r
}

// scalar makes a number of the historian's a value of the tag's kind.
func scalar(d *tag.Def, f float64) tag.Scalar {
	switch d.Kind {
	case tag.KindInt:
		return tag.Int(int64(f))
	case tag.KindBool:
		return tag.Bool(f != 0)
	}
	return tag.Float(f)
}

// tailAt is the live reading in force at t; nil when t is before them.
func (s *series) tailAt(t int64) *live {
	var out *live
	for i := len(s.tail) - 1; i >= 0; i-- {
		if s.tail[i].t <= t {
			out = &s.tail[i]
			break
		}
	}
	return out
}
