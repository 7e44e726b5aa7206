package symbol

import (
	"image"
	"strings"

	"penstock/widgets/paint"
)

// Reading is a value as it is written: its text without the unit, and what is
// unusual about it.
type Reading struct {
	Text string // as the tag formats it; "" where there is none
	Unit string // "" where none is to be written
	Condition
}

// shown is what stands for the value: a number that cannot be believed never
// looks like one.
func (r Reading) shown() (text string, struck bool) {
	switch {
	case r.Text == "" || r.Trust == NoData:
		return "- - -", false
	case r.Trust < Stale:
		return r.Text, true
	case r.Trust == Doubtful:
		return "? " + r.Text, false
	}
	return r.Text, false
}

// Value is a number or word with its unit and its label.
type Value struct {
	Label    string
	Reading  Reading
	Size     float32 // of the text, display units; 0: as the box allows
	Place    Place   // of the label
	Align    paint.Align
	SetPoint bool // may be changed: drawn as a field
	Strong   bool // in the colour of text, for words
}

// Paint draws the label and the value.
func (s Value) Paint(c *Canvas, b paint.Box) {
	p, r := c.Palette, s.Reading
	field := c.valueLabel(b, s.Place, s.Label, s.Align, c.indent(r.Alarm))
	k := c.inks(r.Condition)
	if s.SetPoint {
		q := field.Snap()
		c.FillRound(q, c.Px(2), p.Sunken)
		c.StrokeRound(q, c.Px(2), max(c.Px(1), 1), paint.Mix(p.SetPt, p.Sunken, 0.35))
		t := c.Px(7)
		c.FillPoly(c.poly(paint.Pt{X: q.X + 2, Y: q.Y + q.H/2 - t/2}, paint.Pt{X: q.X + 2 + t*0.7, Y: q.Y + q.H/2}, paint.Pt{X: q.X + 2, Y: q.Y + q.H/2 + t/2}), p.SetPt)
		field = paint.Box{X: field.X + t + 2, Y: field.Y, W: max(field.W-t-4, 0), H: field.H}
		if r.Usable() {
			k.text = p.SetPt
		}
	}
	if s.Strong && r.Usable() {
		k.text = p.Text
	}
	l := r.look()
	size := s.Size
	if size == 0 {
		size = min(valueSize, field.H/c.Unit*0.86)
	}
	text, struck := r.shown()
	rect, unit := field.Rect(), r.Unit
	f, small := c.bold(size), c.font(size*0.72)
	w := f.Width(text)
	if unit != "" {
		w += int(c.Px(size*0.22)) + small.Width(unit)
	}
	if w > rect.Dx() { // a little smaller before anything is left out
		size *= max(float32(rect.Dx())/float32(w), 0.72)
		f, small = c.bold(size), c.font(size*0.72)
		w = f.Width(text)
		if unit != "" {
			w += int(c.Px(size*0.22)) + small.Width(unit)
		}
	}
	c.wrote(f, strings.TrimSpace(text+" "+unit), w > rect.Dx())
	if w > rect.Dx() && unit != "" && f.Width(text) <= rect.Dx() {
		w, unit = f.Width(text), "" // the number goes before its unit
	}
	x := rect.Min.X
	switch s.Align {
	case paint.Center:
		x += (rect.Dx() - w) / 2
	case paint.Right:
		x += rect.Dx() - w
	}
	s.marks(c, b, field, x, w)
	base := rect.Min.Y + (rect.Dy()+f.Cap)/2
	text = f.Fit(text, rect.Dx())
	tw := f.Width(text)
	if l.hatch { // the last value stays readable between the lines
		c.FillRect(image.Rect(x-3, base-f.Cap-4, x+tw+3, base+4), p.Panel)
	}
	c.Text(f, x, base, text, k.text)
	if struck {
		y := float32(base) - float32(f.Cap)/2
		c.Line(paint.Pt{X: float32(x) - 2, Y: y}, paint.Pt{X: float32(x+tw) + 2, Y: y}, max(c.Px(1.6), 1), k.text)
	}
	if unit != "" {
		c.Text(small, x+tw+int(c.Px(size*0.22)), base, unit, p.Dim)
	}
}

// marks draws what is unusual around the value, which begins at x and is w
// pixels wide, and what is in alarm around the label too.
func (s Value) marks(c *Canvas, b, field paint.Box, x, w int) {
	plate, cond := field, s.Reading.Condition
	if !s.SetPoint { // no wider than the words, so that neighbours are left alone
		pad := c.Px(5)
		plate.X = max(float32(x)-pad, field.X)
		plate.W = min(float32(w)+2*pad, field.Right()-plate.X)
	}
	if l := cond.look(); l.hatch || l.broken {
		c.FillRect(plate.Rect(), c.Palette.Panel)
	}
	cond.Alarm = Alarm{}
	c.decorate(plate, cond)
	if s.Label != "" && (s.Place == Above || s.Place == Below) {
		plate = b
	} else if z := c.Px(badgeSize); s.Align == paint.Right && plate.X-field.X >= z {
		// Room before the words: the line above them, of a table, stays free.
		c.announceBefore(plate, s.Reading.Alarm)
		return
	}
	c.announce(plate, s.Reading.Alarm)
}

