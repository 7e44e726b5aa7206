package screens

import (
	"image"
	"strings"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/historian/journal"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// plateFace is the painted part of a faceplate.
type plateFace struct {
	pane
	s     *Station
	plate *faceplate

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

	kin    []*tagdb.Cell // what belongs to the same equipment
	seen   []tagdb.Reading
	where  string // on the wire, in words
	notes  []journal.Entry
	zones  []plateZone
	over   int // index in zones; -1: none
	scroll int // pixels of the content above the top edge
	tall   int // the whole content, pixels
	brief  int // that without the origin
	head   int // how far down one takes it to move it, pixels
	taken  bool
	from   image.Point // where the head was taken
}

// plateZone is a line of the faceplate that leads somewhere.
type plateZone struct {
	r    image.Rectangle
	open func()
	menu func() []view.Choice // nil for none
}

// turn shows another tag.
func (v *plateFace) turn(d *tag.Def) {
	v.def, v.rules, v.outcome, v.snap, v.dirty = d, nil, "", nil, true
	v.notes, v.scroll, v.over, v.zones = nil, 0, -1, nil
	v.kin = family(v.s.room.Tags(), d)
	v.seen = make([]tagdb.Reading, len(v.kin))
	v.where = ""
	if e, ok := v.s.room.(Explainer); ok {
		v.where = e.Explain(d.ID)
	}
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
	for i, c := range v.kin {
		if r := c.Load(); r != v.seen[i] {
			v.seen[i], v.dirty = r, true
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
	const ends = 1 << 20 // how far down the content may go, pixels: it scrolls
	v.zones = v.zones[:0]
	r = image.Rect(k.px(14), k.px(10)-v.scroll, r.Max.X-k.px(14), ends)
	y := v.paintHead(&k, r)
	y = v.paintValue(&k, image.Rect(r.Min.X, y, r.Max.X, r.Max.Y))
	if v.def.HasRange() && len(v.def.States) == 0 {
		y = v.paintScale(&k, image.Rect(r.Min.X, y, r.Max.X, y+k.px(52)))
	}
	if v.outcome != "" {
		y = v.paintOutcome(&k, image.Rect(r.Min.X, y+k.px(6), r.Max.X, r.Max.Y))
	}
	y = v.paintAlarms(&k, image.Rect(r.Min.X, y+k.px(8), r.Max.X, r.Max.Y))
	y = v.paintKin(&k, image.Rect(r.Min.X, y+k.px(8), r.Max.X, r.Max.Y))
	y = v.paintNotes(&k, image.Rect(r.Min.X, y+k.px(8), r.Max.X, r.Max.Y))
	v.brief = y + v.scroll + k.px(68) // its heading and first lines say that there is more
	y = v.paintFacts(&k, image.Rect(r.Min.X, y+k.px(8), r.Max.X, r.Max.Y))
	if tall := y + v.scroll + k.px(6); tall != v.tall {
		v.tall = tall
		v.clamp()
	}
	v.paintScroll(&k)
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
	y := v.heading(k, r, "Alarms")
	for _, rule := range v.rules {
		line := image.Rect(r.Min.X, y, r.Max.X, y+k.px(22))
		y = line.Max.Y
		row := v.states[rule.ID]
		limit := ruleWords(v.def, rule)
		v.zone(k, line, plateZone{open: func() { v.s.showAlarm(rule.ID) }, menu: func() []view.Choice { return v.s.ruleChoices(rule.ID) }})
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
		if rule.Response != "" && row.Active {
			y = k.paragraph(k.font(12.5), image.Rect(in.Min.X, y, in.Max.X, r.Max.Y), responseOf(row), pal.Text) + k.px(4)
		}
	}
	return y
}

// paintFacts writes where the value comes from and what is configured.
func (v *plateFace) paintFacts(k *ink, r image.Rectangle) int {
	d := v.def
	y := v.heading(k, r, "Origin")
	add := func(name, text string) {
		if text == "" {
			return
		}
		f := k.font(12)
		k.say(f, image.Rect(r.Min.X, y, r.Min.X+k.px(104), y+k.px(18)), paint.Left, name, k.pal().Dim)
		y = max(k.paragraph(f, image.Rect(r.Min.X+k.px(104), y+k.px(1), r.Max.X, r.Max.Y), text, k.pal().Text), y+k.px(18))
	}
	if v.where != "" {
		add("On the wire", v.where)
	} else if d.Expr != "" {
		add("Computed", d.Expr)
	} else {
		add("Address", strings.TrimSpace(d.Device+" "+d.Address))
	}
	if at := v.read.At(); at != 0 {
		add("Time of value", clockTime(nanos(at), v.now))
	}
	if d.Device != "" {
		add("Link", v.s.linkWords(d.Device))
	}
	if d.Writable {
		say := strings.TrimPrefix(rangeWords(d), ", ")
		if say == "" {
			say = "yes"
		}
		add("May be set", say)
	}
	add("Area", d.Area)
	if d.Store != tag.StoreAll {
		add("Stored", d.Store.String())
	}
	return y
}

// heading writes the head of a part and returns where it begins.
func (v *plateFace) heading(k *ink, r image.Rectangle, text string) int {
	k.say(k.bold(12), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(18)), paint.Left, text, k.pal().Dim)
	return r.Min.Y + k.px(20)
}
