package screens

import (
	"fmt"
	"image"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/widgets/paint"
)

// plateFace is the painted part of a faceplate.
type plateFace struct {
	s     *Station
	size  image.Point
	scale float32

	def     *tag.Def
	rules   []*alarm.Rule
	read    tagdb.Reading
	snap    *alarm.Snapshot
	states  map[string]*alarm.Row
	unacked bool
	outcome string // of the last command
	wrong   bool
	sent    time.Time
	now     time.Time
	age     string
	phase   bool
	dirty   bool
}

// turn shows another tag.
func (v *plateFace) turn(d *tag.Def) {
	v.def, v.rules, v.outcome, v.snap, v.dirty = d, nil, "", nil, true
	rules := v.s.room.Project().Alarms
	for i := range rules {
		if rules[i].Tag == d.ID {
			v.rules = append(v.rules, &rules[i])
		}
	}
}

// result says what became of a command.
func (v *plateFace) result(now time.Time, say string, wrong bool) {
	v.outcome, v.wrong, v.sent, v.dirty = say, wrong, now, true
}

// Layout implements view.View.
func (v *plateFace) Layout(size image.Point, scale float32) {
	v.size, v.scale, v.dirty = size, scale, true
}

// Frame implements view.View.
func (v *plateFace) Frame(now time.Time) bool {
	if v.def == nil {
		return v.dirty
	}
	v.now = now
	if c := v.s.room.Tags().Cell(v.def.ID); c != nil {
		if r := c.Load(); r != v.read {
			v.read, v.dirty = r, true
		}
	}
	if snap := v.s.room.Alarms(); snap != v.snap {
		v.snap, v.dirty, v.unacked = snap, true, false
		v.states = map[string]*alarm.Row{}
		for i := range snap.Rows {
			if r := &snap.Rows[i]; r.Tag == v.def.ID {
				v.states[r.Rule.ID] = r
				v.unacked = v.unacked || r.Unacked && !r.Phase.Hidden()
			}
		}
	}
	age := v.ageWords()
	phase := now.UnixMilli()/500%2 == 0
	if age != v.age || v.unacked && phase != v.phase {
		v.dirty = true
	}
	v.age, v.phase = age, phase
	return v.dirty
}

func (v *plateFace) ageWords() string {
	if v.read.At() == 0 {
		return "never received"
	}
	d := v.now.Sub(nanos(v.read.At()))
	if d > -2*time.Second && d < 2*time.Second {
		return "now"
	}
	return ago(d) + " ago"
}

// Paint implements view.View.
func (v *plateFace) Paint(p *paint.Painter) {
	v.dirty = false
	k := ink{p, v.s.style, v.scale}
	pal := k.pal()
	r := image.Rectangle{Max: v.size}
	p.FillRect(r, pal.Panel)
	p.FillRect(image.Rect(0, 0, max(k.px(1), 1), r.Max.Y), pal.Line)
	if v.def == nil {
		return
	}
	r = image.Rect(k.px(14), k.px(10), r.Max.X-k.px(12), r.Max.Y-k.px(4))
	y := v.paintName(&k, r)
	y = v.paintValue(&k, image.Rect(r.Min.X, y, r.Max.X, r.Max.Y))
	if v.def.HasRange() && len(v.def.States) == 0 {
		y = v.paintScale(&k, image.Rect(r.Min.X, y, r.Max.X, y+k.px(52)))
	}
	if v.outcome != "" {
		y = v.paintOutcome(&k, image.Rect(r.Min.X, y+k.px(6), r.Max.X, r.Max.Y))
	}
	y = v.paintAlarms(&k, image.Rect(r.Min.X, y+k.px(8), r.Max.X, r.Max.Y))
	v.paintFacts(&k, image.Rect(r.Min.X, y+k.px(8), r.Max.X, r.Max.Y))
}

func (v *plateFace) paintName(k *ink, r image.Rectangle) int {
	pal := k.pal()
	k.say(k.bold(17), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(24)), paint.Left, string(v.def.ID), pal.Text)
	return k.paragraph(k.font(13.5), image.Rect(r.Min.X, r.Min.Y+k.px(26), r.Max.X, r.Min.Y+k.px(70)), v.def.Text, pal.Text)
}

