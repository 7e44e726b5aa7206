package hot

import (
	"fmt"
	"math"
	"testing"

	"penstock/app/tag"
	"penstock/historian/internal/block"

	"pgregory.net/rapid"
)

// A generation must answer as a map of the newest word about each instant
// would, however samples come: whole scans, parts of scans, late ones.
func TestGenerationAgreesWithMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := New(nil)
		model := map[uint32]map[int64]tag.Value{}
		now := int64(1000)
		value := func(num uint32) block.Point {
			p := block.Point{Num: num, Q: tag.Good, Mark: block.MarkOf(tag.KindFloat, 0), Bits: math.Float64bits(float64(rapid.IntRange(0, 9).Draw(t, "v")))}
			switch rapid.IntRange(0, 9).Draw(t, "odd") {
			case 0:
				p.Q = tag.Bad
			case 1:
				p.Mark, p.Bits, p.Text = block.MarkOf(tag.KindText, tag.Manual), 0, fmt.Sprint("t", num)
			}
			return p
		}
		for range rapid.IntRange(1, 40).Draw(t, "commits") {
			var points []block.Point
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1: // a scan
				now += int64(rapid.IntRange(1, 9).Draw(t, "step"))
				for num := range uint32(10) {
					p := value(num)
					p.At = now
					points = append(points, p)
				}
			case 2: // part of a scan, maybe for the same time
				for num := range uint32(rapid.IntRange(1, 9).Draw(t, "part")) {
					p := value(num)
					p.At = now
					points = append(points, p)
				}
			case 3: // late
				p := value(uint32(rapid.IntRange(0, 11).Draw(t, "num")))
				p.At = now - int64(rapid.IntRange(0, 40).Draw(t, "late"))
				points = append(points, p)
			case 4: // another generation, that knows the scans
				for num := range uint32(12) {
					check(t, g, model, num, now)
				}
				g, model = New(g), map[uint32]map[int64]tag.Value{}
				continue
			}
			g.Add(points)
			for i := range points {
				p := &points[i]
				if model[p.Num] == nil {
					model[p.Num] = map[int64]tag.Value{}
				}
				model[p.Num][p.At] = p.Value()
			}
		}
		for num := range uint32(12) {
			check(t, g, model, num, now)
		}
	})
}

func check(t *rapid.T, g *Generation, model map[uint32]map[int64]tag.Value, num uint32, now int64) {
	var s block.Series
	g.Append(&s, num, math.MinInt64, math.MaxInt64)
	s.Order()
	if s.Len() != len(model[num]) {
		t.Fatalf("tag %d has %d samples, want %d", num, s.Len(), len(model[num]))
	}
	for i, at := range s.At {
		if s.Value(i) != model[num][at] {
			t.Fatalf("tag %d at %d: %v, want %v", num, at, s.Value(i), model[num][at])
		}
	}
	at := now - int64(rapid.IntRange(-1, 50).Draw(t, "at"))
	p, ok := g.Before(num, at)
	i := s.Search(at + 1)
	if ok != (i > 0) || ok && p.Value() != s.Value(i-1) {
		t.Fatalf("tag %d before %d: %v %v", num, at, p, ok)
	}
}

func BenchmarkAdd(b *testing.B) {
	points := make([]block.Point, 1000)
	for i := range points {
		points[i] = block.Point{Num: uint32(i), Q: tag.Good, Mark: block.MarkOf(tag.KindFloat, 0), Bits: uint64(i)}
	}
	g, at := New(nil), int64(0)
	for b.Loop() {
		if at++; at%900 == 0 {
			g = New(g)
		}
		for i := range points {
			points[i].At = at + int64(i/50)
		}
		g.Add(points)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/sample")
}
