package plant

import (
	"strings"
	"testing"

	"penstock/app/tag"
	"penstock/historian/journal"
)

// a station that was stopped says nothing at its next start; one whose
// power failed says so, to who looks and in the journal.
func TestAStationThatWasNotStoppedIsTold(t *testing.T) {
	r := newRack()
	r.set("1", tag.Float(5))
	r.set("2", tag.Float(1))
	proj, set := load(t, r, levelTags, levelAlarms)
	data := t.TempDir()
	told := func(p *Plant) (worry, outcome string) {
		t.Helper()
		for _, w := range p.Worries() {
			worry += w.Text
		}
		last, err := p.Journal.Query(t.Context(), journal.Filter{Actions: []string{stationStarted}, Limit: 1})
		if err != nil || len(last) != 1 {
			t.Fatalf("%v, %v", last, err)
		}
		return worry, last[0].Outcome
	}
	for range 2 { // new, and stopped before
		p := run(t, proj, set, data)
		if w, o := told(p); w != "" || o != "" {
			t.Errorf("of a station that was stopped: %q, %q", w, o)
		}
		if err := p.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	p := run(t, proj, set, data)
	p.once.Do(func() { // the power fails: nothing more is written
		p.stop()
		p.wg.Wait()
		p.close()
	})
	p = run(t, proj, set, data)
	if w, o := told(p); !strings.Contains(w, "ended without being stopped") || !strings.Contains(o, "ended without being stopped") {
		t.Errorf("of a station whose power failed: %q, %q", w, o)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	p = run(t, proj, set, data)
	if w, o := told(p); w != "" || o != "" {
		t.Errorf("after a stop it is still told: %q, %q", w, o)
	}
}
