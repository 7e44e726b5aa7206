package scene

import (
	"encoding/csv"
	"io/fs"
	"maps"
	"math"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/app/calc"
	"penstock/app/tag"
	"penstock/assets"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/picture"
	"penstock/widgets/symbol"
)

// plant is a source whose readings a test sets. It is the edge of the process
// here: the real source is the live table.
type plant struct {
	defs   map[tag.ID]*tag.Def
	values map[tag.ID]tag.Value
	seqs   map[tag.ID]uint64
	alarms map[tag.ID]symbol.Alarm
	areas  map[string]symbol.Alarm
	limits map[tag.ID]Limits
	seq    uint64
	past   bool
}

func newPlant() *plant {
	return &plant{map[tag.ID]*tag.Def{}, map[tag.ID]tag.Value{}, map[tag.ID]uint64{}, map[tag.ID]symbol.Alarm{}, map[string]symbol.Alarm{}, map[tag.ID]Limits{}, 0, false}
}

func (p *plant) Def(id tag.ID) (*tag.Def, bool)        { d, ok := p.defs[id]; return d, ok }
func (p *plant) Reading(id tag.ID) (tag.Value, uint64) { return p.values[id], p.seqs[id] }
func (p *plant) Alarm(id tag.ID) symbol.Alarm          { return p.alarms[id] }
func (p *plant) AreaAlarm(area string) symbol.Alarm    { return p.areas[area] }
func (p *plant) AlarmSeq() uint64                      { return p.seq }
func (p *plant) Limits(id tag.ID) Limits {
	if l, ok := p.limits[id]; ok {
		return l
	}
	return NoLimits
}

func (p *plant) Past(id tag.ID, from, to int64, n int) (low, high []float64, ok bool) {
	d := p.defs[id]
	v, isNumber := p.values[id].Value.Float()
	if !p.past || d == nil || !isNumber {
		return nil, nil, false
	}
	for i := range n {
		t := float64(i)
		f := v + (d.Hi-d.Lo)*(0.03*math.Sin(t/9)+0.012*math.Sin(t/2.3+v))*(1-t/float64(n)*0.5)
		low, high = append(low, f-0.001*(d.Hi-d.Lo)), append(high, f+0.001*(d.Hi-d.Lo))
	}
	return low, high, true
}

func (p *plant) clone() *plant {
	c := *p
	c.values, c.seqs, c.alarms, c.areas = maps.Clone(p.values), maps.Clone(p.seqs), maps.Clone(p.alarms), maps.Clone(p.areas)
	return &c
}

func (p *plant) add(d tag.Def) { p.defs[d.ID] = &d }

func (p *plant) set(id tag.ID, v tag.Scalar, q tag.Quality) {
	p.values[id] = tag.Value{Value: v, Quality: q, Received: noon.UnixNano()}
	p.seqs[id]++
}