// paintValue writes the value large, and under it how far it can be believed.
func (v *plateFace) paintValue(k *ink, r image.Rectangle) int {
	pal := k.pal()
	box := image.Rect(r.Min.X, r.Min.Y+k.px(8), r.Max.X, r.Min.Y+k.px(60))
	k.FillRect(box, pal.Sunken)
	frame := pal.Line
	ink, quality := pal.Live, pal.Dim
	switch trust(v.read.Value) {
	case refused:
		k.Hatch(box, float32(k.px(8)), max(float32(k.px(1)), 1), paint.Mix(pal.Sunken, pal.Bad, 0.3))
		frame, ink, quality = pal.Bad, pal.Bad, pal.Text
	case doubted:
		frame, ink, quality = pal.Dim, pal.Dim, pal.Text
	}
	k.StrokeRect(box, max(k.px(1.5), 1), frame)
	in := box.Inset(k.px(10))
	unit := k.font(16)
	uw := unit.Width(v.def.Unit)
	k.say(unit, image.Rect(in.Max.X-uw, in.Min.Y, in.Max.X, in.Max.Y), paint.Right, v.def.Unit, pal.Dim)
	size := float32(30)
	text := valueText(v.def, v.read.Value)
	for size > 14 && k.bold(size).Width(text) > in.Dx()-uw-k.px(8) {
		size -= 2
	}
	k.say(k.bold(size), image.Rect(in.Min.X, in.Min.Y, in.Max.X-uw-k.px(8), in.Max.Y), paint.Right, text, ink)
	line := image.Rect(r.Min.X, box.Max.Y+k.px(3), r.Max.X, box.Max.Y+k.px(21))
	words := v.read.Quality.String()
	if trust(v.read.Value) == refused && v.read.Value.Value.Kind() != tag.None {
		words += ", was " + withUnit(v.def.Format(v.read.Value.Value), v.def.Unit)
	}
	face := k.font(13)
	if !v.read.Quality.IsGood() {
		face = k.bold(13)
	}
	k.say(k.font(13), line, paint.Right, v.age, pal.Dim)
	line.Max.X -= k.font(13).Width(v.age) + k.px(8)
	k.say(face, line, paint.Left, words, quality)
	return line.Max.Y
}

// paintScale draws the value on its range, with the limits of its alarms.
func (v *plateFace) paintScale(k *ink, r image.Rectangle) int {
	pal, d := k.pal(), v.def
	bar := image.Rect(r.Min.X, r.Min.Y+k.px(16), r.Max.X, r.Min.Y+k.px(30))
	k.indicator(bar, d, v.rules, v.states, v.read.Value)
	f := k.font(11)
	low := image.Rect(r.Min.X, bar.Max.Y+k.px(3), r.Max.X, bar.Max.Y+k.px(19))
	k.say(f, low, paint.Left, d.Format(tag.Float(d.Lo)), pal.Dim)
	k.say(f, low, paint.Right, d.Format(tag.Float(d.Hi)), pal.Dim)
	for _, rule := range v.rules {
		if name := levelName(rule.Kind); name != "" && rule.Setpoint == "" {
			x := bar.Min.X + int((rule.Limit-d.Lo)/(d.Hi-d.Lo)*float64(bar.Dx()))
			k.say(f, image.Rect(x-k.px(20), r.Min.Y, x+k.px(20), bar.Min.Y-k.px(1)), paint.Center, name, pal.Dim)
		}
	}
	return low.Max.Y
}

func (v *plateFace) paintOutcome(k *ink, r image.Rectangle) int {
	pal := k.pal()
	f := k.font(13)
	if v.wrong {
		f = k.bold(13)
	}
	lines := wrap(f, v.outcome, r.Dx()-k.px(20))
	h := len(lines)*f.Height() + k.px(24)
	box := image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+h)
	k.FillRect(box, pal.Sunken)
	side := pal.Dim
	if v.wrong {
		side = pal.Text
	}
	k.FillRect(image.Rect(box.Min.X, box.Min.Y, box.Min.X+k.px(4), box.Max.Y), side)
	k.say(k.font(11), image.Rect(box.Min.X+k.px(10), box.Min.Y+k.px(2), box.Max.X, box.Min.Y+k.px(18)), paint.Left, v.sent.Format("15:04:05")+"  last command", pal.Dim)
	k.paragraph(f, image.Rect(box.Min.X+k.px(10), box.Min.Y+k.px(19), box.Max.X-k.px(8), box.Max.Y), v.outcome, pal.Text)
	return box.Max.Y
}

