package paint

import (
	"image"
	"image/draw"
)

// Mask is what closed paths cover, inside the clip and the mask there is: the
// pixels that SetMask leaves. It is turned as the painter is.
func (p *Painter) Mask(paths ...[]Pt) *image.Alpha {
	if p.turn.on() {
		paths = p.turned(paths)
	}
	vis := bounds(paths).Intersect(p.clip)
	if p.mask != nil {
		vis = vis.Intersect(p.mask.Rect)
	}
	m := image.NewAlpha(vis)
	if vis.Empty() {
		return m
	}
	p.trace(vis, paths)
	p.ras.DrawOp = draw.Src
	p.ras.Draw(m, vis, image.Opaque, image.Point{})
	p.cut(m)
	return m
}

// SetMask has shapes painted only as far as the mask covers, until it is set
// to another; nil for all of them. It returns the one before. Text and rows of
// pixels are not masked.
func (p *Painter) SetMask(m *image.Alpha) (before *image.Alpha) {
	before, p.mask = p.mask, m
	return before
}

// cut takes from m what the mask does not cover.
func (p *Painter) cut(m *image.Alpha) {
	if p.mask == nil {
		return
	}
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:m.Rect.Dx()]
		by := p.mask.Pix[p.mask.PixOffset(m.Rect.Min.X, y):]
		for i, a := range row {
			row[i] = uint8(uint32(a) * uint32(by[i]) / 255)
		}
	}
}

// fillMasked paints what the rasteriser holds through the mask.
func (p *Painter) fillMasked(vis image.Rectangle) {
	n := vis.Dx() * vis.Dy()
	if p.mould == nil || cap(p.mould.Pix) < n {
		p.mould = image.NewAlpha(vis)
	}
	m := p.mould
	m.Pix, m.Stride, m.Rect = m.Pix[:n], vis.Dx(), vis
	p.ras.DrawOp = draw.Src
	p.ras.Draw(m, vis, image.Opaque, image.Point{})
	p.cut(m)
	draw.DrawMask(p.dst, vis, &p.uni, image.Point{}, m, vis.Min, draw.Over)
}
