package scene

import (
	"fmt"
	"image"
	"slices"
	"time"

	"penstock/widgets/paint"
	"penstock/widgets/symbol"
)

// tipAfter is how long the pointer rests on an item before its tip comes.
const tipAfter = 500 * time.Millisecond

// never is a time from which no tip comes.
var never = time.Unix(1<<40, 0)

func (s *Scene) dropTip() {
	if !s.pointer.tip.Empty() {
		s.soil(s.pointer.tip)
		s.pointer.tip, s.pointer.lines = image.Rectangle{}, nil
	}
}

// quiet takes the tip away until the pointer goes to another item: what was
// tapped or asked for is what one looks at now.
func (s *Scene) quiet() {
	s.dropTip()
	s.pointer.since = never
}

// tip brings the tip up when the pointer has rested, and keeps it up to date.
func (s *Scene) tip(now time.Time) {
	i := s.pointer.over
	if i < 0 || now.Sub(s.pointer.since) < tipAfter {
		return
	}
	lines := s.tipLines(&s.elements[i], now)
	if len(lines) == 0 || slices.Equal(lines, s.pointer.lines) {
		return
	}
	s.soil(s.pointer.tip)
	f := s.tipFont()
	w := 0
	for _, l := range lines {
		w = max(w, f.Width(l))
	}
	pad := s.tipPad()
	size := image.Pt(w+2*pad, len(lines)*f.Height()+2*pad)
	at := s.pointer.at.Add(image.Pt(14, 18))
	if at.X+size.X > s.size.X {
		at.X = max(s.pointer.at.X-size.X-8, 0)
	}
	if at.Y+size.Y > s.size.Y {
		at.Y = max(s.pointer.at.Y-size.Y-8, 0)
	}
	s.pointer.tip, s.pointer.lines = image.Rectangle{Min: at, Max: at.Add(size)}, lines
	s.soil(s.pointer.tip)
}

// tipSize is the height of a tip's text: that of the window's own text,
// however far one has zoomed in.
const tipSize = 13

func (s *Scene) tipFont() *paint.Font { return s.style.Regular.Size(tipSize * s.scale) }

func (s *Scene) tipPad() int { return int(7 * s.scale) }

// tipLines say what an item is about: each tag with its description, value
// and, when it is not good, its quality and age.
func (s *Scene) tipLines(e *element, now time.Time) (out []string) {
	const most = 8
	for _, id := range s.hitOf(s.pointer.over, s.pointer.at).Tags {
		if len(out) == most {
			return append(out, "...")
		}
		sl := &s.slots[s.slotOf[id]]
		line := fmt.Sprintf("%s  %s: %s %s", id, sl.def.Text, sl.def.Format(sl.value.Value), sl.def.Unit)
		if symbol.TrustOf(sl.value.Quality) != symbol.Sound {
			line += "  (" + sl.value.Quality.String()
			if at := sl.value.At(); at != 0 {
				line += ", " + age(now.UnixNano()-at) + " old"
			}
			line += ")"
		}
		out = append(out, line)
	}
	if len(out) == 0 && e.item.Go != "" {
		if d := s.opts.Find(e.item.Go); d != nil && d.Title != e.item.Props.Text("text", "") {
			out = append(out, "Opens "+d.Title)
		}
	}
	return out
}

// age writes a length of time as people say it.
func age(ns int64) string {
	switch d := time.Duration(max(ns, 0)); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}
