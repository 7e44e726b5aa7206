package picture

import (
	"fmt"
	"image/color"
	"maps"
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// style is how an element is filled and stroked; kids take it over.
type style struct {
	fill, stroke               string // as written
	fillOpacity, strokeOpacity float64
	opacity                    float64
	width                      float64
	dashes                     []float64
	evenOdd                    bool
	hidden                     bool
	color                      string // what currentColor is

	size         float64 // of letters
	bold, italic bool
	anchor       float64 // which share of a text stands before its place
	base         float64 // how far below its place its line is, in sizes

	clipPath string // as written, of the element alone
	clip     int    // index of what it is cut to; -1: nothing
	clips    bool   // it is a part of a clip path itself
}

// weight is the number of its typeface.
func (st style) weight() int {
	if st.bold {
		return 1
	}
	return 0
}

// differs reports whether two letters cannot be one shape.
func (st style) differs(o style) bool {
	return st.fill != o.fill || st.stroke != o.stroke || st.fillOpacity != o.fillOpacity || st.strokeOpacity != o.strokeOpacity || st.opacity != o.opacity || st.width != o.width
}

// letters takes over how text is written.
func (st *style) letters(all map[string]string) {
	if v := all["font-size"]; v != "" {
		st.size = min(max(sized(v, st.size, st.size), 0), 1e5)
	}
	switch v := all["font-weight"]; v {
	case "", "inherit":
	case "bold", "bolder":
		st.bold = true
	default:
		n, err := strconv.Atoi(v)
		st.bold = err == nil && n >= 600
	}
	switch all["font-style"] {
	case "italic", "oblique":
		st.italic = true
	case "normal":
		st.italic = false
	}
	switch all["text-anchor"] {
	case "start":
		st.anchor = 0
	case "middle":
		st.anchor = 0.5
	case "end":
		st.anchor = 1
	}
	switch orElse(all["dominant-baseline"], all["alignment-baseline"]) {
	case "middle", "central":
		st.base = 0.35
	case "hanging", "text-before-edge", "before-edge", "text-top":
		st.base = 0.75
	case "auto", "alphabetic", "baseline":
		st.base = 0
	}
}

// styled is the style of an element: its attributes, the style sheet by class,
// and its own style, the last one counting most.
func (r *svgReader) styled(e *node, st style) style {
	all := maps.Clone(e.attrs)
	for class := range strings.FieldsSeq(e.attrs["class"]) {
		maps.Copy(all, r.rules[class])
	}
	maps.Copy(all, declarations(e.attrs["style"]))
	if v := all["color"]; v != "" && v != "inherit" {
		st.color = v
	}
	set := func(to *string, name string) {
		if v := all[name]; v != "" && v != "inherit" {
			*to = v
		}
		if strings.EqualFold(*to, "currentColor") {
			*to = orElse(st.color, "black")
		}
	}
	set(&st.fill, "fill")
	set(&st.stroke, "stroke")
	share := func(def float64, name string) float64 {
		v := all[name]
		k := 1.0
		if p, ok := strings.CutSuffix(v, "%"); ok {
			v, k = p, 0.01
		}
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || math.IsNaN(f) {
			return def
		}
		return min(max(f*k, 0), 1)
	}
	st.fillOpacity, st.strokeOpacity = share(st.fillOpacity, "fill-opacity"), share(st.strokeOpacity, "stroke-opacity")
	st.opacity *= share(1, "opacity")
	st.width = length(all["stroke-width"], st.width)
	switch v := all["stroke-dasharray"]; v {
	case "", "inherit":
	default:
		st.dashes = numbersOf(v)
	}
	rule := "fill-rule"
	if st.clips {
		rule = "clip-rule"
	}
	if v := all[rule]; v != "" {
		st.evenOdd = v == "evenodd"
	}
	st.hidden = all["display"] == "none" || all["visibility"] == "hidden"
	if v := all["mask"]; v != "" && v != "none" {
		r.add(e.line, fmt.Sprintf("the mask of <%s> is not drawn", e.name), "use a clip path, or cut the shape in the drawing program")
	}
	st.clipPath = all["clip-path"]
	st.letters(all)
	return st
}

func orElse(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// declarations reads "fill: red; stroke: none".
func declarations(s string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(s, ";") {
		if name, value, ok := strings.Cut(part, ":"); ok {
			out[strings.TrimSpace(name)] = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		}
	}
	return out
}

// styleSheet reads the rules for classes; others are not needed by what
// drawing programs write.
func (r *svgReader) styleSheet(e *node) {
	text := e.text
	if strings.Contains(text, "@import") || strings.Contains(strings.ReplaceAll(text, "url(#", ""), "url(") {
		r.add(e.line, "the style sheet refers to something outside of the file", "copy it into the drawing")
		return
	}
	for rule := range strings.SplitSeq(text, "}") {
		who, what, ok := strings.Cut(rule, "{")
		if !ok {
			continue
		}
		for sel := range strings.SplitSeq(who, ",") {
			if class, ok := strings.CutPrefix(strings.TrimSpace(sel), "."); ok && len(r.rules) < 1000 {
				if r.rules[class] == nil {
					r.rules[class] = map[string]string{}
				}
				maps.Copy(r.rules[class], declarations(what))
			}
		}
	}
}

// colour is one as written, with its opacity.
func (r *svgReader) colour(s string, opacity float64) (c color.NRGBA, err error) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case s == "" || s == "none" || s == "transparent":
		return c, nil
	case strings.HasPrefix(s, "url("):
		return r.gradient(s, opacity)
	case strings.HasPrefix(s, "#"):
		c, err = hexColour(s[1:])
	case strings.HasPrefix(s, "rgb"):
		c, err = rgbColour(s)
	default:
		named, ok := colornames.Map[s]
		if !ok {
			return c, fmt.Errorf("there is no colour %q", clip(s))
		}
		c = color.NRGBA(named)
	}
	c.A = uint8(float64(c.A)*opacity + 0.5)
	return c, err
}

