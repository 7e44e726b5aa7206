package toolbar

import (
	"fmt"
	"image"
	"testing"

	"penstock/assets"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// row is a bar of n buttons, w pixels wide, and what was pressed on it.
func row(t *testing.T, n, w int) (b *Bar, pressed *[]string) {
	t.Helper()
	f, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		t.Fatal(err)
	}
	pressed = &[]string{}
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{ID: fmt.Sprint("b", i), Text: fmt.Sprintf("Button %d", i), Hint: "B"}
	}
	b = New(&paint.Style{Palette: &paint.Light, Faces: f}, func(id string) { *pressed = append(*pressed, id) }, items...)
	b.More = func(_ image.Rectangle, rest []Item) {
		for _, it := range rest {
			*pressed = append(*pressed, "more:"+it.ID)
		}
	}
	b.Layout(image.Pt(w, 34), 1)
	return b, pressed
}

// However narrow it is, every button can be reached, none stands outside, and
// none on another.
func TestEveryButtonHasAPlace(t *testing.T) {
	for w := 200; w <= 1400; w += 37 {
		b, pressed := row(t, 10, w)
		end := 0
		for i, r := range b.rects {
			if r.Empty() {
				continue
			}
			if r.Min.X < end || r.Max.X > w {
				t.Errorf("%d wide: button %d stands at %v, the one before ends at %d", w, i, r, end)
			}
			end = r.Max.X
			b.Tap(view.Pointer{At: r.Min.Add(image.Pt(3, 3))})
		}
		if !b.more.Empty() {
			if b.more.Min.X < end || b.more.Max.X > w {
				t.Errorf("%d wide: the last button stands at %v, the one before ends at %d", w, b.more, end)
			}
			b.Tap(view.Pointer{At: b.more.Min.Add(image.Pt(3, 3))})
		}
		if len(*pressed) != 10 {
			t.Errorf("%d wide: reached %v", w, *pressed)
		}
	}
}

func TestAChoiceThatHoldsIsSeen(t *testing.T) {
	b, _ := row(t, 10, 420)
	items := append([]Item(nil), b.Items()...)
	items[9].On = true
	b.Set(items)
	if b.rects[9].Empty() || b.more.Empty() {
		t.Errorf("the choice that holds stands at %v, the rest at %v", b.rects[9], b.more)
	}
	if r, ok := b.Rect("b8"); !ok || r != b.more {
		t.Errorf("a button without room is reached at %v", r)
	}
}

// The keyboard reaches the same as the mouse, and an end is an end.
func TestKeysReachTheRest(t *testing.T) {
	b, pressed := row(t, 10, 420)
	b.Focus(true)
	for range 20 {
		b.Key(view.Key{Name: view.KeyRight})
	}
	b.Key(view.Key{Name: view.KeyReturn})
	if len(*pressed) == 0 || (*pressed)[0][:5] != "more:" {
		t.Errorf("the last button is %v", *pressed)
	}
}

func TestWhyAButtonIsOff(t *testing.T) {
	b, pressed := row(t, 2, 400)
	b.Set([]Item{{ID: "x", Text: "Off", Off: true}})
	why := ""
	b.Denied = func(id string) { why = id }
	b.Tap(view.Pointer{At: b.rects[0].Min.Add(image.Pt(3, 3))})
	if why != "x" || len(*pressed) != 0 {
		t.Errorf("a button that is off does %v and says %q", *pressed, why)
	}
}
