package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"

	"penstock/app/mistake"
	"penstock/widgets/paint"
)

// Bounds of a drawing; beyond them a file is refused.
const (
	maxElements = 20000
	maxDrawn    = 5 * maxElements // with all copies
	maxDepth    = 64
	maxPoints   = 300000
	maxUses     = 8 // copies of copies
)

// shape is lines that are filled and stroked alike.
type shape struct {
	lines     []line
	fill      color.NRGBA // A 0: not filled
	stroke    color.NRGBA // A 0: not stroked
	width     float32     // of the stroke
	dash, gap float32     // 0: a full line
	clip      int         // index of what it is cut to; -1: nothing
}

type line struct {
	pts    []paint.Pt
	closed bool
}

// node is an element of the file.
type node struct {
	name  string
	attrs map[string]string
	kids  []*node
	line  int
	text  string // of a style element, and of charData
}

// charData is the name of a node that is the text in an element.
const charData = "#text"

// silent are elements that draw nothing here, and may.
var silent = map[string]bool{"title": true, "desc": true, "metadata": true, "defs": true, "symbol": true, "linearGradient": true, "radialGradient": true,
	"stop": true, "style": true, "namedview": true, "view": true, "marker": true, "filter": true, "cursor": true, "mask": true, "clipPath": true, "pattern": true, "color-profile": true}

// refused are elements that are never read, and why.
var refused = map[string]string{
	"script": "a drawing runs nothing; remove it", "foreignObject": "a drawing holds shapes only; remove it", "iframe": "a drawing holds shapes only; remove it", "image": "a drawing holds shapes only; take the picture as a file of its own",
	"animate": "a drawing does not move by itself; bind it to a tag", "animateTransform": "a drawing does not move by itself; bind it to a tag", "animateMotion": "a drawing does not move by itself; bind it to a tag",
	"set": "a drawing does not move by itself; bind it to a tag", "textPath": "text along a path is not written; turn it into paths in the drawing program",
}

// svgReader turns a file into shapes.
type svgReader struct {
	file   string
	wrong  mistake.List
	root   *node
	byID   map[string]*node
	rules  map[string]map[string]string // style sheet, by class
	shapes []shape
	points int
	fine   float64 // how far a curve may be from its lines
	uses   int
	drawn  int

	letters int
	clips   []clipping
}

func (r *svgReader) add(line int, what, do string) {
	if len(r.wrong) < 100 {
		r.wrong.Add(r.file, line, what, do)
	}
}

func parseSVG(name string, data []byte) (*Picture, error) {
	r := svgReader{file: name, byID: map[string]*node{}, rules: map[string]map[string]string{}}
	r.read(data)
	if r.root == nil || len(r.wrong) > 0 {
		if len(r.wrong) == 0 {
			r.add(0, "there is no <svg> in the file", "save it again from the drawing program")
		}
		return nil, r.wrong
	}
	x, y, w, h, ok := r.viewBox()
	if !ok {
		r.add(r.root.line, "the drawing has no size", `give <svg> a viewBox="0 0 WIDTH HEIGHT"`)
		return nil, r.wrong
	}
	r.fine = max(w, h) / 2000
	r.draw(r.root, style{fill: "black", fillOpacity: 1, strokeOpacity: 1, opacity: 1, width: 1, size: 16, clip: -1}, matrix{1, 0, 0, 1, -x, -y}, 0)
	if len(r.wrong) > 0 {
		return nil, r.wrong
	}
	if len(r.shapes) == 0 {
		r.add(r.root.line, "nothing is drawn in the file", "draw paths, rectangles, circles, lines or polygons")
		return nil, r.wrong
	}
	return &Picture{W: w, H: h, shapes: r.shapes, clips: r.clips}, nil
}

