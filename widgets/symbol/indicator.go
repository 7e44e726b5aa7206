package symbol

import (
	"math"

	"penstock/widgets/paint"
)

// Scale is the range a value is shown in, and where on it things stand. NaN
// is "not given" for each of the optional places.
type Scale struct {
	Lo, Hi             float64 // the ends; nothing is drawn unless Lo < Hi
	NormalLo, NormalHi float64 // the band where all is well
	LL, L, H, HH       float64 // alarm limits
}

// NoScale has nothing given.
var NoScale = Scale{NormalLo: nan, NormalHi: nan, LL: nan, L: nan, H: nan, HH: nan}

var nan = math.NaN()

// Same reports whether two scales are drawn alike.
func (s Scale) Same(o Scale) bool { return s.key() == o.key() }

func (s Scale) key() (k [8]uint64) {
	for i, f := range [...]float64{s.Lo, s.Hi, s.NormalLo, s.NormalHi, s.LL, s.L, s.H, s.HH} {
		k[i] = math.Float64bits(f)
	}
	return k
}

// share is where v stands on the scale, 0 to 1, held at the ends; ok is false
// when it is not given or beyond the scale entirely undefined.
func (s Scale) share(v float64) (at float32, ok bool) {
	if math.IsNaN(v) || s.Lo >= s.Hi {
		return 0, false
	}
	return float32(min(max((v-s.Lo)/(s.Hi-s.Lo), 0), 1)), true
}

// Share is where v stands between Lo and Hi in steps finer than any screen,
// so that a change nobody can see is no change. -1 is no value.
func (s Scale) Share(v float64) float32 {
	at, ok := s.share(v)
	if !ok {
		return -1
	}
	return float32(math.Round(float64(at)*2000) / 2000)
}

// Indicator is the moving analog indicator: a scale with the normal band, the
// alarm limits, a pointer and the set point. One sees where a value stands and
// how far it may go, without reading a digit.
type Indicator struct {
	Label   string
	Reading Reading
	At      float32 // of the value on the scale, as Scale.Share gives it
	SetAt   float32 // of the set point; -1: none
	Scale   *Scale  // shared, not changed while shown
	Lying   bool
}

// Paint draws the indicator.
func (s Indicator) Paint(c *Canvas, b paint.Box) {
	if s.Lying {
		s.lying(c, b)
		return
	}
	p, f := c.Palette, c.font(labelSize)
	h := c.Px(labelSize * 1.35)
	frame := b
	if s.Label != "" {
		if wide := min(float32(f.Width(s.Label)), b.W+2*c.Px(Margin)) + 2*c.indent(s.Reading.Alarm); wide > b.W {
			frame.X, frame.W = b.X-(wide-b.W)/2, wide
		}
		line := paint.Box{X: b.X - c.Px(Margin), Y: b.Y, W: b.W + 2*c.Px(Margin), H: h}
		c.write(f, line, paint.Center, s.Label, p.Dim)
		b = paint.Box{X: b.X, Y: b.Y + h, W: b.W, H: b.H - h}
	}
	// The value stands under the scale, so the eye finds it in one place.
	vh := c.Px(valueSize * 1.3)
	val := paint.Box{X: b.X - c.Px(9), Y: b.Bottom() - vh, W: b.W + c.Px(18), H: vh}
	bar := paint.Box{X: b.X + b.W*0.36, Y: b.Y + c.Px(4), W: b.W * 0.28, H: b.H - vh - c.Px(10)}.Snap()
	s.scaleUp(c, bar)
	v := Value{Reading: s.Reading, Align: paint.Center, Size: 17}
	v.Reading.Alarm = Alarm{}
	v.Paint(c, val)
	c.announce(frame, s.Reading.Alarm)
}

// band is where all is well: the whole scale when nobody said otherwise.
func (s *Scale) band() (lo, hi float64) {
	if math.IsNaN(s.NormalLo) || math.IsNaN(s.NormalHi) {
		return s.Lo, s.Hi
	}
	return s.NormalLo, s.NormalHi
}

// zone is a part of the scale that lies beyond a limit.
type zone struct {
	from, to float64
	deep     bool // beyond the second limit
}

