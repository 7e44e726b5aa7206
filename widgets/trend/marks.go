package trend

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"time"

	"penstock/widgets/paint"
)

// markTell is how many marks of one place are told in words.
const markTell = 6

// spike is the marks that stand in one place because they cannot be told
// apart there. The first is the one that is drawn.
type spike struct {
	x     int
	marks []Mark
}

// rank orders marks by what must not be covered.
func (m *Mark) rank() int {
	switch m.Kind {
	case MarkAlarm:
		return min(max(m.Level, 1), 4)
	case MarkNote:
		return 5
	case MarkWrite:
		return 6
	}
	return 7
}

// spikes gathers the marks of the window, from left to right.
func (v *View) spikes(w Window) (out []spike) {
	for _, m := range v.marks {
		if m.At < w.From() || m.At > w.End {
			continue
		}
		x := v.x(w, m.At)
		if n := len(out); n > 0 && x-out[n-1].x < v.px(6) {
			s := &out[n-1]
			s.marks = append(s.marks, m)
			if k := len(s.marks) - 1; s.marks[k].rank() < s.marks[0].rank() {
				s.marks[0], s.marks[k] = s.marks[k], s.marks[0]
			}
			continue
		}
		out = append(out, spike{x, []Mark{m}})
	}
	return out
}

func (v *View) paintMarks(p *paint.Painter, w Window) {
	v.standing = v.spikes(w)
	noteEnd := [2]int{v.plot.Min.X, v.plot.Min.X}
	for _, s := range v.standing {
		v.paintMark(p, s.x, s.marks[0])
		for _, m := range s.marks {
			if m.Kind == MarkNote && !v.Small {
				v.paintNote(p, s.x, m, &noteEnd)
			}
		}
	}
}

func (v *View) markColour(m Mark) color.RGBA {
	pal := v.Style.Palette
	switch m.Kind {
	case MarkAlarm:
		return pal.Alarm[min(max(m.Level, 1), 4)]
	case MarkWrite:
		return pal.SetPt
	case MarkNote:
		return pal.Focus
	}
	return pal.Text
}

func (v *View) paintMark(p *paint.Painter, x int, m Mark) {
	pal := v.Style.Palette
	s := float32(v.px(9))
	fx, y := float32(x), float32(v.plot.Min.Y)-s*0.7
	c := v.markColour(m)
	line := paint.Mix(pal.Sunken, c, 0.4)
	switch m.Kind {
	case MarkAlarm:
		p.FillPoly([]paint.Pt{{X: fx - s/2, Y: y - s/2}, {X: fx + s/2, Y: y - s/2}, {X: fx, Y: y + s/2}}, c)
	case MarkAck:
		p.Polyline([]paint.Pt{{X: fx - s/2, Y: y}, {X: fx - s/8, Y: y + s/2}, {X: fx + s/2, Y: y - s/2}}, s/6, c)
		return
	case MarkWrite:
		p.FillPoly([]paint.Pt{{X: fx, Y: y - s/2}, {X: fx + s/2, Y: y}, {X: fx, Y: y + s/2}, {X: fx - s/2, Y: y}}, c)
	default: // a sheet of paper with a corner folded
		p.FillPoly([]paint.Pt{{X: fx - s/2, Y: y - s/2}, {X: fx + s/6, Y: y - s/2}, {X: fx + s/2, Y: y - s/6}, {X: fx + s/2, Y: y + s/2}, {X: fx - s/2, Y: y + s/2}}, c)
	}
	p.FillRect(image.Rect(x, v.plot.Min.Y, x+1, v.plot.Max.Y), line)
}

// paintNote writes a note beside its mark, in the first of two lines that has
// room; where neither has, it is read by pointing at the mark.
func (v *View) paintNote(p *paint.Painter, x int, m Mark, end *[2]int) {
	f, pal := v.small(), v.Style.Palette
	say := f.Fit(oneLine(m.Text), v.px(220))
	if m.Who != "" {
		say += "  " + m.Who
	}
	wide := f.Width(say) + v.px(12)
	left, flag := x, x
	if x+wide > v.plot.Max.X { // it stands before its mark
		left, flag = x-wide, x-max(v.px(2), 1)
	}
	for i := range end {
		if left < end[i] {
			continue
		}
		top := v.plot.Min.Y + v.px(3) + i*(f.Height()+v.px(4))
		box := image.Rect(left, top, left+wide, top+f.Height()+v.px(2))
		p.FillRect(box, pal.Panel)
		p.FillRect(image.Rect(flag, box.Min.Y, flag+max(v.px(2), 1), box.Max.Y), pal.Focus)
		p.TextIn(f, image.Rect(left+v.px(6), box.Min.Y, box.Max.X, box.Max.Y), paint.Left, say, pal.Text)
		end[i] = box.Max.X + v.px(6)
		return
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// hoverMark looks which marks the pointer is at.
func (v *View) hoverMark(at image.Point) {
	found := -1
	if at.Y >= v.plot.Min.Y-v.px(16) && at.Y < v.plot.Min.Y+v.px(6) && !v.xy.on {
		best := v.px(8)
		for i, s := range v.standing {
			if far := max(at.X-s.x, s.x-at.X); far < best {
				best, found = far, i
			}
		}
	}
	if found != v.pointed {
		v.pointed, v.dirty = found, true
	}
}

// Tell says in a line what a mark stands for.
func (m Mark) Tell(zone *time.Location) string {
	what := [...]string{"alarm", "acknowledged", "written", "note"}[min(m.Kind, MarkNote)]
	if m.Kind == MarkAlarm && m.Priority != "" {
		what += ", " + m.Priority
	}
	say := time.Unix(0, m.At).In(zone).Format("2 Jan 15:04:05") + "  " + what
	if m.On != "" {
		say += "  " + m.On
	}
	if m.Text != "" {
		say += ": " + oneLine(m.Text)
	}
	if m.Who != "" {
		say += "  (" + m.Who + ")"
	}
	return say
}

// paintMarkTip tells in words what stands where the pointer is.
func (v *View) paintMarkTip(p *paint.Painter) {
	if v.pointed < 0 || v.pointed >= len(v.standing) || v.xy.on {
		return
	}
	s, f, pal := v.standing[v.pointed], v.small(), v.Style.Palette
	var lines []string
	wide := 0
	for i, m := range s.marks {
		say := m.Tell(v.Zone)
		if i == markTell {
			say = fmt.Sprintf("and %d more", len(s.marks)-i)
		}
		say = f.Fit(say, v.plot.Dx()-v.px(20))
		wide = max(wide, f.Width(say))
		if lines = append(lines, say); i == markTell {
			break
		}
	}
	h := f.Height() + v.px(2)
	x := min(max(s.x-wide/2-v.px(8), 0), max(v.size.X-wide-v.px(16), 0))
	box := image.Rect(x, v.plot.Min.Y+v.px(4), x+wide+v.px(16), v.plot.Min.Y+v.px(10)+h*len(lines))
	p.FillRect(box, pal.Panel)
	p.StrokeRect(box, max(v.px(1), 1), pal.Outline)
	for i, say := range lines {
		p.TextIn(f, image.Rect(box.Min.X+v.px(8), box.Min.Y+v.px(3)+i*h, box.Max.X, box.Min.Y+v.px(3)+(i+1)*h), paint.Left, say, pal.Text)
	}
}