func (p *plant) alarm(id tag.ID, a symbol.Alarm) {
	p.alarms[id] = a
	p.seq++
}

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// demoPlant has every tag of the demo project at a plausible value, and the
// demo's displays.
func demoPlant(t testing.TB) (*plant, map[string]*mimic.Display) {
	t.Helper()
	p := newPlant()
	p.past = true
	f, err := assets.Demo().Open("tags.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	col := map[string]int{}
	for i, h := range rows[0] {
		col[h] = i
	}
	num := func(s string) float64 { v, _ := strconv.ParseFloat(s, 64); return v }
	for _, r := range rows[1:] {
		d := tag.Def{ID: tag.ID(r[col["id"]]), Text: r[col["description"]], Area: r[col["area"]], Unit: r[col["unit"]], Expr: r[col["expression"]],
			Lo: num(r[col["lo"]]), Hi: num(r[col["hi"]]), Decimals: int(num(r[col["decimals"]]))}
		d.Writable = r[col["access"]] == "rw"
		switch r[col["kind"]] {
		case "float":
			d.Kind = tag.KindFloat
		case "int":
			d.Kind = tag.KindInt
		case "bool":
			d.Kind = tag.KindBool
		case "text":
			d.Kind = tag.KindText
		}
		for s := range strings.SplitSeq(r[col["states"]], "|") {
			if n, text, ok := strings.Cut(s, "="); ok {
				d.States = append(d.States, tag.State{Value: int64(num(n)), Text: text})
			}
		}
		p.add(d)
		if d.Expr == "" {
			p.set(d.ID, plausible(&d), tag.Good)
		}
	}
	for id, d := range p.defs {
		if d.Expr != "" {
			p.set(id, p.compute(t, d.Expr), tag.Good)
		}
	}
	demoLimits(t, p)
	displays := map[string]*mimic.Display{}
	names, err := fs.Glob(assets.Demo(), "displays/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no displays", err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(assets.Demo(), name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := mimic.Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		displays[strings.TrimSuffix(path.Base(name), ".json")] = d
	}
	return p, displays
}

// demoOptions find the demo's templates and pictures.
func demoOptions(t testing.TB, displays map[string]*mimic.Display) Options {
	t.Helper()
	pictures := map[string]*picture.Picture{}
	files, err := fs.Glob(assets.Demo(), "pictures/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := fs.ReadFile(assets.Demo(), name)
		if err != nil {
			t.Fatal(err)
		}
		if pictures[path.Base(name)], err = picture.Parse(name, data); err != nil {
			t.Fatal(err)
		}
	}
	return Options{Find: finder(displays), Picture: func(name string) *picture.Picture { return pictures[name] }}
}

// demoLimits reads the limits of the demo's alarms.
func demoLimits(t testing.TB, p *plant) {
	t.Helper()
	f, err := assets.Demo().Open("alarms.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	col := map[string]int{}
	for i, h := range rows[0] {
		col[h] = i
	}
	for _, r := range rows[1:] {
		id := tag.ID(r[col["tag"]])
		l, ok := p.limits[id]
		if !ok {
			l = NoLimits
		}
		v, err := strconv.ParseFloat(r[col["limit"]], 64)
		if err != nil {
			continue
		}
		switch r[col["kind"]] {
		case "low-low":
			l.LL = v
		case "low":
			l.L = v
		case "high":
			l.H = v
		case "high-high":
			l.HH = v
		}
		p.limits[id] = l
	}
}

func (p *plant) compute(t testing.TB, expr string) tag.Scalar {
	t.Helper()
	prog, err := calc.Compile(expr, func(id tag.ID) (tag.Kind, bool) { d, ok := p.defs[id]; return d.Kind, ok })
	if err != nil {
		t.Fatal(err)
	}
	v, _ := prog.Eval(func(i int) (tag.Scalar, tag.Quality) {
		r := p.values[prog.Inputs()[i]]
		return r.Value, r.Quality
	})
	return v
}

// known are values of the tags where the middle of the range would look odd.
var known = map[tag.ID]float64{
	"IN.LT101": 2.84, "IN.LT106": 2.61, "IN.AT103": 14.2, "IN.AT104": 7.41, "IN.TT102": 11.3, "IN.PDT111": 84, "IN.PDT112": 91, "IN.PDIC110.SP": 180,
	"IN.V111.POS": 100, "IN.V112.POS": 100, "RW.V210.POS": 100, "CW.V711.POS": 100, "RW.FT201": 612, "RW.PT201": 2.31, "RW.FQ201": 4812331,
	"RW.LIC201.START1": 3.2, "RW.LIC201.START2": 2.8, "RW.LIC201.START3": 2.4, "RW.LIC201.DIFF": 0.5, "RW.IT201": 58.2, "RW.IT202": 57.4, "RW.IT203": 0, "RW.VT201": 2.1, "RW.VT202": 2.4, "RW.VT203": 0.1,
	"CD.FT301": 26.4, "CD.FT302": 5.1, "CD.FT303": 9.8, "CD.LT301": 71.5, "CD.LT302": 54.1, "CD.LT303": 63.8, "CD.FFIC301.OUT": 46.2, "CD.FFIC302.OUT": 31, "CD.FFIC303.OUT": 22.7,
	"CD.FFIC301.SP": 28, "CD.FFIC302.SP": 1.6, "CD.FFIC303.SP": 9.5, "CD.AT311": 7.12, "CD.AT312": 1.55, "ST.AT403": 1.82, "ST.LT401": 4.02, "ST.LT402": 4.05, "ST.LT411": 0.92, "ST.LT412": 1.14, "ST.WT411": 32, "ST.WT412": 38,
	"FL.FT511": 152.4, "FL.FT521": 149.8, "FL.FT531": 155.1, "FL.FT541": 150.3, "FL.PDT512": 0.82, "FL.PDT522": 1.21, "FL.PDT532": 0.55, "FL.PDT542": 1.68, "FL.LT513": 1.9, "FL.LT523": 1.92, "FL.LT533": 1.88, "FL.LT543": 1.91,
	"FL.AT514": 0.061, "FL.AT524": 0.072, "FL.AT534": 0.055, "FL.AT544": 0.094, "FL.V511.POS": 43, "FL.V521.POS": 51, "FL.V531.POS": 38, "FL.V541.POS": 64, "FL.F510.AGE": 21, "FL.F520.AGE": 33, "FL.F530.AGE": 9, "FL.F540.AGE": 41,
	"FL.PDIC500.SP": 1.8, "FL.KC500.SP": 48, "FL.FT505": 0, "FL.LT507": 22, "CW.LT701": 3.214, "CW.LT702": 3.221, "CW.AT703": 0.94, "CW.AT704": 0.085, "CW.AT705": 7.35, "CW.FT707": 604,
	"HL.PT600": 0.31, "HL.PT601": 4.48, "HL.FT601": 586, "HL.FQ601": 3914402, "HL.PIC601.SP": 4.5, "HL.PIC601.OUT": 78.4, "HL.ST601": 78.3, "HL.ST602": 78.5, "HL.ST603": 0, "HL.IT601": 112.6, "HL.IT602": 114.1, "HL.IT603": 0,
	"HL.VT601": 2.2, "HL.VT602": 2.9, "HL.VT603": 0.1, "HL.TT601": 51.2, "HL.TT602": 54.8, "HL.TT603": 21.4, "PZ.PT801": 4.02, "PZ.PT802": 4.21, "PZ.PT803": 3.16, "PZ.FT811": 241, "PZ.FT812": 188, "PZ.FT813": 149,
	"PZ.V831.POS": 72, "PZ.V832.POS": 66, "PZ.V833.POS": 81, "PZ.AT821": 0.42, "EN.JT901": 61.8, "EN.JT902": 118.4, "EN.JT903": 22.1, "EN.ET904": 402, "EN.ST905": 49.99, "EN.AT906": 0.94,
}

func plausible(d *tag.Def) tag.Scalar {
	id := string(d.ID)
	if v, ok := known[d.ID]; ok {
		if d.Kind == tag.KindInt {
			return tag.Int(int64(v))
		}
		return tag.Float(v)
	}
	switch {
	case d.Kind == tag.KindText:
		return tag.Text("WW-DOSE 2.41")
	case strings.HasSuffix(id, ".RUN"):
		return tag.Bool(id != "RW.P203.RUN" && id != "HL.P603.RUN" && id != "FL.P505.RUN" && id != "FL.B506.RUN" && id != "IN.S112.RUN")
	case strings.HasSuffix(id, ".MODE"):
		if id == "HL.PIC601.MODE" {
			return tag.Int(1)
		}
		if id == "RW.P203.MODE" {
			return tag.Int(0)
		}
		return tag.Int(2)
	case strings.HasSuffix(id, ".STATE"):
		return tag.Int(1)
	case strings.HasSuffix(id, ".ST") && len(d.States) > 2:
		if d.Area == "ST" {
			return tag.Int(0)
		}
		return tag.Int(2)
	case d.ID == "EN.XS907":
		return tag.Bool(true)
	case d.Kind == tag.KindBool:
		return tag.Bool(false)
	case strings.HasSuffix(id, ".HRS"):
		return tag.Float(8421.3)
	case d.Kind == tag.KindInt && len(d.States) == 0:
		return tag.Int(1834)
	case d.Kind == tag.KindInt:
		return tag.Int(d.States[0].Value)
	}
	return tag.Float((d.Lo + d.Hi) / 2)
}

// faces are parsed once: their glyphs are the slow part.
var faces = sync.OnceValue(func() paint.Faces {
	f, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		panic(err)
	}
	return f
})

func testStyle(t testing.TB, p *paint.Palette) *paint.Style {
	t.Helper()
	return &paint.Style{Palette: p, Faces: faces()}
}

func finder(displays map[string]*mimic.Display) func(string) *mimic.Display {
	return func(name string) *mimic.Display { return displays[name] }
}
