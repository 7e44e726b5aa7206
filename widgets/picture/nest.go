package picture

import (
	"slices"

	"penstock/widgets/paint"
)

// nest turns lines that lie within others round, so that what the even-odd
// rule leaves out is a hole.
func nest(lines []line) {
	for i := range lines {
		depth := 0
		for j := range lines {
			if i != j && inside(lines[j].pts, lines[i].pts[0]) {
				depth++
			}
		}
		if clockwise(lines[i].pts) != (depth%2 == 0) {
			reverse(lines[i].pts)
		}
	}
}

func clockwise(pts []paint.Pt) bool {
	var sum float64
	for i, a := range pts {
		b := pts[(i+1)%len(pts)]
		sum += float64(a.X)*float64(b.Y) - float64(b.X)*float64(a.Y)
	}
	return sum > 0
}

func inside(pts []paint.Pt, q paint.Pt) (in bool) {
	for i, a := range pts {
		b := pts[(i+1)%len(pts)]
		if (a.Y > q.Y) != (b.Y > q.Y) && q.X < (b.X-a.X)*(q.Y-a.Y)/(b.Y-a.Y)+a.X {
			in = !in
		}
	}
	return in
}

func reverse(pts []paint.Pt) { slices.Reverse(pts) }
