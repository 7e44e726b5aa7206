package waterworks

import (
	"testing"
	"time"
)

// What one second of the plant costs.
func BenchmarkStep(b *testing.B) {
	p := New(1, time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC))
	b.ReportAllocs()
	for b.Loop() {
		p.Step(time.Second)
	}
}

// What it costs to look at every signal once.
func BenchmarkReadAll(b *testing.B) {
	p := New(1, time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC))
	b.ReportAllocs()
	for b.Loop() {
		for i := range p.Len() {
			p.At(i)
		}
	}
}
