package e2e

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/drivers"
	"penstock/drivers/modbus"
	"penstock/drivers/opcua"
	"penstock/drivers/sim/waterworks"
)

// rehearsal is the demo plant with the demo project's tags and alarms, in the
// plant's own time and without any wire between them.
type rehearsal struct {
	plant  *waterworks.Plant
	db     *tagdb.DB
	engine *alarm.Engine
	defs   []tag.Def
	shown  map[tag.ID]tag.Value
	came   map[string]int // annunciations, by alarm
}

func rehearse(t testing.TB, seed int64, at time.Time) *rehearsal {
	t.Helper()
	p, err := project.Load(filepath.Join(root(t), "assets", "demo"), drivers.Set{"opcua": opcua.Driver{}, "modbus": &modbus.Driver{}})
	if err != nil {
		t.Fatal(err)
	}
	r := &rehearsal{plant: waterworks.New(seed, at), defs: waterworks.Signals(), shown: map[tag.ID]tag.Value{}, came: map[string]int{}}
	if r.db, err = tagdb.New(p.Tags, tagdb.Options{}); err != nil {
		t.Fatal(err)
	}
	scope := func(id tag.ID) (tag.Kind, bool) {
		if c := r.db.Cell(id); c != nil {
			return c.Def().Kind, true
		}
		return tag.None, false
	}
	if r.engine, err = alarm.NewEngine(p.Alarms, alarm.Options{Now: at.UnixNano(), Scope: scope}); err != nil {
		t.Fatal(err)
	}
	return r
}

// run lets d pass, a second at a time.
func (r *rehearsal) run(d time.Duration) {
	for ; d > 0; d -= time.Second {
		r.plant.Step(time.Second)
		now := r.plant.Now().UnixNano()
		var batch []tag.Sample
		for i := range r.defs {
			def := &r.defs[i]
			v, q := r.plant.At(i)
			if f, ok := v.Float(); ok && !def.Scale.IsZero() {
				v = tag.Float(math.Round(def.Scale.Raw(f)))
			}
			if old, ok := r.shown[def.ID]; ok && old.Value == v && old.Quality == q {
				continue
			}
			val := tag.Value{Source: now, Received: now, Value: v, Quality: q}
			r.shown[def.ID] = val
			batch = append(batch, tag.Sample{ID: def.ID, Value: val})
		}
		out := r.db.Apply(now, batch)
		for _, ts := range [][]alarm.Transition{slices.Clone(r.engine.Observe(now, out)), r.engine.Tick(now)} {
			for i := range ts {
				if ts[i].Action.Tells() && ts[i].State.Active {
					r.came[ts[i].Rule.ID]++
				}
			}
		}
	}
}

func (r *rehearsal) alarms() (out []string) {
	for id, n := range r.came {
		out = append(out, fmt.Sprintf("%s x%d", id, n))
	}
	slices.Sort(out)
	return out
}

// In normal operation nothing calls the operator: not at the start, not at
// the morning's peak, not at night, not while a filter is washed.
func TestTheDemoPlantIsCalm(t *testing.T) {
	washes := 0
	for seed, at := range []time.Time{
		time.Date(2026, 1, 20, 3, 0, 0, 0, time.UTC),
		time.Date(2026, 6, 20, 7, 30, 0, 0, time.UTC),
		time.Date(2026, 10, 3, 18, 0, 0, 0, time.UTC),
	} {
		r := rehearse(t, int64(seed), at)
		hours := 4
		if seed == 0 && !testing.Short() {
			hours = 24
		}
		washing := false
		for range hours * 60 {
			r.run(time.Minute)
			v, _ := r.plant.Read("FL.P505.RUN")
			was := washing
			if washing, _ = v.Truth(); washing && !was {
				washes++
			}
		}
		if len(r.came) > 0 {
			t.Errorf("seed %d from %s: %s", seed, at.Format(time.DateTime), strings.Join(r.alarms(), ", "))
		}
	}
	if washes < 3 {
		t.Errorf("%d filters were washed: that is too easy a test", washes)
	}
}

// What is rehearsed rings the alarms it is meant to ring.
func TestScenariosRingTheirAlarms(t *testing.T) {
	for _, c := range []struct {
		scenario waterworks.Scenario
		want     []string
		least    int // different alarms
		most     int
	}{
		{waterworks.PumpTrip, []string{"HL.P60", "SY.REHEARSAL"}, 2, 8},
		{waterworks.SensorFault, []string{"CW.LT701.BAD", "CD.AT312.BAD"}, 3, 8},
		{waterworks.BurstMain, []string{"HL.PT601.LL", "PZ.FT812.H", "PZ.PT802.LL", "PZ.PT801.L", "PZ.PT803.L", "HL.SPARE"}, 15, 60},
	} {
		r := rehearse(t, 3, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
		r.run(time.Minute)
		r.plant.Rehearse(c.scenario)
		r.run(10 * time.Minute)
		all := strings.Join(r.alarms(), " ")
		for _, id := range c.want {
			if !strings.Contains(all, id) {
				t.Errorf("%v does not ring %s, but %s", c.scenario, id, all)
			}
		}
		if n := len(r.came); n < c.least || n > c.most {
			t.Errorf("%v rings %d alarms: %s", c.scenario, n, all)
		}
		// Put in order, the plant calms down by itself.
		r.plant.Rehearse(waterworks.NoScenario)
		r.run(45 * time.Minute)
		for _, row := range r.engine.Standing().Rows {
			if row.Active {
				t.Errorf("%v: %s is still there 45 minutes after the end", c.scenario, row.ID)
			}
		}
	}
}
