package paint

import (
	"image"
	"math"
	"slices"
)

// Vision is how a person sees: what a display tells has to come through each.
type Vision uint8

// The ways of seeing.
const (
	FullColour   Vision = iota
	Deuteranopia        // no green receptors: one man in a hundred
	Protanopia          // no red receptors
	Tritanopia          // no blue receptors
	Greyscale           // no colour at all, or a copy on paper
	Distance3m          // from three metres away instead of seventy centimetres
)

var visionNames = [...]string{"full colour", "deuteranopia", "protanopia", "tritanopia", "greyscale", "from 3 m"}

func (v Vision) String() string { return visionNames[v] }

// ParseVision reads what String writes.
func ParseVision(name string) (v Vision, ok bool) {
	i := slices.Index(visionNames[:], name)
	return Vision(max(i, 0)), i >= 0
}

// Visions lists all of them.
func Visions() []Vision {
	return []Vision{FullColour, Deuteranopia, Protanopia, Tritanopia, Greyscale, Distance3m}
}

// matrices map linear RGB to what is seen: Machado, Oliveira and Fernandes
// (2009), full severity.
var matrices = map[Vision][9]float32{
	Deuteranopia: {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
	Protanopia:   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
	Tritanopia:   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
	Greyscale:    {0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722},
}

// toLinear and toGamma are sRGB's curve, by table.
var toLinear = func() (t [256]float32) {
	for i := range t {
		t[i] = float32(linear(uint8(i)))
	}
	return t
}()

var toGamma = func() (t [4096]uint8) {
	for i := range t {
		f := float64(i) / float64(len(t)-1)
		if f <= 0.0031308 {
			f *= 12.92
		} else {
			f = 1.055*math.Pow(f, 1/2.4) - 0.055
		}
		t[i] = uint8(f*255 + 0.5)
	}
	return t
}()

// See changes an opaque picture into what a person with this vision sees.
func (v Vision) See(img *image.RGBA) {
	if v == Distance3m {
		blur(img, 2)
		return
	}
	m, ok := matrices[v]
	if !ok {
		return
	}
	gamma := func(f float32) uint8 { return toGamma[int(min(max(f, 0), 1)*float32(len(toGamma)-1)+0.5)] }
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		row := img.Pix[img.PixOffset(img.Rect.Min.X, y):][:4*img.Rect.Dx()]
		for i := 0; i+3 < len(row); i += 4 {
			r, g, b := toLinear[row[i]], toLinear[row[i+1]], toLinear[row[i+2]]
			row[i] = gamma(m[0]*r + m[1]*g + m[2]*b)
			row[i+1] = gamma(m[3]*r + m[4]*g + m[5]*b)
			row[i+2] = gamma(m[6]*r + m[7]*g + m[8]*b)
		}
	}
}

// blur is two passes of a box of 2r+1 pixels, each way: near enough to the
// eye's own blur, of about one minute of arc, at over four times the distance.
func blur(img *image.RGBA, r int) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	line := make([]uint8, 4*max(w, h))
	pass := func(n, step, start int) {
		for i := range n {
			copy(line[4*i:], img.Pix[start+i*step:][:4])
		}
		var sum [3]int
		for k := -r; k <= r; k++ {
			for c := range sum {
				sum[c] += int(line[4*min(max(k, 0), n-1)+c])
			}
		}
		for i := range n {
			p := img.Pix[start+i*step:][:3]
			for c := range sum {
				p[c] = uint8(sum[c] / (2*r + 1))
				sum[c] += int(line[4*min(i+r+1, n-1)+c]) - int(line[4*max(i-r, 0)+c])
			}
		}
	}
	for range 2 {
		for y := range h {
			pass(w, 4, y*img.Stride)
		}
		for x := range w {
			pass(h, img.Stride, 4*x)
		}
	}
}
