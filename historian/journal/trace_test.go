package journal

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What of the journal is read back is each subject's own, of the kind, not
// later than the moment, and no more than is wanted.
func TestTrace(t *testing.T) {
	j, err := Open(Options{Path: filepath.Join(t.TempDir(), "ops.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for i := range 60 {
		k := Alarm
		if i%5 == 4 {
			k = Command
		}
		record(t, j, Entry{At: int64(100 + i/2), Kind: k, On: string(rune('a' + i%3)), Action: fmt.Sprint(i)})
	}
	for _, c := range []struct {
		at       int64
		subjects string
		most     int
		want     string
	}{
		{99, "a b c", 1, ""},
		{100, "a b c", 1, "a0 b1"},
		{101, "a b c", 1, "a3 b1 c2"}, // 4, of b, is a command
		{110, "b", 3, "b16 b13 b10"},
		{1e6, "c x a", 2, "c56 c53 a57 a51"},
		{102, "a", 99, "a3 a0"},
	} {
		var got []string
		n := map[string]int{}
		err := j.Trace(t.Context(), Alarm, c.at, strings.Fields(c.subjects), func(e *Entry) bool {
			got = append(got, e.On+e.Action)
			n[e.On]++
			return n[e.On] < c.most
		})
		if err != nil || !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("at %d of %s, %d each: %v (%v), want %s", c.at, c.subjects, c.most, got, err, c.want)
		}
	}
}

// BenchmarkTrace is the alarm list of then in a journal of 200,000 lines: the
// newest line of each of 1,000 alarms.
func BenchmarkTrace(b *testing.B) {
	j, err := Open(Options{Path: filepath.Join(b.TempDir(), "ops.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	var ids []string
	for i := range 1000 {
		ids = append(ids, fmt.Sprint("A", i))
	}
	const lines = 200_000
	batch := make([]Entry, 0, 10_000)
	for i := range lines {
		batch = append(batch, Entry{At: int64(i + 1), Kind: Alarm, On: ids[i*7919%len(ids)], Action: "annunciated", Old: "normal", New: "unacknowledged", Note: "Level high (1.5, limit 1)"})
		if len(batch) == cap(batch) {
			if err := j.Record(b.Context(), batch, nil); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	for b.Loop() {
		n := 0
		if err := j.Trace(b.Context(), Alarm, lines*3/4, ids, func(*Entry) bool { n++; return false }); err != nil || n != len(ids) {
			b.Fatal(n, err)
		}
	}
}