func (s *Scale) zones() (out [4]zone) {
	at := func(v, def float64) float64 {
		if math.IsNaN(v) {
			return def
		}
		return v
	}
	l, h := at(s.L, nan), at(s.H, nan)
	if math.IsNaN(l) && !math.IsNaN(s.LL) {
		l = s.LL
	}
	if math.IsNaN(h) && !math.IsNaN(s.HH) {
		h = s.HH
	}
	out[0] = zone{at(s.LL, s.Lo), l, false}
	out[1] = zone{s.Lo, s.LL, true}
	out[2] = zone{h, at(s.HH, s.Hi), false}
	out[3] = zone{s.HH, s.Hi, true}
	return out
}

func (s Indicator) scaleUp(c *Canvas, bar paint.Box) {
	p := c.Palette
	c.FillRect(bar.Rect(), p.Sunken)
	if s.Scale == nil || s.Scale.Lo >= s.Scale.Hi {
		c.StrokeRect(bar.Rect(), int(c.Ink()), p.Outline)
		return
	}
	y := func(share float32) float32 { return bar.Bottom() - share*bar.H }
	span := func(from, to float64) (paint.Box, bool) {
		a, ok1 := s.Scale.share(from)
		z, ok2 := s.Scale.share(to)
		return paint.Box{X: bar.X, Y: y(z), W: bar.W, H: y(a) - y(z)}, ok1 && ok2 && z > a
	}
	if q, ok := span(s.Scale.band()); ok {
		c.FillRect(q.Rect(), paint.Mix(p.Level, p.Sunken, 0.55))
	}
	for _, z := range s.Scale.zones() {
		q, ok := span(z.from, z.to)
		if !ok {
			continue
		}
		t := float32(0.7)
		if z.deep {
			t = 0.45
		}
		c.FillRect(q.Rect(), paint.Mix(p.Outline, p.Sunken, t))
	}
	c.StrokeRect(bar.Rect(), int(max(c.Ink(), 1)), p.Outline)
	if s.SetAt >= 0 {
		m, t := y(s.SetAt), c.Px(6)
		x := bar.Right() + 1
		c.solid(c.poly(paint.Pt{X: x, Y: m}, paint.Pt{X: x + t, Y: m - t*0.8}, paint.Pt{X: x + 2*t, Y: m}, paint.Pt{X: x + t, Y: m + t*0.8}), p.Panel, p.SetPt)
	}
	if s.At >= 0 && s.Reading.Trust != NoData {
		s.pointer(c, bar, y(s.At))
	}
}

// pointer is a solid arrow that covers the bar: filled while the value can be
// believed, hollow when not.
func (s Indicator) pointer(c *Canvas, bar paint.Box, m float32) {
	p, t := c.Palette, c.Px(10)
	ink := p.Text
	if a := s.Reading.Alarm; a.Phase >= Acked {
		ink = p.Alarm[min(a.Priority, 4)]
	}
	pts := c.poly(paint.Pt{X: bar.X - t*1.1, Y: m - t*0.72}, paint.Pt{X: bar.X + 1, Y: m}, paint.Pt{X: bar.X - t*1.1, Y: m + t*0.72})
	if s.Reading.Usable() && s.Reading.Trust != Stale {
		c.solid(pts, ink, p.Text)
		c.Line(paint.Pt{X: bar.X, Y: m}, paint.Pt{X: bar.Right(), Y: m}, max(c.Px(2.5), 2), p.Text)
		return
	}
	c.Stroke(pts, c.Ink(), true, p.Dim)
	c.Dashed([]paint.Pt{{X: bar.X, Y: m}, {X: bar.Right(), Y: m}}, c.Ink(), c.Px(3), c.Px(2), p.Dim)
}

