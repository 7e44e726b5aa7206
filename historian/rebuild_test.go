package historian

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"penstock/app/tag"
)

// Without hot.db the sealed files still say whose samples they hold, and what
// is stored from now on is nobody else's.
func TestALostHotFileIsRebuilt(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, dir string, old []byte){
		"deleted": func(t *testing.T, dir string, _ []byte) { must(t, os.Remove(filepath.Join(dir, "hot.db"))) },
		"an older": func(t *testing.T, dir string, old []byte) {
			must(t, os.WriteFile(filepath.Join(dir, "hot.db"), old, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			opts := Options{Dir: dir, Quiet: 100_000 * time.Hour, Slots: 64, seamless: true}
			s := open(t, opts)
			s.Append([]tag.Sample{sample("FIRST", t0-30*day, tag.Int(1), tag.Good)})
			flush(t, s)
			must(t, s.Close())
			old, err := os.ReadFile(filepath.Join(dir, "hot.db"))
			must(t, err)
			m := smallPlant(t, dir)
			m.put(sample("FIRST", t0-30*day, tag.Int(1), tag.Good))
			s = open(t, opts)
			must(t, s.Seal(t.Context())) // what is not sealed goes with the file
			must(t, s.Close())

			lose(t, dir, old)
			s = open(t, opts)
			ids := slices.Sorted(maps.Keys(m))
			for _, id := range ids {
				checkRaw(t, s, m, id, 0, maxTime)
			}
			last := s.Last()
			for _, id := range ids {
				if want := m.sorted(id); name == "deleted" && last[id] != want[len(want)-1] {
					t.Errorf("%s was last %v, want %v", id, last[id], want[len(want)-1])
				}
			}
			for range 3 { // commits that are not sealed outlive a restart, and a seal
				fresh := []tag.Sample{sample("NEW", t0+day/2+int64(len(m["NEW"])), tag.Float(0.5), tag.Good), sample("SCAN.03", t0+day/2+1+int64(len(m["NEW"])), tag.Int(77), tag.Good)}
				s.Append(fresh)
				m.put(fresh[0])
				m.put(fresh[1])
				flush(t, s)
				must(t, s.Close())
				s = open(t, opts)
				for _, id := range append(ids, "NEW") {
					checkRaw(t, s, m, id, 0, maxTime)
				}
				must(t, s.Seal(t.Context()))
				must(t, s.Compact(t.Context(), time.Unix(0, t0+3*day)))
				for _, id := range append(ids, "NEW") {
					checkRaw(t, s, m, id, 0, maxTime)
				}
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
