package historian

import (
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
)

// Samples go first, minutes later, hours never; what is left answers in their
// place.
func TestRetentionInTiers(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 6, 20, 0, 0, 0, 0, time.UTC)
	s := open(t, Options{Dir: dir, Now: func() time.Time { return now }, seamless: true})
	var samples []tag.Sample
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for at := begin; at.Before(now.AddDate(0, 0, -1)); at = at.Add(10 * time.Minute) {
		samples = append(samples, sample("X", at.UnixNano(), tag.Float(float64(at.Month())+0.5), tag.Good))
	}
	s.Append(samples)
	flush(t, s)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if n := len(raw(t, s, "X")); n != len(samples) {
		t.Fatalf("%d samples, want %d", n, len(samples))
	}
	s.look()
	if d := s.Stats().Disk; d.PerDay < 100 || d.PerDay > 1<<20 || d.FullIn < 24*time.Hour {
		t.Errorf("forecast %+v", d)
	}
	s.SetKeep(Keep{Raw: 25 * 24 * time.Hour, Minutes: 55 * 24 * time.Hour})
	if err := s.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".db") {
			left = append(left, e.Name())
		}
	}
	// 25 days before June 20 is May 26: May stays whole. 55 days before is
	// April 26: April's minutes stay.
	if got, want := strings.Join(left, " "), "hot.db hour-2026.db minute-202604.db minute-202605.db minute-202606.db raw-202605.db raw-202606.db"; got != want {
		t.Errorf("left %s\nwant %s", got, want)
	}
	may := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	if v := raw(t, s, "X")[0]; v.At() != may.UnixNano() {
		t.Errorf("samples begin at %v, want May 1", v.Time())
	}
	for _, c := range []struct {
		from   time.Time
		width  time.Duration
		points int
		mean   float64
	}{
		{time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC), time.Hour, 60, 6.5}, // samples
		{time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC), time.Hour, 60, 4.5}, // minutes are the best there is
		{time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), 6 * time.Hour, 60, 3.5},
	} {
		bs, err := s.Buckets(t.Context(), "X", c.from.UnixNano(), c.from.Add(c.width).UnixNano(), c.points)
		if err != nil || len(bs) != 6 {
			t.Errorf("%v: %d buckets %v", c.from, len(bs), err)
			continue
		}
		for _, b := range bs {
			if b.Mean != c.mean || b.Good != 1 {
				t.Errorf("%v: %+v", c.from, b)
			}
		}
	}
	a, err := s.Aggregates(t.Context(), "X", []int64{begin.UnixNano(), begin.AddDate(0, 1, 0).UnixNano(), may.UnixNano(), may.AddDate(0, 1, 0).UnixNano()})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{3.5, 4.5, 5.5} {
		if !near(a[i].Mean, want, 1e-6) || a[i].Count != []int{31, 30, 31}[i]*144 {
			t.Errorf("month %d: %+v", i, a[i])
		}
	}
	// A late sample of a month that is gone would make rolls of itself alone.
	s.Append([]tag.Sample{sample("X", may.Add(-time.Hour).UnixNano(), tag.Float(99), tag.Good)})
	flush(t, s)
	if st := s.Stats(); st.Dropped[TooOld] != 1 {
		t.Errorf("dropped %v", st.Dropped)
	}
}

func TestImport(t *testing.T) {
	s := open(t, Options{Quiet: 100_000 * time.Hour})
	s.Append([]tag.Sample{sample("PUMP", t0, tag.Bool(true), tag.Good), sample("N", t0, tag.Int(7), tag.Good)})
	flush(t, s)
	text := "\ufeffTime,Tag,Value,Quality\n" +
		"2026-05-01T00:00:00Z,LAB.PH,7.25,\n" +
		"2026-05-01T02:00:00.5+02:00,LAB.PH,7.5,uncertain\n" +
		"1777593600000000001,PUMP,0,good\n" +
		"2026-05-02T00:00:00Z,N,-3,0x80050000\n" +
		"2026-05-02T00:00:00Z,LAB.NOTE,\"cloudy, smells\",good\n" +
		"2026-05-03T00:00:00Z,LAB.PH,,bad\n"
	for range 2 { // the second time changes nothing
		if n, err := s.ImportCSV(t.Context(), strings.NewReader(text)); n != 6 || err != nil {
			t.Fatal(n, err)
		}
	}
	want := map[tag.ID][]tag.Value{
		"LAB.PH":   {{Value: tag.Float(7.25), Quality: tag.Good}, {Value: tag.Float(7.5), Quality: tag.Uncertain}, {Quality: tag.Bad}},
		"PUMP":     {{Value: tag.Bool(false), Quality: tag.Good}, {Value: tag.Bool(true), Quality: tag.Good}},
		"N":        {{Value: tag.Int(-3), Quality: tag.BadCommunicationError}, {Value: tag.Int(7), Quality: tag.Good}},
		"LAB.NOTE": {{Value: tag.Text("cloudy, smells"), Quality: tag.Good}},
	}
	for id, list := range want {
		got := raw(t, s, id)
		if len(got) != len(list) {
			t.Errorf("%s: %v", id, got)
			continue
		}
		for i := range list {
			if got[i].Value != list[i].Value || got[i].Quality != list[i].Quality {
				t.Errorf("%s: %v, want %v", id, got[i], list[i])
			}
		}
	}
	for text, says := range map[string]string{
		"tag,value\n":                        "line 1",
		"tag,time,value\nA,yesterday,1\n":    "line 2",
		"tag,time,value\nN,1777593600,1.5\n": "line 2",
		"tag,time,value\n,1777593600,1\n":    "line 2",
		"tag,time,value\nA,0,1\n":            BadTime.String(),
	} {
		if _, err := s.ImportCSV(t.Context(), strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %s", text, err, says)
		}
	}
}

