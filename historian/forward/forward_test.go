//go:build unix

package forward

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"penstock/app/tag"
	"penstock/historian"
	"penstock/historian/forward/pgserver"
)

func TestMain(m *testing.M) {
	startAsChild()
	goleak.VerifyTestMain(m)
}

var start = time.Date(2026, 5, 1, 22, 0, 0, 123456789, time.UTC).UnixNano()

func openStore(t testing.TB, dir string, o historian.Options) *historian.Store {
	t.Helper()
	o.Dir = dir
	if o.Linger == 0 {
		o.Linger = time.Millisecond
	}
	s, err := historian.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// every kind and a few hard values.
func value(i int) (tag.Scalar, tag.Quality) {
	switch i % 9 {
	case 0:
		return tag.Int(math.MaxInt64 - int64(i)), tag.Good
	case 1:
		return tag.Bool(i%2 == 1), tag.Good
	case 2:
		return tag.Text(fmt.Sprintf("état %d", i)), tag.Uncertain
	case 3:
		return tag.Text("nul \x00 and \xff"), tag.Good
	case 4:
		return tag.Scalar{}, tag.BadNoData
	case 5:
		return tag.Float(math.Copysign(0, -1)), tag.Good.WithLimit(tag.LimitHigh)
	case 6:
		return tag.Float(math.Inf(-1)), tag.EUExceeded
	case 7:
		return tag.Float(math.Float64frombits(0x7ff8_0000_0000_1234)), tag.BadSensorFailure
	}
	return tag.Float(float64(i) / 7), tag.Good
}

func sample(id tag.ID, at int64, i int) tag.Sample {
	v, q := value(i)
	return tag.Sample{ID: id, Value: tag.Value{Source: at, Received: at, Value: v, Quality: q, Flags: tag.Flags(i % 3)}}
}

func flush(t testing.TB, s *historian.Store, batch []tag.Sample) {
	t.Helper()
	s.Append(batch)
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
}

func newForwarder(t testing.TB, s *historian.Store, dir, url string) *Forwarder {
	t.Helper()
	id, err := Source(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(s, id, Options{URL: url, Station: "weir", Batch: 500, Rate: 1e6, Idle: 5 * time.Millisecond, FirstRetry: 10 * time.Millisecond, LastRetry: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// run forwards until the test calls stop.
func run(f *Forwarder) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan bool)
	go func() { f.Run(ctx); close(done) }()
	return func() { cancel(); <-done }
}

// settle waits until everything stored is sent.
func settle(t testing.TB, f *Forwarder) Status {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); ; {
		st := f.Status()
		if st.Waiting == 0 && st.Connected && st.Place.Upto == 0 {
			return st
		}
		if time.Now().After(end) {
			t.Fatalf("not everything was sent: %+v", st)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

const forEver = 1 << 62

func all(t testing.TB, raw func(context.Context, tag.ID, int64, int64, func(tag.Value) bool) error, id tag.ID) (out []tag.Value) {
	t.Helper()
	if err := raw(context.Background(), id, 0, forEver/2, func(v tag.Value) bool { out = append(out, v); return true }); err != nil {
		t.Fatal(err)
	}
	return out
}

// same compares the database with the store, sample by sample, bit for bit.
func same(t testing.TB, s *historian.Store, srv *pgserver.Server, ids []tag.ID) (n int) {
	t.Helper()
	r, err := NewReader(srv.URL(), "weir")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, id := range ids {
		want, got := all(t, s.Raw, id), all(t, r.Raw, id)
		if len(got) != len(want) {
			t.Errorf("%s: %d samples in the database, %d in the store", id, len(got), len(want))
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%s: sample %d is %+v, want %+v", id, i, got[i], want[i])
			}
		}
		n += len(want)
	}
	if rows := srv.Query(t, "SELECT count(*) FROM penstock_sample"); rows != fmt.Sprint(n) {
		t.Errorf("%s rows in the database, %d samples in the store", rows, n)
	}
	return n
}

func names(n int) (out []tag.ID) {
	for i := range n {
		out = append(out, tag.ID(fmt.Sprintf("T%02d", i)))
	}
	return out
}

func TestEveryKindArrivesBitForBit(t *testing.T) {
	srv := pgserver.New(t)
	dir := t.TempDir()
	s := openStore(t, dir, historian.Options{})
	defer s.Close()
	f := newForwarder(t, s, dir, srv.URL())
	defer run(f)()
	ids := names(9)
	for i := range 300 {
		var batch []tag.Sample
		for k, id := range ids {
			batch = append(batch, sample(id, start+int64(i)*1e9+int64(k), i+k))
		}
		flush(t, s, batch)
	}
	settle(t, f)
	same(t, s, srv, ids)

	// Corrected, late and backfilled samples replace and join what is there.
	flush(t, s, []tag.Sample{sample("T00", start+5e9, 8), sample("T00", start+5e9, 2), sample("T01", start-3600e9, 1), sample("T02", start-40*86400e9, 8)})
	if err := s.Correct(context.Background(), historian.Correction{ID: "T03", At: start + 7e9 + 3, New: tag.Value{Value: tag.Float(1), Quality: tag.Good}, Who: "ann", Why: "wrong"}); err != nil {
		t.Fatal(err)
	}
	st := settle(t, f)
	if n := same(t, s, srv, ids); n != 2702 {
		t.Errorf("%d samples, want 2702", n)
	}
	if st.Sent < 2702 || st.Err != "" || st.Lag != 0 {
		t.Errorf("status %+v", st)
	}
	got := srv.Query(t, "SELECT tag, at, to_char(time AT TIME ZONE 'UTC','HH24:MI:SS.US'), number, good, flags FROM penstock_history WHERE tag='T03' AND at=$1", start+7e9+3)
	if want := fmt.Sprintf("T03 %d 22:00:07.123456 1 true 4", start+7e9+3); got != want {
		t.Errorf("row %q, want %q", got, want)
	}
}

func TestAnOutageLongerThanTheLog(t *testing.T) {
	srv := pgserver.New(t)
	dir := t.TempDir()
	s := openStore(t, dir, historian.Options{Slots: 64, Now: func() time.Time { return time.Unix(0, start+9*86400e9) }})
	defer s.Close()
	f := newForwarder(t, s, dir, srv.URL())
	stop := run(f)
	ids := names(5)
	write := func(from, n int, step int64) {
		for i := from; i < from+n; i++ {
			var batch []tag.Sample
			for k, id := range ids {
				batch = append(batch, sample(id, start+int64(i)*step+int64(k), i+k))
			}
			flush(t, s, batch)
		}
	}
	write(0, 100, 1e9)
	settle(t, f)
	stop()
	srv.Kill()

	// Months pass in the folder: seals and compactions, late samples for days
	// that were sent and compacted long ago, and corrections.
	stop = run(f)
	write(100, 400, 600e9) // 3 days
	flush(t, s, []tag.Sample{sample("T01", start+2e9, 2), sample("T01", start-50*86400e9, 8)})
	if err := s.Seal(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(context.Background(), time.Unix(0, start+2*86400e9)); err != nil {
		t.Fatal(err)
	}
	write(500, 400, 600e9)
	flush(t, s, []tag.Sample{sample("T04", start+100*600e9+4, 3), sample("T00", start+9e9+17, 8)})
	seq, _ := s.Newest()
	if st := f.Status(); st.Err == "" || st.Waiting < 800 || st.Waiting > seq || st.Lag == 0 || st.Connected {
		t.Errorf("status in the outage: %+v", st)
	}
	stop()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = openStore(t, dir, historian.Options{Slots: 64, Now: func() time.Time { return time.Unix(0, start+9*86400e9) }})
	defer s.Close()
	srv.Start(t)
	f = newForwarder(t, s, dir, srv.URL())
	defer run(f)()
	settle(t, f)
	n := same(t, s, srv, ids)
	t.Logf("%d samples, %d sent", n, f.Status().Sent)

	// From the log again, and nothing twice.
	before := f.Status().Sent
	write(900, 50, 600e9)
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	settle(t, f)
	if more := f.Status().Sent - before; more != 250 {
		t.Errorf("%d samples sent of 250", more)
	}
	same(t, s, srv, ids)
}

// never keeps a store from compacting by itself, so that its buckets are exact.
const never = 100_000 * time.Hour

func TestWhatIsOnlyInTheDatabaseReadsTheSame(t *testing.T) {
	srv := pgserver.New(t)
	dir := t.TempDir()
	s := openStore(t, dir, historian.Options{Quiet: never})
	defer s.Close()
	f := newForwarder(t, s, dir, srv.URL())
	defer run(f)()
	var batch []tag.Sample
	for i := range 20_000 {
		at := start + int64(i)*7e9 + int64(i%13)*1e6
		q := tag.Good
		if i%997 < 5 {
			q = tag.BadCommunicationError
		}
		batch = append(batch, tag.Sample{ID: "F", Value: tag.Value{Source: at, Received: at, Value: tag.Float(math.Sin(float64(i) / 500)), Quality: q}})
	}
	flush(t, s, batch)
	settle(t, f)
	r, err := NewReader(srv.URL(), "weir")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, horizon := s.Newest()
	ctx := context.Background()
	for _, c := range []struct {
		from, to int64
		n        int
	}{{start, start + 3600e9, 500}, {start + 5, start + 86400e9, 2000}, {start - 86400e9, start + 3*86400e9, 300}, {start + 1000e9, start + 90000e9, 20}, {start, start + 40*3600e9, 1}, {start - 10, start - 5, 3}} {
		want, err := s.Buckets(ctx, "F", c.from, c.to, c.n)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Buckets(ctx, "F", c.from, c.to, c.n, horizon)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) { // NaN is like NaN here
			t.Errorf("%d buckets from %d: %d differ from the store's %d", c.n, c.from, len(got), len(want))
		}
	}
	if v, ok, err := r.Before(ctx, "F", start+3600e9); err != nil || !ok {
		t.Error(v, ok, err)
	} else if local, _ := s.At(ctx, start+3600e9, []tag.ID{"F"}); local[0] != v {
		t.Errorf("before: %+v, want %+v", v, local[0])
	}
	if _, ok, err := r.Before(ctx, "nobody", start); ok || err != nil {
		t.Error(ok, err)
	}
	n := 0
	if err := r.Raw(ctx, "F", 0, forEver/2, func(tag.Value) bool { n++; return n < 10 }); err != nil || n != 10 {
		t.Error(n, err)
	}
	if got := all(t, r.Raw, "F"); len(got) != 20_000 {
		t.Errorf("%d samples after a read that was broken off", len(got))
	}
}

func TestARestoredStoreIsSentAgain(t *testing.T) {
	srv := pgserver.New(t)
	dir, backup := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	s := openStore(t, dir, historian.Options{})
	f := newForwarder(t, s, dir, srv.URL())
	stop := run(f)
	flush(t, s, []tag.Sample{sample("T00", start, 8)})
	if _, err := s.Backup(context.Background(), backup); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		flush(t, s, []tag.Sample{sample("T00", start+int64(i+1)*1e9, 8)})
	}
	settle(t, f)
	stop()
	s.Close()

	s = openStore(t, backup, historian.Options{})
	defer s.Close()
	flush(t, s, []tag.Sample{sample("T01", start+99e9, 8)})
	f = newForwarder(t, s, backup, srv.URL())
	defer run(f)()
	settle(t, f)
	if got := srv.Query(t, "SELECT tag, count(*) FROM penstock_history GROUP BY tag ORDER BY tag"); got[:6] != "T00 12" && got != "T00 11\nT01 1" {
		t.Errorf("the database has %q", got)
	}
}

// Retention has removed samples here; with the database a trend shows them as
// if it had not.
func TestTrendsGoOnWhereLocalHistoryEnded(t *testing.T) {
	srv := pgserver.New(t)
	dir, whole := t.TempDir(), t.TempDir()
	now := start + 70*86400e9
	o := historian.Options{Quiet: never, Now: func() time.Time { return time.Unix(0, now) }}
	s, full := openStore(t, dir, o), openStore(t, whole, o)
	defer s.Close()
	defer full.Close()
	f := newForwarder(t, s, dir, srv.URL())
	defer run(f)()
	var batch []tag.Sample
	for i := range 10_000 {
		at := start + int64(i)*605e9
		batch = append(batch, tag.Sample{ID: "F", Value: tag.Value{Source: at, Received: at, Value: tag.Float(math.Sin(float64(i) / 50)), Quality: tag.Good}})
	}
	for _, s := range []*historian.Store{s, full} {
		flush(t, s, batch)
		if err := s.Seal(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, f)
	if err := s.Compact(context.Background(), time.Unix(0, now)); err != nil {
		t.Fatal(err)
	}
	s.SetKeep(historian.Keep{Raw: 30 * 24 * time.Hour, Minutes: 30 * 24 * time.Hour})
	if err := s.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	far, err := NewReader(srv.URL(), "weir")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	h := NewHistory(s, far)
	border := s.SamplesFrom("A")
	for _, c := range []struct {
		from, to int64
		n        int
	}{{start, start + 2*86400e9, 2000}, {start + 86400e9, start + 2*86400e9, 300}, {border - 2*86400e9, border + 2*86400e9, 1000}, {border + 86400e9, border + 2*86400e9, 2000}} {
		want, _ := full.Buckets(context.Background(), "F", c.from, c.to, c.n)
		got, err := h.Buckets(context.Background(), "F", c.from, c.to, c.n)
		if err != nil || len(got) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d buckets from %d: %v, %d differ from the %d there would be", c.n, c.from, err, len(got), len(want))
		}
	}
	if got := all(t, h.Raw, "F"); len(got) != 10_000 {
		t.Errorf("%d samples of 10000", len(got))
	}
	srv.Kill()
	if got, err := h.Buckets(context.Background(), "F", start, start+86400e9, 2000); err != nil || len(got) == 0 || len(got) > 25 {
		t.Errorf("without the database: %v, %d buckets of the hours kept here", err, len(got))
	}
	// Until it is asked again, nobody waits for it.
	before := time.Now()
	h.Buckets(context.Background(), "F", start, start+86400e9, 2000)
	if took := time.Since(before); took > time.Second {
		t.Errorf("a trend waited %v for a database that is away", took)
	}
}
