package symbol

import (
	"image"
	"math"
	"sync"
	"testing"

	"penstock/assets"
	"penstock/widgets/paint"
	"penstock/widgets/picture"
)

// A specimen is one symbol of the gallery in one condition.
type specimen struct {
	name string
	w, h float32 // display units
	with func(Condition) Symbol
}

var pastOfAnHour = func() *Curve {
	c := &Curve{}
	for i := range 60 {
		v := float32(0.5 + 0.3*math.Sin(float64(i)/7))
		if i > 20 && i < 25 {
			v = float32(math.NaN())
		}
		c.Low, c.High = append(c.Low, v-0.03), append(c.High, v+0.03)
	}
	return c
}()

var hourAxes = Axes{Up: []Tick{{0, "0"}, {0.5, "500"}, {1, "1000"}}, Time: []Tick{{0.2, "9:15"}, {0.6, "9:30"}}}

var needle = []paint.Pt{{X: 20, Y: 60}, {X: 80, Y: 60}}

// crane is a drawing with a filled shape, a hole, a stroke and a curve.
var crane = func() *picture.Picture {
	p, err := picture.Parse("crane.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60">
<path d="M5 55 L20 10 L55 10 L55 15 L25 15 L15 55 Z" fill="#888" stroke="black" stroke-width="1.5"/>
<path fill-rule="evenodd" d="M40 15 h12 v12 h-12 z M43 18 h6 v6 h-6 z"/>
<path d="M46 27 C46 40 40 40 40 45 a6 6 0 0 0 12 0" fill="none" stroke="black" stroke-width="2"/></svg>`))
	if err != nil {
		panic(err)
	}
	return p
}()

var scale06 = Scale{Lo: 0, Hi: 6, NormalLo: 2, NormalHi: 4.5, LL: 0.5, L: 1, H: 5, HH: 5.5}

var elbow = []paint.Pt{{X: 2, Y: 6}, {X: 22, Y: 6}, {X: 22, Y: 32}, {X: 58, Y: 32}} // pixels of the golden pictures

// gallery is every symbol; each is painted in every condition.
var gallery = []specimen{
	{"value", 120, 48, func(c Condition) Symbol {
		return Value{Label: "Discharge pressure", Reading: Reading{"4.52", "bar", c}, Place: Above}
	}},
	{"setpoint", 120, 48, func(c Condition) Symbol {
		return Value{Label: "Set point", Reading: Reading{"4.50", "bar", c}, Place: Above, SetPoint: true}
	}},
	{"indicator", 70, 200, func(c Condition) Symbol {
		return Indicator{Label: "Level", Reading: Reading{"3.12", "m", c}, At: scale06.Share(3.12), SetAt: scale06.Share(4), Scale: &scale06}
	}},
	{"lying", 260, 60, func(c Condition) Symbol {
		return Indicator{Label: "Level", Reading: Reading{"5.31", "m", c}, At: scale06.Share(5.31), SetAt: -1, Scale: &scale06, Lying: true}
	}},
	{"bar", 40, 120, func(c Condition) Symbol { return Bar{Label: "Dose", At: 0.4, Condition: c} }},
	{"spark", 240, 60, func(c Condition) Symbol {
		return Spark{Label: "Flow", Past: pastOfAnHour, BandLo: 0.3, BandHi: 0.7, Reading: Reading{"612", "m3/h", c}}
	}},
	{"trend box", 220, 150, func(c Condition) Symbol {
		t := TrendBox{Title: "The last hour", N: 2, Axes: &hourAxes, BandLo: 0.3, BandHi: 0.7}
		t.Pens[0] = Pen{Name: "Flow", Past: pastOfAnHour, Reading: Reading{"612", "m3/h", c}}
		t.Pens[1] = Pen{Name: "Level", Past: &Curve{Low: make([]float32, 60), High: make([]float32, 60)}, Reading: Reading{"0.0", "m", Fine}}
		return t
	}},
	{"shape", 90, 90, func(c Condition) Symbol {
		return Plain{Form: Hexagon, Label: "Silo", Filled: true, Fill: PanelTone, Level: 0.4, Condition: c}
	}},
	{"drawing", 90, 90, func(c Condition) Symbol { return Picture{Label: "Crane", Picture: crane, Condition: c} }},
	{"no picture", 90, 90, func(c Condition) Symbol { return Picture{Label: "Crane", Condition: c} }},
	{"turned pump", 90, 104, func(c Condition) Symbol {
		return Styled{Symbol: Machine{Kind: Pump, Label: "Pump 1", Run: Running, Condition: c}, Degrees: 30}
	}},
	{"pointer", 100, 70, func(c Condition) Symbol {
		return Styled{Symbol: Line{Points: &needle, Width: 4, Condition: c}, Degrees: -35}
	}},
	{"star", 150, 170, func(c Condition) Symbol {
		s := Star{Label: "Filters", N: 6}
		for i := range s.N {
			s.Spokes[i] = Spoke{Off: 0.1 * float32(i), Condition: Fine}
		}
		s.Spokes[2] = Spoke{Off: 1.6, Condition: c}
		return s
	}},
	{"table", 240, 90, func(c Condition) Symbol {
		return Table{Title: "Pump 1", Rows: &[]Row{{"Current", Reading{"84.1", "A", Fine}}, {"Vibration", Reading{"2.3", "mm/s", c}}}}
	}},
	{"mode auto", 30, 30, func(c Condition) Symbol { return Mode{"Auto", c} }},
	{"mode hand", 30, 30, func(c Condition) Symbol { return Mode{"Hand", c} }},
	{"interlock off", 60, 60, func(c Condition) Symbol { return Interlock{Label: "Suction", Condition: c} }},
	{"interlock on", 60, 60, func(c Condition) Symbol { return Interlock{Label: "Suction", Active: true, Condition: c} }},
	{"bubble", 46, 46, func(c Condition) Symbol { return Bubble{Letters: "FT", Loop: "601", Condition: c} }},
	{"bubble shared", 46, 46, func(c Condition) Symbol { return Bubble{Letters: "PIC", Loop: "601", Where: Shared, Condition: c} }},
	{"tank", 110, 130, func(c Condition) Symbol { return Tank{Label: "Coagulant", Level: 0.6, Blanket: -1, Condition: c} }},
	{"basin", 160, 110, func(c Condition) Symbol {
		return Tank{Label: "Clear water", Shape: Basin, Level: 0.7, Blanket: 0.1, Condition: c}
	}},
	{"vessel", 80, 140, func(c Condition) Symbol {
		return Tank{Label: "Surge", Shape: RoundTank, Level: 0.35, Blanket: -1, Condition: c}
	}},
	{"filter", 150, 170, func(c Condition) Symbol {
		return Filter{Label: "Filter 1", Level: 0.8, State: "Filtering", Condition: c}
	}},
	{"filter washing", 150, 170, func(c Condition) Symbol {
		return Filter{Label: "Filter 2", Level: 0.3, State: "Air scour", Busy: true, Mode: "Hand", Condition: c}
	}},
	{"settler", 220, 150, func(c Condition) Symbol {
		return Settler{Label: "Settling tank 1", Level: 0.9, Blanket: 0.3, Scraper: Running, Condition: c}
	}},
	{"exchanger", 80, 96, func(c Condition) Symbol { return Exchanger{Label: "E1", Condition: c} }},
	machineOf("pump", Pump, Running), machineOf("pump stopped", Pump, Stopped), machineOf("pump tripped", Pump, Tripped), machineOf("pump unknown", Pump, RunUnknown),
	machineOf("doser", Doser, Running), machineOf("motor", Motor, Running), machineOf("mixer", Mixer, Stopped), machineOf("fan", Fan, Running),
	machineOf("blower", Blower, Stopped), machineOf("compressor", Compressor, Running), machineOf("screen", RakedScreen, Running), machineOf("conveyor", Conveyor, Running),
	valveOf("valve open", OnOff, Open), valveOf("valve closed", OnOff, Closed), valveOf("valve opening", OnOff, Opening), valveOf("valve stuck", OnOff, Stuck),
	valveOf("control valve", Control, Partly), valveOf("three-way valve", ThreeWay, Open), valveOf("check valve", Check, Open), valveOf("penstock", Penstock, Partly),
	{"pipe", 100, 70, func(c Condition) Symbol {
		return Line{Points: &elbow, Pipe: true, Arrow: AtEnd, Flow: Flowing, Condition: c}
	}},
	{"pipe still", 100, 70, func(c Condition) Symbol {
		return Line{Points: &elbow, Pipe: true, Arrow: InMiddle, Flow: Standing, Condition: c}
	}},
	{"pipe reversed", 100, 70, func(c Condition) Symbol {
		return Line{Points: &elbow, Pipe: true, Arrow: AtEnd, Flow: Reversed, Condition: c}
	}},
	{"sludge pipe", 100, 70, func(c Condition) Symbol { return Line{Points: &elbow, Pipe: true, Medium: Sludge, Condition: c} }},
	{"air pipe", 100, 70, func(c Condition) Symbol {
		return Line{Points: &elbow, Pipe: true, Medium: Air, Arrow: AtEnd, Condition: c}
	}},
	{"nav", 180, 44, func(c Condition) Symbol { return Nav{Words: "Filters", Alarm: c.Alarm} }},
	{"button", 140, 40, func(c Condition) Symbol { return Button{Words: "Reset trips"} }},
	{"terminal", 150, 34, func(c Condition) Symbol { return Terminal{Words: "to filters"} }},
	{"panel", 160, 80, func(c Condition) Symbol { return Panel{Title: "Pressure control"} }},
	{"badge", 24, 24, func(c Condition) Symbol { return Badge{c.Alarm} }},
}

func machineOf(name string, k MachineKind, r Run) specimen {
	return specimen{name, 80, 104, func(c Condition) Symbol {
		s := Machine{Kind: k, Label: "Pump 1", Second: "84.0 %", Run: r, Condition: c}
		if r == Stopped {
			s.Mode = "Off"
		}
		return s
	}}
}

func valveOf(name string, k ValveKind, t Travel) specimen {
	return specimen{name, 60, 80, func(c Condition) Symbol {
		return Valve{Kind: k, Label: "V711", Travel: t, Open: 0.4, Condition: c}
	}}
}

// conditions are what each symbol must show so that it can be told apart.
var conditions = []struct {
	name string
	Condition
}{
	{"normal", Fine},
	{"no data", Condition{}},
	{"bad", Condition{Trust: Bad}},
	{"disconnected", Condition{Trust: Disconnected}},
	{"off scan", Condition{Trust: OffScan}},
	{"stale", Condition{Trust: Stale}},
	{"doubtful", Condition{Trust: Doubtful}},
	{"by hand", Condition{Trust: Sound, Manual: true}},
	{"simulated", Condition{Trust: Sound, Simulated: true}},
	{"out of service", Condition{Trust: Sound, OutOfService: true}},
	{"urgent", Condition{Trust: Sound, Alarm: Alarm{1, Unacked}}},
	{"high acknowledged", Condition{Trust: Sound, Alarm: Alarm{2, Acked}}},
	{"medium returned", Condition{Trust: Sound, Alarm: Alarm{3, Returned}}},
	{"low shelved", Condition{Trust: Sound, Alarm: Alarm{4, Silenced}}},
	{"bad in alarm", Condition{Trust: Bad, Alarm: Alarm{4, Unacked}}},
}

// faces are parsed once: their glyphs are the slow part.
var faces = sync.OnceValue(func() paint.Faces {
	f, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		panic(err)
	}
	return f
})

func canvasOn(t testing.TB, img *image.RGBA, p *paint.Palette, unit float32) *Canvas {
	t.Helper()
	c := &Canvas{Painter: new(paint.Painter), Style: &paint.Style{Palette: p, Faces: faces()}, Unit: unit, Fast: true, Slow: true}
	c.Reset(img, img.Rect)
	c.FillRect(img.Rect, p.Window)
	return c
}

const gap = 22 // between specimens, display units

// sheet paints one symbol in every condition, side by side.
func sheet(t testing.TB, s specimen, p *paint.Palette, unit float32) *image.RGBA {
	n := float32(len(conditions))
	img := image.NewRGBA(image.Rect(0, 0, int(unit*(n*(s.w+gap)+gap)), int(unit*(s.h+2*gap))))
	c := canvasOn(t, img, p, unit)
	for i, k := range conditions {
		s.with(k.Condition).Paint(c, paint.Box{X: unit * (gap + float32(i)*(s.w+gap)), Y: unit * gap, W: unit * s.w, H: unit * s.h})
	}
	return img
}