func hexColour(s string) (c color.NRGBA, err error) {
	if len(s) == 3 || len(s) == 4 {
		var b strings.Builder
		for i := range len(s) {
			b.WriteByte(s[i])
			b.WriteByte(s[i])
		}
		s = b.String()
	}
	if len(s) == 6 {
		s += "ff"
	}
	v, err := strconv.ParseUint(s, 16, 32)
	if err != nil || len(s) != 8 {
		return c, fmt.Errorf("there is no colour %q", "#"+clip(s))
	}
	return color.NRGBA{uint8(v >> 24), uint8(v >> 16), uint8(v >> 8), uint8(v)}, nil
}

func rgbColour(s string) (c color.NRGBA, err error) {
	_, in, ok := strings.Cut(s, "(")
	parts := strings.FieldsFunc(strings.TrimSuffix(in, ")"), func(r rune) bool { return r == ',' || r == ' ' || r == '/' })
	if !ok || len(parts) < 3 || len(parts) > 4 {
		return c, fmt.Errorf("there is no colour %q", clip(s))
	}
	v := [4]float64{3: 255}
	for i, p := range parts {
		k := 1.0
		if i == 3 {
			k = 255
		}
		if q, ok := strings.CutSuffix(p, "%"); ok {
			p, k = q, 2.55
		}
		f, err := strconv.ParseFloat(p, 64)
		if err != nil {
			return c, fmt.Errorf("there is no colour %q", clip(s))
		}
		v[i] = min(max(f*k, 0), 255)
	}
	return color.NRGBA{uint8(v[0] + 0.5), uint8(v[1] + 0.5), uint8(v[2] + 0.5), uint8(v[3] + 0.5)}, nil
}

// gradient is the mean of a gradient's colours: what is shown is flat.
func (r *svgReader) gradient(s string, opacity float64) (c color.NRGBA, err error) {
	id := strings.Trim(strings.TrimSuffix(strings.TrimPrefix(s, "url("), ")"), `"' #`)
	var sum [4]float64
	n := 0.0
	for range maxUses { // one may take its stops from another
		g := r.lookup(id)
		if g == nil {
			break
		}
		if g.name == "pattern" {
			return c, fmt.Errorf("the pattern %q is not drawn", id)
		}
		for _, k := range g.kids {
			if k.name != "stop" {
				continue
			}
			all := maps.Clone(k.attrs)
			maps.Copy(all, declarations(k.attrs["style"]))
			part := 1.0
			if f, err := strconv.ParseFloat(all["stop-opacity"], 64); err == nil {
				part = min(max(f, 0), 1)
			}
			stop := orElse(all["stop-color"], "black")
			if strings.HasPrefix(strings.ToLower(stop), "url(") {
				continue
			}
			q, err := r.colour(stop, part)
			if err != nil {
				return c, err
			}
			sum[0], sum[1], sum[2], sum[3] = sum[0]+float64(q.R), sum[1]+float64(q.G), sum[2]+float64(q.B), sum[3]+float64(q.A)
			n++
		}
		if n > 0 || g.attrs["href"] == "" {
			break
		}
		id = strings.TrimPrefix(g.attrs["href"], "#")
	}
	if n == 0 {
		return c, nil
	}
	return color.NRGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), uint8(sum[3] / n * opacity)}, nil
}

// lookup finds an element though the case of its id was lost.
func (r *svgReader) lookup(id string) *node {
	if e := r.byID[id]; e != nil {
		return e
	}
	for k, e := range r.byID {
		if strings.EqualFold(k, id) {
			return e
		}
	}
	return nil
}
