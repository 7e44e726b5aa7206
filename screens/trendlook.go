package screens

import (
	"image"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/tag"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

// lineNames are the ways to join points, in the order of trend.Line.
var lineNames = []string{"as the tag suggests", "sloping", "in steps", "dots only"}

// askLook changes how a pen is drawn.
func (p *trendsPage) askLook(id tag.ID) {
	look := p.view.LookOf(id)
	colours := &colourRow{s: p.s, chosen: look.Colour}
	f := widgets.NewSurface(colours)
	f.Least = fyne.NewSize(340, 34)
	line := p.s.newRadio(lineNames)
	line.SetSelected(lineNames[look.Line])
	line.Required = true
	own := p.s.newTick("an axis of its own")
	own.SetChecked(look.Own)
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	from, to := newEntry(key), newEntry(key)
	lo, hi, onAxis := p.view.Axis(id)
	from.SetText(strconv.FormatFloat(lo, 'g', 6, 64))
	to.SetText(strconv.FormatFloat(hi, 'g', 6, 64))
	was := from.Text + " " + to.Text
	form := container.NewVBox(widget.NewLabel("Colour"), f, widget.NewLabel("Line"), line, own)
	if onAxis {
		form.Add(container.NewGridWithColumns(4, widget.NewLabel("Axis from"), from, widget.NewLabel("to"), to))
	}
	d = p.s.ask(string(id), form, "Apply", nil, func(*dialog) string {
		a, err1 := strconv.ParseFloat(strings.TrimSpace(from.Text), 64)
		b, err2 := strconv.ParseFloat(strings.TrimSpace(to.Text), 64)
		typed := onAxis && from.Text+" "+to.Text != was
		if typed && (err1 != nil || err2 != nil || !(a < b)) {
			return "The axis needs two numbers, the smaller one first."
		}
		look.Colour, look.Own = colours.chosen, own.Checked
		look.Line = trend.Line(slices.Index(lineNames, line.Selected))
		p.view.SetLook(id, look)
		if typed {
			p.view.SetAxis(id, a, b)
		}
		return ""
	})
	d.frame = func(now time.Time) { f.Frame(now) }
	f.Clock = p.s.opts.Now
	f.Forward = d.key
}

// colourRow lets a person choose one of the pen colours, by the pointer or
// with the arrows.
type colourRow struct {
	s      *Station
	chosen int // 1 to trend.MaxPens
	size   image.Point
	scale  float32
	dirty  bool
}

// Layout implements view.View.
func (c *colourRow) Layout(size image.Point, scale float32) {
	c.size, c.scale, c.dirty = size, scale, true
}

// Frame implements view.View.
func (c *colourRow) Frame(time.Time) bool { return c.dirty }

func (c *colourRow) box(n int) image.Rectangle {
	w := c.size.X / trend.MaxPens
	return image.Rect((n-1)*w, 0, n*w, c.size.Y).Inset(int(3 * c.scale))
}

// Paint implements view.View.
func (c *colourRow) Paint(p *paint.Painter) {
	c.dirty = false
	k := ink{p, c.s.style, c.scale}
	p.FillRect(image.Rectangle{Max: c.size}, k.pal().Panel)
	for n := 1; n <= trend.MaxPens; n++ {
		if n == c.chosen {
			p.FillRect(c.box(n).Inset(-int(3*c.scale)), k.pal().Text)
		}
		p.FillRect(c.box(n), k.pal().Pens[n-1])
	}
}

// Tap chooses.
func (c *colourRow) Tap(at view.Pointer) {
	for n := 1; n <= trend.MaxPens; n++ {
		if at.At.In(c.box(n)) {
			c.chosen, c.dirty = n, true
		}
	}
}

// Key chooses the colour before or after.
func (c *colourRow) Key(k view.Key) bool {
	d := map[string]int{view.KeyLeft: -1, view.KeyRight: 1}[k.Name]
	c.chosen = min(max(c.chosen+d, 1), trend.MaxPens)
	c.dirty = c.dirty || d != 0
	return d != 0
}
