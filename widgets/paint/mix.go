package paint

import "image/color"

// Mix goes the share k of the way from a to b, both opaque.
func Mix(a, b color.RGBA, k float32) color.RGBA {
	m := func(x, y uint8) uint8 { return uint8(float32(x) + (float32(y)-float32(x))*k + 0.5) }
	return color.RGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 255}
}

// Luminance is how bright a colour looks, 0 to 1 (WCAG's weights without its
// gamma, which is enough to choose an ink).
func Luminance(c color.RGBA) float32 {
	return (0.2126*float32(c.R) + 0.7152*float32(c.G) + 0.0722*float32(c.B)) / 255
}

// Ink is black or white, whichever can be read on c.
func Ink(c color.RGBA) color.RGBA {
	if Luminance(c) > 0.5 {
		return color.RGBA{0x10, 0x12, 0x14, 255}
	}
	return color.RGBA{255, 255, 255, 255}
}
