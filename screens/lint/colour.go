package lint

import (
	"image"
)

// Colouring is how colourful a picture is.
type Colouring struct {
	Saturated float64 // share of pixels that are clearly coloured
	Hues      int     // how many different hues they have, of twelve
}

// The budget of a display on a quiet day: nearly no pixel is coloured, for
// then colour can call.
const (
	saturation  = 0.45 // of a pixel, from where on it is clearly coloured
	MaxColoured = 0.01
	MaxHues     = 2
)

// Colours measures a picture of a display in its normal state.
func Colours(img *image.RGBA) (c Colouring) {
	var hues [12]int
	n := 0
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		row := img.Pix[img.PixOffset(img.Rect.Min.X, y):][:4*img.Rect.Dx()]
		for i := 0; i+3 < len(row); i += 4 {
			r, g, b := int(row[i]), int(row[i+1]), int(row[i+2])
			hi, lo := max(r, g, b), min(r, g, b)
			// Dark text on grey is blue by a little; chroma counts, not the
			// ratio alone.
			if hi-lo < 70 || float64(hi-lo) < saturation*float64(hi) {
				continue
			}
			n++
			hues[hue(r, g, b, hi, lo)]++
		}
	}
	total := img.Rect.Dx() * img.Rect.Dy()
	c.Saturated = float64(n) / float64(max(total, 1))
	for _, h := range hues {
		if h > total/5000 { // the edge of a letter is no colour
			c.Hues++
		}
	}
	return c
}

// hue is the sector of the colour circle, of twelve.
func hue(r, g, b, hi, lo int) int {
	d := float64(hi - lo)
	var h float64
	switch hi {
	case r:
		h = float64(g-b) / d
	case g:
		h = 2 + float64(b-r)/d
	default:
		h = 4 + float64(r-g)/d
	}
	return (int(h*2+12.5) % 12)
}
