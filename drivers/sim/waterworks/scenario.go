package waterworks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/app/tag"
)

// A Scenario is something going wrong, to be rehearsed.
type Scenario int

// The scenarios. Their numbers are those of the signal SY.SCENARIO.
const (
	NoScenario  Scenario = iota
	PumpTrip             // a running high-lift pump trips; the stand-by takes over
	SensorFault          // a level wire breaks, a flow meter drifts, an analyser freezes
	BurstMain            // the main of the Harbour district bursts: an alarm flood
	LinkCut              // the controllers stop answering
	ClockSkew            // the controllers' clocks jump ahead
	scenarios
)

var scenarioNames = [scenarios]string{"none", "pump-trip", "sensor-fault", "burst-main", "link-cut", "clock-skew"}

// How long each goes on by itself, s of the plant's time.
var scenarioTime = [scenarios]float64{0, 300, 600, 1200, 30, 300}

const (
	burstLeak  = 520.0 // m3/h a root of a bar
	clockError = 90 * time.Second
)

func (s Scenario) String() string {
	if s < 0 || s >= scenarios {
		return fmt.Sprintf("scenario %d", int(s))
	}
	return scenarioNames[s]
}

// Text is the scenario in the words of the signal SY.SCENARIO.
func (s Scenario) Text() string {
	i := slices.IndexFunc(table, func(d tag.Def) bool { return d.ID == "SY.SCENARIO" })
	t, _ := table[i].StateText(int64(s))
	return t
}

// ParseScenario reads a name such as "burst-main".
func ParseScenario(name string) (Scenario, error) {
	for i, n := range scenarioNames {
		if n == name {
			return Scenario(i), nil
		}
	}
	return 0, fmt.Errorf("no scenario is called %q; there are %s", name, strings.Join(ScenarioNames(), ", "))
}

// ScenarioNames lists the names ParseScenario knows, without "none".
func ScenarioNames() []string { return slices.Clone(scenarioNames[1:]) }

// Rehearse lets something go wrong. It ends by itself after a while, or with
// Rehearse(NoScenario), which puts the plant in order: instruments are
// healed, the main is mended, trips are reset.
func (p *Plant) Rehearse(s Scenario) {
	w := &p.system
	switch s {
	case NoScenario:
		for o := range scenarios {
			p.End(o)
		}
		for i := range p.high.pumps {
			p.high.pumps[i].reset()
			p.raw.pumps[i].reset()
		}
		return
	case PumpTrip:
		p.tripOne()
	case SensorFault:
		for id, f := range map[string]fault{"CW.LT701": broken, "RW.FT201": drifting, "FL.AT524": frozen, "CD.AT312": broken, "CD.LT303": broken} {
			i := p.signals[p.index[tag.ID(id)]].inst
			i.fault = f
			w.sickness = append(w.sickness, i)
		}
	case BurstMain:
		p.zone.districts[1].burst = burstLeak
	case LinkCut, ClockSkew:
	default:
		return
	}
	w.left[s] = scenarioTime[s]
	w.newest = s
}

// tripOne trips the running high-lift pump with the most hours.
func (p *Plant) tripOne() {
	var worst *pump
	for i := range p.high.pumps {
		if m := &p.high.pumps[i]; m.running && (worst == nil || m.hours > worst.hours) {
			worst = m
		}
	}
	if worst != nil {
		worst.trip()
	}
}

// Rehearsing reports whether s is going on.
func (p *Plant) Rehearsing(s Scenario) bool {
	return s > NoScenario && s < scenarios && p.system.left[s] > 0
}

// End ends one scenario. What tripped stays tripped until somebody resets it.
func (p *Plant) End(s Scenario) {
	w := &p.system
	if s <= NoScenario || s >= scenarios {
		return
	}
	w.left[s] = 0
	switch s {
	case SensorFault:
		for _, i := range w.sickness {
			i.heal()
		}
		w.sickness = nil
	case BurstMain:
		p.zone.districts[1].burst = 0
	}
	w.newest = NoScenario
	for o := range scenarios {
		if p.Rehearsing(o) {
			w.newest = o
		}
	}
}
