package historian

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/historian/internal/sqlite"
)

// smallPlant makes a store with rows in every file and table, and closes it.
func smallPlant(t testing.TB, dir string) model {
	s := open(t, Options{Dir: dir, Quiet: 100_000 * time.Hour, seamless: true})
	m := model{}
	r := rand.New(rand.NewPCG(5, 6))
	give := func(from, scans int) {
		for i := range scans {
			var batch []tag.Sample
			for _, id := range append(scan, "LONE.TEXT") {
				v, q := plantValue(r, id)
				batch = append(batch, sample(id, t0+int64(from+i)*60*second, v, q))
			}
			s.Append(batch)
			for _, b := range batch {
				m.put(b)
			}
		}
		flush(t, s)
	}
	step := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	give(0, 2000)
	step(s.Seal(t.Context()))
	step(s.Compact(t.Context(), time.Unix(0, t0+day)))
	give(2000, 500)
	step(s.Seal(t.Context()))
	step(s.Correct(t.Context(), Correction{ID: "SCAN.07", At: t0 + 60*second, New: tag.Value{Value: tag.Float(1), Quality: tag.Good}, Who: "eva", Why: "calibration"}))
	m.put(tag.Sample{ID: "SCAN.07", Value: tag.Value{Source: t0 + 60*second, Value: tag.Float(1), Quality: tag.Good, Flags: tag.Manual}})
	give(2500, 100)
	step(s.Close())
	return m
}

func TestBackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	m := smallPlant(t, dir)
	s := open(t, Options{Dir: dir, seamless: true})
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // the plant goes on
		defer close(done)
		for i := int64(0); ; i++ {
			select {
			case <-stop:
				return
			default:
				s.Append([]tag.Sample{sample("BUSY", t0+10*day+i*second, tag.Int(i), tag.Good)})
				time.Sleep(time.Millisecond)
			}
		}
	}()
	copied := filepath.Join(t.TempDir(), "backup")
	r, err := s.Backup(t.Context(), copied)
	close(stop)
	<-done
	if err != nil || r.Files < 5 || r.Rows < 50 {
		t.Fatal(r, err)
	}
	if _, err := s.Backup(t.Context(), copied); err == nil {
		t.Error("a backup was overwritten")
	}
	back := filepath.Join(t.TempDir(), "restored")
	if _, err := Restore(t.Context(), copied, back, false); err != nil {
		t.Fatal(err)
	}
	s2 := open(t, Options{Dir: back, seamless: true})
	for id := range m {
		checkRaw(t, s2, m, id, 0, t0+9*day)
	}
	trail, err := s2.Corrections(t.Context(), "SCAN.07", 0, maxTime)
	if err != nil || len(trail) != 1 || trail[0].Who != "eva" || trail[0].Old == (tag.Value{}) {
		t.Errorf("trail %+v %v", trail, err)
	}
}

func TestADamagedBackupIsNotRestored(t *testing.T) {
	dir := t.TempDir()
	smallPlant(t, dir)
	path := filepath.Join(dir, "raw-202606.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 4
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "x")
	if _, err := Restore(t.Context(), dir, to, false); err == nil || !strings.Contains(err.Error(), "raw-202606.db") {
		t.Errorf("restored: %v", err)
	}
	if r, err := Restore(t.Context(), dir, to, true); err != nil || len(r.Damage) == 0 {
		t.Errorf("damage accepted: %v %v", r, err)
	}
}

