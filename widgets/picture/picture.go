// Package picture reads the pictures that a plant's displays show beside the
// library's own symbols, and paints them at any size: PNG and JPEG photographs
// and plans, and the drawings of SVG files.
//
// A file comes from anywhere, so all of it is bounded, and an SVG file is read
// as shapes and nothing else: it runs nothing, fetches nothing and includes
// nothing. It knows no toolkit.
package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"path"
	"strings"

	"golang.org/x/image/draw"

	"penstock/app/mistake"
	"penstock/widgets/paint"
)

// Bounds of a picture; beyond them a file is refused.
const (
	MaxBytes  = 8 << 20
	maxPixels = 24 << 20 // of what is decoded
	maxSide   = 2048     // of what is kept, pixels; larger ones are made smaller
)

// Picture is one that can be painted. It is not changed after Parse, so any
// goroutine may paint it.
type Picture struct {
	W, H float64 // its own size: pixels, or the units of a drawing

	// Of a photograph: itself, and again and again half as large, so that a
	// small one is not made of single pixels of a large one.
	coloured, grey []*image.RGBA

	shapes []shape // of a drawing, from back to front
	clips  []clipping
}

// Drawn reports whether p is a drawing, which is sharp at any size.
func (p *Picture) Drawn() bool { return p.coloured == nil }

// Known reports whether a file's name is one of a picture.
func Known(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".svg":
		return true
	}
	return false
}

// Parse reads a picture; what it is, its name says. The error is mistake.List.
func Parse(name string, data []byte) (*Picture, error) {
	var wrong mistake.List
	if len(data) > MaxBytes {
		wrong.Add(name, 0, fmt.Sprintf("the picture has %d MiB", len(data)>>20), fmt.Sprintf("a picture may have %d MiB; save it smaller", MaxBytes>>20))
		return nil, wrong
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".svg":
		return parseSVG(name, data)
	case ".png", ".jpg", ".jpeg":
		p, what, do := parsePixels(data, strings.HasSuffix(strings.ToLower(name), ".png"))
		if p == nil {
			wrong.Add(name, 0, what, do)
			return nil, wrong
		}
		return p, nil
	}
	wrong.Add(name, 0, "this kind of picture is not read", "save it as .png, .jpg or .svg")
	return nil, wrong
}

func parsePixels(data []byte, isPNG bool) (p *Picture, what, do string) {
	size, decode, kind := jpeg.DecodeConfig, jpeg.Decode, "JPEG"
	if isPNG {
		size, decode, kind = png.DecodeConfig, png.Decode, "PNG"
	}
	c, err := size(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Sprintf("this is not a %s picture: %v", kind, err), "save it again, and name it after what it is"
	}
	if c.Width < 1 || c.Height < 1 || c.Width*c.Height > maxPixels {
		return nil, fmt.Sprintf("the picture has %d x %d pixels", c.Width, c.Height), fmt.Sprintf("make it at most %d x %d", maxSide, maxSide)
	}
	src, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Sprintf("the %s picture is damaged: %v", kind, err), "save it again"
	}
	w, h := c.Width, c.Height
	for max(w, h) > maxSide {
		w, h = (w+1)/2, (h+1)/2
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(img, img.Rect, src, src.Bounds(), draw.Src, nil)
	p = &Picture{W: float64(c.Width), H: float64(c.Height), coloured: halves(img)}
	p.grey = halves(greyed(img))
	return p, "", ""
}

// halves is a picture and its smaller copies, down to a few pixels.
func halves(img *image.RGBA) []*image.RGBA {
	out := []*image.RGBA{img}
	for img.Rect.Dx() > 16 && img.Rect.Dy() > 16 {
		next := image.NewRGBA(image.Rect(0, 0, (img.Rect.Dx()+1)/2, (img.Rect.Dy()+1)/2))
		draw.ApproxBiLinear.Scale(next, next.Rect, img, img.Rect, draw.Src, nil)
		out, img = append(out, next), next
	}
	return out
}

func greyed(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for i := 0; i+3 < len(img.Pix); i += 4 {
		y := uint8((299*int(img.Pix[i]) + 587*int(img.Pix[i+1]) + 114*int(img.Pix[i+2]) + 500) / 1000)
		out.Pix[i], out.Pix[i+1], out.Pix[i+2], out.Pix[i+3] = y, y, y, img.Pix[i+3]
	}
	return out
}

// Fit is the largest box in the middle of b that has the picture's shape.
func (p *Picture) Fit(b paint.Box) paint.Box {
	k := min(float64(b.W)/p.W, float64(b.H)/p.H)
	w, h := float32(p.W*k), float32(p.H*k)
	return paint.Box{X: b.X + (b.W-w)/2, Y: b.Y + (b.H-h)/2, W: w, H: h}
}
