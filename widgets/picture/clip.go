package picture

import (
	"fmt"
	"image"
	"math"
	"strings"

	"penstock/widgets/paint"
)

// maxClips bounds the clip paths of a drawing: each is a picture of its own
// when it is painted.
const maxClips = 200

// clipping is what some shapes are cut to.
type clipping struct {
	lines []line
	in    int // index of the one it lies in itself; -1: none
	box   paint.Box
	plain bool // an upright rectangle: box is all of it
}

// clip notes that an element is cut to a clip path, in the plane of the
// element, besides what cuts it already.
func (r *svgReader) clip(e *node, url string, in int, m matrix) (n int) {
	id, ok := strings.CutPrefix(url, "url(")
	c := r.lookup(strings.Trim(strings.TrimSuffix(id, ")"), `"' #`))
	fix := "cut the shape in the drawing program"
	switch {
	case !ok:
		r.add(e.line, fmt.Sprintf("the clip path %q of <%s> is not read", clip(url), e.name), fix)
		return in
	case c == nil:
		return in // as browsers do: nothing is cut
	case c.name != "clipPath":
		r.add(e.line, fmt.Sprintf("<%s> is cut to <%s>, which is no clip path", e.name, c.name), fix)
		return in
	case c.attrs["clipPathUnits"] == "objectBoundingBox":
		r.add(c.line, "a clip path in shares of what it cuts is not read", fix)
		return in
	case len(r.clips) == maxClips:
		r.add(e.line, fmt.Sprintf("the drawing has more than %d clip paths", maxClips), fix)
		return in
	}
	own, err := transform(c.attrs["transform"])
	if err != nil {
		r.add(c.line, fmt.Sprintf("the transform of <clipPath> cannot be read: %v", err), "save it again from the drawing program")
		return in
	}
	// What it is made of is read as shapes are, but kept aside.
	drawn := r.shapes
	r.shapes = nil
	for _, k := range c.kids {
		st := style{fill: "black", fillOpacity: 1, opacity: 1, clip: -1, size: 16, clips: true}
		r.draw(k, st, m.times(own), 1)
	}
	made := r.shapes
	r.shapes = drawn
	cut := clipping{in: in}
	for _, s := range made {
		if s.clip >= 0 {
			r.add(c.line, "a clip path that is cut itself is not read", fix)
			return in
		}
		for _, l := range s.lines {
			if len(s.lines) == 1 && !clockwise(l.pts) { // so that two that overlap are one
				reverse(l.pts)
			}
			cut.lines = append(cut.lines, l)
		}
	}
	cut.box, cut.plain = boxOf(cut.lines)
	r.clips = append(r.clips, cut)
	return len(r.clips) - 1
}

// boxOf is the box around lines, and whether they are just that box.
func boxOf(lines []line) (b paint.Box, plain bool) {
	lo, hi := paint.Pt{X: math.MaxFloat32, Y: math.MaxFloat32}, paint.Pt{X: -math.MaxFloat32, Y: -math.MaxFloat32}
	for _, l := range lines {
		for _, q := range l.pts {
			lo.X, lo.Y = min(lo.X, q.X), min(lo.Y, q.Y)
			hi.X, hi.Y = max(hi.X, q.X), max(hi.Y, q.Y)
		}
	}
	if len(lines) == 0 {
		return b, false
	}
	b = paint.Box{X: lo.X, Y: lo.Y, W: hi.X - lo.X, H: hi.Y - lo.Y}
	plain = len(lines) == 1 && len(lines[0].pts) >= 4
	for i, q := range lines[0].pts {
		last := lines[0].pts[(i+len(lines[0].pts)-1)%len(lines[0].pts)]
		corner := (q.X == lo.X || q.X == hi.X) && (q.Y == lo.Y || q.Y == hi.Y)
		plain = plain && corner && (q.X == last.X || q.Y == last.Y)
	}
	return b, plain
}

// uncut leaves out clip paths that cut nothing off a shape, as those around
// the whole page that drawing programs write.
func (r *svgReader) uncut(s *shape) {
	for s.clip >= 0 {
		c := &r.clips[s.clip]
		b, _ := boxOf(s.lines)
		if s.stroke.A > 0 {
			b = b.Inset(-s.width)
		}
		if !c.plain || b.X < c.box.X || b.Y < c.box.Y || b.Right() > c.box.Right() || b.Bottom() > c.box.Bottom() {
			return
		}
		s.clip = c.in
	}
}

// mask is what a clip path leaves of what is painted, for shapes that are
// placed by at.
func (p *Picture) mask(to *paint.Painter, n int, at func(paint.Pt) paint.Pt) *image.Alpha {
	before := to.SetMask(nil)
	defer to.SetMask(before)
	if in := p.clips[n].in; in >= 0 {
		to.SetMask(p.mask(to, in, at))
	}
	var paths [][]paint.Pt
	for _, l := range p.clips[n].lines {
		pts := make([]paint.Pt, len(l.pts))
		for i, q := range l.pts {
			pts[i] = at(q)
		}
		paths = append(paths, pts)
	}
	return to.Mask(paths...)
}
