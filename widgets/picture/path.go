package picture

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

type pt struct{ x, y float64 }

// outline is lines in the making.
type outline struct {
	lines []stroke
}

type stroke struct {
	pts    []pt
	closed bool
}

func (p *outline) move(x, y float64) { p.lines = append(p.lines, stroke{pts: []pt{{x, y}}}) }

func (p *outline) to(x, y float64) {
	n := len(p.lines)
	if n == 0 || p.lines[n-1].closed {
		p.move(x, y)
		return
	}
	l := &p.lines[n-1]
	if q := l.pts[len(l.pts)-1]; q.x != x || q.y != y {
		l.pts = append(l.pts, pt{x, y})
	}
}

func (p *outline) close() {
	if n := len(p.lines); n > 0 {
		p.lines[n-1].closed = true
	}
}

// now is where the pen is.
func (p *outline) now() pt {
	n := len(p.lines)
	if n == 0 {
		return pt{}
	}
	l := p.lines[n-1]
	if l.closed {
		return l.pts[0]
	}
	return l.pts[len(l.pts)-1]
}

const maxSteps = 64 // lines of one curve

// steps is how many lines a curve of a length is made of, to be off by fine at
// most, about.
func steps(length, fine float64) int {
	return min(max(int(math.Sqrt(length/max(fine, 1e-9))/2), 4), maxSteps)
}

func (p *outline) cubic(a, b, c pt, fine float64) {
	o := p.now()
	n := steps(dist(o, a)+dist(a, b)+dist(b, c), fine)
	for i := 1; i <= n; i++ {
		t := float64(i) / float64(n)
		u := 1 - t
		k0, k1, k2, k3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		p.to(k0*o.x+k1*a.x+k2*b.x+k3*c.x, k0*o.y+k1*a.y+k2*b.y+k3*c.y)
	}
}

func dist(a, b pt) float64 { return math.Hypot(a.x-b.x, a.y-b.y) }

// arc is that of SVG, by the formulas of its appendix B.2.4.
func (p *outline) arc(rx, ry, turn float64, large, sweep bool, to pt, fine float64) {
	o := p.now()
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || o == to {
		p.to(to.x, to.y)
		return
	}
	sin, cos := math.Sincos(turn * math.Pi / 180)
	dx, dy := (o.x-to.x)/2, (o.y-to.y)/2
	x, y := cos*dx+sin*dy, -sin*dx+cos*dy
	if l := x*x/(rx*rx) + y*y/(ry*ry); l > 1 {
		rx, ry = rx*math.Sqrt(l), ry*math.Sqrt(l)
	}
	k := math.Sqrt(max((rx*rx*ry*ry-rx*rx*y*y-ry*ry*x*x)/(rx*rx*y*y+ry*ry*x*x), 0))
	if large == sweep {
		k = -k
	}
	cx, cy := k*rx*y/ry, -k*ry*x/rx
	from := math.Atan2((y-cy)/ry, (x-cx)/rx)
	span := math.Atan2((-y-cy)/ry, (-x-cx)/rx) - from
	if sweep && span < 0 {
		span += 2 * math.Pi
	} else if !sweep && span > 0 {
		span -= 2 * math.Pi
	}
	mx, my := (o.x+to.x)/2+cos*cx-sin*cy, (o.y+to.y)/2+sin*cx+cos*cy
	n := steps(math.Abs(span)*max(rx, ry), fine)
	for i := 1; i < n; i++ {
		s, c := math.Sincos(from + span*float64(i)/float64(n))
		p.to(mx+cos*rx*c-sin*ry*s, my+sin*rx*c+cos*ry*s)
	}
	p.to(to.x, to.y)
}

// arguments is how many numbers a command of a path takes.
var arguments = map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'c': 6, 's': 4, 'q': 4, 't': 2, 'a': 7, 'z': 0}

// parsePath reads the d of a path.
func parsePath(d string, fine float64) (p outline, err error) {
	sc := scanner{d}
	var cmd byte
	var ctrl pt // of the curve before, for S and T
	var before byte
	for {
		sc.space()
		if sc.s == "" {
			return p, nil
		}
		if c := sc.s[0]; arguments[c|0x20] > 0 || c|0x20 == 'z' {
			cmd, sc.s = c, sc.s[1:]
		} else if cmd == 0 || cmd|0x20 == 'z' {
			return p, fmt.Errorf("%q where a command should be", clip(sc.s))
		}
		low := cmd | 0x20
		if len(p.lines) == 0 && low != 'm' {
			return p, errors.New("it does not begin with M")
		}
		var v [7]float64
		for i := range arguments[low] {
			if v[i], err = sc.number(low == 'a' && (i == 3 || i == 4)); err != nil {
				return p, err
			}
		}
		o := p.now()
		if cmd == low { // relative
			switch low {
			case 'h':
				v[0] += o.x
			case 'v':
				v[0] += o.y
			case 'a':
				v[5], v[6] = v[5]+o.x, v[6]+o.y
			default:
				for i := 0; i < arguments[low]; i += 2 {
					v[i], v[i+1] = v[i]+o.x, v[i+1]+o.y
				}
			}
		}
		mirrored := o
		if strings.IndexByte("cs", before) >= 0 && low == 's' || strings.IndexByte("qt", before) >= 0 && low == 't' {
			mirrored = pt{2*o.x - ctrl.x, 2*o.y - ctrl.y}
		}
		quad := func(q, to pt) {
			ctrl = q
			p.cubic(pt{o.x + (q.x-o.x)*2/3, o.y + (q.y-o.y)*2/3}, pt{to.x + (q.x-to.x)*2/3, to.y + (q.y-to.y)*2/3}, to, fine)
		}
		switch low {
		case 'm':
			p.move(v[0], v[1])
			cmd -= 'm' - 'l' // what follows are lines
		case 'l':
			p.to(v[0], v[1])
		case 'h':
			p.to(v[0], o.y)
		case 'v':
			p.to(o.x, v[0])
		case 'c':
			ctrl = pt{v[2], v[3]}
			p.cubic(pt{v[0], v[1]}, ctrl, pt{v[4], v[5]}, fine)
		case 's':
			ctrl = pt{v[0], v[1]}
			p.cubic(mirrored, ctrl, pt{v[2], v[3]}, fine)
		case 'q':
			quad(pt{v[0], v[1]}, pt{v[2], v[3]})
		case 't':
			quad(mirrored, pt{v[0], v[1]})
		case 'a':
			p.arc(v[0], v[1], v[2], v[3] != 0, v[4] != 0, pt{v[5], v[6]}, fine)
		case 'z':
			p.close()
		}
		before = low
	}
}

