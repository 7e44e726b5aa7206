package paint

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Typeface is a parsed font file that gives Fonts of any size. It keeps the
// few sizes in use, so a zooming view does not rebuild glyphs each frame.
type Typeface struct {
	file  *sfnt.Font
	sizes map[int]*Font
}

// maxSizes bounds the sizes a Typeface keeps.
const maxSizes = 48

// NewTypeface parses a TrueType or OpenType file.
func NewTypeface(ttf []byte) (*Typeface, error) {
	f, err := opentype.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("parse font: %w", err)
	}
	return &Typeface{file: f, sizes: map[int]*Font{}}, nil
}

// Size returns the face at px pixels, rounded to half a pixel, at least 4.
func (t *Typeface) Size(px float32) *Font {
	key := max(int(math.Round(float64(px)*2)), 8)
	if f := t.sizes[key]; f != nil {
		return f
	}
	if len(t.sizes) >= maxSizes {
		clear(t.sizes)
	}
	face, err := opentype.NewFace(t.file, &opentype.FaceOptions{Size: float64(key) / 2, DPI: 72, Hinting: font.HintingFull})
	if err != nil { // only for options this package never sets
		panic(fmt.Sprintf("paint: font face of %d/2 px: %v", key, err))
	}
	m := face.Metrics()
	f := &Font{face: face, Ascent: m.Ascent.Ceil(), Descent: m.Descent.Ceil(), Cap: m.CapHeight.Ceil(), glyphs: map[rune]*glyph{}}
	t.sizes[key] = f
	return f
}

// Font is a face at one pixel size with its glyph masks.
type Font struct {
	Ascent, Descent int // above and below the baseline, pixels
	Cap             int // height of a capital, pixels

	face   font.Face
	glyphs map[rune]*glyph
	ascii  [128]*glyph
}

type glyph struct {
	mask *image.Alpha
	off  image.Point // from the pen position
	adv  fixed.Int26_6
}

func (f *Font) glyph(r rune) *glyph {
	if r < 128 && r >= 0 {
		if g := f.ascii[r]; g != nil {
			return g
		}
	} else if g := f.glyphs[r]; g != nil {
		return g
	}
	dr, mask, mp, adv, ok := f.face.Glyph(fixed.Point26_6{}, r)
	g := &glyph{adv: adv}
	if ok && !dr.Empty() {
		g.mask = image.NewAlpha(image.Rect(0, 0, dr.Dx(), dr.Dy()))
		draw.Draw(g.mask, g.mask.Rect, mask, mp, draw.Src)
		g.off = dr.Min
	}
	if r < 128 && r >= 0 {
		f.ascii[r] = g
	} else {
		f.glyphs[r] = g
	}
	return g
}

// Height is the distance between the tops of two lines of text, pixels.
func (f *Font) Height() int { return f.Ascent + f.Descent }

// Width is how far s moves the pen, pixels.
func (f *Font) Width(s string) int {
	var w fixed.Int26_6
	for _, r := range s {
		w += f.glyph(r).adv
	}
	return w.Ceil()
}

// Fit returns s, or its longest start with an ellipsis that is at most w wide.
func (f *Font) Fit(s string, w int) string {
	if f.Width(s) <= w {
		return s
	}
	room := fixed.I(w) - f.glyph('…').adv
	var used fixed.Int26_6
	for i, r := range s {
		if used += f.glyph(r).adv; used > room {
			return s[:i] + "…"
		}
	}
	return s
}

// Text draws s with the pen starting at x and the baseline at y.
func (p *Painter) Text(f *Font, x, y int, s string, c color.RGBA) {
	pen := fixed.I(x)
	for _, r := range s {
		g := f.glyph(r)
		switch {
		case g.mask == nil:
		case p.turn.on():
			p.turnedBlit(g.mask, pen.Round()+g.off.X, y+g.off.Y, c)
		default:
			p.blit(g.mask, pen.Round()+g.off.X, y+g.off.Y, c)
		}
		pen += g.adv
	}
}

// Align says where in a box text stands.
type Align uint8

// The ways text stands in a box, always centred from top to bottom.
const (
	Left Align = iota
	Center
	Right
)

// TextIn draws s inside r, cut with an ellipsis where it is too wide.
func (p *Painter) TextIn(f *Font, r image.Rectangle, a Align, s string, c color.RGBA) {
	s = f.Fit(s, r.Dx())
	x := r.Min.X
	switch a {
	case Center:
		x += (r.Dx() - f.Width(s)) / 2
	case Right:
		x += r.Dx() - f.Width(s)
	}
	p.Text(f, x, r.Min.Y+(r.Dy()+f.Cap)/2, s, c)
}

// blit draws a glyph mask in colour c, which is alpha-premultiplied.
func (p *Painter) blit(m *image.Alpha, x, y int, c color.RGBA) {
	r := image.Rect(x, y, x+m.Rect.Dx(), y+m.Rect.Dy()).Intersect(p.clip)
	if r.Empty() {
		return
	}
	d := p.dst
	for yy := r.Min.Y; yy < r.Max.Y; yy++ {
		mo := (yy-y)*m.Stride + (r.Min.X - x)
		mrow := m.Pix[mo : mo+r.Dx()]
		o := d.PixOffset(r.Min.X, yy)
		drow := d.Pix[o : o+4*r.Dx()]
		for i, a := range mrow {
			if a == 0 {
				continue
			}
			if a == 255 && c.A == 255 {
				q := drow[i*4 : i*4+4 : i*4+4]
				q[0], q[1], q[2], q[3] = c.R, c.G, c.B, 255
				continue
			}
			blend(drow[i*4:], uint32(a), c)
		}
	}
}

// blend lays a part of c, of 255, over the pixel that q begins with.
func blend(q []uint8, part uint32, c color.RGBA) {
	q = q[:4:4]
	ia := 255 - part*uint32(c.A)/255
	q[0] = uint8((uint32(c.R)*part + uint32(q[0])*ia) / 255)
	q[1] = uint8((uint32(c.G)*part + uint32(q[1])*ia) / 255)
	q[2] = uint8((uint32(c.B)*part + uint32(q[2])*ia) / 255)
	q[3] = uint8((uint32(c.A)*part + uint32(q[3])*ia) / 255)
}
