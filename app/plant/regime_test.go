package plant

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/app/tag"
)

// The rules of a moment are those of the project that ran then; where that is
// not known any more, it is said.
func TestRulesAt(t *testing.T) {
	r := newRack()
	r.set("1", tag.Float(4))
	proj, set := load(t, r, levelTags, levelAlarms)
	p := run(t, proj, set, t.TempDir())
	limit := func(g alarm.Regime) float64 {
		t.Helper()
		for _, r := range g.Rules {
			if r.ID == "L.HI" {
				return r.Limit
			}
		}
		t.Fatalf("no L.HI among %d rules", len(g.Rules))
		return 0
	}
	first := p.RulesAt(p.Now())
	if first.Doubt != "" || first.Until != alarm.Never || first.From > p.Now() || limit(first) != 8 {
		t.Fatalf("now: %+v", first)
	}
	if n := len(first.Rules); n <= len(proj.Alarms) {
		t.Errorf("%d rules: the station's own are missing", n)
	}
	for p.Now() < first.From+2e6 { // a version has its millisecond
		time.Sleep(time.Millisecond)
	}
	next, _ := load(t, r, levelTags, strings.Replace(levelAlarms, "L.HI,L,high,8,2", "L.HI,L,high,8.5,1", 1))
	if err := p.Swap(t.Context(), everybody("eve"), next, "a higher limit"); err != nil {
		t.Fatal(err)
	}
	second := p.RulesAt(p.Now())
	if second.Doubt != "" || second.Until != alarm.Never || limit(second) != 8.5 {
		t.Errorf("after the change: %+v", second)
	}
	before := p.RulesAt(second.From - 1)
	if before.Doubt != "" || before.From != first.From || before.Until != second.From || limit(before) != 8 {
		t.Errorf("before the change: limit %g, %d to %d, %q", limit(before), before.From, before.Until, before.Doubt)
	}
	if g := p.RulesAt(first.From - 1); !strings.Contains(g.Doubt, "No project was kept before") || g.Until != first.From || limit(g) != 8 {
		t.Errorf("before everything: %+v", g)
	}
	// A version that cannot be read is no secret.
	all, err := project.Versions(p.Data().VersionsDir())
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	if err := os.WriteFile(filepath.Join(all[0].Folder, "alarms.csv"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.regimes.known = nil
	if g := p.RulesAt(first.From); !strings.Contains(g.Doubt, "cannot be read") || limit(g) != 8.5 {
		t.Errorf("a damaged version: %q", g.Doubt)
	}
	if err := os.RemoveAll(p.Data().VersionsDir()); err != nil {
		t.Fatal(err)
	}
	if g := p.RulesAt(p.Now()); !strings.Contains(g.Doubt, "not kept") || limit(g) != 8.5 {
		t.Errorf("no versions: %q", g.Doubt)
	}
}
