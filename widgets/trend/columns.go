package trend

import (
	"image"
	"image/color"
	"math"

	"penstock/widgets/paint"
)

// column is what a line does in one column of pixels: the heights it passes.
type column struct {
	lo, hi float32 // top and bottom, pixels from the top of the plot; lo <= hi
	on     bool    // the line is there
	gap    bool    // known to be without a usable value
}

// columns turns the points of a line into columns of pixels. Every point is
// in its column, so the picture shows each spike there is.
type columns struct {
	cols   []column
	axis   axis
	h      int
	from   int64
	perNs  float64 // columns per ns
	steps  bool
	joined int64 // points further apart than this are joined by a step, not a slope

	prev  point
	begun bool
	spots []spot // where samples are
}

// spot is where a sample is, pixels from the top left of the plot.
type spot struct{ x, y float32 }

// start makes ready for a line in w columns that show from <= t < to.
func (c *columns) start(w, h int, from, to int64, a axis) {
	if cap(c.cols) < w {
		c.cols = make([]column, w)
	}
	c.cols = c.cols[:w]
	clear(c.cols)
	c.axis, c.h, c.from, c.perNs = a, h, from, float64(w)/float64(to-from)
	c.begun, c.spots = false, c.spots[:0]
}

func (c *columns) x(t int64) float64 { return float64(t-c.from) * c.perNs }

// y clamps to the plot: a line that leaves it runs along its edge.
func (c *columns) y(v float64) float32 {
	return float32(min(max(c.axis.y(v, c.h), 0), float64(c.h)))
}

// add draws on to the next point.
func (c *columns) add(p point) {
	if c.begun {
		c.join(c.prev, p)
	}
	if p.ok {
		if x := c.x(p.t); x >= 0 && x < float64(len(c.cols)) {
			y := c.y(p.v)
			c.cover(int(x), y, y)
			c.spots = append(c.spots, spot{float32(x), y})
		}
	}
	c.prev, c.begun = p, true
}

// end holds the last value until time t.
func (c *columns) end(t int64) {
	if c.begun {
		c.join(c.prev, point{t: t, v: c.prev.v, ok: c.prev.ok})
	}
}

// join draws from a to b, which is later.
func (c *columns) join(a, b point) {
	x0, x1 := c.x(a.t), c.x(b.t)
	if !a.ok {
		for i := max(int(x0), 0); i < min(int(math.Ceil(x1)), len(c.cols)); i++ {
			c.cols[i].gap = true
		}
		return
	}
	y0, y1 := c.y(a.v), c.y(a.v)
	if b.ok {
		y1 = c.y(b.v)
	}
	if c.steps || !b.ok || b.t-a.t > c.joined {
		c.slope(x0, y0, x1, y0)
		if i := int(math.Floor(x1)); b.ok && i >= 0 && i < len(c.cols) {
			c.cover(i, min(y0, y1), max(y0, y1))
		}
		return
	}
	c.slope(x0, y0, x1, y1)
}

func (c *columns) slope(x0 float64, y0 float32, x1 float64, y1 float32) {
	first, last := max(int(math.Floor(x0)), 0), min(int(math.Floor(x1)), len(c.cols)-1)
	if y0 == y1 {
		for i := first; i <= last; i++ {
			c.cover(i, y0, y0)
		}
		return
	}
	k := float64(y1-y0) / max(x1-x0, 1e-9)
	for i := first; i <= last; i++ {
		a := y0 + float32((max(float64(i), x0)-x0)*k)
		b := y0 + float32((min(float64(i+1), x1)-x0)*k)
		c.cover(i, min(a, b), max(a, b))
	}
}

func (c *columns) cover(i int, lo, hi float32) {
	o := &c.cols[i]
	if !o.on {
		o.lo, o.hi, o.on = lo, hi, true
		return
	}
	o.lo, o.hi = min(o.lo, lo), max(o.hi, hi)
}

// sparse reports whether there are so few samples that each is worth a dot.
func (c *columns) sparse() bool { return len(c.spots) <= len(c.cols)/8 }