func (v *plateFace) paintAlarms(k *ink, r image.Rectangle) int {
	if len(v.rules) == 0 {
		return r.Min.Y
	}
	pal := k.pal()
	y := r.Min.Y
	k.say(k.bold(12), image.Rect(r.Min.X, y, r.Max.X, y+k.px(18)), paint.Left, "Alarms", pal.Dim)
	y += k.px(20)
	for _, rule := range v.rules {
		if y+k.px(22) > r.Max.Y {
			break
		}
		line := image.Rect(r.Min.X, y, r.Max.X, y+k.px(22))
		y = line.Max.Y
		row := v.states[rule.ID]
		limit := rule.Kind.String()
		if rule.Kind.NeedsLimit() && rule.Kind != alarm.Discrete {
			limit += " " + withUnit(v.def.Format(tag.Float(rule.Limit)), v.def.Unit)
		}
		mark := image.Rect(line.Min.X, line.Min.Y, line.Min.X+k.px(22), line.Max.Y)
		in := image.Rect(mark.Max.X+k.px(4), line.Min.Y, line.Max.X, line.Max.Y)
		if row == nil {
			k.Priority(nil, mark, float32(k.px(12)), rule.Priority, true, grey(pal))
			k.say(k.font(13), in, paint.Left, limit, pal.Dim)
			k.say(k.font(13), in, paint.Right, "normal", pal.Dim)
			continue
		}
		flash := row.Phase.Flashes()
		if flash && v.phase {
			k.FillRect(line, paint.Mix(pal.Panel, pal.Alarm[rule.Priority], 0.25))
		}
		k.Priority(k.bold(10), mark, float32(k.px(17)), rule.Priority, !flash || !v.phase, pal)
		k.say(k.bold(13), in, paint.Left, limit, pal.Text)
		k.say(k.bold(13), in, paint.Right, row.Phase.String(), pal.Text)
		if rule.Response != "" && row.Active && y+k.px(20) < r.Max.Y {
			y = k.paragraph(k.font(12.5), image.Rect(in.Min.X, y, in.Max.X, min(y+k.px(54), r.Max.Y)), responseOf(row), pal.Text) + k.px(4)
		}
	}
	return y
}

// paintFacts writes what is configured, as far as there is room.
func (v *plateFace) paintFacts(k *ink, r image.Rectangle) {
	d := v.def
	var lines [][2]string
	add := func(name, text string) {
		if text != "" {
			lines = append(lines, [2]string{name, text})
		}
	}
	if d.Writable {
		lo, hi := d.WriteLo, d.WriteHi
		if lo < hi {
			add("May be set", fmt.Sprintf("%s to %s", d.Format(tag.Float(lo)), withUnit(d.Format(tag.Float(hi)), d.Unit)))
		} else {
			add("May be set", "yes")
		}
	}
	if at := v.read.At(); at != 0 {
		add("Time of the value", clockTime(nanos(at), v.now))
	}
	add("Area", d.Area)
	if d.Expr != "" {
		add("Computed", d.Expr)
	} else {
		add("Device", d.Device)
		add("Address", d.Address)
	}
	if d.Scan != "" {
		add("Scan", fmt.Sprintf("%s, %v", d.Scan, d.Period))
	}
	f := k.font(12)
	y, h := r.Min.Y, k.px(18)
	for _, l := range lines {
		if y+h > r.Max.Y {
			return
		}
		k.say(f, image.Rect(r.Min.X, y, r.Min.X+k.px(118), y+h), paint.Left, l[0], k.pal().Dim)
		k.say(f, image.Rect(r.Min.X+k.px(118), y, r.Max.X, y+h), paint.Left, l[1], k.pal().Text)
		y += h
	}
}
