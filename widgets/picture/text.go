package picture

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"penstock/assets"
)

// maxLetters bounds what is written in a drawing.
const maxLetters = 20000

// typefaces are the program's own: a drawing's text is written in them, as
// outlines, whatever it asks for.
var typefaces = sync.OnceValues(func() (faces [2]*sfnt.Font, err error) {
	if faces[0], err = sfnt.Parse(assets.SansRegular); err != nil {
		return faces, err
	}
	faces[1], err = sfnt.Parse(assets.SansBold)
	return faces, err
})

// emUnits is how many units of an outline are as high as the typeface.
const emUnits = 1024

// slant of italic letters, which the typefaces do not have: how far they lean
// for each unit up.
const slant = 0.2

// letter is one of a text, and where it is to stand.
type letter struct {
	r          rune
	st         style
	x, y       float64 // of the pen, where it is set
	setX, setY bool
	dx, dy     float64 // from there, or from where the pen is
}

// writer collects the letters of a <text> with its <tspan>s.
type writer struct {
	r       *svgReader
	letters []letter
	around  []*placed // the elements that the next letter stands in, the outer ones first
}

// placed is where the letters in an element stand, as far as it says.
type placed struct {
	x, y, dx, dy []float64
	n            int // letters so far
}

// gather takes over what an element writes.
func (w *writer) gather(e *node, st style, depth int) {
	w.around = append(w.around, &placed{x: e.places("x", st), y: e.places("y", st), dx: e.places("dx", st), dy: e.places("dy", st)})
	defer func() { w.around = w.around[:len(w.around)-1] }()
	for _, k := range e.kids {
		switch k.name {
		case "tspan", "a":
			if own := w.r.styled(k, st); !own.hidden && depth < maxDepth {
				w.gather(k, own, depth+1)
			}
		case charData:
			for _, c := range k.text {
				if c == '\n' || c == '\t' || c == '\r' {
					c = ' '
				}
				if c == ' ' && (len(w.letters) == 0 || w.letters[len(w.letters)-1].r == ' ') {
					continue
				}
				if w.r.letters++; w.r.letters > maxLetters {
					w.r.add(e.line, fmt.Sprintf("the drawing has more than %d letters", maxLetters), "leave some of them out")
					return
				}
				w.letters = append(w.letters, w.letter(c, st))
			}
		}
	}
}

// letter is the next one: the innermost element that says where it stands
// counts.
func (w *writer) letter(c rune, st style) letter {
	l := letter{r: c, st: st}
	var moved [2]bool
	for _, p := range slices.Backward(w.around) {
		if p.n < len(p.x) && !l.setX {
			l.x, l.setX = p.x[p.n], true
		}
		if p.n < len(p.y) && !l.setY {
			l.y, l.setY = p.y[p.n], true
		}
		if p.n < len(p.dx) && !moved[0] {
			l.dx, moved[0] = p.dx[p.n], true
		}
		if p.n < len(p.dy) && !moved[1] {
			l.dy, moved[1] = p.dy[p.n], true
		}
		p.n++
	}
	return l
}

// places reads a list of lengths, which may be shares of the letters' size.
func (e *node) places(name string, st style) (out []float64) {
	for part := range strings.FieldsFuncSeq(e.attrs[name], func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' }) {
		if len(out) < maxLetters {
			out = append(out, sized(part, 0, st.size))
		}
	}
	return out
}

// sized reads a length that may be given in em or percent of a size.
func sized(s string, def, size float64) float64 {
	for unit, k := range map[string]float64{"em": size, "ex": size / 2, "%": size / 100} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			f, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
			if err != nil || !(math.Abs(f) < 1e6) {
				return def
			}
			return f * k
		}
	}
	return length(s, def)
}

// text writes an element in outlines of the program's own typeface.
func (r *svgReader) text(e *node, st style, m matrix) {
	faces, err := typefaces()
	if err != nil {
		r.add(e.line, "text cannot be written: "+err.Error(), "turn it into paths in the drawing program")
		return
	}
	w := writer{r: r}
	w.gather(e, st, 0)
	if n := len(w.letters); n > 0 && w.letters[n-1].r == ' ' {
		w.letters = w.letters[:n-1]
	}
	var x, y float64
	for from := 0; from < len(w.letters) && len(r.wrong) == 0; {
		to := from + 1
		for to < len(w.letters) && !w.letters[to].setX && !w.letters[to].setY {
			to++
		}
		part := w.letters[from:to]
		if part[0].setX {
			x = part[0].x
		}
		if part[0].setY {
			y = part[0].y
		}
		x, y = r.writePart(e, faces, part, x, y, m)
		from = to
	}
}

// writePart writes letters that follow each other, anchored as a whole, and
// returns where the pen is then.
func (r *svgReader) writePart(e *node, faces [2]*sfnt.Font, part []letter, x, y float64, m matrix) (float64, float64) {
	wide, steps := 0.0, make([]float64, len(part))
	var buf sfnt.Buffer
	for i, l := range part {
		f := faces[l.st.weight()]
		n, err := f.GlyphIndex(&buf, l.r)
		if err != nil || n == 0 {
			r.add(e.line, fmt.Sprintf("the letter %q is not in the program's typeface", l.r), "turn it into a path in the drawing program")
			return x, y
		}
		adv, err := f.GlyphAdvance(&buf, n, fixed.I(emUnits), font.HintingNone)
		if err != nil {
			r.add(e.line, fmt.Sprintf("the letter %q cannot be written: %v", l.r, err), "turn it into a path in the drawing program")
			return x, y
		}
		steps[i] = float64(adv) / 64 / emUnits * l.st.size
		wide += steps[i] + l.dx
	}
	x -= wide * part[0].st.anchor
	var p outline
	for i, l := range part {
		x, y = x+l.dx, y+l.dy
		p.letter(faces[l.st.weight()], &buf, l, x, y+l.st.base*l.st.size, r.fine/max(m.scale(), 1e-6))
		x += steps[i]
		if last := i == len(part)-1; last || part[i+1].st.differs(l.st) {
			st := l.st
			st.evenOdd = false
			r.shape(e, &p, st, m)
			p = outline{}
		}
	}
	return x, y
}

// letter adds the outline of a letter that stands at x, y.
func (p *outline) letter(f *sfnt.Font, buf *sfnt.Buffer, l letter, x, y, fine float64) {
	n, err := f.GlyphIndex(buf, l.r)
	if err != nil {
		return // it was found a moment ago
	}
	segments, err := f.LoadGlyph(buf, n, fixed.I(emUnits), nil)
	if err != nil {
		return // a space, or one without an outline
	}
	k := l.st.size / emUnits / 64
	at := func(q fixed.Point26_6) pt {
		up := float64(q.Y) * k
		out := pt{x + float64(q.X)*k, y + up}
		if l.st.italic {
			out.x -= up * slant
		}
		return out
	}
	for _, s := range segments {
		a := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			p.close()
			p.move(a.x, a.y)
		case sfnt.SegmentOpLineTo:
			p.to(a.x, a.y)
		case sfnt.SegmentOpQuadTo:
			o, b := p.now(), at(s.Args[1])
			third := func(q pt) pt { return pt{q.x + (a.x-q.x)*2/3, q.y + (a.y-q.y)*2/3} }
			p.cubic(third(o), third(b), b, fine)
		case sfnt.SegmentOpCubeTo:
			p.cubic(a, at(s.Args[1]), at(s.Args[2]), fine)
		}
	}
	p.close()
}
