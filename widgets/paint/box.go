package paint

import (
	"image"
	"math"
)

// Box is a rectangle in device pixels that need not lie on whole ones.
type Box struct{ X, Y, W, H float32 }

// Right is the x of the right side.
func (b Box) Right() float32 { return b.X + b.W }

// Bottom is the y of the lower side.
func (b Box) Bottom() float32 { return b.Y + b.H }

// Center is the middle of b.
func (b Box) Center() Pt { return Pt{b.X + b.W/2, b.Y + b.H/2} }

// Inset returns b made smaller by d on every side; larger for a negative d.
func (b Box) Inset(d float32) Box { return Box{b.X + d, b.Y + d, max(b.W-2*d, 0), max(b.H-2*d, 0)} }

// Rect returns the whole pixels nearest to the sides of b. Boxes that touch
// have rectangles that touch.
func (b Box) Rect() image.Rectangle {
	return image.Rect(round(b.X), round(b.Y), round(b.Right()), round(b.Bottom()))
}

// Outer returns every pixel that b touches.
func (b Box) Outer() image.Rectangle {
	up := func(f float32) int { return int(math.Ceil(float64(f))) }
	return image.Rect(floor(b.X), floor(b.Y), up(b.Right()), up(b.Bottom()))
}

// Snap moves the sides of b onto whole pixels, for crisp frames.
func (b Box) Snap() Box {
	r := b.Rect()
	return Box{float32(r.Min.X), float32(r.Min.Y), float32(r.Dx()), float32(r.Dy())}
}

// BoxOf is the Box of whole pixels.
func BoxOf(r image.Rectangle) Box {
	return Box{float32(r.Min.X), float32(r.Min.Y), float32(r.Dx()), float32(r.Dy())}
}

// Square is the largest square in the middle of b.
func (b Box) Square() Box {
	s := min(b.W, b.H)
	return Box{b.X + (b.W-s)/2, b.Y + (b.H-s)/2, s, s}
}