// read builds the tree of elements, within bounds.
func (r *svgReader) read(data []byte) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the file is in %s; save it as UTF-8", charset)
	}
	var open []*node
	n := 0
	for {
		t, err := d.Token()
		line, _ := d.InputPos()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				r.add(line, "this is not XML: "+strings.TrimPrefix(err.Error(), "XML syntax error on "), "save it again from the drawing program")
			}
			return
		}
		switch t := t.(type) {
		case xml.Directive:
			if bytes.ContainsRune(t, '[') || bytes.Contains(bytes.ToUpper(t), []byte("ENTITY")) {
				r.add(line, "the file declares entities, which are not read", "save it as plain SVG")
				return
			}
		case xml.StartElement:
			if n++; n > maxElements {
				r.add(line, fmt.Sprintf("the drawing has more than %d elements", maxElements), "simplify it")
				return
			}
			if len(open) >= maxDepth {
				r.add(line, fmt.Sprintf("the drawing is nested more than %d deep", maxDepth), "ungroup it in the drawing program")
				return
			}
			e := r.element(t, line)
			switch {
			case len(open) > 0:
				up := open[len(open)-1]
				up.kids = append(up.kids, e)
			case e.name != "svg":
				r.add(line, fmt.Sprintf("the file begins with <%s>", e.name), "a drawing begins with <svg>")
				return
			default:
				r.root = e
			}
			open = append(open, e)
		case xml.EndElement:
			e := open[len(open)-1]
			if e.name == "style" {
				r.styleSheet(e)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if k := len(open); k > 0 {
				switch e := open[k-1]; e.name {
				case "style":
					if len(e.text) < 1<<20 {
						e.text += string(t)
					}
				case "text", "tspan", "a":
					e.kids = append(e.kids, &node{name: charData, text: string(t), line: line})
				}
			}
		}
	}
}

// element takes an element over and says what it must not be.
func (r *svgReader) element(t xml.StartElement, line int) *node {
	e := &node{name: t.Name.Local, attrs: map[string]string{}, line: line}
	if why := refused[e.name]; why != "" && plainSVG(t.Name.Space) {
		what, do, _ := strings.Cut(why, "; ")
		r.add(line, fmt.Sprintf("<%s> is not read: %s", e.name, what), do)
	}
	for _, a := range t.Attr {
		name, value := a.Name.Local, strings.TrimSpace(a.Value)
		switch {
		case strings.HasPrefix(strings.ToLower(name), "on"):
			r.add(line, fmt.Sprintf("%s of <%s> is a script, which is not read", name, e.name), "remove it")
		case name == "href" && !strings.HasPrefix(value, "#"):
			r.add(line, fmt.Sprintf("<%s> refers to something outside of the file", e.name), "copy it into the drawing")
		case strings.Contains(value, "url(") && !strings.Contains(strings.NewReplacer(`"`, "", "'", "", " ", "").Replace(value), "url(#"):
			r.add(line, fmt.Sprintf("%s of <%s> refers to something outside of the file", name, e.name), "copy it into the drawing")
		}
		if a.Name.Space == "" || name == "href" {
			e.attrs[name] = value
		}
	}
	if id := e.attrs["id"]; id != "" && r.byID[id] == nil {
		r.byID[id] = e
	}
	return e
}

func plainSVG(space string) bool { return space == "" || space == "http://www.w3.org/2000/svg" }

// viewBox is the part of the plane that is shown.
func (r *svgReader) viewBox() (x, y, w, h float64, ok bool) {
	if v := numbersOf(r.root.attrs["viewBox"]); len(v) == 4 {
		x, y, w, h = v[0], v[1], v[2], v[3]
	} else {
		w, h = length(r.root.attrs["width"], 0), length(r.root.attrs["height"], 0)
	}
	return x, y, w, h, w > 0 && h > 0 && w < 1e6 && h < 1e6 && math.Abs(x) < 1e6 && math.Abs(y) < 1e6
}

