package screens

import (
	"image"
	"time"
)

// pane is what views have that are painted as a whole: how large they are, and
// whether they are to be painted again.
type pane struct {
	size  image.Point
	scale float32
	dirty bool
}

// Layout implements view.View.
func (v *pane) Layout(size image.Point, scale float32) {
	v.size, v.scale, v.dirty = size, scale, true
}

// Frame implements view.View.
func (v *pane) Frame(time.Time) bool { return v.dirty }