func TestCorrectionsLeaveATrail(t *testing.T) {
	s := open(t, Options{Quiet: 100_000 * time.Hour, seamless: true})
	s.Append([]tag.Sample{sample("X", t0, tag.Float(1), tag.Good), sample("X", t0+60*second, tag.Float(900), tag.Good), sample("X", t0+120*second, tag.Float(3), tag.Good)})
	flush(t, s)
	steps := []func() error{
		func() error { return nil },
		func() error { return s.Seal(t.Context()) },
		func() error { return s.Compact(t.Context(), time.Unix(0, t0+2*day)) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		c := Correction{ID: "X", At: t0 + 60*second, Made: t0 + day + int64(i), New: tag.Value{Value: tag.Float(float64(i) + 2), Quality: tag.Good}, Who: "eva", Why: "spike"}
		if err := s.Correct(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		got := raw(t, s, "X")
		if len(got) != 3 || got[1].Value != c.New.Value || got[1].Flags != tag.Manual {
			t.Fatalf("%v", got)
		}
		b, err := s.Buckets(t.Context(), "X", t0, t0+day, 1)
		if err != nil || b[0].Max != math.Max(3, float64(i)+2) {
			t.Errorf("the corrected spike is still in the trend: %+v %v", b, err)
		}
	}
	trail, err := s.Corrections(t.Context(), "X", t0, t0+day)
	if err != nil || len(trail) != 3 {
		t.Fatal(trail, err)
	}
	for i, c := range trail {
		old := []float64{900, 2, 3}[i]
		if c.Old.Value != tag.Float(old) || c.New.Value != tag.Float(float64(i)+2) || c.Who != "eva" || c.Why != "spike" || c.Made != t0+day+int64(i) {
			t.Errorf("correction %d: %+v", i, c)
		}
	}
	if err := s.Correct(t.Context(), Correction{ID: "X", At: t0}); err == nil {
		t.Error("nobody corrected a sample")
	}
}

// Sudden steps of the station's clock must neither lose nor double samples:
// times are the samples' own.
func TestClockSteps(t *testing.T) {
	now := time.Unix(0, t0)
	s := open(t, Options{Now: func() time.Time { return now }, seamless: true, Quiet: time.Minute})
	m := model{}
	at := t0
	for i, step := range []time.Duration{time.Hour, -time.Hour, 10 * 365 * 24 * time.Hour, -10 * time.Second, -9 * 365 * 24 * time.Hour, 80 * 365 * 24 * time.Hour} {
		now = now.Add(step)
		for range 10 {
			at += 7 * hour
			v := sample("X", at, tag.Int(int64(i)), tag.Good)
			s.Append([]tag.Sample{v})
			m.put(v)
		}
		flush(t, s)
		if err := s.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.compactDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		checkRaw(t, s, m, "X", 0, maxTime)
		checkAt(t, s, m, "X", at)
	}
	// 2100, and a device whose clock is wrong by years.
	far := time.Date(2100, 2, 28, 23, 59, 59, 0, time.UTC).UnixNano()
	v := sample("X", far, tag.Int(1), tag.Good)
	s.Append([]tag.Sample{v, {ID: "X", Value: tag.Value{Source: far + 400*day, Received: far, Value: tag.Int(2), Quality: tag.Good}}})
	m.put(v)
	flush(t, s)
	checkRaw(t, s, m, "X", 0, maxTime)
	if st := s.Stats(); st.Dropped[BadTime] != 1 {
		t.Errorf("dropped %v", st.Dropped)
	}
}

// Years of files are not all kept open, and are all readable.
func TestManyFiles(t *testing.T) {
	s := open(t, Options{Quiet: 100_000 * time.Hour, seamless: true})
	m := model{}
	for month := range 60 {
		v := sample("X", time.Date(2021, time.Month(1+month), 3, 4, 5, 6, 0, time.UTC).UnixNano(), tag.Int(int64(month)), tag.Good)
		s.Append([]tag.Sample{v})
		m.put(v)
	}
	flush(t, s)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), time.Unix(0, t0)); err != nil {
		t.Fatal(err)
	}
	checkRaw(t, s, m, "X", 0, maxTime)
	checkBuckets(t, s, m, "X", t0-6*365*day, t0, 700)
	for range 20 {
		checkAt(t, s, m, "X", t0-int64(rand.N(5*365))*day)
	}
	if n := len(s.shelf.open); n > mostOpen {
		t.Errorf("%d files are open", n)
	}
}