// lying is the same indicator from left to right.
func (s Indicator) lying(c *Canvas, b paint.Box) {
	p := c.Palette
	f := c.font(labelSize)
	h := c.Px(labelSize * 1.35)
	vw := c.Px(86)
	if s.Label != "" {
		in := c.indent(s.Reading.Alarm)
		c.write(f, paint.Box{X: b.X + in, Y: b.Y, W: b.W - vw - in, H: h}, paint.Left, s.Label, p.Dim)
	}
	bar := paint.Box{X: b.X + c.Px(6), Y: b.Y + h + (b.H-h)*0.38, W: b.W - vw - c.Px(16), H: max((b.H-h)*0.34, 4)}.Snap()
	c.FillRect(bar.Rect(), p.Sunken)
	if s.Scale != nil && s.Scale.Lo < s.Scale.Hi {
		x := func(share float32) float32 { return bar.X + share*bar.W }
		paintSpan := func(from, to float64, ink func() (t float32, level bool)) {
			a, ok1 := s.Scale.share(from)
			z, ok2 := s.Scale.share(to)
			if !ok1 || !ok2 || z <= a {
				return
			}
			t, level := ink()
			base := p.Outline
			if level {
				base = p.Level
			}
			c.FillRect(paint.Box{X: x(a), Y: bar.Y, W: x(z) - x(a), H: bar.H}.Rect(), paint.Mix(base, p.Sunken, t))
		}
		lo, hi := s.Scale.band()
		paintSpan(lo, hi, func() (float32, bool) { return 0.55, true })
		for _, z := range s.Scale.zones() {
			paintSpan(z.from, z.to, func() (float32, bool) {
				if z.deep {
					return 0.45, false
				}
				return 0.7, false
			})
		}
		c.StrokeRect(bar.Rect(), int(c.Ink()), p.Outline)
		if s.SetAt >= 0 {
			m, t := x(s.SetAt), c.Px(5)
			c.solid(c.poly(paint.Pt{X: m, Y: bar.Bottom() + 1}, paint.Pt{X: m - t*0.8, Y: bar.Bottom() + t}, paint.Pt{X: m, Y: bar.Bottom() + 2*t}, paint.Pt{X: m + t*0.8, Y: bar.Bottom() + t}), p.Panel, p.SetPt)
		}
		if s.At >= 0 && s.Reading.Trust != NoData {
			m, t := x(s.At), c.Px(9)
			pts := c.poly(paint.Pt{X: m - t*0.7, Y: bar.Y - t}, paint.Pt{X: m + t*0.7, Y: bar.Y - t}, paint.Pt{X: m, Y: bar.Y + 1})
			ink := p.Text
			if a := s.Reading.Alarm; a.Phase >= Acked {
				ink = p.Alarm[min(a.Priority, 4)]
			}
			if s.Reading.Usable() && s.Reading.Trust != Stale {
				c.solid(pts, ink, p.Text)
				c.Line(paint.Pt{X: m, Y: bar.Y}, paint.Pt{X: m, Y: bar.Bottom()}, max(c.Px(2.5), 2), p.Text)
			} else {
				c.Stroke(pts, c.Ink(), true, p.Dim)
			}
		}
	} else {
		c.StrokeRect(bar.Rect(), int(c.Ink()), p.Outline)
	}
	v := Value{Reading: s.Reading, Align: paint.Right, Size: 17}
	v.Reading.Alarm = Alarm{}
	v.Paint(c, paint.Box{X: b.Right() - vw, Y: b.Y + h*0.5, W: vw, H: b.H - h*0.5})
	c.announce(b, s.Reading.Alarm)
}

// Bar is contents without a scale.
type Bar struct {
	Label string
	At    float32 // 0 to 1; -1: no value
	Lying bool
	Condition
}

// Paint draws the bar.
func (s Bar) Paint(c *Canvas, b paint.Box) {
	p := c.Palette
	body := c.body(b, Below, s.Label, "", p.Text).Snap()
	k := c.inks(s.Condition)
	c.FillRect(body.Rect(), p.Sunken)
	if s.At >= 0 {
		q := body
		if s.Lying {
			q.W *= s.At
		} else {
			q.Y, q.H = body.Bottom()-body.H*s.At, body.H*s.At
		}
		c.FillRect(q.Rect(), k.level)
	}
	c.StrokeRect(body.Rect(), int(c.Ink()), k.line)
	c.decorate(body, s.Condition)
}
