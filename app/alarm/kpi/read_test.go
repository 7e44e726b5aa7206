package kpi

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/historian/journal"
)

func TestReadFromTheJournal(t *testing.T) {
	j, err := journal.Open(journal.Options{Path: filepath.Join(t.TempDir(), "ops.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var l log
	l.comes(-29*24*h, "OLD")
	for i := range 30 {
		l.whole(time.Duration(i)*time.Minute, fmt.Sprint("A", i))
	}
	slices.SortStableFunc(l.entries, func(a, b journal.Entry) int { return int(a.At - b.At) })
	for _, e := range l.entries {
		e.Seq = 0
		if err := j.Record(t.Context(), []journal.Entry{e, {At: e.At, Kind: journal.System, Action: "noise"}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Read(t.Context(), j, Options{From: day0, To: day0 + int64(24*h)})
	if err != nil || r.Annunciated != 30 || r.StandingNow != 1 || len(r.Stale) != 1 || len(r.AckTimes) != 30 {
		t.Errorf("%+v, %v", r, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Read(ctx, j, Options{From: day0, To: day0 + int64(24*h)}); err == nil {
		t.Error("read although it was given up")
	}
}

// A month of a busy plant: a million lines.
func BenchmarkCompute(b *testing.B) {
	var entries []journal.Entry
	const n = 1_000_000
	for i := range n {
		id := fmt.Sprint("A", i/4%500)
		e := journal.Entry{At: day0 + int64(i)*int64(2*time.Second), Kind: journal.Alarm, On: id, Level: 1 + i%4, Ref: alarm.OccurrenceID(id, int64(i/2000))}
		switch i % 4 {
		case 0:
			e.Action, e.New = alarm.Annunciated.String(), "unacknowledged"
		case 1:
			e.Action, e.New = alarm.Acknowledged.String(), "acknowledged"
		case 2:
			e.Action, e.New = alarm.Commented.String(), "acknowledged"
		case 3:
			e.Action, e.New = alarm.Went.String(), "normal"
		}
		entries = append(entries, e)
	}
	for b.Loop() {
		if r := Compute(slices.Values(entries), Options{From: day0, To: day0 + n*int64(2*time.Second)}); r.Annunciated != n/4 {
			b.Fatal(r.Annunciated)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
