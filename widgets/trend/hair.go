package trend

import (
	"math"
	"slices"
	"time"

	"penstock/app/tag"
)

// hairRest is how long the cursor stays before exact readings are asked for.
const hairRest = int64(120 * time.Millisecond)

// hair is the cursors: one that follows the mouse and two that can be pinned.
type hair struct {
	hover int64 // time under the mouse; 0: none
	x     int   // where the mouse is, pixels
	a, b  int64 // pinned; 0: none

	moved int64 // when the time looked at last changed
	asked int64 // the time exact readings are being asked for; 0: none
	known map[int64]map[tag.ID]tag.Value
}

// knownMost bounds the moments whose exact readings are kept.
const knownMost = 16

func (h *hair) reset() { *h = hair{known: h.known, x: h.x} }

// followHover keeps the cursor under a mouse that rests while another window of
// time comes into view; until then it stays at its moment.
func (v *View) followHover() {
	h, w := &v.hair, v.window.at(v.now)
	if h.hover == 0 || h.hover >= w.From() && h.hover <= w.End {
		return
	}
	h.hover = 0
	if h.x >= v.plot.Min.X && h.x < v.plot.Max.X && !v.xy.on {
		h.hover = v.timeAt(h.x)
	}
	h.moved, v.dirty = v.now, true
}

// forget drops the exact readings, because the pens are others.
func (h *hair) forget() { h.asked, h.known = 0, nil }

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

// exact takes in what the source said.
func (h *hair) exact(a answer) {
	if a.at == h.asked {
		h.asked = 0
	}
	if len(h.known) >= knownMost || h.known == nil {
		h.known = map[int64]map[tag.ID]tag.Value{}
	}
	m := make(map[tag.ID]tag.Value, len(a.ids)) // none after a fault: it is not asked again
	for i, id := range a.ids[:min(len(a.ids), len(a.values))] {
		m[id] = a.values[i]
	}
	h.known[a.at] = m
}

// hairQuestion asks for the exact readings under the pinned cursors, and under
// the one that follows the mouse once it rests.
func (v *View) hairQuestion() {
	h := &v.hair
	if v.Small {
		return
	}
	want := [...]int64{h.a, h.b, h.hover}
	if v.now-h.moved < hairRest {
		want[2] = 0
	}
	for _, t := range want {
		if t == 0 || t == h.asked || h.known[t] != nil {
			continue
		}
		if h.asked != 0 && slices.Contains(want[:], h.asked) {
			return // one after the other
		}
		h.asked = t
		v.fetch.askAt(v.Pens(), t)
		return
	}
}

// valueAt is a pen's value at a moment: the sample's where it is known, else
// as exact as the line that is drawn.
func (v *View) valueAt(p *pen, t int64) point {
	if val, ok := v.hair.known[t][p.Def.ID]; ok {
		f, usable := val.Number()
		return point{val.At(), f, usable && !math.IsNaN(f)}
	}
	if k := p.series.tailAt(t); k != nil {
		return k.point
	}
	return p.series.at(t)
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
	if val, ok := v.hair.known[t][p.Def.ID]; ok {
		return readingOf(p.Def, val)
	}
	if p.Def.Kind == tag.KindText {
		w := p.series.wordAt(t)
		return reading{text: w.text, at: w.t, q: w.q, known: true, ok: w.ok}
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
