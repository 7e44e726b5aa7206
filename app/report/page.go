package report

import (
	"fmt"
	"image/color"
	"math"
	"sync"

	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgpdf"

	"penstock/app/alarm/kpi"
	"penstock/assets"
)

// A4 upright, in points.
const (
	pageWidth  = vg.Length(595.28)
	pageHeight = vg.Length(841.89)
	margin     = vg.Length(48)
	left       = margin
)

var (
	black = color.Gray{}
	grey  = color.Gray{Y: 0x90}
	pale  = color.Gray{Y: 0xdd}
)

// face is one of two ways to write in the typeface of the window. The PDF
// library mixes two embedded typefaces up, so bold is the same one thickened.
type face bool

const (
	plain face = false
	bold  face = true
)

const typeface = font.Typeface("NotoSans")

// fonts is the typeface of the program.
var fonts = sync.OnceValue(func() *font.Cache {
	t, err := opentype.Parse(assets.SansRegular)
	if err != nil { // it is built in, and a test reads it
		panic("report: " + err.Error())
	}
	return font.NewCache(font.Collection{{Font: font.Font{Typeface: typeface}, Face: t}})
})

// page is a sheet that is written from the top down.
type page struct {
	draw.Canvas
	pdf *vgpdf.Canvas
	at  vg.Length // below the top edge
}

// write puts s on a canvas, its line of writing at y.
func write(c draw.Canvas, f face, size float64, x, y vg.Length, a text.XAlignment, s string) {
	as := text.Style{Color: black, Font: font.Font{Typeface: typeface, Size: vg.Points(size)}, XAlign: a, Handler: text.Plain{Fonts: fonts()}}
	c.FillText(as, vg.Point{X: x, Y: y}, printable(s))
	if f == bold {
		c.FillText(as, vg.Point{X: x + vg.Points(size/30), Y: y}, printable(s))
	}
}

func (p *page) y() vg.Length { return pageHeight - margin - p.at }

func (p *page) down(d vg.Length) { p.at += d }

func (p *page) say(f face, size float64, x vg.Length, s string) {
	write(p.Canvas, f, size, x, p.y()-vg.Points(size), text.XLeft, s)
}

// right writes s so that it ends at x.
func (p *page) right(f face, size float64, x vg.Length, s string) {
	write(p.Canvas, f, size, x, p.y()-vg.Points(size), text.XRight, s)
}

func (p *page) rule(c color.Color) {
	p.StrokeLine2(draw.LineStyle{Color: c, Width: 0.5}, left, p.y(), pageWidth-margin, p.y())
}

// part is the next piece of the page, from margin to margin.
func (p *page) part(tall vg.Length) draw.Canvas {
	top := p.y()
	p.down(tall)
	return draw.Canvas{Canvas: p.Canvas.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: margin, Y: top - tall}, Max: vg.Point{X: pageWidth - margin, Y: top}}}
}

func (p *page) head(r *kpi.Report, about About) {
	zone := about.Made.Location()
	when := func(ns int64) string { return timeOf(ns, zone).Format("2 Jan 2006 15:04") }
	p.say(bold, 16, left, "Alarm performance: "+about.Plant)
	p.down(21)
	who := about.Position
	if who == "" {
		who = "the whole plant"
	}
	p.say(plain, 9.5, left, fmt.Sprintf("%s to %s (%s), %s. Made %s.", when(r.Options.From), when(r.Options.To), about.Made.Format("MST"), who, about.Made.Format("2 Jan 2006 15:04")))
	p.down(13)
	p.say(bold, 9.5, left, fmt.Sprintf("%d alarms were annunciated in %.3g days. Class after EEMUA 191: %s.", r.Annunciated, r.Days, r.Verdict()))
	p.down(18)
}

func (p *page) next() {
	p.pdf.NextPage()
	p.at = 0
}

// table writes every figure against what is recommended.
func (p *page) table(r *kpi.Report) {
	p.say(bold, 13, left, "All figures, against ISA-18.2 and EEMUA 191")
	p.down(22)
	columns := []vg.Length{330, 400, 468}
	p.say(bold, 9, left, "Figure")
	for i, s := range []string{"Value", "Acceptable", "Manageable"} {
		p.right(bold, 9, []vg.Length{columns[0] - 30, columns[1], columns[2]}[i], s)
	}
	p.say(bold, 9, 486, "Verdict")
	p.down(13)
	p.rule(black)
	for _, f := range r.Figures() {
		p.down(2)
		p.say(plain, 9, left, f.Name)
		p.right(plain, 9, columns[0]-30, number(f.Value))
		if !math.IsNaN(f.Value) {
			p.say(plain, 9, columns[0]-26, f.Unit)
		}
		p.right(plain, 9, columns[1], number(f.Target))
		p.right(plain, 9, columns[2], number(f.Limit))
		weight := plain
		if f.Grade == kpi.TooMuch {
			weight = bold
		}
		p.say(weight, 9, 486, f.Grade.String())
		p.down(13)
		p.rule(pale)
	}
	p.down(10)
	o := r.Options
	p.say(plain, 8.5, left, fmt.Sprintf("An alarm chatters with %d annunciations in %g s; it is fleeting when it goes within %g s; it is stale after %g h.", o.ChatterCount, o.ChatterSpan.Seconds(), o.Fleeting.Seconds(), o.Stale.Hours()))
	p.down(11)
	p.say(plain, 8.5, left, "Only annunciations count; what came while it was shelved, suppressed or out of service is counted apart.")
}

// windows1252 are the letters beyond Latin-1 that the page can write.
var windows1252 = map[rune]byte{'\u20ac': 0x80, '\u2026': 0x85, '\u2018': 0x91, '\u2019': 0x92, '\u201c': 0x93, '\u201d': 0x94, '\u2022': 0x95, '\u2013': 0x96, '\u2014': 0x97}

// printable writes s in the code page of the PDF library, Windows-1252. Other
// letters become question marks; an alarm is always named by its id too.
func printable(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		b, known := windows1252[r]
		switch {
		case known:
		case r >= ' ' && r < 0x7f || r >= 0xa0 && r <= 0xff:
			b = byte(r)
		default:
			b = '?'
		}
		out = append(out, b)
	}
	return string(out)
}
