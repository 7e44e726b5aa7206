package symbol

import (
	"image/color"

	"penstock/app/tag"
	"penstock/widgets/paint"
)

// Trust says how far what a symbol shows can be believed, least first.
type Trust uint8

// The degrees of trust. The zero Trust is no data.
const (
	NoData       Trust = iota // nothing was ever received
	Bad                       // the device says that the value is wrong
	Disconnected              // the link is lost
	OffScan                   // taken out of service
	Stale                     // was good, nothing new has come for too long
	Doubtful                  // usable, but the source doubts it
	Sound
)

// TrustOf says how far a value of quality q can be believed.
func TrustOf(q tag.Quality) Trust {
	switch tag.FromStatus(q.Status() & 0xFFFF0000) {
	case tag.NoData:
		return NoData
	case tag.BadCommunicationError, tag.BadTimeout, tag.BadNoCommunication, tag.BadNotConnected, tag.BadNoData:
		return Disconnected
	case tag.BadOutOfService:
		return OffScan
	case tag.LastUsable, tag.FromStatus(0x408F0000):
		return Stale
	}
	switch q.Class() {
	case tag.ClassGood:
		return Sound
	case tag.ClassUncertain:
		return Doubtful
	}
	return Bad
}

// Phase is what an alarm asks for.
type Phase uint8

// The phases of an alarm as a symbol shows them.
const (
	Quiet    Phase = iota // no alarm
	Silenced              // shelved, suppressed or out of service
	Returned              // normal again, but nobody has acknowledged it
	Acked                 // standing, acknowledged
	Unacked               // standing, not acknowledged
)

// Alarm is the worst alarm of what a symbol shows. The zero Alarm is none.
type Alarm struct {
	Priority uint8 // 1 urgent .. 4 low
	Phase    Phase
}

// Worse returns the one of two alarms to be shown: what asks for somebody
// first, then by priority.
func Worse(a, b Alarm) Alarm {
	ra, rb := a.rank(), b.rank()
	if rb > ra {
		return b
	}
	return a
}

func (a Alarm) rank() int {
	if a.Phase == Quiet || a.Priority == 0 {
		return 0
	}
	r := 10 * (5 - int(min(a.Priority, 4)))
	switch a.Phase {
	case Silenced:
		return 1
	case Returned:
		r += 100
	case Acked:
		r += 200
	case Unacked:
		r += 200 + 5 // within one priority the unacknowledged one first
	}
	return r
}

// Condition is what is unusual about what a symbol shows. The zero Condition
// is honest: no data.
type Condition struct {
	Trust        Trust
	Manual       bool // a person put the value in
	Simulated    bool // a simulation made it
	OutOfService bool // the equipment itself, not its signal
	Alarm        Alarm
}

// Fine is the condition of a good value of running equipment.
var Fine = Condition{Trust: Sound}

// ConditionOf reads the condition off a value.
func ConditionOf(v *tag.Value) Condition {
	q := tag.FromStatus(v.Quality.Status() & 0xFFFF0000)
	return Condition{
		Trust:     TrustOf(v.Quality),
		Manual:    v.Flags&tag.Manual != 0 || q == tag.GoodLocalOverride,
		Simulated: v.Flags&tag.Simulated != 0 || q == tag.Substitute,
	}
}

// And joins the conditions of two values that one symbol shows: the worst of
// each kind counts.
func (c Condition) And(d Condition) Condition {
	return Condition{min(c.Trust, d.Trust), c.Manual || d.Manual, c.Simulated || d.Simulated, c.OutOfService || d.OutOfService, Worse(c.Alarm, d.Alarm)}
}

// Usable reports whether the value may be shown as a number.
func (c Condition) Usable() bool { return c.Trust >= Stale }

// look is how a condition shows. It is a pure function of the condition.
type look struct {
	dim    bool // what is drawn is pale
	hatch  bool // lines across it
	broken bool // the outline is dashed
	mark   mark // at the upper right corner
	chips  [3]mark
}

// mark is a small sign that stands for one thing.
type mark uint8

const (
	noMark   mark = iota
	waiting       // three dots
	cross         // wrong
	unlinked      // a cut line
	stopSign      // a circle with a bar: not scanned
	spanner       // being worked on: out of service
	clock         // old
	question      // doubted
	hand          // M: by hand
	simul         // S: simulated
)

func (c Condition) look() (l look) {
	switch c.Trust {
	case NoData:
		l = look{dim: true, broken: true, mark: waiting}
	case Bad:
		l = look{dim: true, hatch: true, mark: cross}
	case Disconnected:
		l = look{dim: true, broken: true, mark: unlinked}
	case OffScan:
		l = look{dim: true, mark: stopSign}
	case Stale:
		l = look{dim: true, mark: clock}
	case Doubtful:
		l = look{mark: question}
	}
	n := 0
	if l.mark != noMark {
		l.chips[n] = l.mark
		n++
	}
	if c.OutOfService {
		l.dim = true
		l.chips[n] = spanner
		n++
	}
	if c.Manual && n < len(l.chips) {
		l.chips[n] = hand
		n++
	}
	if c.Simulated && n < len(l.chips) {
		l.chips[n] = simul
	}
	return l
}

