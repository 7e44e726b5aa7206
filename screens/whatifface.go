package screens

import (
	"fmt"
	"image"
	"image/color"
	"time"

	"penstock/app/alarm"
	"penstock/widgets/paint"
	"penstock/widgets/trend"
)

// trialFace shows a trial below its trend, on the same axis of time: when the
// alarm was there as it is and when it would have been, and the numbers.
type trialFace struct {
	pane
	s     *Station
	over  *trend.View
	trial *trial // nil: none yet
	words string // instead of the numbers
	unit  string
	plot  image.Rectangle
}

// Frame implements view.View.
func (v *trialFace) Frame(time.Time) bool {
	if p := v.over.Plot(); p != v.plot {
		v.plot, v.dirty = p, true
	}
	return v.dirty
}

// tell shows a trial, or words where there is none.
func (v *trialFace) tell(t *trial, words string) { v.trial, v.words, v.dirty = t, words, true }

// Paint implements view.View.
func (v *trialFace) Paint(p *paint.Painter) {
	v.dirty = false
	k := ink{p, v.s.style, v.scale}
	pal := k.pal()
	p.FillRect(image.Rectangle{Max: v.size}, pal.Panel)
	row := k.px(22)
	strips := v.strips()
	for i, name := range []string{"as it is", "as tried"} {
		y := k.px(4) + i*(row+k.px(4))
		r := image.Rect(strips.Min.X, y, strips.Max.X, y+row)
		p.FillRect(r, pal.Sunken)
		k.say(k.font(12), image.Rect(0, y, r.Min.X-k.px(6), y+row), paint.Right, name, pal.Dim)
		if t := v.trial; t != nil {
			of, alone := t.was, t.missed
			if i == 1 {
				of, alone = t.is, t.added
			}
			v.paintSpans(&k, r, t.spans(of), alone)
		}
	}
	y := k.px(4) + 2*(row+k.px(4)) + k.px(4)
	body := image.Rect(k.px(12), y, v.size.X-k.px(12), v.size.Y)
	if v.trial == nil || v.words != "" {
		k.paragraph(k.font(14), body, v.words, pal.Dim)
		return
	}
	y = v.paintNumbers(&k, body)
	k.paragraph(k.bold(13.5), image.Rect(body.Min.X, y+k.px(6), body.Max.X, body.Max.Y), v.trial.verdict(v.unit, nanos(v.trial.to)), pal.Text)
}

// strips is where the times lie: under the plot of the trend.
func (v *trialFace) strips() image.Rectangle {
	if v.plot.Empty() {
		return image.Rect(v.size.X/10, 0, v.size.X*9/10, v.size.Y)
	}
	return v.plot
}

// paintSpans draws when an alarm was there. Times that the other tuning does
// not tell stand taller than the others.
func (v *trialFace) paintSpans(k *ink, r image.Rectangle, spans []alarm.Span, alone map[alarm.Span]bool) {
	t, pal := v.trial, k.pal()
	x := func(at int64) int { return r.Min.X + int(float64(at-t.from)/float64(t.to-t.from)*float64(r.Dx())) }
	for _, s := range spans {
		box := image.Rect(x(s.From), r.Min.Y+k.px(7), max(x(s.To), x(s.From)+k.px(2)), r.Max.Y-k.px(7))
		col := paint.Mix(pal.Sunken, pal.Text, 0.6)
		if alone[place(s)] {
			box.Min.Y, box.Max.Y, col = r.Min.Y+k.px(1), r.Max.Y-k.px(1), pal.Text
		}
		k.FillRect(box.Intersect(r), col)
	}
}

// paintNumbers writes the two rows of numbers and returns the y below them.
func (v *trialFace) paintNumbers(k *ink, r image.Rectangle) int {
	pal, t := k.pal(), v.trial
	line := k.px(22)
	columns := []string{"", "Annunciations", "a day", "Difference", "Longest", "In all"}
	w := min(r.Dx()/(len(columns)+2), k.px(150)) // the note takes the room of two
	put := func(row, col int, f *paint.Font, s string, c color.RGBA) {
		a := paint.Right
		if col == 0 {
			a = paint.Left
		}
		k.say(f, image.Rect(r.Min.X+col*w, r.Min.Y+row*line, r.Min.X+(col+1)*w, r.Min.Y+(row+1)*line), a, s, c)
	}
	for i, c := range columns {
		put(0, i, k.font(12), c, pal.Dim)
	}
	for row, of := range []*alarm.Replayed{t.was, t.is} {
		spans := t.spans(of)
		most, sum := longest(spans)
		cells := []string{"As it is", fmt.Sprint(len(spans)), fmt.Sprintf("%.3g", float64(len(spans))/max(t.days(), 1e-9)), fmt.Sprintf("%d missed", len(t.missed)), lasting(most), lasting(sum)}
		if row == 1 {
			cells[0], cells[3] = "As tried", fmt.Sprintf("%d added", len(t.added))
		}
		for i, c := range cells {
			put(row+1, i, k.bold(14), c, pal.Text)
		}
	}
	note := fmt.Sprintf("%s, history since %s", plural(t.was.Samples, "sample", "samples"), nanos(max(t.from, t.since)).Format("2 Jan 15:04"))
	k.say(k.font(12), image.Rect(r.Min.X+len(columns)*w, r.Min.Y+2*line, r.Max.X, r.Min.Y+3*line), paint.Right, note, pal.Dim)
	return r.Min.Y + 3*line
}
