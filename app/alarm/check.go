package alarm

import (
	"fmt"
	"math"
	"slices"

	"penstock/app/tag"
)

// Finding is something about a configured alarm that an engineer should look
// at. It does not stop the alarm from running.
type Finding struct {
	Alarm  string // id; "" for all of them together
	Column string // of alarms.csv
	What   string // what is wrong
	Remedy string // what to do
}

// Plant is what Check knows of the plant besides the alarms.
type Plant struct {
	Def   func(tag.ID) (tag.Def, bool)
	Noise func(tag.ID) (sigma float64, ok bool) // standard deviation of the noise, see Noise; nil: not known
}

// Check looks at alarms the way a rationalisation does: has each a response,
// is it there once, can it come and go, will it chatter. Findings come in the
// order of the rules, what concerns all of them last.
func Check(rules []Rule, p Plant) (out []Finding) {
	seen := map[condition]string{}
	levels := map[tag.ID][]*Rule{}
	for i := range rules {
		r := &rules[i]
		add := func(column, remedy, format string, args ...any) {
			out = append(out, Finding{r.ID, column, fmt.Sprintf(format, args...), remedy})
		}
		checkPurpose(r, add)
		c := r.condition()
		if first, twice := seen[c]; twice {
			add("kind", "remove one, or give them different conditions", "it comes together with %s: the condition is the same", first)
		} else {
			seen[c] = r.ID
		}
		if r.Kind.level() && r.Setpoint == "" {
			levels[r.Tag] = append(levels[r.Tag], r)
		}
		if def, ok := p.Def(r.Tag); ok {
			checkReach(r, &def, add)
			sigma, known := 0.0, false
			if p.Noise != nil {
				sigma, known = p.Noise(r.Tag)
			}
			checkBand(r, &def, sigma, known, add)
		}
		checkTimes(r, add)
	}
	for i := range rules {
		if group := levels[rules[i].Tag]; len(group) > 0 && group[0] == &rules[i] {
			out = append(out, checkOrder(group)...)
		}
	}
	return append(out, checkMix(rules)...)
}

type adder func(column, remedy, format string, args ...any)

// condition is what makes two alarms the same, whatever they are called.
type condition struct {
	tag, setpoint tag.ID
	kind          Kind
	limit, base   float64
	expression    string
	pattern, more string
	suppress      string
}

func (r *Rule) condition() condition {
	return condition{r.Tag, r.Setpoint, r.Kind, r.Limit, r.SetpointValue, r.Expression, r.Pattern, r.MoreTags, r.SuppressWhen}
}

func checkPurpose(r *Rule, add adder) {
	if r.Message == "" {
		add("message", "write what the operator is to read", "it says nothing")
	}
	if r.Response == "" && !r.Class.NoAck {
		add("response", "write what the operator is to do; what needs no response is an event, not an alarm", "it has no response")
	}
	if r.Consequence == "" && !r.Class.NoAck {
		add("consequence", "write what happens if nobody acts", "it has no consequence")
	}
	if r.Priority <= Urgent+1 && r.RespondWithin == 0 && !r.Class.NoAck {
		add("respond_within", "write how long there is to act", "it has priority %d and no time to respond", r.Priority)
	}
	if r.Priority == Urgent && r.Class.NoAck {
		add("class", "let it be acknowledged, or lower its priority", "it is urgent, and goes by itself without an acknowledgement")
	}
	if r.RationalisedBy == "" || r.RationalisedOn == "" {
		add("rationalised_by", "review it, and write who did and when", "nobody has reviewed it")
	}
}

// checkReach asks whether the condition can become true, and false again,
// within the range of the tag.
func checkReach(r *Rule, def *tag.Def, add adder) {
	if r.Kind != BadQuality && r.Kind != NoUpdate && r.Kind != Change && r.Kind != Discrete && r.Kind != Expression && r.Kind != Pattern && def.Kind == tag.KindText {
		add("kind", "use change, bad-quality or no-update on a text", "%s is a text and has no %s", def.ID, r.Kind)
		return
	}
	if r.Kind == Discrete {
		if i, ok := tag.Float(r.Limit).Int(); len(def.States) > 0 && ok {
			if _, named := def.StateText(i); !named {
				add("limit", "write the number of one of its states", "%s has no state %g", def.ID, r.Limit)
			}
		}
		return
	}
	if !def.HasRange() || r.Setpoint != "" {
		return
	}
	lo, hi := def.Lo-r.SetpointValue, def.Hi-r.SetpointValue
	band := r.Deadband.Units()
	switch r.Kind {
	case HighHigh, High:
		switch {
		case r.Limit > hi:
			add("limit", "lower the limit", "it can never come: %s ends at %g", def.ID, def.Hi)
		case r.Limit <= lo:
			add("limit", "raise the limit", "it is always there: %s begins at %g", def.ID, def.Lo)
		case r.Limit-band <= lo:
			add("deadband", "make the deadband smaller", "it can never go: it returns below %g, and %s begins at %g", r.Limit+r.SetpointValue-band, def.ID, def.Lo)
		}
	case Low, LowLow:
		switch {
		case r.Limit < lo:
			add("limit", "raise the limit", "it can never come: %s begins at %g", def.ID, def.Lo)
		case r.Limit >= hi:
			add("limit", "lower the limit", "it is always there: %s ends at %g", def.ID, def.Hi)
		case r.Limit+band >= hi:
			add("deadband", "make the deadband smaller", "it can never go: it returns above %g, and %s ends at %g", r.Limit+r.SetpointValue+band, def.ID, def.Hi)
		}
	case Deviation:
		if r.Limit > math.Max(math.Abs(lo), math.Abs(hi)) {
			add("limit", "lower the limit", "it can never come: %s cannot be so far from %g", def.ID, r.SetpointValue)
		}
		if band >= r.Limit {
			add("deadband", "make the deadband smaller than the limit", "it can never go: the deadband of %g is not below the limit of %g", band, r.Limit)
		}
	}
}

