package paint

import (
	"image"
	"image/color"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"pgregory.net/rapid"
)

var (
	white = color.RGBA{255, 255, 255, 255}
	red   = color.RGBA{255, 0, 0, 255}
)

func canvas(w, h int) (*Painter, *image.RGBA) {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	p := new(Painter)
	p.Reset(img, img.Rect)
	p.FillRect(img.Rect, white)
	return p, img
}

// Nothing is painted outside the clip, whatever is drawn and however far it
// reaches.
func TestNothingIsPaintedOutsideTheClip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, img := canvas(64, 48)
		n := func(name string) int { return rapid.IntRange(-30, 90).Draw(t, name) }
		f := func(name string) float32 { return float32(rapid.Float64Range(-80, 160).Draw(t, name)) }
		clip := image.Rect(n("x0"), n("y0"), n("x1"), n("y1"))
		p.SetClip(clip)
		pts := make([]Pt, rapid.IntRange(2, 6).Draw(t, "points"))
		for i := range pts {
			pts[i] = Pt{f("x"), f("y")}
		}
		w := float32(rapid.Float64Range(0.5, 20).Draw(t, "w"))
		b := Box{f("bx"), f("by"), float32(rapid.Float64Range(0, 90).Draw(t, "bw")), float32(rapid.Float64Range(0, 90).Draw(t, "bh"))}
		switch rapid.IntRange(0, 7).Draw(t, "what") {
		case 0:
			p.FillPoly(pts, red)
		case 1:
			p.Stroke(pts, w, rapid.Bool().Draw(t, "closed"), red)
		case 2:
			p.Dashed(pts, w, 4, 3, red)
		case 3:
			p.Hatch(b.Rect(), w, 2, red)
		case 4:
			p.FillRound(b, w, red)
			p.StrokeRound(b, w, 2, Fade(red, 100))
		case 5:
			p.FillCircle(pts[0].X, pts[0].Y, w, red)
			p.StrokeCircle(pts[1].X, pts[1].Y, w, 2, red)
		case 6:
			p.FillRect(b.Rect(), Fade(red, 128))
			p.DashedRect(b.Rect(), 2, 4, 3, red)
		case 7:
			p.Line(pts[0], pts[1], w, red)
			p.Polyline(pts, w, red)
		}
		for y := range 48 {
			for x := range 64 {
				if at := image.Pt(x, y); !at.In(clip) && img.RGBAAt(x, y) != white {
					t.Fatalf("pixel %v outside %v was painted", at, clip)
				}
			}
		}
	})
}

func count(img *image.RGBA, c color.RGBA) (n int) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if img.RGBAAt(x, y) == c {
				n++
			}
		}
	}
	return n
}

func TestShapesCoverWhatTheyShould(t *testing.T) {
	p, img := canvas(100, 100)
	p.Stroke([]Pt{{10, 10}, {90, 10}, {90, 90}, {10, 90}}, 4, true, red)
	if got, want := count(img, red), 84*84-76*76; got != want {
		t.Errorf("a closed line of width 4 around 80 x 80 covers %d pixels, want %d", got, want)
	}
	p, img = canvas(100, 100)
	p.Stroke([]Pt{{10, 10}, {90, 10}, {90, 90}}, 4, false, red)
	if got, want := count(img, red), 82*4+78*4; got != want {
		t.Errorf("an open corner covers %d pixels, want %d", got, want)
	}
	p, img = canvas(100, 100)
	p.FillRound(Box{10, 10, 80, 80}, 0, red)
	if got := count(img, red); got != 6400 {
		t.Errorf("a box without round corners covers %d pixels, want 6400", got)
	}
	p, img = canvas(100, 100)
	p.Hatch(image.Rect(0, 0, 100, 100), 10, 2, red)
	if got := 10000 - count(img, white); got < 2000 || got > 5200 {
		t.Errorf("a hatch of 2 in 10 touches %d pixels", got)
	}
}

// What the eyes of some people do to our alarm colours must not make two of
// them one, and never hides them.
func TestAlarmColoursForEveryEye(t *testing.T) {
	for name, pal := range map[string]*Palette{"light": &Light, "dark": &Dark} {
		for _, v := range Visions() {
			see := func(c color.RGBA) color.RGBA {
				img := image.NewRGBA(image.Rect(0, 0, 9, 9))
				for i := range 81 {
					img.SetRGBA(i%9, i/9, c)
				}
				v.See(img)
				return img.RGBAAt(4, 4)
			}
			for i := 1; i <= 4; i++ {
				if d := apart(see(pal.Alarm[i]), see(pal.Window)); d < 60 {
					t.Errorf("%s, %v: priority %d is only %d away from the window", name, v, i, d)
				}
			}
		}
	}
	grey := image.NewRGBA(image.Rect(0, 0, 1, 1))
	grey.SetRGBA(0, 0, color.RGBA{120, 120, 120, 255})
	for _, v := range Visions() {
		if v.See(grey); apart(grey.RGBAAt(0, 0), color.RGBA{120, 120, 120, 255}) > 3 {
			t.Errorf("%v: grey is seen as %v", v, grey.RGBAAt(0, 0))
		}
	}
}

