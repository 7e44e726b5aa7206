package picture

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"

	"penstock/app/mistake"
	"penstock/widgets/paint"
)

// painted is a picture on white, size pixels square.
func painted(t testing.TB, name, text string, size int, ink Greys) *image.RGBA {
	t.Helper()
	p, err := Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	var to paint.Painter
	to.Reset(img, img.Rect)
	to.FillRect(img.Rect, color.RGBA{255, 255, 255, 255})
	p.Paint(&to, paint.Box{W: float32(size), H: float32(size)}, ink)
	return img
}

func svg(body string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100">
` + body + `
</svg>`
}

// What is drawn: the colour at places of a picture of 100 x 100.
func TestDrawings(t *testing.T) {
	const red, blue, black, white = "ff0000", "0000ff", "000000", "ffffff"
	for _, c := range []struct{ name, body, want string }{
		{"rectangle", `<rect x="20" y="20" width="60" height="60" fill="red"/>`, "50,50 " + red + " 10,50 " + white},
		{"black unless said", `<rect x="20" y="20" width="60" height="60"/>`, "50,50 " + black},
		{"rounded", `<rect x="0" y="0" width="100" height="100" rx="50" fill="#f00"/>`, "50,50 " + red + " 3,3 " + white},
		{"circle", `<circle cx="50" cy="50" r="40" style="fill:rgb(0,0,255)"/>`, "50,50 " + blue + " 85,85 " + white},
		{"ellipse", `<ellipse cx="50" cy="50" rx="40" ry="10" fill="rgb(0%, 0%, 100%)"/>`, "80,50 " + blue + " 50,70 " + white},
		{"line", `<line x1="0" y1="50" x2="100" y2="50" stroke="red" stroke-width="10"/>`, "50,50 " + red + " 50,60 " + white},
		{"polyline is filled", `<polyline points="0,0 100,0 100,100"/>`, "80,20 " + black + " 20,80 " + white},
		{"polygon", `<polygon points="0 0, 100 0, 100 100" fill="none" stroke="#0000ff" stroke-width="6"/>`, "80,20 " + white + " 50,50 " + blue},
		{"group", `<g fill="red" transform="translate(50 0)"><rect width="50" height="100"/></g>`, "75,50 " + red + " 25,50 " + white},
		{"turned", `<rect x="45" y="0" width="10" height="100" fill="red" transform="rotate(90 50 50)"/>`, "10,50 " + red + " 50,10 " + white},
		{"scaled and skewed", `<g transform="scale(2,1) skewX(0)"><rect width="25" height="100" fill="red"/></g>`, "45,50 " + red + " 55,50 " + white},
		{"matrix", `<rect width="10" height="10" fill="red" transform="matrix(5 0 0 5 50 50)"/>`, "75,75 " + red + " 45,45 " + white},
		{"path", `<path d="M20 20H80V80H20Z" fill="red"/>`, "50,50 " + red + " 10,10 " + white},
		{"path from where it is", `<path d="m20,20 60,0 0,60 -60,0z" fill="red"/>`, "50,50 " + red + " 90,50 " + white},
		{"numbers without gaps", `<path d="M20 20l60-0 0 60-60 0z" fill="red"/>`, "50,50 " + red},
		{"curves", `<path d="M0 100C0 0 100 0 100 100ZM0 0" fill="red"/>`, "50,50 " + red + " 50,10 " + white},
		{"smooth curves", `<path d="M0 50Q25 0 50 50T100 50" fill="none" stroke="red" stroke-width="8"/>`, "25,25 " + red + " 75,75 " + red + " 25,75 " + white},
		{"smooth cubics", `<path d="M0 50C10 0 40 0 50 50S90 100 100 50" fill="none" stroke="red" stroke-width="8"/>`, "25,13 " + red + " 75,87 " + red},
		{"arc", `<path d="M10 50a40 40 0 0 1 80 0z" fill="red"/>`, "50,20 " + red + " 50,80 " + white},
		{"arc flags without gaps", `<path d="M10 50a40 40 0 0180 0z" fill="red"/>`, "50,20 " + red + " 50,80 " + white},
		{"hole by even and odd", `<path fill-rule="evenodd" d="M0 0h100v100h-100zM30 30h40v40h-40z" fill="red"/>`, "10,50 " + red + " 50,50 " + white},
		{"no hole without it", `<path d="M0 0h100v100h-100zM30 30h40v40h-40z" fill="red"/>`, "50,50 " + red},
		{"opacity", `<g opacity="0.5"><rect width="100" height="100" fill="black" fill-opacity="0.5"/></g>`, "50,50 bfbfbf"},
		{"class", `<style>.a, .b { fill: red; } .c{fill:blue}</style><rect class="b" width="50" height="100"/><rect class="c" x="50" width="50" height="100"/>`, "25,50 " + red + " 75,50 " + blue},
		{"copy", `<defs><rect id="r" width="20" height="20" fill="red"/></defs><use xlink:href="#r" x="40" y="40"/>`, "50,50 " + red + " 10,10 " + white},
		{"symbol", `<symbol id="s"><rect width="20" height="20" fill="red"/></symbol><use href="#s" transform="translate(40,40)"/>`, "50,50 " + red + " 10,10 " + white},
		{"a gradient is flat", `<defs><linearGradient id="g"><stop offset="0" stop-color="#ff0000"/><stop offset="1" style="stop-color:#0000ff"/></linearGradient></defs><rect width="100" height="100" fill="url(#g)"/>`, "50,50 7f007f"},
		{"currentColor", `<g color="red"><rect width="100" height="100" fill="currentColor"/></g>`, "50,50 " + red},
		{"hidden", `<rect width="100" height="100" display="none"/><rect width="50" height="100" fill="red"/>`, "25,50 " + red + " 75,50 " + white},
		{"text", `<text x="0" y="100" font-size="140" fill="red">I</text>`, "25,50 " + red + " 80,50 " + white},
		{"text in the middle", `<text x="50" y="90" font-size="6em" text-anchor="middle" font-weight="bold">I</text>`, "50,60 " + black + " 10,60 " + white + " 90,60 " + white},
		{"text to the left", `<g text-anchor="end"><text x="100" y="100" style="font-size:140px;font-weight:700"><tspan fill="blue"> I
			</tspan></text></g>`, "73,50 " + blue + " 20,50 " + white},
		{"letters with holes", `<text x="-5" y="100" font-size="140" font-weight="bold">O</text>`, "53,50 " + white + " 10,50 " + black},
		{"two lines", `<text font-size="50" font-weight="bold"><tspan x="10" y="45">I</tspan><tspan x="10" dy="1em">I</tspan></text>`, "18,30 " + black + " 18,80 " + black + " 18,54 " + white + " 60,30 " + white},
		{"letter by letter", `<text x="10 60" y="90" font-size="100" font-weight="bold">II</text>`, "27,60 " + black + " 77,60 " + black + " 50,60 " + white},
		{"text turned", `<text transform="rotate(90)" x="0" y="0" font-size="140" font-weight="bold">I</text>`, "50,27 " + black + " 50,80 " + white},
		{"hanging text", `<text x="0" y="0" dominant-baseline="hanging" font-size="100" font-weight="bold">I</text>`, "18,40 " + black},
		{"clip path", `<clipPath id="c"><circle cx="50" cy="50" r="30"/></clipPath><rect width="100" height="100" fill="red" clip-path="url(#c)"/>`, "50,50 " + red + " 25,25 " + white + " 50,15 " + white},
		{"clip of a group", `<defs><clipPath id="c"><rect width="50" height="100"/></clipPath></defs><g clip-path="url(#c)"><rect width="100" height="40" fill="red"/><line x1="0" y1="80" x2="100" y2="80" stroke="blue" stroke-width="10"/></g><rect x="60" y="60" width="10" height="10"/>`,
			"25,20 " + red + " 75,20 " + white + " 25,80 " + blue + " 75,80 " + white + " 65,65 " + black},
		{"clip in a clip", `<clipPath id="c"><rect width="50" height="100"/></clipPath><clipPath id="d"><rect width="100" height="50"/></clipPath><g clip-path="url(#c)"><rect width="100" height="100" fill="red" clip-path="url('#d')"/></g>`,
			"25,25 " + red + " 75,25 " + white + " 25,75 " + white},
		{"clip moves with what it cuts", `<clipPath id="c"><rect width="10" height="10"/></clipPath><rect width="100" height="100" fill="red" clip-path="url(#c)" transform="translate(50 50) scale(3)"/>`, "70,70 " + red + " 85,85 " + white + " 45,45 " + white},
		{"two that overlap are one clip", `<clipPath id="c"><path d="M0 0H60V100H0Z"/><path d="M40 0V100H100V0Z"/></clipPath><rect width="100" height="100" fill="red" clip-path="url(#c)"/>`, "50,50 " + red + " 90,50 " + red},
		{"clip with a hole", `<clipPath id="c"><path clip-rule="evenodd" d="M0 0h100v100h-100zM30 30h40v40h-40z"/></clipPath><rect width="100" height="100" fill="red" clip-path="url(#c)"/>`, "10,50 " + red + " 50,50 " + white},
		{"a clip path with nothing in it", `<clipPath id="c"/><rect width="100" height="100" fill="red" clip-path="url(#c)"/><rect x="40" y="40" width="9" height="9"/>`, "20,20 " + white + " 45,45 " + black},
		{"a clip path that is not there", `<rect width="100" height="100" fill="red" clip-path="url(#c)"/>`, "20,20 " + red},
		{"dashes", `<line x1="0" y1="50" x2="100" y2="50" stroke="red" stroke-width="10" stroke-dasharray="20 30"/>`, "10,50 " + red + " 35,50 " + white + " 60,50 " + red},
	} {
		t.Run(c.name, func(t *testing.T) {
			img := painted(t, "x.svg", svg(c.body), 100, nil)
			want := strings.Fields(c.want)
			for i := 0; i < len(want); i += 2 {
				var x, y int
				if _, err := fmt.Sscanf(want[i], "%d,%d", &x, &y); err != nil {
					t.Fatal(err)
				}
				q := img.RGBAAt(x, y)
				if have := fmt.Sprintf("%02x%02x%02x", q.R, q.G, q.B); !alike(q, want[i+1]) {
					t.Errorf("at %s it is %s, want %s", want[i], have, want[i+1])
				}
			}
		})
	}
}

func alike(q color.RGBA, hex string) bool {
	var r, g, b int
	fmt.Sscanf(hex, "%02x%02x%02x", &r, &g, &b)
	off := func(a uint8, b int) bool { return math.Abs(float64(int(a)-b)) > 3 }
	return !off(q.R, r) && !off(q.G, g) && !off(q.B, b)
}

// What is refused: nothing of it is drawn, and the reason says where it is.
func TestRefusedDrawings(t *testing.T) {
	deep := strings.Repeat("<g>", 80) + strings.Repeat("</g>", 80)
	bomb := `<g id="a"><rect width="1" height="1"/></g>`
	for i := range 20 {
		bomb += fmt.Sprintf(`<g id="%c"><use href="#%c"/><use href="#%c"/></g>`, 'b'+i, 'a'+i, 'a'+i)
	}
	for _, c := range []struct{ name, text, want string }{
		{"script", svg("<rect width='9' height='9'/>\n<script>alert(1)</script>"), "x.svg:4: <script> is not read: a drawing runs nothing"},
		{"handler", svg(`<rect onclick="x()" width="9" height="9"/>`), "onclick of <rect> is a script"},
		{"picture inside", svg(`<image href="data:image/png;base64,AAAA"/>`), "<image> is not read"},
		{"far reference", svg(`<use xlink:href="http://example.com/x.svg#a"/>`), "refers to something outside of the file"},
		{"far fill", svg(`<rect width="9" height="9" fill="url(http://example.com/#g)"/>`), "fill of <rect> refers to something outside"},
		{"far style sheet", svg(`<style>@import "http://example.com/x.css";</style>`), "the style sheet refers to something outside"},
		{"entities", `<!DOCTYPE svg [<!ENTITY a "aaaa">]>` + svg(`<rect width="9" height="9"/>`), "x.svg:1: the file declares entities"},
		{"html inside", svg(`<foreignObject><p/></foreignObject>`), "a drawing holds shapes only"},
		{"text along a path", svg(`<text><textPath href="#p">hello</textPath></text>`), "x.svg:3: <textPath> is not read: text along a path is not written"},
		{"strange letters", svg("<text x='1' y='9'>a\u4e2d</text>"), "is not in the program's typeface"},
		{"much text", svg(`<text>` + strings.Repeat("ab ", maxLetters) + `</text>`), "more than 20000 letters"},
		{"script in text", svg(`<text><tspan onload="x()">a</tspan></text>`), "onload of <tspan> is a script"},
		{"animation", svg(`<rect width="9" height="9"><animate attributeName="x"/></rect>`), "bind it to a tag"},
		{"mask", svg(`<mask id="c"/><rect width="9" height="9" mask="url(#c)"/>`), "the mask of <rect> is not drawn"},
		{"clip by a shape", svg(`<rect width="9" height="9" clip-path="circle(4px)"/>`), `the clip path "circle(4px)" of <rect> is not read`},
		{"clip by shares", svg(`<clipPath id="c" clipPathUnits="objectBoundingBox"><rect width="1" height="1"/></clipPath><rect width="9" height="9" clip-path="url(#c)"/>`), "in shares of what it cuts"},
		{"clip by no clip path", svg(`<g id="c"/><rect width="9" height="9" clip-path="url(#c)"/>`), "which is no clip path"},
		{"clip that is cut", svg(`<clipPath id="c"><rect width="9" height="9" clip-path="url(#c)"/></clipPath><rect width="9" height="9" clip-path="url(#c)"/>`), "cut itself"},
		{"far clip", svg(`<rect width="9" height="9" clip-path="url(http://example.com/#c)"/>`), "refers to something outside"},
		{"many clips", svg(`<clipPath id="c"><rect width="1" height="1"/></clipPath>` + strings.Repeat(`<rect width="9" height="9" clip-path="url(#c)"/>`, maxClips+1)), "more than 200 clip paths"},
		{"pattern", svg(`<pattern id="p"/><rect width="9" height="9" fill="url(#p)"/>`), `the pattern "p" is not drawn`},
		{"colour", svg(`<rect width="9" height="9" fill="#12345"/>`), `there is no colour "#12345"`},
		{"path", svg(`<path d="L 1 1"/>`), "the path cannot be read: it does not begin with M"},
		{"number", svg(`<path d="M 1 x"/>`), `"x" where a number should be`},
		{"infinity", svg(`<path d="M 1e300 0 L 5 5" stroke="red"/>`), "where a number should be"},
		{"far away", svg(`<rect width="9" height="9" transform="scale(1e9)"/>`), "reaches further than can be drawn"},
		{"deep", svg(deep), "nested more than 64 deep"},
		{"wide", svg(strings.Repeat("<g/>", maxElements+1)), "more than 20000 elements"},
		{"copies of copies", svg(bomb + `<use href="#u"/>`), "<use> is nested too deep"},
		{"copy of itself", svg(`<g id="a"><use href="#a"/></g>`), "<use> is nested too deep"},
		{"missing copy", svg(`<use href="#z"/>`), `<use> shows "#z", which is not in the file`},
		{"no size", `<svg><rect width="9" height="9"/></svg>`, "the drawing has no size"},
		{"empty", svg(``), "nothing is drawn"},
		{"not SVG", `<html/>`, "the file begins with <html>"},
		{"not XML", `<svg viewBox="0 0 9 9"><rect`, "this is not XML"},
		{"cut off", `<svg viewBox="0 0 9 9"><rect width="9" height="9"/>`, "this is not XML"},
		{"Latin", `<?xml version="1.0" encoding="ISO-8859-1"?><svg/>`, "save it as UTF-8"},
		{"nothing", ``, "there is no <svg>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Parse("x.svg", []byte(c.text))
			if p != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said %v, want %q", err, c.want)
			}
			if list, ok := errors.AsType[mistake.List](err); !ok || list[0].What == "" || list[0].Do == "" {
				t.Errorf("%#v does not say what to do", err)
			}
		})
	}
}

// An ink maps every colour of a drawing, and takes it from a photograph.
func TestInk(t *testing.T) {
	all := func(color.RGBA) color.RGBA { return color.RGBA{1, 2, 3, 255} }
	if q := painted(t, "x.svg", svg(`<rect width="100" height="100" fill="red"/>`), 20, all).RGBAAt(10, 10); q != (color.RGBA{1, 2, 3, 255}) {
		t.Errorf("the drawing is %v", q)
	}
	if q := painted(t, "x.png", string(pngOf(t, 40, 40, color.NRGBA{255, 0, 0, 255})), 20, all).RGBAAt(10, 10); q.R != q.G || q.G != q.B {
		t.Errorf("the photograph is %v, want a grey", q)
	}
}

func pngOf(t testing.TB, w, h int, c color.NRGBA) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 0; i+3 < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = c.R, c.G, c.B, c.A
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Photographs keep their shape, are turned with the painter, and let what is
// behind them through where they are clear.
func TestPhotographs(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 32)), nil); err != nil {
		t.Fatal(err)
	}
	if img := painted(t, "x.jpg", b.String(), 64, nil); img.RGBAAt(32, 32).R > 10 || img.RGBAAt(32, 4).R != 255 {
		t.Errorf("a picture of 2 to 1 has %v in the middle and %v above", img.RGBAAt(32, 32), img.RGBAAt(32, 4))
	}
	if q := painted(t, "x.png", string(pngOf(t, 8, 8, color.NRGBA{0, 0, 0, 0})), 64, nil).RGBAAt(32, 32); q.R != 255 {
		t.Errorf("through a clear picture one sees %v", q)
	}
	p, err := Parse("x.png", pngOf(t, 3000, 30, color.NRGBA{0, 0, 255, 255}))
	if err != nil {
		t.Fatal(err)
	}
	if side := p.coloured[0].Rect.Dx(); side > maxSide || p.W != 3000 {
		t.Errorf("a picture 3000 pixels wide is kept with %d, as %v wide", side, p.W)
	}
	img := image.NewRGBA(image.Rect(0, 0, 100, 100))
	var to paint.Painter
	to.Reset(img, img.Rect)
	to.Turn(paint.Pt{X: 50, Y: 50}, 90)
	p.Paint(&to, paint.Box{W: 100, H: 100}, nil) // a flat band across, turned upright
	if a, z := img.RGBAAt(50, 10), img.RGBAAt(10, 50); a.B < 200 || z.A != 0 {
		t.Errorf("turned by 90 degrees it is %v above and %v at the left", a, z)
	}
}

func TestRefusedPhotographs(t *testing.T) {
	good := pngOf(t, 8, 8, color.NRGBA{})
	for _, c := range []struct {
		name, file, want string
		data             []byte
	}{
		{"cut off", "x.png", "is damaged", good[:len(good)-20]},
		{"not one", "x.png", "this is not a PNG picture", []byte("hello")},
		{"another kind", "x.jpg", "this is not a JPEG picture", good},
		{"too large a file", "x.png", "the picture has 9 MiB", make([]byte, 9<<20)},
		{"too many pixels", "x.png", "the picture has 100000 x 100000 pixels", header(good, 100000)},
		{"unknown", "x.gif", "this kind of picture is not read", good},
	} {
		if p, err := Parse(c.file, c.data); p != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: said %v, want %q", c.name, err, c.want)
		}
	}
}

// header makes a PNG say that it is n pixels square.
func header(good []byte, n uint32) []byte {
	out := bytes.Clone(good)
	for _, at := range []int{16, 20} {
		out[at], out[at+1], out[at+2], out[at+3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	}
	// The checksum of the header has to be right, or it is a damaged file.
	sum := crc32.ChecksumIEEE(out[12:29])
	out[29], out[30], out[31], out[32] = byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum)
	return out
}

// FuzzParse: whatever the bytes, there is a picture that can be painted or a
// mistake that says what to do.
func FuzzParse(f *testing.F) {
	f.Add("x.svg", []byte(svg(`<g transform="rotate(9)"><path d="M0 0a9 9 0 01 9 9zq1 1 2 2t3 3s4 4 5 5c1 1 2 2 3 3h1v1H2V2"/><use href="#a"/></g>`)))
	f.Add("x.svg", []byte(svg(`<style>.a{fill:url(#g)}</style><radialGradient id="g"><stop/></radialGradient><circle class="a" r="9" stroke-dasharray="1,2"/>`)))
	f.Add("x.svg", []byte(svg(`<clipPath id="a"><circle r="30"/><text y="40">cut</text></clipPath><g clip-path="url(#a)"><text x="1 2" y="9" font-style="italic" text-anchor="end" stroke="red">a<tspan dy="1ex">&lt;b</tspan></text></g>`)))
	f.Add("x.png", pngOf(f, 3, 3, color.NRGBA{9, 9, 9, 99}))
	f.Add("x.jpg", []byte{0xff, 0xd8})
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		p, err := Parse(name, data)
		if (p == nil) == (err == nil) {
			t.Fatalf("picture %v, error %v", p, err)
		}
		if err != nil {
			if list, ok := errors.AsType[mistake.List](err); !ok || len(list) == 0 || list[0].What == "" {
				t.Fatalf("%#v says nothing", err)
			}
			return
		}
		img := image.NewRGBA(image.Rect(0, 0, 40, 40))
		var to paint.Painter
		to.Reset(img, img.Rect)
		to.Turn(paint.Pt{X: 20, Y: 20}, 33)
		p.Paint(&to, paint.Box{W: 40, H: 40}, nil)
	})
}

func BenchmarkPaintDrawing(b *testing.B) {
	p, err := Parse("x.svg", []byte(svg(`<circle cx="50" cy="50" r="40"/><path d="M0 50C10 0 40 0 50 50S90 100 100 50" fill="none" stroke="red"/>`)))
	if err != nil {
		b.Fatal(err)
	}
	img := image.NewRGBA(image.Rect(0, 0, 100, 100))
	var to paint.Painter
	to.Reset(img, img.Rect)
	b.ReportAllocs()
	for b.Loop() {
		p.Paint(&to, paint.Box{W: 100, H: 100}, nil)
	}
}