// One tag is kept for longer and one for a shorter time than the rest, side by
// side in the same files; both change while the store runs.
func TestRetentionOfSingleTags(t *testing.T) {
	if testing.Short() {
		t.Skip("months of samples, and nothing runs at the same time")
	}
	dir := t.TempDir()
	now := time.Date(2026, 6, 20, 0, 0, 0, 0, time.UTC)
	s := open(t, Options{Dir: dir, Now: func() time.Time { return now }, Quiet: 100_000 * time.Hour, seamless: true})
	m := model{}
	var samples []tag.Sample
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	names := []tag.ID{"SHORT", "USUAL", "LONG", "TWIN"} // one scan: they share columns of times
	for at := begin; at.Before(now.AddDate(0, 0, -1)); at = at.Add(10 * time.Minute) {
		for i, id := range names {
			v := sample(id, at.UnixNano(), tag.Float(float64((at.Unix()/600*int64(7+i))%4096)*0.25), tag.Good)
			samples = append(samples, v)
			m.put(v)
		}
	}
	step := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s.Append(samples)
	flush(t, s)
	step(s.Seal(t.Context()))
	step(s.Compact(t.Context(), now))
	s.SetKeep(Keep{Raw: 60 * 24 * time.Hour, Minutes: 60 * 24 * time.Hour})
	s.Configure([]tag.Def{{ID: "SHORT", RawDays: 10, MinuteDays: 10}, {ID: "LONG", RawDays: 3650, MinuteDays: 3650}})
	month := func(m time.Month) int64 { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC).UnixNano() }
	for range 2 { // the second time changes nothing
		step(s.Retain(t.Context()))
		for id, from := range map[tag.ID]int64{"SHORT": month(6), "USUAL": month(4), "TWIN": month(4), "LONG": month(3)} {
			if got := raw(t, s, id); len(got) == 0 || got[0].At() != from {
				t.Fatalf("%s begins at %v, want %v", id, got[0].Time(), time.Unix(0, from))
			}
			checkRaw(t, s, m, id, from, maxTime)
			checkBuckets(t, s, m, id, from+day, now.UnixNano(), 500) // the first bucket may begin earlier
			// Hours are left of what is gone.
			a, err := s.Aggregates(t.Context(), id, []int64{month(3), month(4)})
			if err != nil || a[0].Count != 31*144 {
				t.Errorf("March of %s: %+v %v", id, a, err)
			}
		}
	}
	for _, p := range []period{rawPeriod(dayOf(month(3))), rawPeriod(dayOf(month(4))), minutePeriod(dayOf(month(4)))} {
		f, err := s.shelf.take(p)
		step(err)
		var free int
		step(f.Reader.QueryRow("PRAGMA freelist_count").Scan(&free))
		rows, err := idsOf(f.Reader, "SELECT id FROM "+layouts[p.kind].table)
		step(err)
		if want := map[bool]int{true: 31, false: 30 * 3}[p.n%12 == 2]; free > 0 || len(rows) != want {
			t.Errorf("%s has %d rows, want %d, and %d pages that hold nothing", p.name(), len(rows), want, free)
		}
		s.shelf.put(f)
	}
	late := []tag.Sample{sample("SHORT", month(6)-second, tag.Int(1), tag.Good), sample("LONG", month(3)+second, tag.Float(2), tag.Good)}
	s.Append(late)
	m.put(late[1])
	flush(t, s)
	if st := s.Stats(); st.Dropped[TooOld] != 1 || st.Lost["SHORT"] != 1 {
		t.Errorf("dropped %v, want the late sample of SHORT", st.Dropped)
	}
	step(s.Seal(t.Context()))
	step(s.Compact(t.Context(), now)) // into a month that was thinned
	checkRaw(t, s, m, "LONG", 0, maxTime)
	s.Configure([]tag.Def{{ID: "SHORT"}, {ID: "LONG"}}) // as the others from now on
	step(s.Retain(t.Context()))
	if got := raw(t, s, "LONG"); got[0].At() != month(4) {
		t.Errorf("LONG begins at %v, want April", got[0].Time())
	}
	checkRaw(t, s, m, "TWIN", month(4), maxTime)
	step(s.Close())
	if r, err := Verify(t.Context(), dir); err != nil || r.Err() != nil {
		t.Errorf("%v %v", err, r.Err())
	}
}