// TestRottenBitsAreFound flips single bits anywhere in the files. A flip must
// either be found and named, or change nothing that is read; no read may
// panic, and none may return a sample that was never stored.
func TestRottenBitsAreFound(t *testing.T) {
	flips := 60
	if testing.Short() {
		flips = 15
	}
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_FLIPS")); err == nil {
		flips = n
	}
	clean := t.TempDir()
	m := smallPlant(t, clean)
	entries, err := os.ReadDir(clean)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(uint64(flips), 9))
	dir := t.TempDir()
	found, harmless, noisy := 0, 0, 0
	for range flips {
		victim := entries[r.IntN(len(entries))].Name()
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join(clean, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if e.Name() == victim {
				b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			}
			if err := os.WriteFile(filepath.Join(dir, e.Name()), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		report, err := Verify(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		lies, missing, told := readAll(t, dir, m)
		switch {
		case lies > 0:
			t.Errorf("a flip in %s: %d samples are not what was stored (verify: %v)", victim, lies, report.Err())
		case len(report.Damage) > 0:
			found++
		case missing > 0 && !told:
			t.Errorf("a flip in %s: %d samples are missing and nobody says so", victim, missing)
		case missing > 0:
			noisy++
		default:
			harmless++
		}
		for _, e := range entries {
			os.Remove(filepath.Join(dir, e.Name()+"-wal"))
			os.Remove(filepath.Join(dir, e.Name()+"-shm"))
		}
	}
	t.Logf("%d flips: %d found by verify, %d told by the reader alone, %d changed nothing", flips, found, noisy, harmless)
}

// readAll opens a damaged store and reads everything. told: the store says
// that something is wrong.
func readAll(t *testing.T, dir string, m model) (lies, missing int, told bool) {
	s, err := Open(Options{Dir: dir, ReadOnly: true})
	if err != nil {
		return 0, 0, true
	}
	defer s.Close()
	for id, want := range m {
		seen := 0
		err := s.Raw(context.Background(), id, 0, maxTime, func(v tag.Value) bool {
			w, ok := want[v.At()]
			switch {
			case ok && w == v:
				seen++
			case v.Quality == tag.BadDataLost:
			case ok && w.Flags&tag.Manual != 0: // what a lost correction was about
			default:
				lies++
			}
			return true
		})
		if err != nil {
			told = true
		}
		missing += len(want) - seen
		if _, err := s.Buckets(context.Background(), id, t0, t0+3*day, 100); err != nil {
			told = true
		}
	}
	return lies, missing, told || len(s.Stats().Damage) > 0
}

func TestDamageIsNamedAndTheRestIsReadable(t *testing.T) {
	dir := t.TempDir()
	m := smallPlant(t, dir)
	s := open(t, Options{Dir: dir, seamless: true})
	f, err := s.shelf.take(rawPeriod(dayOf(t0)))
	if err != nil {
		t.Fatal(err)
	}
	num, _ := s.names.of("SCAN.09")
	key := fmt.Sprint(rawKey(dayOf(t0), num, 0))
	if _, err := f.Writer.Exec("UPDATE chunk SET body = substr(body,1,20) || x'ff' || substr(body,22) WHERE id = " + key); err != nil {
		t.Fatal(err)
	}
	s.shelf.put(f)
	got := raw(t, s, "SCAN.09")
	if got[0].Quality != tag.BadDataLost || len(got) != len(m["SCAN.09"])-1440+1 {
		t.Errorf("%d samples, first %v", len(got), got[0])
	}
	if d := s.Stats().Damage; len(d) != 1 || d[0].File != "raw-202606.db" || fmt.Sprint(d[0].Row) != key {
		t.Errorf("damage %v", d)
	}
	for id := range m {
		if id != "SCAN.09" {
			checkRaw(t, s, m, id, 0, maxTime)
		}
	}
}

func TestReadOnlyStoreBesideALiveOne(t *testing.T) {
	dir := t.TempDir()
	m := smallPlant(t, dir)
	s := open(t, Options{Dir: dir, seamless: true})
	s.Append([]tag.Sample{sample("NEW", t0+5*day, tag.Int(1), tag.Good)})
	flush(t, s)
	r, err := Open(Options{Dir: dir, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for id := range m {
		checkRaw(t, r, m, id, 0, maxTime)
	}
	if v := r.Last()["NEW"]; v.Value != tag.Int(1) {
		t.Errorf("the newest commit is not seen: %v", v)
	}
	if err := r.Correct(t.Context(), Correction{ID: "NEW", At: t0, Who: "x"}); !errors.Is(err, ErrClosed) {
		t.Errorf("corrected a read-only store: %v", err)
	}
}

// Samples that compaction cannot read now must not be written over: SQLite
// calls a file corrupt too when the disk failed to read a page of it once.
func TestCompactionWaitsForWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	m := smallPlant(t, dir)
	s := open(t, Options{Dir: dir, Quiet: 100_000 * time.Hour, seamless: true})
	late := sample("SCAN.07", t0+90*second, tag.Int(7), tag.Good) // into a day that is compacted
	s.Append([]tag.Sample{late})
	m.put(late)
	flush(t, s)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	whole := s.breakReader(t, rawPeriod(dayOf(t0)))
	if err := s.Compact(t.Context(), time.Unix(0, t0+day)); !sqlite.IsDamaged(err) {
		t.Errorf("compacted what could not be read: %v", err)
	}
	whole()
	checkRaw(t, s, m, "SCAN.07", 0, maxTime)
	if err := s.Compact(t.Context(), time.Unix(0, t0+day)); err != nil {
		t.Fatal(err)
	}
	for id := range m {
		checkRaw(t, s, m, id, 0, maxTime)
	}
}

// A reader that meets a fault of the disk says so, rather than to show less.
func TestAFailedReadIsNoDamage(t *testing.T) {
	dir := t.TempDir()
	m := smallPlant(t, dir)
	s := open(t, Options{Dir: dir, ReadOnly: true})
	err := s.setAside(t.Context(), brokenRead(t), rawPeriod(dayOf(t0)))
	if !sqlite.IsDamaged(err) || len(s.Stats().Damage) > 0 {
		t.Errorf("a whole file was set aside: %v %v", err, s.Stats().Damage)
	}
	checkRaw(t, s, m, "SCAN.07", 0, maxTime)
}

// breakReader lets reads of a file's chunks fail as those of a corrupt one do, until
// the returned function is called.
func (s *Store) breakReader(t *testing.T, p period) (mend func()) {
	t.Helper()
	f, err := s.shelf.take(p)
	if err != nil || f == nil {
		t.Fatal(f, err)
	}
	bad := corruptCopy(t, f.File, "chunk")
	good := f.Reader
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Reader, f.stmts, f.times = bad.Reader, map[string]*sql.Stmt{}, map[int64][]byte{}
	return func() {
		f.mu.Lock()
		for _, st := range f.stmts {
			st.Close()
		}
		f.Reader, f.stmts = good, map[string]*sql.Stmt{}
		f.mu.Unlock()
		s.shelf.put(f)
	}
}

// corruptCopy is a copy of f with a table that is broken at its root.
func corruptCopy(t *testing.T, f *sqlite.File, table string) *sqlite.File {
	t.Helper()
	var root int
	if err := f.Reader.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name=?", table).Scan(&root); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "corrupt.db")
	if err := f.CopyTo(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := int(b[16])<<8 | int(b[17])
	clear(b[(root-1)*page : root*page])
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	bad, err := sqlite.Open(path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bad.Close() })
	return bad
}

// brokenRead is the error of reading a corrupt file.
func brokenRead(t *testing.T) error {
	f, err := sqlite.Open(filepath.Join(t.TempDir(), "x.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := setUp(f, samplesSchema, "raw"); err != nil {
		t.Fatal(err)
	}
	_, err = meta(corruptCopy(t, f, "meta").Reader, metaFormat)
	if err == nil {
		t.Fatal("the copy can be read")
	}
	return err
}