// valueLabel writes the label of a value, by default above it, and returns the
// box of the value.
func (c *Canvas) valueLabel(b paint.Box, p Place, label string, a paint.Align, in float32) paint.Box {
	if label == "" || p == Nowhere {
		return b
	}
	f := c.font(labelSize)
	h := c.Px(labelSize * 1.3)
	switch p {
	case LeftOf, RightOf:
		w := min(float32(f.Width(label))+c.Px(6), b.W*0.7)
		strip, rest := b, b
		strip.W, rest.W = w, b.W-w
		if p == LeftOf {
			rest.X += w
		} else {
			strip.X = b.X + rest.W
		}
		c.write(f, strip, paint.Left, label, c.Palette.Dim)
		return rest
	}
	strip, rest := b, b
	strip.H, rest.H = h, b.H-h
	if p == Above {
		rest.Y += h
	} else {
		strip.Y = b.Y + rest.H
	}
	if p == Above && a == paint.Left {
		strip.X, strip.W = strip.X+in, strip.W-in
	}
	// A label may be wider than its value.
	if extra := min(float32(f.Width(label)+2)-strip.W, c.Px(4*Margin)); extra > 0 {
		strip.X, strip.W = strip.X-extra*[...]float32{0, 0.5, 1}[a], strip.W+extra
	}
	c.write(f, strip, a, label, c.Palette.Dim)
	return rest
}

// Mode is a letter that says who is in charge; an automatic mode is quiet.
type Mode struct {
	Text string // the state's name
	Condition
}

// automatic reports whether a selector's state needs no attention.
func automatic(text string) bool {
	switch text {
	case "Auto", "AUTO", "auto", "Automatic", "Remote", "Cascade":
		return true
	}
	return text == ""
}

// letter is the first letter of a mode.
func letter(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}

// Paint draws the letter in a small frame.
func (s Mode) Paint(c *Canvas, b paint.Box) {
	p, q := c.Palette, b.Square().Snap()
	ink, back := p.Dim, p.Panel
	if !automatic(s.Text) {
		ink, back = p.Panel, p.Text // inverse: somebody took it out of automatic
	}
	c.FillRound(q, c.Px(2), back)
	c.StrokeRound(q, c.Px(2), max(c.Px(1), 1), p.Outline)
	if s.Usable() {
		c.write(c.Bold.Size(q.H*0.68), q, paint.Center, letter(s.Text), ink)
	}
	c.decorate(q, s.Condition)
}

// modeTag is the Mode of a machine, at its lower right, drawn only when it is
// not automatic.
func (c *Canvas) modeTag(b paint.Box, text string) {
	if automatic(text) {
		return
	}
	c.Upright()
	s := c.Px(17)
	Mode{text, Fine}.Paint(c, paint.Box{X: b.Right() - s*0.75, Y: b.Bottom() - s*0.8, W: s, H: s})
}

// Interlock is a padlock: closed and dark while the interlock holds.
type Interlock struct {
	Label  string
	Place  Place
	Active bool
	Condition
}

// Paint draws the padlock.
func (s Interlock) Paint(c *Canvas, b paint.Box) {
	body := c.body(b, s.Place, s.Label, "", c.Palette.Text)
	q, p := body.Square(), c.Palette
	k := c.inks(s.Condition)
	w := max(q.W*0.10, 1)
	lock := paint.Box{X: q.X + q.W*0.2, Y: q.Y + q.H*0.46, W: q.W * 0.6, H: q.H * 0.46}.Snap()
	bow := paint.Pt{X: lock.X + lock.W/2, Y: lock.Y}
	r := q.W * 0.2
	turn := float32(0)
	if !s.Active {
		turn = lock.W * 0.45 // swung open
	}
	c.pts = append(c.pts[:0], paint.Pt{X: bow.X - r + turn, Y: lock.Y})
	c.pts = paint.Arc(c.pts, bow.X+turn, lock.Y-q.H*0.14, r, r, 0.5, 1)
	if s.Active {
		c.pts = append(c.pts, paint.Pt{X: bow.X + r, Y: lock.Y})
	}
	if s.Active {
		c.Stroke(c.pts, w, false, p.Text)
		c.FillRound(lock, w, p.Text)
	} else {
		c.Stroke(c.pts, w, false, k.line)
		c.FillRound(lock, w, k.fill)
		c.StrokeRound(lock, w, c.Ink(), k.line)
	}
	c.decorate(q, s.Condition)
}
