package screens

import "fyne.io/fyne/v2"

// upright stands its children on each other without a gap: each as tall as it
// must be, and the one in flex takes what is left.
type upright struct{ flex int }

// MinSize is called by Fyne.
func (l *upright) MinSize(o []fyne.CanvasObject) (size fyne.Size) {
	for _, c := range o {
		if c.Visible() {
			m := c.MinSize()
			size = fyne.NewSize(max(size.Width, m.Width), size.Height+m.Height)
		}
	}
	return size
}

// Layout is called by Fyne.
func (l *upright) Layout(o []fyne.CanvasObject, size fyne.Size) {
	rest := size.Height
	for i, c := range o {
		if c.Visible() && i != l.flex {
			rest -= c.MinSize().Height
		}
	}
	y := float32(0)
	for i, c := range o {
		if !c.Visible() {
			continue
		}
		h := c.MinSize().Height
		if i == l.flex {
			h = max(rest, h)
		}
		c.Move(fyne.NewPos(0, y))
		c.Resize(fyne.NewSize(size.Width, h))
		y += h
	}
}

// beside stands its second child at the right, w wide, and gives the first
// what is left, without a gap.
type beside struct{ w float32 }

// MinSize is called by Fyne.
func (l *beside) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(a.Width+l.w, max(a.Height, b.Height))
}

// Layout is called by Fyne.
func (l *beside) Layout(o []fyne.CanvasObject, size fyne.Size) {
	w := l.w
	if !o[1].Visible() {
		w = 0
	}
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(size.Width-w, size.Height))
	o[1].Move(fyne.NewPos(size.Width-w, 0))
	o[1].Resize(fyne.NewSize(w, size.Height))
}

// aside gives its only child a fixed width and stands it in the middle from
// top to bottom: a field beside a toolbar.
type aside struct{ w float32 }

// MinSize is called by Fyne.
func (l *aside) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(l.w, o[0].MinSize().Height)
}

// Layout is called by Fyne.
func (l *aside) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const edge = 4
	h := o[0].MinSize().Height
	o[0].Move(fyne.NewPos(0, (size.Height-h)/2))
	o[0].Resize(fyne.NewSize(size.Width-edge, h))
}

// wide gives its only child a fixed width.
type wide struct{ w float32 }

// MinSize is called by Fyne.
func (l *wide) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(l.w, o[0].MinSize().Height)
}

// Layout is called by Fyne.
func (l *wide) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(size)
}

// halves stands two children side by side, the first a little wider.
type halves struct{}

// MinSize is called by Fyne.
func (halves) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(a.Width+b.Width, max(a.Height, b.Height))
}

// Layout is called by Fyne.
func (halves) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const gap = 6
	w := size.Width * 0.56
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(w-gap, size.Height))
	o[1].Move(fyne.NewPos(w, 0))
	o[1].Resize(fyne.NewSize(size.Width-w, size.Height))
}
