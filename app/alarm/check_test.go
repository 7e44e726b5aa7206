package alarm

import (
	"math"
	"math/rand"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
)

// sound is an alarm without findings on a level of 0 to 10 m.
func sound() Rule {
	return Rule{ID: "LT1.HI", Tag: "LT1", Kind: High, Limit: 8, Deadband: Band{Size: 0.5}, OnDelay: 5 * time.Second, Priority: 2, Message: "Level high",
		Cause: "inflow", Consequence: "spill", Response: "close the inlet", RespondWithin: 10 * time.Minute, RationalisedBy: "ada", RationalisedOn: "2026-01-31"}
}

func checkPlant(noise float64) Plant {
	defs := map[tag.ID]tag.Def{
		"LT1":  {ID: "LT1", Kind: tag.KindFloat, Lo: 0, Hi: 10},
		"MODE": {ID: "MODE", Kind: tag.KindInt, States: []tag.State{{Value: 0, Text: "off"}, {Value: 1, Text: "on"}}},
		"NAME": {ID: "NAME", Kind: tag.KindText},
	}
	return Plant{
		Def:   func(id tag.ID) (tag.Def, bool) { d, ok := defs[id]; return d, ok },
		Noise: func(tag.ID) (float64, bool) { return noise, noise > 0 },
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*Rule)
		want  string // column: what
		noise float64
	}{
		{"sound", func(r *Rule) {}, "", 0.05},
		{"no message", func(r *Rule) { r.Message = "" }, "message: it says nothing", 0},
		{"no response", func(r *Rule) { r.Response = "" }, "response: it has no response", 0},
		{"an event needs none", func(r *Rule) { r.Response, r.Consequence, r.RespondWithin, r.Class.NoAck = "", "", 0, true }, "", 0},
		{"no consequence", func(r *Rule) { r.Consequence = "" }, "consequence: it has no consequence", 0},
		{"no time", func(r *Rule) { r.RespondWithin = 0 }, "respond_within: it has priority 2 and no time to respond", 0},
		{"low needs no time", func(r *Rule) { r.RespondWithin, r.Priority = 0, 3 }, "", 0},
		{"urgent event", func(r *Rule) { r.Priority, r.Class.NoAck = 1, true }, "class: it is urgent, and goes by itself without an acknowledgement", 0},
		{"nobody", func(r *Rule) { r.RationalisedOn = "" }, "rationalised_by: nobody has reviewed it", 0},
		{"above the range", func(r *Rule) { r.Limit = 10.5 }, "limit: it can never come: LT1 ends at 10", 0},
		{"at the end of the range", func(r *Rule) { r.Limit = 10 }, "", 0},
		{"always", func(r *Rule) { r.Limit = 0 }, "limit: it is always there: LT1 begins at 0", 0},
		{"never returns", func(r *Rule) { r.Limit = 2; r.Deadband.Size = 2 }, "deadband: it can never go: it returns below 0, and LT1 begins at 0", 0},
		{"below the range", func(r *Rule) { r.Kind, r.Limit = Low, -1 }, "limit: it can never come: LT1 begins at 0", 0},
		{"low, always", func(r *Rule) { r.Kind, r.Limit = LowLow, 10 }, "limit: it is always there: LT1 ends at 10", 0},
		{"low, never returns", func(r *Rule) { r.Kind, r.Limit, r.Deadband.Size = Low, 9, 1 }, "deadband: it can never go: it returns above 10, and LT1 ends at 10", 0},
		{"counted from a set point", func(r *Rule) { r.SetpointValue, r.Limit = 5, 6 }, "limit: it can never come: LT1 ends at 10", 0},
		{"deviation too wide", func(r *Rule) { r.Kind, r.SetpointValue, r.Limit = Deviation, 5, 6 }, "limit: it can never come: LT1 cannot be so far from 5", 0},
		{"deviation never returns", func(r *Rule) { r.Kind, r.SetpointValue, r.Limit = Deviation, 5, 0.5 }, "deadband: it can never go: the deadband of 0.5 is not below the limit of 0.5", 0},
		{"no such state", func(r *Rule) { r.Kind, r.Tag, r.Limit = Discrete, "MODE", 2 }, "limit: MODE has no state 2", 0},
		{"such a state", func(r *Rule) { r.Kind, r.Tag, r.Limit = Discrete, "MODE", 1 }, "", 0},
		{"a text is not high", func(r *Rule) { r.Tag = "NAME" }, "kind: NAME is a text and has no high", 0},
		{"chatters", func(r *Rule) { r.Deadband.Size, r.OnDelay = 0, 0 }, "deadband: it will chatter: it has neither a deadband nor a delay", 0},
		{"noise", func(r *Rule) {}, "deadband: it will chatter: the deadband of 0.5 is small against the noise of LT1 (0.1)", 0.1},
		{"noise, and an off-delay", func(r *Rule) { r.OffDelay = time.Second }, "", 0.1},
		{"wide", func(r *Rule) { r.Deadband.Size = 6 }, "deadband: the deadband of 6 is more than half of the range of LT1", 0},
		{"slow", func(r *Rule) { r.OnDelay = r.RespondWithin }, "on_delay: the delay of 10m0s uses up the 10m0s there are to act", 0},
		{"impatient", func(r *Rule) { r.ReAlarm = time.Minute }, "re_alarm: it is told again after 1m0s although there are 10m0s to act", 0},
		{"a change has no delay", func(r *Rule) { r.Kind = Change }, "on_delay: a change is of a moment: it cannot hold for 5s", 0},
	} {
		r := sound()
		c.alter(&r)
		var got []string
		for _, f := range Check([]Rule{r}, checkPlant(c.noise)) {
			got = append(got, f.Column+": "+f.What)
			if f.Remedy == "" || f.Alarm != r.ID {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s: found %q, want %q", c.name, s, c.want)
		}
	}
}

