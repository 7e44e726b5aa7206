package historian

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"penstock/app/tag"
)

// What a report says of a time must be the same after its samples are gone, to
// what rolls are documented to be true to.
func TestAggregatesOutliveTheirSamples(t *testing.T) {
	now := time.Date(2026, 6, 20, 0, 0, 0, 0, time.UTC)
	s := open(t, Options{Now: func() time.Time { return now }, seamless: true})
	begin := time.Date(2026, 4, 10, 0, 0, 0, 0, time.UTC).UnixNano()
	r := rand.New(rand.NewPCG(5, 6))
	var samples []tag.Sample
	for i := range int64(2 * 24 * 360) {
		at := begin + i*10*second
		q := tag.Good
		if i%3000 < 50 {
			q = tag.BadCommunicationError
		}
		slow := 80 + 20*math.Sin(float64(i)/900)
		samples = append(samples,
			sample("COUNTS", at, tag.Float(float64(float32(math.Round((slow+r.NormFloat64())*100)/4095*16))), q),
			sample("WHOLE", at, tag.Int(int64(slow*10+r.NormFloat64()*30)), q),
			sample("ANY", at+r.Int64N(second), tag.Float(slow+r.NormFloat64()*3), q))
		if i%4000 == 1 { // set now and then, and held for hours
			samples = append(samples, sample("SET", at, tag.Float(float64(i/4000)*10), tag.Good))
		}
	}
	s.Append(samples)
	flush(t, s)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	ids := []tag.ID{"COUNTS", "WHOLE", "ANY", "SET"}
	bounds := []int64{begin}
	for _, minutes := range []int64{60, 120, 180, 8 * 60, 8*60 + 10, 8*60 + 25, 9 * 60, 24 * 60, 25 * 60, 25*60 + 30, 26 * 60, 47 * 60} {
		bounds = append(bounds, begin+minutes*minute)
	}
	want := map[tag.ID][]Aggregate{}
	for _, id := range ids {
		a, err := s.Aggregates(t.Context(), id, bounds)
		if err != nil {
			t.Fatal(err)
		}
		want[id] = a
	}
	check := func(t *testing.T) {
		t.Helper()
		for _, id := range ids {
			got, err := s.Aggregates(t.Context(), id, bounds)
			if err != nil || len(got) != len(want[id]) {
				t.Fatal(got, err)
			}
			for i, w := range want[id] {
				g := got[i]
				if g.From != w.From || g.To != w.To || g.Count != w.Count || g.Bad != w.Bad {
					t.Errorf("%s %d: %+v, want %+v", id, i, g, w)
				}
				// The spread within minutes is a guess in parts of hours.
				partly := w.From%hour != 0 || w.To%hour != 0
				deviation, sum := 2e-4, 2e-4
				if partly {
					deviation, sum = 0.1, 0.01
				}
				span := 1 + w.Max - w.Min
				switch {
				case !near(g.Mean, w.Mean, 2e-4*span), !near(g.Min, w.Min, 1e-5*span), !near(g.Max, w.Max, 1e-5*span),
					!near(g.Good, w.Good, 2e-4), !near(g.Usable.Seconds(), w.Usable.Seconds(), 1), !near(g.Integral, w.Integral, 2e-4*math.Abs(w.Integral)+1),
					w.Count > 1 && !near(g.StdDev, w.StdDev, deviation*span), w.Count <= 1 && g.StdDev == g.StdDev,
					!near(g.Sum, w.Sum, sum*span*float64(w.Count)):
					t.Errorf("%s %d:\n%+v, want\n%+v", id, i, g, w)
				}
			}
		}
	}
	s.SetKeep(Keep{Raw: 25 * 24 * time.Hour})
	if err := s.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(raw(t, s, "WHOLE")); n != 0 {
		t.Fatalf("%d samples are left", n)
	}
	t.Run("minutes are left", check)
	s.SetKeep(Keep{Raw: 25 * 24 * time.Hour, Minutes: 25 * 24 * time.Hour})
	if err := s.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids { // whole hours are as before
		keep := want[id][:0]
		for _, w := range want[id] {
			if w.From%hour == 0 && w.To%hour == 0 {
				keep = append(keep, w)
			}
		}
		want[id] = keep
	}
	bounds = []int64{begin}
	for _, h := range []int64{1, 2, 3, 8} {
		bounds = append(bounds, begin+h*hour)
	}
	for _, id := range ids {
		want[id] = want[id][:len(bounds)-1]
	}
	t.Run("hours are left", check)
}

