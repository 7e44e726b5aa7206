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

// inks are the colours a symbol in a condition is drawn with.
type inks struct{ line, fill, lit, shut, level, thick, text color.RGBA }

var black = color.RGBA{0, 0, 0, 255}

// shut is the colour of what is closed: light is open and running, dark is
// closed and standing, by night too.
func shut(p *paint.Palette) color.RGBA { return paint.Mix(p.Fill, black, 0.62) }

func (c *Canvas) inks(cond Condition) inks {
	p := c.Palette
	shut, thick := shut(p), paint.Mix(p.Level, black, 0.35)
	k := inks{p.Outline, p.Fill, p.Running, shut, p.Level, thick, p.Live}
	if l := cond.look(); l.dim || c.pale {
		half := func(x color.RGBA) color.RGBA { return paint.Mix(x, p.Window, 0.5) }
		k = inks{half(p.Outline), half(p.Fill), half(p.Fill), half(shut), half(p.Level), half(thick), p.Dim}
	}
	return k
}
