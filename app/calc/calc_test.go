package calc_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/app/calc"
	"penstock/app/tag"
)

// The plant the tests compute on.
var plant = map[tag.ID]struct {
	kind tag.Kind
	v    tag.Scalar
	q    tag.Quality
}{
	"HL.FT601":   {tag.KindFloat, tag.Float(360), tag.Good},
	"HL.PT601":   {tag.KindFloat, tag.Float(4.5), tag.Good},
	"HL-FT-601":  {tag.KindFloat, tag.Float(7), tag.Good},
	"2.LT01":     {tag.KindFloat, tag.Float(2), tag.Good},
	"LT1":        {tag.KindFloat, tag.Scalar{}, tag.BadSensorFailure},
	"LT2":        {tag.KindFloat, tag.Float(3), tag.SensorNotAccurate},
	"LT3":        {tag.KindFloat, tag.Float(5), tag.Good},
	"P1.RUN":     {tag.KindBool, tag.Bool(true), tag.Good},
	"P2.RUN":     {tag.KindBool, tag.Bool(false), tag.Good},
	"P1.WORD":    {tag.KindInt, tag.Int(0b1010), tag.Good},
	"MODE":       {tag.KindInt, tag.Int(2), tag.Good},
	"BATCH":      {tag.KindText, tag.Text("A-77"), tag.Good},
	"ANY":        {tag.None, tag.Float(1.5), tag.Good},
	"ANY.T":      {tag.None, tag.Text("x"), tag.Good},
	"ZERO":       {tag.KindFloat, tag.Float(0), tag.Good},
	"LIE":        {tag.KindFloat, tag.Text("not a number"), tag.Good},
	"if":         {tag.KindFloat, tag.Float(9), tag.Good},
	"a.b.c_d.e1": {tag.KindFloat, tag.Float(8), tag.Good},
}

func scope(id tag.ID) (tag.Kind, bool) { p, ok := plant[id]; return p.kind, ok }

func eval(p *calc.Program) (tag.Scalar, tag.Quality) {
	return p.Eval(func(i int) (tag.Scalar, tag.Quality) { t := plant[p.Inputs()[i]]; return t.v, t.q })
}

// testdata/values.txt: expression, =>, value, quality when it is not good.
func TestValues(t *testing.T) {
	for _, c := range table(t, "values.txt") {
		t.Run(c.source, func(t *testing.T) {
			p, err := calc.Compile(c.source, scope)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a program can be run again
				v, q := eval(p)
				got := v.String()
				if f, ok := v.Float(); ok && v.Kind() == tag.KindFloat {
					got = tag.Float(math.Round(f*1e9) / 1e9).String()
				}
				if q != tag.Good {
					got = strings.TrimSpace(got + " (" + q.String() + ")")
				}
				if got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			}
		})
	}
}

// testdata/faults.txt: expression, =>, column and words of the error.
func TestFaults(t *testing.T) {
	for _, c := range table(t, "faults.txt") {
		t.Run(c.source, func(t *testing.T) {
			err := calc.Check(c.source, scope)
			var e *calc.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want a calc.Error", err)
			}
			got := "column " + tag.Int(int64(e.Column)).String() + ": " + e.What
			if !strings.HasPrefix(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

type line struct{ source, want string }

func table(t *testing.T, name string) (out []line) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		source, want, ok := strings.Cut(strings.TrimSpace(l), "=>")
		if ok && !strings.HasPrefix(l, "#") {
			out = append(out, line{strings.TrimSpace(source), strings.TrimSpace(want)})
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s holds no lines", name)
	}
	return out
}

func TestEveryUnknownTagIsNamed(t *testing.T) {
	err := calc.Check("HL.FT60 + tag(\"X-1\") + HL.FT601", scope)
	for _, want := range []string{`column 1 `, `"HL.FT60"`, `column 11 `, `"X-1"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
}

func TestInputsAreListedOnce(t *testing.T) {
	p, err := calc.Compile("usable(LT1) ? LT1 + LT3 : LT2 + LT3", scope)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Inputs(); len(got) != 3 || got[0] != "LT1" || got[1] != "LT3" || got[2] != "LT2" {
		t.Errorf("inputs %v", got)
	}
	if p.Kind() != tag.KindFloat {
		t.Errorf("kind %v, want float", p.Kind())
	}
}

// What would cost without bound is refused, at the latest when it runs.
func TestCostIsBounded(t *testing.T) {
	for name, source := range map[string]string{
		"long":  strings.Repeat(" ", calc.MaxSource) + "1",
		"nodes": "1" + strings.Repeat("+1", calc.MaxNodes),
		"range": "1 in 1..1000000000",
		"loop":  "all(1..1000000000, # > 0)",
		"regex": "BATCH matches BATCH",
	} {
		if err := calc.Check(source, scope); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
	double := "let a0 = BATCH; "
	for i := range 40 {
		n := tag.Int(int64(i)).String()
		m := tag.Int(int64(i + 1)).String()
		double += "let a" + m + " = a" + n + " + a" + n + "; "
	}
	p, err := calc.Compile(double+"a40", scope)
	if err != nil {
		t.Fatal(err)
	}
	if v, q := eval(p); q.Usable() {
		t.Errorf("a text of %d bytes came out", len(v.Str()))
	}
}

func TestOrder(t *testing.T) {
	got, err := calc.Order(map[tag.ID][]tag.ID{
		"sum": {"a", "b"}, "twice": {"sum"}, "b": {"raw"}, "other": {"raw"},
	})
	if err != nil {
		t.Fatal(err)
	}
	at := map[tag.ID]int{}
	for i, id := range got {
		at[id] = i
	}
	if len(got) != 4 || at["b"] > at["sum"] || at["sum"] > at["twice"] {
		t.Errorf("order %v", got)
	}
}

func TestACycleIsNamed(t *testing.T) {
	for want, inputs := range map[string]map[tag.ID][]tag.ID{
		"A -> B -> C -> A": {"A": {"raw", "B"}, "B": {"C"}, "C": {"A"}},
		"S -> S":           {"S": {"S"}},
		"B -> C -> B":      {"A": {"B"}, "B": {"C"}, "C": {"B"}},
	} {
		_, err := calc.Order(inputs)
		var c *calc.CycleError
		if !errors.As(err, &c) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("error %v, want one that ends with %s", err, want)
		}
	}
}

// Whatever is typed, compiling and running end without a panic, and a result
// never claims to be good without a value.
func FuzzCompile(f *testing.F) {
	for _, file := range []string{"values.txt", "faults.txt"} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		for l := range strings.Lines(string(text)) {
			source, _, _ := strings.Cut(l, "=>")
			f.Add(strings.TrimSpace(source))
		}
	}
	f.Fuzz(func(t *testing.T, source string) {
		p, err := calc.Compile(source, scope)
		if err != nil {
			return
		}
		v, q := eval(p)
		if q.Usable() == (v.Kind() == tag.None) {
			t.Errorf("value %v has quality %v", v, q)
		}
		if f, ok := v.Float(); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			t.Errorf("the result is %v", v)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	for _, source := range []string{"HL.FT601 / 3.6", "if(P1.RUN and HL.PT601 < 2.5, max(HL.FT601, LT3), 0)"} {
		p, err := calc.Compile(source, scope)
		if err != nil {
			b.Fatal(err)
		}
		var v [8]tag.Scalar
		for i, id := range p.Inputs() {
			v[i] = plant[id].v
		}
		look := func(i int) (tag.Scalar, tag.Quality) { return v[i], tag.Good }
		b.Run(source, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Eval(look)
			}
		})
	}
}
