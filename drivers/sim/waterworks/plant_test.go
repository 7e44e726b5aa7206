package waterworks

import (
	"errors"
	"flag"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"penstock/app/tag"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func show(t testing.TB, p *Plant, id tag.ID) float64 {
	t.Helper()
	v, _ := p.Read(id)
	f, ok := v.Float()
	if !ok {
		t.Fatalf("%s is %v", id, v)
	}
	return f
}

func order(t testing.TB, p *Plant, id tag.ID, v float64) {
	t.Helper()
	s := tag.Float(v)
	if i, _ := p.Find(id); table[i].Kind != tag.KindFloat {
		s = tag.Int(int64(v))
	}
	if err := p.Write(id, s); err != nil {
		t.Fatal(err)
	}
}

// A story of orders to the plant and what an operator sees of them.
func TestOrders(t *testing.T) {
	for _, c := range []struct {
		story string
		do    func(t *testing.T, p *Plant)
		after time.Duration
		see   func(t *testing.T, p *Plant)
	}{
		{"stop the high-lift pumps, and the pressure falls", func(t *testing.T, p *Plant) {
			for _, m := range []tag.ID{"HL.P601.MODE", "HL.P602.MODE", "HL.P603.MODE"} {
				order(t, p, m, Off)
			}
		}, 5 * time.Minute, func(t *testing.T, p *Plant) {
			if show(t, p, "HL.PT601") > 0.3 || show(t, p, "HL.FT601") != 0 || show(t, p, "PZ.PT803") > 0.1 {
				t.Error("there is still pressure")
			}
		}},
		{"raise the pressure set point", func(t *testing.T, p *Plant) { order(t, p, "HL.PIC601.SP", 5.2) }, 5 * time.Minute, func(t *testing.T, p *Plant) {
			if v := show(t, p, "HL.PT601"); math.Abs(v-5.2) > 0.1 {
				t.Errorf("pressure %g", v)
			}
		}},
		{"speed by hand", func(t *testing.T, p *Plant) {
			order(t, p, "HL.PIC601.MODE", 0)
			order(t, p, "HL.PIC601.OUT", 70)
		}, 5 * time.Minute, func(t *testing.T, p *Plant) {
			if v := show(t, p, "HL.PIC601.OUT"); v != 70 {
				t.Errorf("output %g", v)
			}
			if v := show(t, p, "HL.PT601"); v > 3.5 {
				t.Errorf("pressure %g", v)
			}
		}},
		{"close the outlet of the clear-water tank, and the interlock stops the pumps", func(t *testing.T, p *Plant) { order(t, p, "CW.V711.CMD", 0) },
			3 * time.Minute, func(t *testing.T, p *Plant) {
				if show(t, p, "HL.PSLL602") != 1 || show(t, p, "HL.P601.RUN") != 0 || show(t, p, "CW.V711.ST") != Closed {
					t.Error("the pumps still run")
				}
			}},
		{"close a district, and it is dry and the others are not", func(t *testing.T, p *Plant) { order(t, p, "PZ.V832.CMD", 0) }, 4 * time.Minute, func(t *testing.T, p *Plant) {
			if show(t, p, "PZ.FT812") != 0 || show(t, p, "PZ.PT802") > 0.05 || show(t, p, "PZ.PT801") < 3.5 {
				t.Error("not as it should be")
			}
		}},
		{"stop the raw-water pumps, and the chemicals stop too", func(t *testing.T, p *Plant) {
			for _, m := range []tag.ID{"RW.P201.MODE", "RW.P202.MODE", "RW.P203.MODE"} {
				order(t, p, m, Off)
			}
		}, 30 * time.Minute, func(t *testing.T, p *Plant) {
			if show(t, p, "RW.FT201") != 0 || show(t, p, "CD.FT301") > 0.5 || show(t, p, "CD.M321.RUN") != 0 {
				t.Error("something still runs")
			}
		}},
		{"a closed raw water main", func(t *testing.T, p *Plant) { order(t, p, "RW.V210.CMD", 0) }, 3 * time.Minute, func(t *testing.T, p *Plant) {
			if show(t, p, "RW.FT201") > 5 || show(t, p, "RW.PT201") < 2.8 {
				t.Errorf("flow %g, pressure %g", show(t, p, "RW.FT201"), show(t, p, "RW.PT201"))
			}
		}},
		{"shut inlets empty the sump, and the pumps trip before they are ruined", func(t *testing.T, p *Plant) {
			order(t, p, "IN.V111.CMD", 0)
			order(t, p, "IN.V112.CMD", 0)
		}, 40 * time.Minute, func(t *testing.T, p *Plant) {
			trips := show(t, p, "RW.P201.FLT") + show(t, p, "RW.P202.FLT")
			if show(t, p, "IN.LT106") > 1 || show(t, p, "RW.FT201") > 60 || trips == 0 {
				t.Errorf("sump %g m, flow %g, %g trips", show(t, p, "IN.LT106"), show(t, p, "RW.FT201"), trips)
			}
		}},
		{"more coagulant, less turbidity", func(t *testing.T, p *Plant) { order(t, p, "CD.FFIC301.SP", 4) }, 3 * time.Hour, func(t *testing.T, p *Plant) {
			if v := show(t, p, "ST.AT403"); v < 3 {
				t.Errorf("with 4 mg/l settled water has %g NTU", v)
			}
		}},
		{"no chlorine", func(t *testing.T, p *Plant) { order(t, p, "CD.P302.MODE", Off) }, 12 * time.Hour, func(t *testing.T, p *Plant) {
			if show(t, p, "CD.AT312") > 0.1 || show(t, p, "CW.AT703") > 0.6 {
				t.Errorf("chlorine %g, %g mg/l", show(t, p, "CD.AT312"), show(t, p, "CW.AT703"))
			}
		}},
		{"a filter is taken out", func(t *testing.T, p *Plant) { order(t, p, "FL.F540.MODE", Off) }, 20 * time.Minute, func(t *testing.T, p *Plant) {
			if show(t, p, "FL.F540.STATE") != OutOfService || show(t, p, "FL.FT541") != 0 || show(t, p, "FL.FT521") < 0.3*show(t, p, "CW.FT707") {
				t.Errorf("filter 2 takes %g of %g m3/h", show(t, p, "FL.FT521"), show(t, p, "CW.FT707"))
			}
		}},
		{"rakes off, and the screens blind", func(t *testing.T, p *Plant) {
			order(t, p, "IN.S111.MODE", Off)
			order(t, p, "IN.S112.MODE", Off)
		}, 12 * time.Hour, func(t *testing.T, p *Plant) {
			if show(t, p, "IN.PDT111") < 250 {
				t.Errorf("head loss %g mm", show(t, p, "IN.PDT111"))
			}
		}},
	} {
		t.Run(c.story, func(t *testing.T) {
			if testing.Short() && c.after > time.Hour {
				t.Skip("a long story")
			}
			t.Parallel()
			p := New(2, monday)
			c.do(t, p)
			p.Step(c.after)
			c.see(t, p)
		})
	}
}

func TestRefusals(t *testing.T) {
	p := New(1, monday)
	for _, c := range []struct {
		id   tag.ID
		v    tag.Scalar
		want error
	}{
		{"HL.NOPE", tag.Float(1), ErrUnknown},
		{"HL.PT601", tag.Float(1), ErrReadOnly},
		{"HL.PIC601.SP", tag.Float(6.1), ErrRange},
		{"HL.PIC601.SP", tag.Float(math.NaN()), ErrRange},
		{"HL.PIC601.SP", tag.Float(math.Inf(-1)), ErrRange},
		{"HL.PIC601.SP", tag.Text("4"), ErrType},
		{"HL.PIC601.SP", tag.Bool(true), ErrType},
		{"HL.PIC601.SP", tag.Scalar{}, ErrType},
		{"HL.PIC601.SP", tag.Int(4), nil},
		{"HL.PIC601.OUT", tag.Float(10), ErrState},
		{"HL.P601.MODE", tag.Int(3), ErrRange},
		{"HL.P601.MODE", tag.Int(-1), ErrRange},
		{"HL.P601.MODE", tag.Float(1.5), ErrType},
		{"HL.P601.MODE", tag.Float(1), nil},
		{"FL.F510.WASH", tag.Int(2), ErrType},
		{"FL.F510.WASH", tag.Bool(false), nil},
		{"SY.NOTE", tag.Text("\xff"), ErrRange},
		{"SY.NOTE", tag.Float(1), ErrType},
		{"SY.SCENARIO", tag.Int(6), ErrRange},
	} {
		if err := p.Write(c.id, c.v); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("write %s := %v: %v, want %v", c.id, c.v, err, c.want)
		} else if err != nil && !strings.Contains(err.Error(), string(c.id)) {
			t.Errorf("%q does not name the signal", err)
		}
	}
}

