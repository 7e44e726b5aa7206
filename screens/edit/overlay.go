package edit

import (
	"fmt"
	"image"

	"penstock/screens/mimic"
	"penstock/widgets/paint"
)

func (c *Canvas) paintGrid(p *paint.Painter) {
	pal := c.style.Palette
	d := c.Doc.Display()
	p.StrokeRect(c.scene.Pixels(mimic.Box{W: d.W, H: d.H}).Outer(), 1, pal.Line)
	step := c.Doc.Grid
	if step <= 0 || float32(step)*c.scene.Unit() < leastDots {
		return
	}
	for y := step; y < d.H; y += step {
		for x := step; x < d.W; x += step {
			b := c.scene.Pixels(mimic.Box{X: x, Y: y})
			p.FillRect(image.Rect(int(b.X), int(b.Y), int(b.X)+1, int(b.Y)+1), pal.Line)
		}
	}
}

func (c *Canvas) paintSelection(p *paint.Painter) {
	pal := c.style.Palette
	for _, id := range c.Doc.Selection() {
		it := c.Doc.Display().Item(id)
		p.StrokeRect(c.scene.Pixels(it.Box).Inset(-2).Rect(), 1, pal.Focus)
	}
	grip := func(at paint.Pt) {
		r := image.Rect(int(at.X)-gripSize/2, int(at.Y)-gripSize/2, int(at.X)+gripSize/2+1, int(at.Y)+gripSize/2+1)
		p.FillRect(r, pal.Panel)
		p.StrokeRect(r, 1, pal.Focus)
	}
	if it := c.line(); it != nil {
		for _, q := range it.Points {
			b := c.scene.Pixels(mimic.Box{X: q.X, Y: q.Y})
			grip(paint.Pt{X: b.X, Y: b.Y})
		}
	}
	if h, ok := c.Doc.Hull(); ok {
		for _, g := range c.pulls() {
			grip(c.handleAt(h, g))
		}
		c.paintArm(p, h)
	}
	c.paintGuides(p)
	if c.mode == banding {
		r := c.scene.Pixels(c.band).Rect()
		p.FillRect(r, paint.Fade(pal.Focus, 0x28))
		p.StrokeRect(r, 1, pal.Focus)
	}
}

// armAt is where the grip is that rotates the selection.
func (c *Canvas) armAt(h mimic.Box) paint.Pt {
	top := c.handleAt(h, Handle{0, -1})
	if top.Y < armLength+gripSize { // no room above
		foot := c.handleAt(h, Handle{0, 1})
		return paint.Pt{X: foot.X, Y: foot.Y + armLength}
	}
	return paint.Pt{X: top.X, Y: top.Y - armLength}
}

// paintArm draws the grip that rotates: round, on an arm of its own.
func (c *Canvas) paintArm(p *paint.Painter, h mimic.Box) {
	pal, at := c.style.Palette, c.armAt(h)
	foot := c.handleAt(h, Handle{0, -1})
	if at.Y > foot.Y {
		foot = c.handleAt(h, Handle{0, 1})
	}
	p.Line(foot, at, 1, pal.Focus)
	p.FillCircle(at.X, at.Y, gripSize*0.7, pal.Panel)
	p.StrokeCircle(at.X, at.Y, gripSize*0.7, 1.5, pal.Focus)
	if c.mode == rotating {
		f := c.style.Regular.Size(12)
		text := fmt.Sprintf("%g\u00b0", c.by)
		p.Text(f, int(at.X)+gripSize+3, int(at.Y)+f.Cap/2, text, pal.Text)
	}
}

var handles = [...]Handle{{-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}}

func (c *Canvas) handleAt(h mimic.Box, g Handle) paint.Pt {
	b := c.scene.Pixels(h)
	return paint.Pt{X: b.X + b.W*float32(g.X+1)/2, Y: b.Y + b.H*float32(g.Y+1)/2}
}