// enoughBand is how many standard deviations of noise a deadband should be,
// so that noise alone seldom crosses it (three each way).
const enoughBand = 6

func checkBand(r *Rule, def *tag.Def, sigma float64, known bool, add adder) {
	if !r.Kind.level() && r.Kind != Deviation && r.Kind != Rate || def.Kind == tag.KindBool || len(def.States) > 0 {
		return
	}
	band := r.Deadband.Units()
	switch {
	case known && band < enoughBand*sigma && r.OffDelay == 0 && r.Kind != Rate:
		add("deadband", fmt.Sprintf("make it %.3g or more, or give it an off-delay", enoughBand*sigma),
			"it will chatter: the deadband of %g is small against the noise of %s (%.3g)", band, def.ID, sigma)
	case band == 0 && r.OffDelay == 0 && r.OnDelay == 0:
		add("deadband", "give it a deadband (5% for flow and level, 2% for pressure, 1% for temperature are usual) or a delay", "it will chatter: it has neither a deadband nor a delay")
	case def.HasRange() && r.Kind != Rate && band > (def.Hi-def.Lo)/2:
		add("deadband", "make the deadband smaller", "the deadband of %g is more than half of the range of %s", band, def.ID)
	}
}

func checkTimes(r *Rule, add adder) {
	if r.RespondWithin > 0 && r.OnDelay >= r.RespondWithin {
		add("on_delay", "shorten the delay", "the delay of %v uses up the %v there are to act", r.OnDelay, r.RespondWithin)
	}
	if r.ReAlarm > 0 && r.ReAlarm < r.RespondWithin {
		add("re_alarm", "let it come again after the time to respond", "it is told again after %v although there are %v to act", r.ReAlarm, r.RespondWithin)
	}
	if r.Kind == Change && r.OnDelay > 0 {
		add("on_delay", "remove the delay", "a change is of a moment: it cannot hold for %v", r.OnDelay)
	}
}

// checkOrder looks at the levels of one tag: the second level must lie beyond
// the first.
func checkOrder(levels []*Rule) (out []Finding) {
	limit := func(k Kind) (*Rule, float64) {
		for _, r := range levels {
			if r.Kind == k {
				return r, r.Limit + r.SetpointValue
			}
		}
		return nil, 0
	}
	wrong := func(r, o *Rule, format string) {
		out = append(out, Finding{r.ID, "limit", fmt.Sprintf(format, o.ID), "move one of the two limits"})
	}
	hh, hhAt := limit(HighHigh)
	h, hAt := limit(High)
	l, lAt := limit(Low)
	ll, llAt := limit(LowLow)
	if hh != nil && h != nil && hhAt <= hAt {
		wrong(hh, h, "it does not lie above the first level, %s")
	}
	if ll != nil && l != nil && llAt >= lAt {
		wrong(ll, l, "it does not lie below the first level, %s")
	}
	if h != nil && l != nil && hAt <= lAt {
		wrong(h, l, "it does not lie above the low level, %s: one of the two is always there")
	}
	for _, pair := range [][2]*Rule{{hh, h}, {ll, l}} {
		if a, b := pair[0], pair[1]; a != nil && b != nil && a.Priority > b.Priority {
			out = append(out, Finding{a.ID, "priority", fmt.Sprintf("it is less urgent than the level before it, %s", b.ID), "give the second level the higher priority"})
		}
	}
	return out
}

// mixMin is how many alarms there must be before their priorities are held
// against the recommended mix.
const mixMin = 20

// checkMix looks at the mix of priorities. About 5 % urgent is recommended
// (EEMUA 191); a fifth is a finding.
func checkMix(rules []Rule) []Finding {
	urgent := 0
	for i := range rules {
		if rules[i].Priority == Urgent {
			urgent++
		}
	}
	if len(rules) < mixMin || urgent*5 <= len(rules) {
		return nil
	}
	return []Finding{{"", "priority", fmt.Sprintf("%d of %d alarms are urgent; where everything is urgent, nothing is", urgent, len(rules)), "about 5 of 100 should be"}}
}

// Noise estimates the standard deviation of the noise of a signal from its
// readings, in the order of time: the middle of the steps from one to the
// next, which a slow movement of the signal and single jumps hardly change.
// ok is false with fewer than 30 usable readings.
func Noise(values []tag.Value) (sigma float64, ok bool) {
	var steps []float64
	last, have := 0.0, false
	for _, v := range values {
		f, usable := v.Number()
		if !usable {
			have = false
			continue
		}
		if have {
			steps = append(steps, math.Abs(f-last))
		}
		last, have = f, true
	}
	if len(steps) < 29 {
		return 0, false
	}
	slices.Sort(steps)
	// The step between two normal readings has sqrt2 times their deviation,
	// and half of all steps are below 0.6745 times that.
	return steps[len(steps)/2] / (0.6745 * math.Sqrt2), true
}
