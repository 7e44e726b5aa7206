package screens

import (
	"image"
	"strings"

	"penstock/widgets"
)

// take makes something the next thing to be placed.
func (p *editorPage) take(put *placing) {
	p.drawing.arm(put)
	p.palette.Took(put)
	if put != nil {
		say := "Click where " + put.String() + " is to stand; with Shift more of them. Escape gives up."
		if put.kind.Lined {
			say = "Click the corners of the " + put.String() + "; click twice or press Return to end it. Shift lets it run askew."
		}
		p.s.status.tell(p.s.opts.Now(), say, false)
	}
}

// placed is called when what was taken up stands.
func (p *editorPage) placed() {
	p.palette.Took(p.drawing.put)
	if p.drawing.put == nil && strings.HasPrefix(p.s.status.text, "Click ") { // the advice is out of date
		p.s.status.tell(p.s.opts.Now(), "", false)
	}
}

func (p *editorPage) putInMiddle(put *placing) {
	p.drawing.drop(put, p.drawing.Middle())
	p.take(nil)
	p.settle()
}

// carried follows a drag that began on another surface and may end on the
// canvas.
func (p *editorPage) carried(from *widgets.Surface) (carry, drop func(*placing, image.Point)) {
	over := func(at image.Point) (image.Point, bool) {
		q := p.canvas.Of(from, at)
		k, size := p.canvas.Scale(), p.canvas.Size()
		return q, q.In(image.Rect(0, 0, int(size.Width*k), int(size.Height*k)))
	}
	carry = func(put *placing, at image.Point) {
		if p.drawing.put != put {
			p.drawing.arm(put)
			p.palette.Took(put)
		}
		q, in := over(at)
		p.drawing.hoverAt(q, in)
	}
	drop = func(put *placing, at image.Point) {
		q, in := over(at)
		p.take(nil)
		if in {
			p.drawing.drop(put, q)
			p.settle()
		}
	}
	return carry, drop
}
