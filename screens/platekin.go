package screens

import (
	"fmt"
	"image"
	"slices"
	"strings"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// kinAtMost bounds what a faceplate shows beside its own tag.
const kinAtMost = 14

// partWords are what the last part of a tag's id usually stands for.
var partWords = map[string]string{
	"PV": "Measured", "SP": "Set point", "OUT": "Output", "CV": "Output", "OP": "Output", "MODE": "Mode", "RUN": "Running", "FLT": "Fault", "TRIP": "Trip",
	"CMD": "Command", "POS": "Position", "STATE": "State", "ST": "State", "ILK": "Interlock", "PERM": "Permissive", "RDY": "Ready",
	"HRS": "Running hours", "STARTS": "Starts", "RESET": "Reset",
}

// family is what is to be seen beside a tag: the other tags of its equipment,
// which share all of the id but the last part; what measures the same loop, as
// HL.PT601 does for HL.PIC601; and what the project names as related to any of
// them, interlocks and permissives. The order is that of the project.
func family(db *tagdb.DB, d *tag.Def) (out []*tagdb.Cell) {
	stem := stemOf(d.ID)
	loop := loopOf(stemOr(d.ID))
	taken := map[tag.ID]bool{d.ID: true}
	var related []tag.ID
	related = append(related, d.Related...)
	for _, c := range db.Cells() {
		o := c.Def()
		if taken[o.ID] || len(out) == kinAtMost {
			continue
		}
		same := stem != "" && stemOf(o.ID) == stem
		if same || loop != "" && loopOf(stemOr(o.ID)) == loop {
			taken[o.ID] = true
			out = append(out, c)
			if same {
				related = append(related, o.Related...)
			}
		}
	}
	for _, id := range related {
		if c := db.Cell(id); c != nil && !taken[id] && len(out) < kinAtMost {
			taken[id] = true
			out = append(out, c)
		}
	}
	return out
}

// stemOf is the id of a tag's equipment: HL.P602 of HL.P602.RUN; "" for a tag
// that is not a part of one.
func stemOf(id tag.ID) string {
	if i := strings.LastIndexByte(string(id), '.'); i > 0 && strings.Count(string(id), ".") > 1 {
		return string(id)[:i]
	}
	return ""
}

func stemOr(id tag.ID) string {
	if s := stemOf(id); s != "" {
		return s
	}
	return string(id)
}

// loopOf is the control loop of a name that ISA-5.1 reads as a controller or a
// transmitter: area, measured variable and number; "" for any other.
func loopOf(name string) string {
	i := strings.LastIndexByte(name, '.') + 1
	base := name[i:]
	n := strings.IndexFunc(base, func(c rune) bool { return c < 'A' || c > 'Z' })
	if n < 2 || !slices.Contains([]string{"IC", "T", "IT", "C", "IR"}, base[1:n]) {
		return ""
	}
	return name[:i] + base[:1] + base[n:]
}

// partName is what a tag is called beside others of its equipment.
func partName(d *tag.Def, stem string) string {
	last := string(d.ID)[strings.LastIndexByte(string(d.ID), '.')+1:]
	if w, ok := partWords[last]; ok && stemOf(d.ID) == stem {
		return w
	}
	return d.Text
}

// paintKin lists what belongs to the same equipment with its values: mode, set
// point, output, interlocks. A click turns the faceplate to it.
func (v *plateFace) paintKin(k *ink, r image.Rectangle) int {
	if len(v.kin) == 0 {
		return r.Min.Y - k.px(8)
	}
	pal := k.pal()
	stem := stemOf(v.def.ID)
	head := "Beside it"
	if stem != "" {
		head = stem
	}
	y := v.heading(k, r, head)
	for i, c := range v.kin {
		d := c.Def()
		line := image.Rect(r.Min.X, y, r.Max.X, y+k.px(20))
		y = line.Max.Y
		v.zone(k, line, plateZone{open: func() { v.plate.turn(d.ID) }})
		text := withUnit(valueText(d, v.seen[i].Value), d.Unit)
		face, ink := k.bold(13), pal.Live
		switch trust(v.seen[i].Value) {
		case refused:
			ink = pal.Bad
		case doubted:
			ink = pal.Dim
		}
		w := min(face.Width(text), line.Dx()/2)
		k.say(face, image.Rect(line.Max.X-w, line.Min.Y, line.Max.X, line.Max.Y), paint.Right, text, ink)
		k.say(k.font(13), image.Rect(line.Min.X, line.Min.Y, line.Max.X-w-k.px(8), line.Max.Y), paint.Left, partName(d, stem), pal.Text)
	}
	return y
}

// ruleWords says in words what an alarm watches for.
func ruleWords(d *tag.Def, r *alarm.Rule) string {
	switch r.Kind {
	case alarm.Discrete:
		if s, ok := d.StateText(int64(r.Limit)); ok {
			return "when " + s
		}
	case alarm.BadQuality:
		return "value lost"
	case alarm.NoUpdate:
		return "no new value"
	case alarm.Expression:
		return r.Message
	case alarm.Change:
		return "when it changes"
	}
	name := strings.ReplaceAll(r.Kind.String(), "-", " ")
	if r.Kind.NeedsLimit() {
		name += " " + withUnit(d.Format(tag.Float(r.Limit)), d.Unit)
	}
	if r.Kind == alarm.Rate {
		name += " a minute"
	}
	return name
}

// linkWords says how the link of a device is doing.
func (s *Station) linkWords(device string) string {
	for _, l := range s.room.Links() {
		if l.Device == device {
			return device + ": " + l.Words
		}
	}
	return ""
}

// showAlarm goes to an alarm in the list, or to what happened to it while it
// is normal.
func (s *Station) showAlarm(id string) {
	if a := s.room.Alarms().Row(id); a == nil || a.Phase.Hidden() {
		s.eventsOf(id)
		return
	}
	s.goTo(alarmPage)
	s.pages[alarmPage].(*alarmsPage).reveal(id)
}

// ruleChoices is the menu of an alarm of the faceplate.
func (s *Station) ruleChoices(id string) []view.Choice {
	a := s.room.Alarms().Row(id)
	return []view.Choice{
		{Text: "Acknowledge", Do: func() { s.ack([]*alarm.Row{a}, "") }, Disabled: a == nil || !a.Unacked || a.Phase.Hidden()},
		{Text: "Show in the alarm list", Do: func() { s.showAlarm(id) }, Disabled: a == nil || a.Phase.Hidden()},
		{Text: "What if ...", Do: func() { s.goTo(alarmPage); s.whatIf(id) }},
		{Text: "Events of this alarm", Do: func() { s.eventsOf(id) }},
	}
}

// zone makes a line lead somewhere; the one under the pointer is lit.
func (v *plateFace) zone(k *ink, r image.Rectangle, z plateZone) {
	z.r = image.Rect(r.Min.X-k.px(4), r.Min.Y, r.Max.X+k.px(4), r.Max.Y)
	if v.over == len(v.zones) {
		k.FillRect(z.r, paint.Mix(k.pal().Panel, k.pal().Text, 0.08))
	}
	v.zones = append(v.zones, z)
}

func (v *plateFace) hit(at image.Point) int {
	return slices.IndexFunc(v.zones, func(z plateZone) bool { return at.In(z.r) })
}

// Tap implements view.Tapper.
func (v *plateFace) Tap(at view.Pointer) {
	if i := v.hit(at.At); i >= 0 {
		v.zones[i].open()
	}
}

// Menu implements view.Menuer.
func (v *plateFace) Menu(at view.Pointer) []view.Choice {
	if i := v.hit(at.At); i >= 0 && v.zones[i].menu != nil {
		return v.zones[i].menu()
	}
	return nil
}

// Hover implements view.Hoverer.
func (v *plateFace) Hover(at view.Pointer) { v.point(v.hit(at.At)) }

// Leave implements view.Hoverer.
func (v *plateFace) Leave() { v.point(-1) }

func (v *plateFace) point(i int) {
	if i != v.over {
		v.over, v.dirty = i, true
	}
}

// Wheel implements view.Wheeler.
func (v *plateFace) Wheel(_ view.Pointer, _, dy float32) { v.scrollBy(-dy * 60) }

// Key implements view.Keyer: what has no room is reached by scrolling.
func (v *plateFace) Key(k view.Key) bool {
	by, ok := map[string]float32{view.KeyUp: -24, view.KeyDown: 24, view.KeyPageUp: -200, view.KeyPageDown: 200, view.KeyHome: -1e5, view.KeyEnd: 1e5}[k.Name]
	if !ok || k.Mods != 0 {
		return false
	}
	v.scrollBy(by)
	return true
}

// scrollBy moves the content, units of design.
func (v *plateFace) scrollBy(d float32) {
	v.scroll += int(d * v.scale)
	v.clamp()
}

func (v *plateFace) clamp() {
	v.scroll = max(min(v.scroll, v.tall-v.size.Y), 0)
	v.dirty = true
}

// paintScroll shows that there is more.
func (v *plateFace) paintScroll(k *ink) {
	if v.tall <= v.size.Y {
		return
	}
	h := max(v.size.Y*v.size.Y/v.tall, k.px(24))
	y := v.scroll * (v.size.Y - h) / (v.tall - v.size.Y)
	k.FillRect(image.Rect(v.size.X-k.px(7), y, v.size.X-k.px(2), y+h), k.pal().Line)
}

// refusal says in words why a value cannot be written to a tag; "" when it can.
func refusal(d *tag.Def, v tag.Scalar, err error) string {
	if err == nil {
		return ""
	}
	f, ok := v.Float()
	lo, hi := writeRange(d)
	switch {
	case !ok || lo >= hi:
	case f > hi:
		return fmt.Sprintf("%s is too high: at most %s may be set.", withUnit(d.Format(v), d.Unit), withUnit(d.Format(tag.Float(hi)), d.Unit))
	case f < lo:
		return fmt.Sprintf("%s is too low: at least %s must be set.", withUnit(d.Format(v), d.Unit), withUnit(d.Format(tag.Float(lo)), d.Unit))
	}
	return sentence(err)
}

// writeRange is what may be written: the write range, or else the range of the
// value; none when equal.
func writeRange(d *tag.Def) (lo, hi float64) {
	if d.WriteLo < d.WriteHi {
		return d.WriteLo, d.WriteHi
	}
	return d.Lo, d.Hi
}