// decorate draws what a condition adds to a symbol that fills b: hatch, broken
// frame, chips, alarm frame and badge.
func (c *Canvas) decorate(b paint.Box, cond Condition) {
	l, p := cond.look(), c.Palette
	r := b.Rect()
	if l.hatch {
		c.Hatch(r, c.Px(11), max(c.Px(1.2), 1), paint.Fade(p.Bad, 0xa0))
	}
	if l.broken {
		c.DashedRect(r, c.Ink(), c.Px(6), c.Px(4), p.Dim)
	}
	if a := cond.Alarm; a.Phase >= Returned {
		c.alarmFrame(b, a)
	}
	c.chips(b, l)
	if cond.Alarm.Phase != Quiet {
		s := c.Px(badgeSize)
		c.Badge(paint.Box{X: b.X - s*0.6, Y: b.Y - s*0.6, W: s, H: s}, cond.Alarm)
	}
}

// alarmFrame is thick and closed while the alarm stands, thin once it has
// returned.
func (c *Canvas) alarmFrame(b paint.Box, a Alarm) {
	w := max(c.Px(3), 2)
	if a.Phase == Returned {
		w = max(c.Px(1.5), 1)
	}
	ink := c.Palette.Alarm[min(a.Priority, 4)]
	if a.Phase == Unacked && !c.Fast {
		ink = paint.Mix(ink, c.Palette.Window, 0.55)
	}
	c.StrokeRound(b.Inset(-w).Snap(), c.Px(3), w, ink)
}

// chips draws small signs along the upper right corner of b.
func (c *Canvas) chips(b paint.Box, l look) {
	s := c.Px(chipSize + 3)
	x := b.Right() - s*0.6
	for _, m := range l.chips {
		if m == noMark {
			return
		}
		c.chip(paint.Box{X: x, Y: b.Y - s*0.4, W: s, H: s}.Snap(), m)
		x -= s + 1
	}
}

func (c *Canvas) chip(b paint.Box, m mark) {
	p := c.Palette
	ink, back := p.Text, p.Panel
	switch m {
	case cross, unlinked:
		ink, back = p.Panel, p.Bad
	}
	c.FillRound(b, c.Px(2), back)
	c.StrokeRound(b, c.Px(2), max(c.Px(1), 1), mixInk(ink, back))
	in, w := b.Inset(b.W*0.24), max(c.Px(1.6), 1)
	mid := b.Center()
	switch m {
	case waiting:
		for i := float32(-1); i <= 1; i++ {
			c.FillCircle(mid.X+i*b.W*0.23, mid.Y, max(b.W*0.08, 0.8), ink)
		}
	case cross:
		c.Line(paint.Pt{X: in.X, Y: in.Y}, paint.Pt{X: in.Right(), Y: in.Bottom()}, w, ink)
		c.Line(paint.Pt{X: in.X, Y: in.Bottom()}, paint.Pt{X: in.Right(), Y: in.Y}, w, ink)
	case unlinked:
		c.Line(paint.Pt{X: b.X + b.W*0.15, Y: mid.Y}, paint.Pt{X: mid.X - b.W*0.14, Y: mid.Y}, w, ink)
		c.Line(paint.Pt{X: mid.X + b.W*0.14, Y: mid.Y}, paint.Pt{X: b.Right() - b.W*0.15, Y: mid.Y}, w, ink)
		c.Line(paint.Pt{X: mid.X - b.W*0.10, Y: in.Bottom()}, paint.Pt{X: mid.X + b.W*0.10, Y: in.Y}, w, ink)
	case stopSign:
		c.StrokeCircle(mid.X, mid.Y, in.W*0.62, w, ink)
		c.Line(paint.Pt{X: in.X, Y: in.Bottom()}, paint.Pt{X: in.Right(), Y: in.Y}, w, ink)
	case spanner:
		c.Line(paint.Pt{X: in.X, Y: in.Bottom()}, mid, w*1.3, ink)
		c.StrokeCircle(mid.X+in.W*0.2, mid.Y-in.H*0.2, in.W*0.42, w, ink)
		c.FillRect(paint.Box{X: mid.X + in.W*0.25, Y: in.Y - 1, W: in.W*0.3 + 1, H: in.H*0.3 + 1}.Rect(), back)
	case clock:
		c.StrokeCircle(mid.X, mid.Y, in.W*0.7, max(w*0.8, 1), ink)
		c.Line(mid, paint.Pt{X: mid.X, Y: mid.Y - in.H*0.45}, w, ink)
		c.Line(mid, paint.Pt{X: mid.X + in.W*0.35, Y: mid.Y}, w, ink)
	case question:
		c.write(c.bold(chipSize), b, paint.Center, "?", ink)
	case hand:
		c.write(c.bold(chipSize-1), b, paint.Center, "M", ink)
	case simul:
		c.write(c.bold(chipSize-1), b, paint.Center, "S", ink)
	}
}

func mixInk(ink, back color.RGBA) color.RGBA { return paint.Mix(back, ink, 0.6) }

// inks are the colours a symbol in a condition is drawn with.
type inks struct{ line, fill, lit, shut, level, thick, text color.RGBA }

var black = color.RGBA{0, 0, 0, 255}

func (c *Canvas) inks(cond Condition) inks {
	p := c.Palette
	// Light is open and running, dark is closed and standing, by night too.
	shut, thick := paint.Mix(p.Fill, black, 0.62), paint.Mix(p.Level, black, 0.35)
	k := inks{p.Outline, p.Fill, p.Running, shut, p.Level, thick, p.Live}
	if l := cond.look(); l.dim {
		half := func(x color.RGBA) color.RGBA { return paint.Mix(x, p.Window, 0.5) }
		k = inks{half(p.Outline), half(p.Fill), half(p.Fill), half(shut), half(p.Level), half(thick), p.Dim}
	}
	return k
}
