package block

import (
	"math"
	"testing"

	"penstock/app/tag"
)

func BenchmarkAppendPoints(b *testing.B) {
	points := make([]Point, 1000)
	for i := range points {
		points[i] = Point{At: int64(i / 50), Num: uint32(i), Q: tag.Good, Mark: MarkOf(tag.KindFloat, 0), Bits: math.Float64bits(float64(i) / 4)}
		switch i % 20 {
		case 0, 1, 2:
			points[i].Mark, points[i].Bits = MarkOf(tag.KindBool, 0), 1
		case 3, 4:
			points[i].Mark, points[i].Bits = MarkOf(tag.KindInt, 0), uint64(i)<<20
		case 5:
			points[i].Mark, points[i].Bits, points[i].Text = MarkOf(tag.KindText, 0), 0, "FILLING"
		}
	}
	var body []byte
	for b.Loop() {
		body = AppendPoints(body[:0], points)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(points)), "ns/sample")
}
