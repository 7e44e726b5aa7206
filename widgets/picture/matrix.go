package picture

import (
	"fmt"
	"math"
	"strings"
)

// matrix maps points: x' = a x + c y + e, y' = b x + d y + f.
type matrix [6]float64

func (m matrix) apply(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

// times is m after n.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1],
		m[0]*n[2] + m[2]*n[3], m[1]*n[2] + m[3]*n[3],
		m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5],
	}
}

// scale is how much larger m makes things, on average.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m[0]*m[3] - m[1]*m[2])) }

// transform reads the transform of an element.
func transform(s string) (m matrix, err error) {
	m = matrix{1, 0, 0, 1, 0, 0}
	for rest := strings.TrimSpace(s); rest != ""; {
		name, after, ok := strings.Cut(rest, "(")
		in, next, closed := strings.Cut(after, ")")
		if !ok || !closed {
			return m, fmt.Errorf("%q", clip(rest))
		}
		v := numbersOf(in)
		arg := func(i int, def float64) float64 {
			if i < len(v) {
				return v[i]
			}
			return def
		}
		var n matrix
		switch name = strings.Trim(name, " ,\t\r\n"); {
		case name == "matrix" && len(v) == 6:
			n = matrix(v)
		case name == "translate" && len(v) > 0:
			n = matrix{1, 0, 0, 1, v[0], arg(1, 0)}
		case name == "scale" && len(v) > 0:
			n = matrix{v[0], 0, 0, arg(1, v[0]), 0, 0}
		case name == "rotate" && len(v) > 0:
			sin, cos := math.Sincos(v[0] * math.Pi / 180)
			x, y := arg(1, 0), arg(2, 0)
			n = matrix{cos, sin, -sin, cos, x - cos*x + sin*y, y - sin*x - cos*y}
		case name == "skewX" && len(v) > 0:
			n = matrix{1, 0, math.Tan(v[0] * math.Pi / 180), 1, 0, 0}
		case name == "skewY" && len(v) > 0:
			n = matrix{1, math.Tan(v[0] * math.Pi / 180), 0, 1, 0, 0}
		default:
			return m, fmt.Errorf("%q", clip(rest))
		}
		m = m.times(n)
		rest = strings.TrimLeft(next, " ,\t\r\n")
	}
	return m, nil
}