// scanner reads numbers that may stand without anything between them.
type scanner struct{ s string }

func (sc *scanner) space() { sc.s = strings.TrimLeft(sc.s, " \t\r\n,") }

// number reads one number; a flag is a single digit.
func (sc *scanner) number(flag bool) (float64, error) {
	sc.space()
	n := 0
	if flag && len(sc.s) > 0 && (sc.s[0] == '0' || sc.s[0] == '1') {
		n = 1
	} else {
		n = numberLength(sc.s)
	}
	f, err := strconv.ParseFloat(sc.s[:n], 64)
	if err != nil || math.Abs(f) > 1e9 {
		return 0, fmt.Errorf("%q where a number should be", clip(sc.s))
	}
	sc.s = sc.s[n:]
	return f, nil
}

func numberLength(s string) int {
	i := 0
	digits := func() {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
	}
	sign := func() {
		if i < len(s) && (s[i] == '-' || s[i] == '+') {
			i++
		}
	}
	sign()
	digits()
	if i < len(s) && s[i] == '.' {
		i++
		digits()
	}
	if i > 0 && i < len(s) && s[i]|0x20 == 'e' {
		e := i
		i++
		sign()
		if from := i; true {
			if digits(); i == from { // an e that belongs to nothing
				i = e
			}
		}
	}
	return i
}

func clip(s string) string {
	if len(s) > 12 {
		return strings.ToValidUTF8(s[:12], "") + "..."
	}
	return s
}

// numbersOf reads a list of numbers as far as they go.
func numbersOf(s string) (out []float64) {
	sc := scanner{s}
	for len(out) < 2*maxPoints {
		f, err := sc.number(false)
		if err != nil {
			return out
		}
		out = append(out, f)
	}
	return out
}

// units are lengths in pixels, 96 to the inch.
var units = map[string]float64{"": 1, "px": 1, "pt": 96.0 / 72, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}

// length reads a number with its unit, or def.
func length(s string, def float64) float64 {
	n := numberLength(s)
	f, err := strconv.ParseFloat(s[:n], 64)
	k, ok := units[strings.TrimSpace(s[n:])]
	if err != nil || !ok || math.Abs(f) > 1e7 {
		return def
	}
	return f * k
}

func (e *node) number(name string) float64 { return length(e.attrs[name], 0) }

func rect(e *node) (p outline) {
	x, y, w, h := e.number("x"), e.number("y"), e.number("width"), e.number("height")
	if w <= 0 || h <= 0 {
		return p
	}
	rx, ry := length(e.attrs["rx"], -1), length(e.attrs["ry"], -1)
	if rx < 0 {
		rx = ry
	}
	if ry < 0 {
		ry = rx
	}
	rx, ry = min(rx, w/2), min(ry, h/2)
	if rx <= 0 || ry <= 0 {
		p.move(x, y)
		p.to(x+w, y)
		p.to(x+w, y+h)
		p.to(x, y+h)
		p.close()
		return p
	}
	const fine = 0.02 // of the radius
	corner := func(toX, toY float64) { p.arc(rx, ry, 0, false, true, pt{toX, toY}, fine*min(rx, ry)) }
	p.move(x+rx, y)
	p.to(x+w-rx, y)
	corner(x+w, y+ry)
	p.to(x+w, y+h-ry)
	corner(x+w-rx, y+h)
	p.to(x+rx, y+h)
	corner(x, y+h-ry)
	p.to(x, y+ry)
	corner(x+rx, y)
	p.close()
	return p
}

func ellipse(cx, cy, rx, ry float64) (p outline) {
	if rx <= 0 || ry <= 0 {
		return p
	}
	const n = 64
	for i := range n {
		s, c := math.Sincos(2 * math.Pi * float64(i) / n)
		if i == 0 {
			p.move(cx+rx*c, cy+ry*s)
		} else {
			p.to(cx+rx*c, cy+ry*s)
		}
	}
	p.close()
	return p
}
