// Package view says what a live picture is: something that is laid out,
// pulled once a frame, and painted. Mimics, trends, lists and banners are
// Views. The package knows no toolkit, so that the window, snapshots, reports
// and golden pictures show the same View.
package view

import (
	"image"
	"time"

	"penstock/widgets/paint"
)

// A View is a picture that lives. All its methods, the optional ones below
// too, are called from one goroutine: the UI's.
type View interface {
	// Layout tells the size in device pixels and how many of them make one
	// unit of design (1 on a plain screen, 2 on a dense one). It is called
	// before the first Paint and whenever one of the two changes. After it
	// the whole picture has to be painted.
	Layout(size image.Point, scale float32)
	// Frame takes the newest values in and reports whether anything has to be
	// painted. It is called about ten times a second while the view is shown.
	Frame(now time.Time) bool
	// Paint paints what is dirty. The picture keeps what was painted before,
	// but for the first Paint after a Layout.
	Paint(p *paint.Painter)
}

// Picture paints one frame of v, as large as it says, without a window.
func Picture(v View, size image.Point, scale float32, now time.Time) *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: size})
	v.Layout(size, scale)
	v.Frame(now)
	var p paint.Painter
	p.Reset(img, img.Rect)
	v.Paint(&p)
	return img
}
