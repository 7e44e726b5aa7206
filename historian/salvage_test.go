package historian

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
)

// A hot.db that cannot be read as a database gives what is left of it to a new
// one. What is sealed is all there, what is not is missing only where its own
// row was hit, and nothing is there that never was.
func TestADamagedHotFileIsReplaced(t *testing.T) {
	clean := t.TempDir()
	whole := smallPlant(t, clean)
	page := func(n int) func([]byte) []byte {
		return func(b []byte) []byte { clear(b[n*hotPage:][:hotPage]); return b }
	}
	for name, c := range map[string]struct {
		hit   func(b []byte) []byte
		whole bool // nothing that was stored is hit
	}{
		"the head":             {func(b []byte) []byte { copy(b, "what is this"); return b }, true},
		"the first page":       {page(0), true},
		"another page":         {page(3), false},
		"all pages but some":   {func(b []byte) []byte { clear(b[:len(b)*3/4]); return b }, false},
		"everything":           {func(b []byte) []byte { clear(b); return b }, false},
		"cut in half":          {func(b []byte) []byte { return b[:len(b)/2+100] }, false},
		"cut to a few bytes":   {func(b []byte) []byte { return b[:40] }, false},
		"another kind of file": {func([]byte) []byte { return []byte(strings.Repeat("no database at all\n", 1000)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "the first page" && name != "another page" {
				t.Skip("as good as the others")
			}
			dir := t.TempDir()
			must(t, os.CopyFS(dir, os.DirFS(clean)))
			m := maps.Clone(whole)
			path := filepath.Join(dir, hotName)
			b, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, c.hit(b), 0o600))

			opts := Options{Dir: dir, Quiet: 100_000 * time.Hour, seamless: true}
			s := open(t, opts)
			damage := s.Stats().Damage
			if len(damage) == 0 || damage[0].File != hotName || !strings.Contains(damage[0].What, "hot-damaged-") {
				t.Errorf("told %v", damage)
			}
			if kept, _ := filepath.Glob(filepath.Join(dir, "hot-damaged-*.db")); len(kept) != 1 {
				t.Errorf("put aside: %v", kept)
			}
			missing := 0
			for id := range m {
				missing += m.missing(t, s, id)
			}
			if unsealed := 101 * (len(scan) + 1); missing > unsealed || c.whole && missing > 0 {
				t.Errorf("%d samples are missing, %d were not sealed", missing, unsealed)
			}
			trail, err := s.Corrections(t.Context(), "SCAN.07", 0, maxTime)
			if err != nil || c.whole && len(trail) != 1 {
				t.Errorf("trail %v %v", trail, err)
			}
			// It is a store like any other from now on.
			later := sample("SCAN.03", t0+5*day, tag.Int(77), tag.Good)
			s.Append([]tag.Sample{later, sample("NEW", t0+5*day, tag.Int(78), tag.Good)})
			flush(t, s)
			must(t, s.Close())
			s = open(t, opts)
			if d := s.Stats().Damage; c.whole && len(d) > 0 {
				t.Errorf("opened again: %v", d)
			}
			if got := s.Last()["SCAN.03"]; got != later.Value {
				t.Errorf("was last %v", got)
			}
			must(t, s.Seal(t.Context()))
			must(t, s.Compact(t.Context(), time.Unix(0, t0+9*day)))
			m["SCAN.03"] = maps.Clone(m["SCAN.03"])
			m.put(later)
			for id := range m {
				missing -= m.missing(t, s, id)
			}
			if missing != 0 {
				t.Errorf("%d more samples are missing", -missing)
			}
		})
	}
}

// missing counts the samples of a tag that are not there; one that never was
// stored fails the test.
func (m model) missing(t *testing.T, s *Store, id tag.ID) (n int) {
	t.Helper()
	left := maps.Clone(m[id])
	err := s.Raw(t.Context(), id, 0, maxTime, func(v tag.Value) bool {
		want, ok := left[v.At()]
		if ok && want != v && want.Flags&tag.Manual != 0 {
			return true // the sample that a lost correction was about
		}
		if !ok || want != v {
			t.Errorf("%s at %d is %v, was %v", id, v.At(), v, want)
		}
		delete(left, v.At())
		return true
	})
	must(t, err)
	return len(left)
}

// Whatever is hit, the store opens and shows nothing that never was.
func TestAHotFileDamagedAnywhereIsReplaced(t *testing.T) {
	if testing.Short() {
		t.Skip("the cases of TestADamagedHotFileIsReplaced are enough")
	}
	clean := t.TempDir()
	m := smallPlant(t, clean)
	b, err := os.ReadFile(filepath.Join(clean, hotName))
	must(t, err)
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 25 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.CopyFS(dir, os.DirFS(clean)))
			hit := slices.Clone(b)
			for range 1 + r.IntN(8) { // sectors, not pages
				at := r.IntN(len(hit)/512) * 512
				for k := range hit[at:][:512] {
					hit[at+k] = byte(r.Uint32())
				}
			}
			must(t, os.WriteFile(filepath.Join(dir, hotName), hit, 0o600))
			s := open(t, Options{Dir: dir, Quiet: 100_000 * time.Hour, seamless: true})
			for id := range m {
				m.missing(t, s, id)
			}
			s.Append([]tag.Sample{sample("NEW", t0+5*day, tag.Int(78), tag.Good)})
			flush(t, s)
		})
	}
}

// A replacement that was interrupted is finished, or done again.
func TestAnInterruptedReplacementIsFinished(t *testing.T) {
	if testing.Short() {
		t.Skip("files are given other names, by one goroutine")
	}
	dir := t.TempDir()
	m := smallPlant(t, dir)
	path, fresh := filepath.Join(dir, hotName), filepath.Join(dir, freshName)
	b, err := os.ReadFile(path)
	must(t, err)
	check := func(when string) {
		t.Helper()
		s := open(t, Options{Dir: dir, Quiet: 100_000 * time.Hour, seamless: true})
		for id := range m {
			checkRaw(t, s, m, id, 0, maxTime)
		}
		if _, err := os.Stat(fresh); !os.IsNotExist(err) {
			t.Errorf("%s: the new file is still there", when)
		}
		must(t, s.Close())
	}
	must(t, os.WriteFile(fresh, b[:len(b)/2], 0o600))
	check("before the damaged one was put aside")
	must(t, os.Rename(path, fresh))
	must(t, os.WriteFile(path+"-wal", []byte("the damaged one's"), 0o600))
	check("after")
}