// dots marks each sample with a square of s pixels.
func (c *columns) dots(p *paint.Painter, r image.Rectangle, s int, col color.RGBA) {
	for _, o := range c.spots {
		x, y := r.Min.X+int(o.x)-s/2, r.Min.Y+int(o.y+0.5)-s/2
		p.FillRect(image.Rect(x, y, x+s, y+s).Intersect(r), col)
	}
}

// ink paints the columns as a line w pixels thick into r. The ends of each
// column are softened, and so are steep edges, by what the neighbours cover.
func (c *columns) ink(img *image.RGBA, clip, r image.Rectangle, w float32, col color.RGBA) {
	clip = clip.Intersect(r)
	half := w / 2
	side := min((w-1)/2, 1) // cover of a neighbour column by the thickness
	for i := max(clip.Min.X-r.Min.X, 0); i < min(clip.Max.X-r.Min.X, len(c.cols)); i++ {
		o := c.cols[i]
		lo, hi := o.lo-half, o.hi+half
		if o.on {
			if c.lone(i) { // a sample between gaps must be seen too
				lo, hi = min(lo, o.lo-1.5), max(hi, o.hi+1.5)
			}
			vspan(img, clip, r.Min.X+i, r.Min.Y, lo, hi, col, 1)
		} else {
			lo, hi = 0, 0
		}
		if side <= 0 {
			continue
		}
		for _, j := range [2]int{i - 1, i + 1} {
			if j < 0 || j >= len(c.cols) || !c.cols[j].on {
				continue
			}
			nlo, nhi := c.cols[j].lo-half, c.cols[j].hi+half
			if !o.on {
				if c.cols[j].hi-c.cols[j].lo > w { // the flank of a lone spike
					vspan(img, clip, r.Min.X+i, r.Min.Y, nlo, nhi, col, side)
				}
				continue
			}
			if nlo < lo {
				vspan(img, clip, r.Min.X+i, r.Min.Y, nlo, min(lo, nhi), col, side)
			}
			if nhi > hi {
				vspan(img, clip, r.Min.X+i, r.Min.Y, max(hi, nlo), nhi, col, side)
			}
		}
	}
}

// lone reports whether the line is in a column and in neither of its neighbours.
func (c *columns) lone(i int) bool {
	return (i == 0 || !c.cols[i-1].on) && (i+1 == len(c.cols) || !c.cols[i+1].on)
}

// vspan paints column x from y0 to y1 below top, softened at both ends.
func vspan(img *image.RGBA, clip image.Rectangle, x, top int, y0, y1 float32, c color.RGBA, cover float32) {
	if y1 <= y0 {
		return
	}
	a, b := int(math.Floor(float64(y0))), int(math.Floor(float64(y1)))
	if a == b {
		blend(img, clip, x, top+a, c, cover*(y1-y0))
		return
	}
	blend(img, clip, x, top+a, c, cover*(1-(y0-float32(a))))
	if cover >= 1 {
		lo, hi := max(top+a+1, clip.Min.Y), min(top+b, clip.Max.Y)
		if lo < hi {
			o := img.PixOffset(x, lo)
			for ; lo < hi; lo++ {
				q := img.Pix[o : o+4 : o+4]
				q[0], q[1], q[2], q[3] = c.R, c.G, c.B, 255
				o += img.Stride
			}
		}
	} else {
		for y := a + 1; y < b; y++ {
			blend(img, clip, x, top+y, c, cover)
		}
	}
	blend(img, clip, x, top+b, c, cover*(y1-float32(b)))
}

func blend(img *image.RGBA, clip image.Rectangle, x, y int, c color.RGBA, cover float32) {
	if y < clip.Min.Y || y >= clip.Max.Y || cover <= 0 {
		return
	}
	a := uint32(cover*256 + 0.5)
	if a > 256 {
		a = 256
	}
	o := img.PixOffset(x, y)
	q := img.Pix[o : o+4 : o+4]
	q[0] = uint8((uint32(c.R)*a + uint32(q[0])*(256-a)) >> 8)
	q[1] = uint8((uint32(c.G)*a + uint32(q[1])*(256-a)) >> 8)
	q[2] = uint8((uint32(c.B)*a + uint32(q[2])*(256-a)) >> 8)
}