// testdata/format1 was written by a program of format 1: 10,000 switches,
// counts and scaled floats of two days, compacted.
func TestFormat1IsRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/format1")); err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(t.Context(), dir); err != nil || r.Err() != nil || r.Files != 3 {
		t.Fatal(r, err)
	}
	var samples []tag.Sample
	day2 := func(d int64) (out []tag.Sample) {
		for i := range int64(8640) {
			at := t0 + d*day + i*10*second
			q := tag.Good
			if i >= 4000 && i < 4060 {
				q = tag.BadCommunicationError
			}
			out = append(out,
				sample("FLOW", at, tag.Float(float64(float32((i*7919+d*31)%4096)/4095*160)), q),
				sample("COUNT", at, tag.Int(1_000_000+d*8640+i), tag.Good),
				sample("RUNS", at, tag.Bool(i/500%2 == 1), tag.Good))
		}
		return out
	}
	samples = append(day2(0), day2(1)...)
	m := model{}
	for _, v := range samples {
		m.put(v)
	}
	s := open(t, Options{Dir: dir, Quiet: 100_000 * time.Hour, seamless: true})
	for _, id := range []tag.ID{"FLOW", "COUNT", "RUNS"} {
		checkRaw(t, s, m, id, t0, t0+2*day)
		checkAt(t, s, m, id, t0+day+77*second)
		for _, n := range []int{3, 11, 160} { // hours and minutes
			checkBuckets(t, s, m, id, t0, t0+2*day, n)
		}
	}
	spread := func(id tag.ID, from, to int64) float64 {
		was := shown{}
		a, err := s.rolledAggregate(t.Context(), s.numOf(id), from, to, &was)
		if err != nil {
			t.Fatal(err)
		}
		return a.StdDev
	}
	if v := spread("COUNT", t0, t0+2*hour); v == v {
		t.Errorf("the spread of rolls of format 1 is %v, which they do not know", v)
	}
	// Another day goes into the same files, which then are of this format.
	s.Append(day2(2))
	flush(t, s)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), time.Unix(0, t0+3*day)); err != nil {
		t.Fatal(err)
	}
	for _, v := range day2(2) {
		m.put(v)
	}
	for _, n := range []int{5, 11, 160} {
		checkBuckets(t, s, m, "FLOW", t0, t0+3*day, n)
	}
	if v := spread("COUNT", t0+2*hour, t0+4*hour); v == v {
		t.Errorf("the spread of an old hour became %v", v)
	}
	if v, want := spread("COUNT", t0+2*day, t0+2*day+2*hour), math.Sqrt((720*720-1)/12.0); !near(v, want, 0.1) {
		t.Errorf("the spread of a new hour is %v, want %v", v, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := openFile(filepath.Join(dir, "hour-2026.db"), hourKind, true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	b, err := meta(f.Reader, metaFormat)
	if err != nil || len(b) == 0 || b[0] != 2 {
		t.Errorf("the file of hours says it is of format %v (%v), want 2", b, err)
	}
	if r, err := Verify(t.Context(), dir); err != nil || r.Err() != nil {
		t.Error(r, err)
	}
}

// Rolls are remembered once they were read. What comes late, or corrects, must
// be seen in spite of that, and so must its going.
func TestRememberedRollsAreNotOld(t *testing.T) {
	s := open(t, Options{Quiet: 100_000 * time.Hour, seamless: true})
	var samples []tag.Sample
	for at := t0; at < t0+2*day; at += 20 * second {
		samples = append(samples, sample("X", at, tag.Float(float64(at/second%100)), tag.Good), sample("Y", at, tag.Float(1), tag.Good))
	}
	largest := func() (out []float64) {
		t.Helper()
		for _, n := range []int{100, 4} { // minutes and hours
			bs, err := s.Buckets(t.Context(), "X", t0, t0+day, n)
			if err != nil || len(bs) == 0 {
				t.Fatal(bs, err)
			}
			most := math.Inf(-1)
			for _, b := range bs {
				most = max(most, b.Max)
			}
			out = append(out, most)
		}
		return out
	}
	at := t0 + 7*hour + 3*second
	for _, c := range []struct {
		give []tag.Sample
		want float64
	}{
		{samples, 80},
		{[]tag.Sample{sample("X", at, tag.Float(999), tag.Good)}, 999},
		{[]tag.Sample{sample("X", at, tag.Float(5), tag.Good)}, 80},
	} {
		s.Append(c.give)
		flush(t, s)
		if err := s.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Compact(t.Context(), time.Unix(0, t0+2*day)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := largest(); got[0] != c.want || got[1] != c.want {
				t.Fatalf("the largest of minutes and of hours are %v, want %v", got, c.want)
			}
		}
	}
	if s.rolls.bytes == 0 || s.rolls.bytes > rollCacheBytes {
		t.Errorf("%d bytes are remembered", s.rolls.bytes)
	}
}

func TestRollCacheForgetsWhatWasNotUsedForLongest(t *testing.T) {
	var c rollCache
	const each = sizedFor(rollCacheBytes / 4)
	for i := range int64(4) {
		c.put(rollKey{row: i}, each)
	}
	c.get(rollKey{row: 0})
	c.put(rollKey{row: 4}, each)
	for row, want := range map[int64]bool{0: true, 1: false, 2: true, 3: true, 4: true} {
		if got := c.get(rollKey{row: row}) != nil; got != want {
			t.Errorf("row %d is there: %v, want %v", row, got, want)
		}
	}
	if c.bytes != rollCacheBytes || len(c.by) != 4 || c.used.Len() != 4 {
		t.Errorf("%d bytes, %d and %d rows", c.bytes, len(c.by), c.used.Len())
	}
	if c.put(rollKey{row: 9}, sizedFor(2*rollCacheBytes)); c.bytes != 0 || len(c.by) != 0 {
		t.Errorf("%d bytes of something too large stay", c.bytes)
	}
}

type sizedFor int

func (s sizedFor) Size() int { return int(s) }
