package symbol

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/widgets/paint"
)

// TestGoldenPictures compares every symbol in every condition with a reviewed
// picture, in half size. UPDATE=1 writes the pictures anew; look at them
// before committing. A picture may differ a little: rounding is not the same
// on every machine.
func TestGoldenPictures(t *testing.T) {
	oneGoroutine(t)
	for _, s := range gallery {
		t.Run(s.name, func(t *testing.T) {
			have := grey(sheet(t, s, &paint.Light, 0.6))
			file := filepath.Join("testdata", "golden", strings.ReplaceAll(s.name, " ", "-")+".png")
			if os.Getenv("UPDATE") != "" {
				writePNG(t, file, have)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			picture, err := png.Decode(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			golden, ok := picture.(*image.Gray)
			if !ok {
				t.Fatalf("%s is a %T, not grey", file, picture)
			}
			if golden.Bounds() != have.Rect {
				t.Fatalf("the picture is %v, the golden one %v", have.Rect, golden.Bounds())
			}
			if n := wrongPixels(have, golden); n > len(have.Pix)/2000 {
				t.Errorf("%d of %d pixels differ from %s", n, len(have.Pix), file)
			}
		})
	}
}

// oneGoroutine leaves out, where time is short, what the race detector has
// nothing to see in.
func oneGoroutine(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("thousands of pictures, painted by one goroutine")
	}
}

// grey keeps goldens small and lets them say what shape and light say alone.
func grey(img *image.RGBA) *image.Gray {
	out := image.NewGray(img.Rect)
	for i := range out.Pix {
		out.Pix[i] = color.GrayModel.Convert(color.RGBA{img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], 255}).(color.Gray).Y
	}
	return out
}

// wrongPixels counts where two pictures of one size differ so that one sees it.
func wrongPixels(a, b *image.Gray) (n int) {
	for i, v := range a.Pix {
		if d := int(v) - int(b.Pix[i]); d > 24 || d < -24 {
			n++
		}
	}
	return n
}

// What is unusual can be told without colour: in shades of grey, no two
// conditions of a symbol look alike, on either palette.
func TestConditionsAreToldWithoutColour(t *testing.T) {
	oneGoroutine(t)
	for name, p := range map[string]*paint.Palette{"light": &paint.Light, "dark": &paint.Dark} {
		for _, s := range gallery {
			switch s.name {
			case "nav", "badge", "button", "terminal", "panel", "pipe", "pipe still", "pipe reversed", "sludge pipe", "air pipe": // they show no value
				continue
			}
			pictures := make([]*image.Gray, len(conditions))
			for i, k := range conditions {
				img := image.NewRGBA(image.Rect(0, 0, int(s.w+2*gap), int(s.h+2*gap)))
				c := canvasOn(t, img, p, 1)
				s.with(k.Condition).Paint(c, paint.Box{X: gap, Y: gap, W: s.w, H: s.h})
				pictures[i] = grey(img)
			}
			for i := range pictures {
				for j := range i {
					if n := wrongPixels(pictures[i], pictures[j]); n < 20 {
						t.Errorf("%s, %s: %q and %q differ in %d pixels without colour", name, s.name, conditions[i].name, conditions[j].name, n)
					}
				}
			}
		}
	}
}

// What flows in a pipe can be told without colour, whatever it carries and
// wherever its arrow is.
func TestFlowsAreToldWithoutColour(t *testing.T) {
	straight := []paint.Pt{{X: 4, Y: 30}, {X: 96, Y: 30}}
	for name, p := range map[string]*paint.Palette{"light": &paint.Light, "dark": &paint.Dark} {
		for medium := Water; medium <= Signal; medium++ {
			for _, arrow := range []Arrow{NoArrow, AtEnd, InMiddle} {
				var pictures [FlowUnknown + 1]*image.Gray
				for flow := Flowing; flow <= FlowUnknown; flow++ {
					img := image.NewRGBA(image.Rect(0, 0, 100, 60))
					c := canvasOn(t, img, p, 1)
					Line{Points: &straight, Pipe: true, Medium: medium, Arrow: arrow, Flow: flow, Condition: Fine}.Paint(c, paint.Box{W: 100, H: 60})
					pictures[flow] = grey(img)
					for before := Flowing; before < flow; before++ {
						if n := wrongPixels(pictures[before], pictures[flow]); n < 20 {
							t.Errorf("%s, medium %d, arrow %d: flows %d and %d differ in %d pixels", name, medium, arrow, before, flow, n)
						}
					}
				}
			}
		}
	}
}

// Each priority has its own shape: the outlines differ even when the number
// cannot be read.
func TestPrioritiesHaveTheirShapes(t *testing.T) {
	var c Canvas
	b := paint.Box{X: 0, Y: 0, W: 100, H: 100}
	seen := map[string]uint8{}
	for pr := uint8(1); pr <= 4; pr++ {
		pts := c.badgeShape(b, pr)
		key := fmt.Sprint(len(pts), pts[0])
		if before, ok := seen[key]; ok {
			t.Errorf("priorities %d and %d have one shape", before, pr)
		}
		seen[key] = pr
	}
}

// Text can be read: 4.5 to 1 by WCAG against what it stands on; what is drawn,
// 3 to 1 where it carries meaning.
func TestContrast(t *testing.T) {
	for name, p := range map[string]*paint.Palette{"light": &paint.Light, "dark": &paint.Dark} {
		for _, c := range []struct {
			what       string
			ink, paper color.RGBA
			least      float64
		}{
			{"text on window", p.Text, p.Window, 4.5}, {"text on panel", p.Text, p.Panel, 4.5}, {"text on raised", p.Text, p.Raised, 4.5}, {"text on sunken", p.Text, p.Sunken, 4.5},
			{"labels on window", p.Dim, p.Window, 4.5}, {"labels on panel", p.Dim, p.Panel, 4.5}, {"values on window", p.Live, p.Window, 4.5}, {"values on panel", p.Live, p.Panel, 4.5},
			{"set points on sunken", p.SetPt, p.Sunken, 4.5}, {"outline on window", p.Outline, p.Window, 3}, {"bad on window", p.Bad, p.Window, 3}, {"level on sunken", p.Level, p.Sunken, 2},
			{"number on urgent", readable(p.Alarm[1]), p.Alarm[1], 4.5}, {"number on high", readable(p.Alarm[2]), p.Alarm[2], 4.5}, {"number on medium", readable(p.Alarm[3]), p.Alarm[3], 4.5}, {"number on low", readable(p.Alarm[4]), p.Alarm[4], 4.5},
		} {
			if r := paint.Contrast(c.ink, c.paper); r < c.least {
				t.Errorf("%s: %s has a contrast of %.2f, want %.1f", name, c.what, r, c.least)
			}
		}
	}
}

// What a condition says is a pure function of the value.
func TestTrustOf(t *testing.T) {
	if (Condition{}).Usable() || (Condition{}).look() == Fine.look() {
		t.Error("the zero condition looks healthy")
	}
	worst := Fine.And(Condition{Trust: Stale, Alarm: Alarm{2, Acked}}).And(Condition{Trust: Doubtful, Manual: true, Alarm: Alarm{3, Unacked}})
	if worst.Trust != Stale || !worst.Manual || worst.Alarm != (Alarm{2, Acked}) {
		t.Errorf("joined to %+v", worst)
	}
}
