package journal

import (
	"context"
	"fmt"
	"testing"
)

// What a flood writes: entries with a document each, n to a transaction.
func BenchmarkRecord(b *testing.B) {
	body := make([]byte, 400)
	for _, n := range []int{1, 100, 256} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			j := opened(b)
			entries, docs := make([]Entry, n), make([]Doc, n)
			for b.Loop() {
				for i := range n {
					entries[i] = Entry{At: 1, Source: 1, Kind: Alarm, Action: "annunciated", On: fmt.Sprint("HL.PT601.HI", i), Area: "HL",
						Old: "normal", New: "unacknowledged", Note: "Pressure high (5.3, limit 5)", Ref: "HL.PT601.HI#1", Level: 2}
					docs[i] = Doc{Kind: "alarm", ID: entries[i].On, Body: body}
				}
				if err := j.Record(context.Background(), entries, docs); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	j := opened(b)
	const n = 20000
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = Entry{At: 1, Source: 1, Kind: Alarm, Action: "annunciated", On: "HL.PT601.HI", Area: "HL", Old: "normal", New: "unacknowledged",
			Note: "Pressure high (5.3, limit 5)", Ref: "HL.PT601.HI#1", Level: 2}
	}
	if err := j.Record(context.Background(), entries, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if rep, err := j.Verify(context.Background()); err != nil || !rep.OK() {
			b.Fatal(rep, err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
