package scene

import (
	"image"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"penstock/app/tag"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

// Whatever happens, painting only what changed gives the picture that painting
// everything gives.
func TestDirtyPaintingIsWholePainting(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of pictures, painted by one goroutine")
	}
	fresh, displays := demoPlant(t)
	var ids []tag.ID
	for id := range fresh.defs {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var names []string
	for name, d := range displays {
		if !d.Template() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	qualities := []tag.Quality{tag.Good, tag.Bad, tag.LastUsable, tag.BadCommunicationError, tag.NoData, tag.Uncertain, tag.GoodLocalOverride}
	style := testStyle(t, &paint.Light)
	rapid.Check(t, func(t *rapid.T) {
		d := displays[rapid.SampledFrom(names).Draw(t, "display")]
		p := fresh.clone()
		change := func() {
			id := rapid.SampledFrom(ids).Draw(t, "tag")
			def := p.defs[id]
			v := p.values[id].Value
			if def.Kind == tag.KindFloat {
				v = tag.Float(def.Lo + (def.Hi-def.Lo)*rapid.Float64Range(-0.1, 1.1).Draw(t, "v"))
			} else if def.Kind == tag.KindBool {
				v = tag.Bool(rapid.Bool().Draw(t, "b"))
			}
			p.set(id, v, rapid.SampledFrom(qualities).Draw(t, "q"))
			p.alarm(id, symbol.Alarm{Priority: uint8(rapid.IntRange(1, 4).Draw(t, "p")), Phase: symbol.Phase(rapid.IntRange(0, 4).Draw(t, "phase"))})
		}
		for range rapid.IntRange(0, 200).Draw(t, "unusual") {
			change()
		}
		s, err := New(d, p, style, Options{Find: finder(displays)})
		if err != nil {
			t.Fatal(err)
		}
		size := image.Pt(rapid.IntRange(160, 480).Draw(t, "w"), rapid.IntRange(100, 280).Draw(t, "h"))
		now := noon
		img := view.Picture(s, size, 1, now)
		var painter paint.Painter
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			at := view.Pointer{At: image.Pt(rapid.IntRange(0, size.X).Draw(t, "x"), rapid.IntRange(0, size.Y).Draw(t, "y"))}
			switch rapid.IntRange(0, 8).Draw(t, "what") {
			case 0:
				s.Hover(at)
			case 1:
				s.Wheel(at, 0, float32(rapid.IntRange(-2, 2).Draw(t, "notches")))
			case 2:
				s.Mark(rapid.SampledFrom(ids).Draw(t, "mark"))
			case 3:
				s.Focus(rapid.Bool().Draw(t, "focus"))
				s.Tap(at)
			default:
				for range 8 {
					change()
				}
			}
			s.Frame(now)
			painter.Reset(img, img.Rect)
			s.Paint(&painter)

			whole := image.NewRGBA(img.Rect)
			s.Repaint()
			painter.Reset(whole, whole.Rect)
			s.Paint(&painter)
			if at, ok := differ(img, whole, 3); ok {
				t.Fatalf("%s at %v: pixel %v is %v, painted whole %v", d.Name, size, at, img.RGBAAt(at.X, at.Y), whole.RGBAAt(at.X, at.Y))
			}
		}
	})
}

// differ finds a pixel of two pictures that differs by more than most in a
// colour: rounding at the edge of a clip may be one off.
func differ(a, b *image.RGBA, most int) (image.Point, bool) {
	for i := range a.Pix {
		if d := int(a.Pix[i]) - int(b.Pix[i]); d > most || d < -most {
			return image.Pt(i%a.Stride/4, i/a.Stride), true
		}
	}
	return image.Point{}, false
}
