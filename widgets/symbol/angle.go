package symbol

import (
	"math"

	"penstock/widgets/paint"
)

// Angles are in turns, clockwise from the right.
func sinTurn(a float32) float32 { return float32(math.Sin(2 * math.Pi * float64(a))) }
func cosTurn(a float32) float32 { return float32(math.Cos(2 * math.Pi * float64(a))) }

// direction is the unit vector from a to b, to the right where they meet.
func direction(a, b paint.Pt) (x, y float32) {
	l := float32(math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y)))
	if l == 0 {
		return 1, 0
	}
	return (b.X - a.X) / l, (b.Y - a.Y) / l
}