// The same seed, start and orders give the same plant, however the time is
// cut; another seed gives another.
func TestItIsDeterministic(t *testing.T) {
	a, b, c := New(7, monday), New(7, monday), New(8, monday)
	a.Step(time.Hour)
	c.Step(time.Hour)
	for left := time.Hour; left > 0; left -= 90 * time.Millisecond {
		b.Step(min(left, 90*time.Millisecond))
	}
	differs := 0
	for i := range a.Len() {
		va, qa := a.At(i)
		vb, qb := b.At(i)
		if va != vb || qa != qb {
			t.Errorf("%s: %v %v, and %v %v", table[i].ID, va, qa, vb, qb)
		}
		if vc, _ := c.At(i); va != vc {
			differs++
		}
	}
	if differs < 50 {
		t.Errorf("only %d signals differ with another seed", differs)
	}
}

// What the river gave is in the plant or has left it, whatever is done to it.
func TestNoWaterIsLost(t *testing.T) {
	var orders []tag.Def
	for _, d := range table {
		if d.Writable && d.Kind != tag.KindText {
			orders = append(orders, d)
		}
	}
	if testing.Short() {
		defer flag.Set("rapid.checks", flag.Lookup("rapid.checks").Value.String())
		flag.Set("rapid.checks", "10")
	}
	rapid.Check(t, func(t *rapid.T) {
		p := New(rapid.Int64Range(1, 1000).Draw(t, "seed"), monday.Add(time.Duration(rapid.IntRange(0, 23).Draw(t, "hour"))*time.Hour))
		first := p.Balance()
		for range rapid.IntRange(1, 5).Draw(t, "orders") {
			d := rapid.SampledFrom(orders).Draw(t, "signal")
			v := rapid.Float64Range(d.WriteLo, d.WriteHi).Draw(t, "value")
			s := tag.Float(v)
			if d.Kind != tag.KindFloat {
				s = tag.Int(int64(math.Round(v)))
			}
			if err := p.Write(d.ID, s); err != nil && !errors.Is(err, ErrState) {
				t.Fatal(err)
			}
			p.Step(time.Duration(rapid.IntRange(1, 15).Draw(t, "minutes")) * time.Minute)
		}
		now := p.Balance()
		lost := (now.Taken - first.Taken) - (now.Gone() - first.Gone()) - (now.Stored - first.Stored)
		if math.Abs(lost) > 1e-3 {
			t.Fatalf("%.6f m3 of water are lost: %+v", lost, now)
		}
		for i, d := range table {
			v, q := p.At(i)
			f, ok := v.Float()
			switch {
			case v.Kind() != d.Kind:
				t.Fatalf("%s is a %v", d.ID, v.Kind())
			case ok && (math.IsNaN(f) || math.IsInf(f, 0)):
				t.Fatalf("%s is %g", d.ID, f)
			case ok && d.HasRange() && q.IsGood() && (f < d.Lo || f > d.Hi):
				t.Fatalf("%s is good, but %g", d.ID, f)
			}
			if len(d.States) > 0 && d.Kind == tag.KindInt {
				if n, _ := v.Int(); n < 0 || n >= int64(len(d.States)) {
					t.Fatalf("%s is in state %d", d.ID, n)
				}
			}
		}
	})
}

