// Package figure puts a trend on paper: the same lines, marks and statistics
// as on the screen, drawn sharp at any size. One page, A4 across.
package figure

import (
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"penstock/assets"
	"penstock/widgets/trend"
)

// Format is a kind of file.
type Format string

// The formats. PDF and SVG are sharp at any size, PNG has 200 dots an inch.
const (
	PDF Format = "pdf"
	SVG Format = "svg"
	PNG Format = "png"
)

// A4 across, in points.
const (
	pageWidth  = vg.Length(841.89)
	pageHeight = vg.Length(595.28)
	margin     = vg.Length(34)
	pngDots    = 200
)

// About is what a page says above its trend.
type About struct {
	Title string // such as the name of the plant
	By    string // who had it made; may be empty
	Made  time.Time
}

const typeface = font.Typeface("NotoSans")

// fonts is the typeface of the program.
var fonts = sync.OnceValue(func() *font.Cache {
	t, err := opentype.Parse(assets.SansRegular)
	if err != nil { // it is built in, and a test reads it
		panic("figure: " + err.Error())
	}
	return font.NewCache(font.Collection{{Font: font.Font{Typeface: typeface}, Face: t}})
})

// one is held while a page is drawn: the canvases share tables.
var one sync.Mutex

// Write writes f as a file of a format. It may be called from any goroutine;
// pages are drawn one after the other.
func Write(w io.Writer, format Format, f *trend.Figure, about About) (err error) {
	one.Lock()
	defer one.Unlock()
	defer func() { // a canvas that cannot draw panics
		if r := recover(); r != nil {
			err = fmt.Errorf("draw the trend: %v", r)
		}
	}()
	var canvas vg.CanvasSizer
	var out io.WriterTo
	switch format {
	case PDF:
		c := vgpdf.New(pageWidth, pageHeight)
		c.EmbedFonts(true)
		canvas, out = c, c
	case SVG:
		c := vgsvg.NewWith(vgsvg.UseWH(pageWidth, pageHeight), vgsvg.EmbedFonts(false))
		canvas, out = c, c
	case PNG:
		c := vgimg.NewWith(vgimg.UseWH(pageWidth, pageHeight), vgimg.UseDPI(pngDots))
		canvas, out = c, vgimg.PngCanvas{Canvas: c}
	default:
		return fmt.Errorf("no format %q: pdf, svg or png", format)
	}
	p := page{Canvas: draw.New(canvas), fig: f}
	p.fill(vg.Rectangle{Max: vg.Point{X: pageWidth, Y: pageHeight}}, white)
	p.head(about)
	p.foot()
	p.plot()
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("write the trend: %w", err)
	}
	return nil
}
