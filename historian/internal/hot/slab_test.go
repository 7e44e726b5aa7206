package hot

import (
	"math"
	"slices"
	"testing"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// Scans of any width go on from slab to slab, and the slabs of a generation
// that is gone hold nothing of it.
func TestScansGoOnInTheNextSlab(t *testing.T) {
	for _, width := range []int{8, 3000, slabCells, slabCells + 1} {
		g := New(nil)
		for round := range int64(3) {
			rows := int64(min(3*slabCells/width+2, 1000))
			points := make([]block.Point, width)
			for row := range rows {
				for i := range points {
					points[i] = block.Point{At: round*1000 + row, Num: uint32(i), Bits: uint64(round*1e6 + row*1e3 + int64(i)), Q: tag.Good, Mark: block.MarkOf(tag.KindInt, 0)}
				}
				g.Add(points)
			}
			for _, col := range []int{0, 1, width / 2, width - 1} {
				for _, part := range [][2]int64{{0, rows}, {rows / 2, rows}, {1, rows - 1}} {
					var s block.Series
					g.Append(&s, uint32(col), round*1000+part[0], round*1000+part[1])
					var want []uint64
					for row := part[0]; row < part[1]; row++ {
						want = append(want, uint64(round*1e6+row*1e3+int64(col)))
					}
					if !slices.Equal(s.Bits, want) || len(s.At) != len(want) {
						t.Fatalf("column %d of %d, rows %v: %v, want %v", col, width, part, s.Bits, want)
					}
				}
				p, ok := g.Before(uint32(col), math.MaxInt64-1)
				if want := uint64(round*1e6 + (rows-1)*1e3 + int64(col)); !ok || p.Bits != want {
					t.Fatalf("column %d of %d: newest %v %v, want %v", col, width, p.Bits, ok, want)
				}
			}
			next := New(g)
			next.Reuse(g)
			g = next
		}
	}
}
