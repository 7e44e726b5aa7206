package symbol

import (
	"penstock/widgets/paint"
)

// Row is one line of a Table.
type Row struct {
	Label   string
	Reading Reading
}

// Table is a few values below each other. Rows is not changed while shown.
type Table struct {
	Title string
	Rows  *[]Row
	Size  float32 // of the text, display units; 0: as the box allows
}

// Paint draws the table.
func (s Table) Paint(c *Canvas, b paint.Box) {
	if s.Rows == nil || len(*s.Rows) == 0 {
		return
	}
	p := c.Palette
	if s.Title != "" {
		h := c.Px(labelSize * 1.6)
		c.write(c.bold(labelSize), paint.Box{X: b.X, Y: b.Y, W: b.W, H: h}, paint.Left, s.Title, p.Dim)
		b.Y, b.H = b.Y+h, b.H-h
	}
	n := float32(len(*s.Rows))
	h := min(b.H/n, c.Px(34))
	size := orDefault(s.Size, min(h/c.Unit*0.62, 17))
	names := c.font(min(size, labelSize))
	wide := 0
	for _, r := range *s.Rows {
		wide = max(wide, names.Width(r.Label))
	}
	vw := max(b.W-float32(wide)-c.Px(18), b.W*0.3) // what the names leave
	for i, r := range *s.Rows {
		line := paint.Box{X: b.X, Y: b.Y + float32(i)*h, W: b.W, H: h}
		if i > 0 {
			c.Line(paint.Pt{X: line.X, Y: line.Y}, paint.Pt{X: line.Right(), Y: line.Y}, 1, p.Line)
		}
		c.write(names, paint.Box{X: line.X, Y: line.Y, W: line.W - vw - c.Px(18), H: h}, paint.Left, r.Label, p.Dim)
		v := Value{Reading: r.Reading, Align: paint.Right, Size: size}
		v.Paint(c, paint.Box{X: line.Right() - vw, Y: line.Y + 1, W: vw, H: h - 2})
	}
}