// A day of normal operation: pressure and levels stay where they belong and
// the pumps are not worn out by starting.
func TestADay(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole day")
	}
	p := New(5, monday)
	starts := show(t, p, "RW.P201.STARTS") + show(t, p, "RW.P202.STARTS") + show(t, p, "RW.P203.STARTS") +
		show(t, p, "HL.P601.STARTS") + show(t, p, "HL.P602.STARTS") + show(t, p, "HL.P603.STARTS")
	first := p.Balance()
	for range 24 * 60 {
		p.Step(time.Minute)
		for id, lim := range map[tag.ID][2]float64{
			"HL.PT601": {4.3, 4.9}, "CW.LT701": {2.4, 4.7}, "CW.AT703": {0.8, 2}, "CW.AT704": {0, 0.2}, "IN.LT106": {2.4, 4},
			"PZ.PT803": {2.7, 4}, "CW.AT705": {6.8, 8}, "HL.IT601": {0, 108}, "FL.LT513": {0, 2.3},
		} {
			if v := show(t, p, id); v < lim[0] || v > lim[1] {
				t.Fatalf("%s: %s is %g", p.Now().Format(time.TimeOnly), id, v)
			}
		}
	}
	starts = show(t, p, "RW.P201.STARTS") + show(t, p, "RW.P202.STARTS") + show(t, p, "RW.P203.STARTS") +
		show(t, p, "HL.P601.STARTS") + show(t, p, "HL.P602.STARTS") + show(t, p, "HL.P603.STARTS") - starts
	if starts < 2 || starts > 40 {
		t.Errorf("%g pump starts in a day", starts)
	}
	used := p.Balance().Used - first.Used
	if want := townUse * 24; math.Abs(used-want) > 0.1*want {
		t.Errorf("the town used %.0f m3, want about %.0f", used, want)
	}
	if wasted := p.Balance().Wasted - first.Wasted; wasted < 50 || wasted > 0.1*used {
		t.Errorf("%.0f m3 were wasted", wasted)
	}
}