func TestCheckTogether(t *testing.T) {
	level := func(id string, k Kind, limit float64, priority int) Rule {
		r := sound()
		r.ID, r.Kind, r.Limit, r.Priority, r.Deadband.Size = id, k, limit, priority, 0.1
		return r
	}
	for _, c := range []struct {
		name  string
		rules []Rule
		want  string
	}{
		{"four levels", []Rule{level("HH", HighHigh, 9, 1), level("H", High, 8, 2), level("L", Low, 2, 2), level("LL", LowLow, 1, 1)}, ""},
		{"the same twice", []Rule{level("H", High, 8, 2), level("H2", High, 8, 3)}, "H2 kind: it comes together with H: the condition is the same"},
		{"second below first", []Rule{level("HH", HighHigh, 8, 1), level("H", High, 8, 2)}, "HH limit: it does not lie above the first level, H"},
		{"second low above first", []Rule{level("L", Low, 1, 2), level("LL", LowLow, 2, 1)}, "LL limit: it does not lie below the first level, L"},
		{"crossed", []Rule{level("H", High, 2, 2), level("L", Low, 8, 2)}, "H limit: it does not lie above the low level, L: one of the two is always there"},
		{"priorities", []Rule{level("HH", HighHigh, 9, 3), level("H", High, 8, 2)}, "HH priority: it is less urgent than the level before it, H"},
	} {
		var got []string
		for _, f := range Check(c.rules, checkPlant(0)) {
			got = append(got, f.Alarm+" "+f.Column+": "+f.What)
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s: found %q, want %q", c.name, s, c.want)
		}
	}
	var many []Rule
	for i := range 20 {
		r := level(string(rune('a'+i)), High, 5+float64(i)/10, 3)
		if i < 5 {
			r.Priority = 1
		}
		many = append(many, r)
	}
	f := Check(many, checkPlant(0))
	if len(f) != 1 || f[0].Column != "priority" || !strings.HasPrefix(f[0].What, "5 of 20 alarms are urgent") {
		t.Errorf("%+v", f)
	}
	if f := Check(many[1:], checkPlant(0)); len(f) != 0 {
		t.Errorf("%+v", f)
	}
}

func TestNoise(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	var values []tag.Value
	for i := range 2000 {
		f := 5 + 3*math.Sin(float64(i)/200) + 0.1*rnd.NormFloat64() // a slow wave
		if i%100 == 0 {
			f += 4 // and spikes
		}
		v := tag.Value{Value: tag.Float(f), Quality: tag.Good}
		if i%50 == 7 {
			v = tag.Value{Quality: tag.Bad}
		}
		values = append(values, v)
	}
	sigma, ok := Noise(values)
	if !ok || math.Abs(sigma-0.1) > 0.01 {
		t.Errorf("noise %v %v, want 0.1", sigma, ok)
	}
	if _, ok := Noise(values[:20]); ok {
		t.Error("20 readings were enough")
	}
}
