// Package widgets joins live pictures to the window: Surface is the one Fyne
// widget around any view.View, and Theme dresses Fyne's own widgets in the
// colours the pictures are painted with.
package widgets

import (
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// View is what a Surface shows.
type View = view.View

// inputPause is the shortest time between two frames that input causes: the
// picture follows a drag smoothly, and a fast mouse cannot use the whole core.
const inputPause = 30 * time.Millisecond

// Surface shows a View in one canvas.Raster and hands it the mouse and the
// keyboard. All methods run on the UI goroutine. Keep one Surface and exchange
// its View on navigation: Fyne keeps the memory of dropped rasters for a
// minute.
type Surface struct {
	widget.BaseWidget

	// Forward is offered each key the view did not use: function keys, which
	// Fyne gives only to the widget in focus, reach the window through it.
	Forward func(view.Key) bool
	// Least is the smallest size the surface accepts, in Fyne's units.
	Least fyne.Size
	// Used is told of every movement of the mouse and every key; may be nil.
	Used func()
	// Clock tells the time for frames that input causes; time.Now if nil.
	Clock func() time.Time

	view    View
	raster  *canvas.Raster
	picture *image.RGBA
	painter paint.Painter
	scale   float32 // device pixels per Fyne unit, as laid out
	framed  time.Time

	press    view.Pointer // where and how the last button went down
	held     bool
	dragging bool
	hovering bool
	lastTap  time.Time
	tapAt    image.Point
}

// NewSurface makes a surface that shows v, which may be nil.
func NewSurface(v View) *Surface {
	s := &Surface{view: v, Least: fyne.NewSize(40, 20)}
	s.raster = canvas.NewRaster(s.generate)
	s.raster.ScaleMode = canvas.ImageScalePixels // one pixel of ours is one of the screen
	s.ExtendBaseWidget(s)
	return s
}

// View returns what is shown.
func (s *Surface) View() View { return s.view }

// SetView shows v from now on.
func (s *Surface) SetView(v View) {
	if s.hovering {
		s.MouseOut()
	}
	s.view, s.scale, s.dragging, s.held = v, 0, false, false
	s.raster.Refresh()
}

// Frame pulls the newest values into the view and has it painted when
// something moved. A window's tick calls it for each of its surfaces; one that
// is not shown costs nothing.
func (s *Surface) Frame(now time.Time) bool {
	if s.view == nil || !s.Visible() {
		return false
	}
	s.framed = now
	if !s.view.Frame(now) {
		return false
	}
	s.raster.Refresh()
	return true
}

// Repaint has the whole view laid out and painted anew, for example when the
// palette changed.
func (s *Surface) Repaint() {
	s.scale = 0
	s.raster.Refresh()
}

// Settle lays the view out for the size the surface has now, for who wants to
// know where things are before they are painted.
func (s *Surface) Settle() {
	k, size := s.Scale(), s.Size()
	if s.view != nil && size.Width > 0 && size.Height > 0 {
		s.view.Layout(image.Pt(int(size.Width*k+0.5), int(size.Height*k+0.5)), k)
		s.Repaint()
	}
}

// Scale is how many device pixels make one Fyne unit where the surface is shown.
func (s *Surface) Scale() float32 {
	if a := fyne.CurrentApp(); a != nil {
		if c := a.Driver().CanvasForObject(s); c != nil && c.Scale() > 0 {
			return c.Scale()
		}
	}
	return 1
}

// generate makes the picture of w x h device pixels: Fyne calls it when it
// needs the pixels, never more often than the raster is refreshed.
func (s *Surface) generate(w, h int) image.Image {
	w, h = max(w, 1), max(h, 1)
	scale := s.Scale()
	if s.picture == nil || s.picture.Rect.Dx() != w || s.picture.Rect.Dy() != h {
		// Fyne reads Pix and ignores Stride, so the picture is never a part
		// of a larger one.
		s.picture = image.NewRGBA(image.Rect(0, 0, w, h))
		s.scale = 0
	}
	if s.view == nil {
		clear(s.picture.Pix)
		return s.picture
	}
	if s.scale != scale {
		s.scale = scale
		s.view.Layout(image.Pt(w, h), scale)
		s.view.Frame(s.now())
	}
	s.painter.Reset(s.picture, s.picture.Rect)
	s.view.Paint(&s.painter)
	return s.picture
}

func (s *Surface) now() time.Time {
	if s.Clock != nil {
		return s.Clock()
	}
	return time.Now()
}

// touched gives the view a frame after input, unless it just had one: then
// the next tick does.
func (s *Surface) touched() {
	if s.Used != nil {
		s.Used()
	}
	now := s.now()
	if d := now.Sub(s.framed); d < 0 || d >= inputPause {
		s.Frame(now)
	}
}

// MinSize is Least.
func (s *Surface) MinSize() fyne.Size { return s.Least }

// CreateRenderer is called by Fyne.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.raster) }