func apart(a, b color.RGBA) int {
	d := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return d(a.R, b.R) + d(a.G, b.G) + d(a.B, b.B)
}

func TestContrast(t *testing.T) {
	if c := Contrast(color.RGBA{0, 0, 0, 255}, white); c < 20.9 || c > 21.1 {
		t.Errorf("black on white has %v, want 21", c)
	}
	if c := Contrast(red, red); c != 1 {
		t.Errorf("red on red has %v, want 1", c)
	}
}

// What is painted turned is where a turned drawing of it would be: shapes,
// lines and letters alike, and still inside the clip.
func TestTurn(t *testing.T) {
	ink := color.RGBA{0, 0, 0, 255}
	weight := func(f func(p *Painter)) (upright, turned, at int) {
		for i, degrees := range []float32{0, 90} {
			p, img := canvas(100, 100)
			if degrees != 0 {
				p.Turn(Pt{50, 50}, degrees)
			}
			f(p)
			n := 0
			for y := range 100 {
				for x := range 100 {
					if img.RGBAAt(x, y).R < 128 {
						n++
						if i == 1 && x > 60 && y < 50 {
							at++ // above and to the right of the middle
						}
					}
				}
			}
			if i == 0 {
				upright = n
			} else {
				turned = n
			}
		}
		return upright, turned, at
	}
	face, err := NewTypeface(gobold.TTF)
	if err != nil {
		t.Fatal(err)
	}
	// Everything is drawn above the middle, at the left: turned by a quarter it
	// is above, at the right.
	for name, f := range map[string]func(p *Painter){
		"rectangle": func(p *Painter) { p.FillRect(image.Rect(10, 10, 40, 30), ink) },
		"line":      func(p *Painter) { p.Line(Pt{10, 20}, Pt{40, 20}, 3, ink) },
		"polygon":   func(p *Painter) { p.FillPoly([]Pt{{10, 10}, {40, 10}, {10, 30}}, ink) },
		"ring":      func(p *Painter) { p.StrokeCircle(25, 20, 12, 3, ink) },
		"letters":   func(p *Painter) { p.Text(face.Size(24), 5, 30, "MX", ink) },
	} {
		upright, turned, at := weight(f)
		if turned == 0 || at != turned || turned*10 < upright*7 || turned*10 > upright*14 {
			t.Errorf("%s: %d pixels upright, %d turned, %d of them where they belong", name, upright, turned, at)
		}
	}
	p, img := canvas(100, 100)
	p.SetClip(image.Rect(0, 0, 50, 100))
	p.Turn(Pt{50, 50}, 45)
	p.FillRect(image.Rect(0, 0, 100, 100), ink)
	p.Text(face.Size(40), 0, 60, "MMMM", ink)
	for y := range 100 {
		if img.RGBAAt(60, y) == ink {
			t.Fatalf("turned, it paints outside of the clip at 60, %d", y)
		}
	}
	p.Upright()
	if p.Where(Pt{1, 2}) != (Pt{1, 2}) {
		t.Error("upright is not upright")
	}
}

// A mask leaves what its shape covers, inside the one before, whatever is
// painted and however it is turned.
func TestMask(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 100, 100))
	var p Painter
	p.Reset(img, img.Rect)
	ink := color.RGBA{200, 0, 0, 255}
	left := p.Mask([]Pt{{0, 0}, {50, 0}, {50, 100}, {0, 100}})
	if p.SetMask(left) != nil {
		t.Error("there was a mask")
	}
	p.SetMask(p.Mask([]Pt{{0, 0}, {100, 0}, {100, 50}, {0, 50}})) // its upper half
	p.FillRect(img.Rect, ink)
	for at, want := range map[image.Point]color.RGBA{{X: 20, Y: 20}: ink, {X: 70, Y: 20}: {}, {X: 20, Y: 70}: {}, {X: 70, Y: 70}: {}} {
		if got := img.RGBAAt(at.X, at.Y); got != want {
			t.Errorf("at %v it is %v", at, got)
		}
	}
	p.SetMask(left)
	p.Turn(Pt{50, 50}, 90)
	p.Line(Pt{90, 0}, Pt{90, 100}, 6, ink) // turned it lies across, below
	p.Upright()
	if img.RGBAAt(20, 90) != ink || img.RGBAAt(70, 90).A != 0 {
		t.Errorf("the line is %v in the mask and %v outside", img.RGBAAt(20, 90), img.RGBAAt(70, 90))
	}
	p.SetMask(p.Mask()) // of nothing
	p.FillRect(img.Rect, color.RGBA{0, 200, 0, 255})
	if img.RGBAAt(20, 20) != ink {
		t.Error("a mask of nothing lets something through")
	}
	p.Reset(img, img.Rect)
	p.FillRect(img.Rect, color.RGBA{0, 200, 0, 255})
	if img.RGBAAt(70, 70).G != 200 {
		t.Error("the mask stays for the next picture")
	}
}
