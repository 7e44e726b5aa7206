package screens

import (
	"image"
	"math"
	"time"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/screens/scene"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

// sample is a plant where every tag is at 62 %, or on: what the pictures of the palette show.
type sample struct{}

var sampleDefs = map[tag.ID]*tag.Def{
	"SHARE": {ID: "SHARE", Kind: tag.KindFloat, Unit: "%", Lo: 0, Hi: 100, Writable: true},
	"ON":    {ID: "ON", Kind: tag.KindBool, States: []tag.State{{Value: 0, Text: "Stopped"}, {Value: 1, Text: "Running"}}},
}

// Def implements scene.Source.
//
// What a template asks for is there, too.
func (sample) Def(id tag.ID) (*tag.Def, bool) {
	if d := sampleDefs[id]; d != nil {
		return d, true
	}
	return sampleDefs["SHARE"], true
}

// Reading implements scene.Source.
func (sample) Reading(id tag.ID) (tag.Value, uint64) {
	v := tag.Value{Value: tag.Float(62), Quality: tag.Good}
	if id == "ON" {
		v.Value = tag.Bool(true)
	}
	return v, 1
}

// Alarm implements scene.Source.
func (sample) Alarm(tag.ID) symbol.Alarm { return symbol.Alarm{} }

// AreaAlarm implements scene.Source.
func (sample) AreaAlarm(string) symbol.Alarm {
	return symbol.Alarm{Priority: 2, Phase: symbol.Acked}
}

// AlarmSeq implements scene.Source.
func (sample) AlarmSeq() uint64 { return 1 }

// Limits implements scene.Source.
func (sample) Limits(tag.ID) scene.Limits {
	l := scene.NoLimits
	l.L, l.H = 20, 80
	return l
}

// Past implements scene.Past.
func (sample) Past(_ tag.ID, _, _ int64, n int) (low, high []float64, ok bool) {
	for i := range n {
		f := 55 + 25*math.Sin(float64(i)*9/float64(n))
		low, high = append(low, f), append(high, f)
	}
	return low, high, true
}

// sampleWords are what a kind says of itself in the palette.
var sampleWords = map[string]mimic.Props{
	"text": {"text": "Text", "size": 44.0, "align": "center"}, "nav": {"text": "Go"}, "button": {"text": "Press"}, "bubble": {"text": "FT 101"}, "panel": {"title": "Panel"},
	"terminal": {"text": "To"}, "badge": {"area": "ALL"}, "value": {"size": 30.0}, "setpoint": {"size": 30.0}, "state": {"size": 30.0, "align": "center"},
	"shape": {"form": "hexagon", "fill": "fill"}, "trend": {"names": " "},
	"pipe": {"width": 8.0, "arrow": "end"}, "line": {"width": 3.0},
}

// samplePicture paints what p would put on a display, without its label.
func samplePicture(p *placing, style *paint.Style, size image.Point, scale float32, find func(string) *mimic.Display) *image.RGBA {
	size = image.Pt(max(size.X, 1), max(size.Y, 1))
	k := p.kind
	w, h := p.size()
	if k.Lined {
		w, h = 120, 70
	}
	const edge = 4
	it := mimic.Item{ID: "it", Kind: k.Name, Box: mimic.Box{X: edge, Y: edge, W: w, H: h}, Tags: map[string]string{}, Props: mimic.Props{}}
	for name, v := range sampleWords[k.Name] {
		it.Props[name] = v
	}
	if k.Prop("place") != nil {
		it.Props["place"] = "none"
	}
	if k.Lined {
		it.Points = []mimic.Point{{X: edge, Y: edge + 10}, {X: 70, Y: edge + 10}, {X: 70, Y: 60}, {X: 120, Y: 60}}
	}
	for i, r := range k.Roles {
		switch r.Name {
		case "value", "level", "target", "position":
			it.Tags[r.Name] = "SHARE"
		case "run", "flow":
			it.Tags[r.Name] = "ON"
		}
		if k.Name == "star" && i < 6 || k.Name == "table" && i < 4 || k.Name == "trend" && i < 1 {
			it.Tags[r.Name] = "SHARE"
		}
	}
	if k.Name == "interlock" {
		it.Tags["value"] = "ON"
	}
	if p.use != nil {
		it.Use, it.With = p.use.Name, map[string]string{}
		for _, name := range p.use.Params {
			it.With[name] = "1"
		}
	}
	d := &mimic.Display{Name: "sample", Title: "sample", Level: 1, W: w + 2*edge, H: h + 2*edge, Items: []mimic.Item{it}}
	// What cannot be shown of a template's tags is not asked here.
	sc, _ := scene.New(d, sample{}, style, scene.Options{Find: find})
	return view.Picture(sc, size, scale, time.Unix(0, 0))
}