// draw adds what an element shows.
func (r *svgReader) draw(e *node, from style, m matrix, depth int) {
	if silent[e.name] && depth > 0 || len(r.wrong) > 0 {
		return
	}
	if r.drawn++; r.drawn > maxDrawn {
		r.add(e.line, fmt.Sprintf("with its copies the drawing has more than %d elements", maxDrawn), "simplify it")
		return
	}
	st := r.styled(e, from)
	if st.hidden {
		return
	}
	own, err := transform(e.attrs["transform"])
	if err != nil {
		r.add(e.line, fmt.Sprintf("the transform of <%s> cannot be read: %v", e.name, err), "save it again from the drawing program")
		return
	}
	m = m.times(own)
	if st.clipPath != "" && st.clipPath != "none" {
		if st.clips {
			r.add(e.line, "a clip path that is cut itself is not read", "cut the shape in the drawing program")
			return
		}
		st.clip = r.clip(e, st.clipPath, st.clip, m)
	}
	var p outline
	switch e.name {
	case "svg", "g", "a", "switch":
		for _, k := range e.kids {
			r.draw(k, st, m, depth+1)
		}
		return
	case "use":
		r.use(e, st, m, depth)
		return
	case "text":
		r.text(e, st, m)
		return
	case "path":
		p, err = parsePath(e.attrs["d"], r.fine/max(m.scale(), 1e-6))
	case "rect":
		p = rect(e)
	case "circle":
		p = ellipse(e.number("cx"), e.number("cy"), e.number("r"), e.number("r"))
	case "ellipse":
		p = ellipse(e.number("cx"), e.number("cy"), e.number("rx"), e.number("ry"))
	case "line":
		p.move(e.number("x1"), e.number("y1"))
		p.to(e.number("x2"), e.number("y2"))
		st.fill = "none"
	case "polyline", "polygon":
		v := numbersOf(e.attrs["points"])
		for i := 0; i+1 < len(v); i += 2 {
			if i == 0 {
				p.move(v[0], v[1])
			} else {
				p.to(v[i], v[i+1])
			}
		}
		if e.name == "polygon" {
			p.close()
		}
	default:
		return // an element of a drawing program's own
	}
	if err != nil {
		r.add(e.line, fmt.Sprintf("the path cannot be read: %v", err), "save it again from the drawing program")
		return
	}
	r.shape(e, &p, st, m)
}

// shape adds lines as they are filled and stroked.
func (r *svgReader) shape(e *node, p *outline, st style, m matrix) {
	var s shape
	var err error
	if s.fill, err = r.colour(st.fill, st.fillOpacity*st.opacity); err == nil {
		s.stroke, err = r.colour(st.stroke, st.strokeOpacity*st.opacity)
	}
	if err != nil {
		r.add(e.line, err.Error(), "use a name, #rrggbb or rgb()")
		return
	}
	if s.fill.A == 0 && (s.stroke.A == 0 || st.width <= 0) {
		return
	}
	if st.width <= 0 {
		s.stroke.A = 0
	}
	k := m.scale()
	s.width = float32(st.width * k)
	if len(st.dashes) > 0 && st.dashes[0] > 0 {
		s.dash, s.gap = float32(st.dashes[0]*k), float32(st.dashes[len(st.dashes)-1]*k)
		if len(st.dashes) > 1 {
			s.gap = float32(st.dashes[1] * k)
		}
	}
	for _, l := range p.lines {
		if len(l.pts) < 2 {
			continue
		}
		if r.points += len(l.pts); r.points > maxPoints {
			r.add(e.line, fmt.Sprintf("the drawing has more than %d points", maxPoints), "simplify its paths")
			return
		}
		pts := make([]paint.Pt, len(l.pts))
		for i, q := range l.pts {
			x, y := m.apply(q.x, q.y)
			if !(math.Abs(x) < 1e7 && math.Abs(y) < 1e7) { // not a number, too
				r.add(e.line, fmt.Sprintf("<%s> reaches further than can be drawn", e.name), "save it again from the drawing program")
				return
			}
			pts[i] = paint.Pt{X: float32(x), Y: float32(y)}
		}
		s.lines = append(s.lines, line{pts, l.closed})
	}
	if len(s.lines) == 0 {
		return
	}
	if st.evenOdd {
		nest(s.lines)
	}
	s.clip = st.clip
	r.uncut(&s)
	r.shapes = append(r.shapes, s)
}

// use draws another element again.
func (r *svgReader) use(e *node, st style, m matrix, depth int) {
	to := r.byID[strings.TrimPrefix(e.attrs["href"], "#")]
	if to == nil {
		r.add(e.line, fmt.Sprintf("<use> shows %q, which is not in the file", e.attrs["href"]), "save it again from the drawing program")
		return
	}
	r.uses++
	defer func() { r.uses-- }()
	if r.uses > maxUses || depth > maxDepth {
		r.add(e.line, "<use> is nested too deep", "copy what it shows")
		return
	}
	m = m.times(matrix{1, 0, 0, 1, e.number("x"), e.number("y")})
	if to.name == "symbol" {
		for _, k := range to.kids {
			r.draw(k, st, m, depth+1)
		}
		return
	}
	r.draw(to, st, m, depth+1)
}
