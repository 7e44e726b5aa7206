package historian

import (
	"context"
	"math"
	"testing"
	"time"

	"penstock/app/tag"
)

const second = int64(time.Second)

// t0 is 2026-06-01 00:00 UTC.
const t0 = 1_780_272_000 * second

func open(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Linger == 0 {
		o.Linger = time.Millisecond
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func sample(id tag.ID, at int64, v tag.Scalar, q tag.Quality) tag.Sample {
	return tag.Sample{ID: id, Value: tag.Value{Source: at, Received: at, Value: v, Quality: q}}
}

func raw(t testing.TB, s *Store, id tag.ID) (out []tag.Value) {
	t.Helper()
	err := s.Raw(context.Background(), id, math.MinInt64, math.MaxInt64, func(v tag.Value) bool {
		out = append(out, v)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func flush(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
}

func TestEveryKindComesBackBitForBit(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	values := []tag.Value{
		{Source: t0, Value: tag.Float(0.1), Quality: tag.Good},
		{Source: t0 + 1, Value: tag.Float(math.Copysign(0, -1)), Quality: tag.Good},
		{Source: t0 + 2, Value: tag.Float(math.Float64frombits(0x7ff8000000000123)), Quality: tag.FromStatus(0x808C0403)},
		{Source: t0 + 3, Value: tag.Int(math.MinInt64), Quality: tag.Uncertain},
		{Source: t0 + 4, Value: tag.Bool(true), Quality: tag.Good, Flags: tag.Manual | tag.Simulated},
		{Source: t0 + 5, Value: tag.Text("pump \x00 läuft"), Quality: tag.Good},
		{Source: t0 + 6, Quality: tag.BadNoCommunication},
		{Source: t0 + 7, Value: tag.Text(""), Quality: tag.Good},
		{Source: t0 + 8, Value: tag.Float(math.Inf(-1)), Quality: tag.Good},
	}
	for _, v := range values {
		s.Append([]tag.Sample{{ID: "X", Value: v}})
	}
	flush(t, s)
	check := func() {
		t.Helper()
		got := raw(t, s, "X")
		if len(got) != len(values) {
			t.Fatalf("%d samples, want %d", len(got), len(values))
		}
		for i, v := range values {
			v.Received = v.Source
			if got[i] != v {
				t.Errorf("sample %d is %v, want %v", i, got[i], v)
			}
		}
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Dir: dir, seamless: true})
	check()
	if last := s.Last()["X"]; last.Value != tag.Float(math.Inf(-1)) {
		t.Errorf("last is %v", last)
	}
}

func TestALaterSampleForTheSameTimeCorrects(t *testing.T) {
	s := open(t, Options{})
	for _, p := range []struct{ at, v int64 }{{10, 1}, {20, 2}, {15, 3}, {10, 4}, {20, 5}} {
		s.Append([]tag.Sample{sample("X", t0+p.at*second, tag.Int(p.v), tag.Good)})
	}
	flush(t, s)
	want := []tag.Scalar{tag.Int(4), tag.Int(3), tag.Int(5)}
	got := raw(t, s, "X")
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if got[i].Value != want[i] {
			t.Errorf("sample %d is %v, want %v", i, got[i].Value, want[i])
		}
	}
}

func TestBooksBalance(t *testing.T) {
	s := open(t, Options{Queue: 100})
	for i := range 50 {
		batch := make([]tag.Sample, 60)
		for k := range batch {
			batch[k] = sample("X", t0+int64(i*60+k)*second, tag.Int(int64(k)), tag.Good)
		}
		batch[7].Source, batch[7].Received = 0, 0
		s.Append(batch)
	}
	flush(t, s)
	st := s.Stats()
	sum := st.Stored
	for _, n := range st.Dropped {
		sum += n
	}
	if st.Received != 3000 || sum != st.Received || st.Dropped[BadTime] == 0 {
		t.Errorf("received %d, stored %d, dropped %v", st.Received, st.Stored, st.Dropped)
	}
	if n := len(raw(t, s, "X")); uint64(n) != st.Stored {
		t.Errorf("%d samples are there, %d were said to be stored", n, st.Stored)
	}
}

func TestAtIsWhatWasShown(t *testing.T) {
	s := open(t, Options{})
	s.Append([]tag.Sample{sample("A", t0, tag.Float(1), tag.Good), sample("A", t0+10*second, tag.Float(2), tag.Bad), sample("B", t0+5*second, tag.Text("on"), tag.Good)})
	flush(t, s)
	for _, c := range []struct {
		at   int64
		a, b string
	}{{-1, "", ""}, {0, "1", ""}, {5, "1", "on"}, {9, "1", "on"}, {10, "2", "on"}, {99, "2", "on"}} {
		got, err := s.At(t.Context(), t0+c.at*second, []tag.ID{"A", "B", "nobody"})
		if err != nil || got[0].Value.String() != c.a || got[1].Value.String() != c.b || got[2] != (tag.Value{}) {
			t.Errorf("at %d: %v %v", c.at, got, err)
		}
	}
}
