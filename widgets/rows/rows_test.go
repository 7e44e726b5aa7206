package rows

import (
	"fmt"
	"image"
	"slices"
	"testing"
	"time"

	"penstock/assets"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// book is a model of numbered rows that counts how often it is asked.
type book struct {
	asked int
	gone  map[int]bool
	flash map[int]bool
	note  map[int]string
}

func (b *book) Row(k int, r *Row) bool {
	b.asked++
	if b.gone[k] {
		return false
	}
	r.Mark, r.Flash = k%4+1, b.flash[k]
	r.Cells[0], r.Cells[1], r.Cells[2] = fmt.Sprint(k), "tank level high high in section "+fmt.Sprint(k), "unacknowledged"+b.note[k]
	return true
}

func newBook(t testing.TB, n int) (*View[int], *book) {
	t.Helper()
	f, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		t.Fatal(err)
	}
	b := &book{gone: map[int]bool{}, flash: map[int]bool{}, note: map[int]string{}}
	v := New[int](&paint.Style{Palette: &paint.Light, Faces: f}, b,
		Column{ID: "no", Title: "No", Width: 90, Mark: true}, Column{ID: "text", Title: "Message"}, Column{ID: "state", Title: "State", Width: 150, Rank: 1})
	v.SetOrder(upTo(n))
	v.Layout(image.Pt(800, 26+24*20), 1)
	v.Frame(noon)
	return v, b
}

func upTo(n int) []int {
	keys := make([]int, n)
	for i := range keys {
		keys[i] = i
	}
	return keys
}

func at(row int) view.Pointer { return view.Pointer{At: image.Pt(200, 26+24*row+12)} }

func (v *View[K]) frame(t testing.TB, now time.Time) { view.Picture(v, v.size, v.scale, now) }

func TestOnlyRowsInSightAreAsked(t *testing.T) {
	v, b := newBook(t, 50_000)
	b.asked = 0
	v.frame(t, noon)
	if b.asked > 50 {
		t.Errorf("%d rows were asked for to show 20", b.asked)
	}
	b.asked = 0
	if v.Frame(noon) || b.asked != 0 {
		t.Errorf("a calm list asks %d rows and wants to be painted", b.asked)
	}
	v.Touch()
	if v.Frame(noon) {
		t.Error("rows that show the same are painted again")
	}
	b.note[3] = "!"
	v.Touch()
	if !v.Frame(noon) {
		t.Error("a row that changed is not painted")
	}
	v.frame(t, noon)
	b.note[30] = "!"
	v.Touch()
	if v.Frame(noon) {
		t.Error("a row out of sight is painted")
	}
}

// New rows come in while the pointer is on one: it stays where it is, what it
// says stays true, and the rest follows when the pointer rests or leaves.
func TestRowsDoNotJumpUnderThePointer(t *testing.T) {
	v, b := newBook(t, 100)
	v.frame(t, noon)
	v.Hover(at(5))
	v.SetOrder(append([]int{900, 901}, upTo(100)...))
	v.Frame(noon.Add(time.Second))
	v.Tap(at(5))
	if got := v.Selected(); !slices.Equal(got, []int{5}) {
		t.Fatalf("tapped what was row 5, selected %v", got)
	}
	if v.news != 2 {
		t.Errorf("%d rows are announced, want 2", v.news)
	}
	b.gone[7] = true
	v.Touch()
	v.Frame(noon.Add(time.Second))
	if v.Len() != 100 || v.order[8] != 8 {
		t.Error("a row that went made the others move")
	}
	v.Frame(noon.Add(time.Second + holdFor))
	if v.Len() != 102 || v.news != 0 {
		t.Errorf("after the pointer rested there are %d rows", v.Len())
	}
	if k, ok := v.Focused(); !ok || k != 5 {
		t.Errorf("the row in focus is %d", k)
	}
	v.Leave()
	v.SetOrder(upTo(3))
	if v.Len() != 3 {
		t.Error("without the pointer a new order waits")
	}
}

// A list that is scrolled keeps its first row in place when rows come above.
func TestScrolledListStays(t *testing.T) {
	v, _ := newBook(t, 1000)
	v.Wheel(at(5), 0, -20)
	v.Frame(noon)
	top, scroll := v.order[v.first()], v.scroll
	v.SetOrder(append([]int{-1, -2, -3}, upTo(1000)...))
	if v.order[v.first()] != top || v.scroll != scroll+3*24 {
		t.Errorf("the first row was %d, is %d", top, v.order[v.first()])
	}
}

func TestSelecting(t *testing.T) {
	v, _ := newBook(t, 100)
	v.frame(t, noon)
	tap := func(row int, m view.Mods) { p := at(row); p.Mods = m; v.Tap(p) }
	want := func(what string, keys ...int) {
		t.Helper()
		if got := v.Selected(); !slices.Equal(got, keys) {
			t.Errorf("%s selects %v, want %v", what, got, keys)
		}
	}
	tap(4, 0)
	want("a tap", 4)
	tap(8, view.Shift)
	want("shift and a tap", 4, 5, 6, 7, 8)
	tap(6, view.Ctrl)
	want("ctrl and a tap", 4, 5, 7, 8)
	tap(2, 0)
	want("a tap", 2)
	v.Key(view.Key{Name: view.KeyDown})
	want("down", 3)
	v.Key(view.Key{Name: view.KeyDown, Mods: view.Shift})
	v.Key(view.Key{Name: view.KeyDown, Mods: view.Shift})
	want("shift and down twice", 3, 4, 5)
	v.Key(view.Key{Name: view.KeyEnd})
	want("end", 99)
	if in := v.InSight(); in[len(in)-1] != 99 {
		t.Errorf("the last row is not in sight: %v", in)
	}
	v.Key(view.Key{Name: view.KeyHome})
	v.Key(view.Key{Name: "A", Mods: view.Ctrl})
	if got := v.Selected(); len(got) != 20 || got[19] != 19 {
		t.Errorf("ctrl+A selects %d rows of the 20 in sight", len(got))
	}
	v.SetOrder([]int{3, 500})
	want("after a new order", 3)
	tap(10, 0)
	if len(v.Selected()) != 0 {
		t.Error("a tap on nothing leaves a selection")
	}
}

func TestOpeningAndSorting(t *testing.T) {
	v, _ := newBook(t, 100)
	v.frame(t, noon)
	opened, sorted := -1, ""
	v.OnOpen = func(k int) { opened = k }
	v.OnSort = func(c string, down bool) { sorted = fmt.Sprint(c, down) }
	v.DoubleTap(at(7))
	if opened != 7 {
		t.Errorf("opened %d", opened)
	}
	v.Key(view.Key{Name: view.KeyDown})
	v.Key(view.Key{Name: view.KeyReturn})
	if opened != 0 {
		t.Errorf("down and return opened %d", opened)
	}
	head := func() { v.Tap(view.Pointer{At: image.Pt(200, 10)}) }
	if head(); sorted != "textfalse" {
		t.Errorf("the heading sorts %s", sorted)
	}
	if head(); sorted != "texttrue" {
		t.Errorf("again it sorts %s", sorted)
	}
}

func TestNarrowListDropsColumns(t *testing.T) {
	v, _ := newBook(t, 10)
	if len(v.columns) != 3 {
		t.Fatalf("%d columns", len(v.columns))
	}
	v.Layout(image.Pt(320, 400), 1)
	if len(v.columns) != 2 {
		t.Errorf("in a narrow list %d columns, want 2", len(v.columns))
	}
	last := v.columns[1]
	if last.x+last.w > 320 {
		t.Error("the last column is cut off")
	}
}

// Only what nobody has acknowledged blinks, and blinking repaints these rows
// alone.
func TestBlinking(t *testing.T) {
	v, b := newBook(t, 100)
	b.flash[2] = true
	v.Touch()
	v.frame(t, noon)
	img := image.NewRGBA(image.Rectangle{Max: v.size})
	var p paint.Painter
	p.Reset(img, img.Rect)
	if !v.Frame(noon.Add(500 * time.Millisecond)) {
		t.Fatal("the mark does not blink")
	}
	v.Paint(&p)
	for y := range v.size.Y {
		inRow := y >= 26+2*24 && y < 26+3*24
		painted := img.RGBAAt(300, y).A != 0
		if painted != inRow && y < v.size.Y-1 {
			t.Fatalf("at y %d painted is %v", y, painted)
		}
	}
	b.flash[2] = false
	v.Touch()
	v.frame(t, noon.Add(time.Second))
	if v.Frame(noon.Add(1500 * time.Millisecond)) {
		t.Error("an acknowledged row blinks")
	}
}

func TestDraggingTheHandleScrolls(t *testing.T) {
	v, _ := newBook(t, 50_000)
	v.frame(t, noon)
	_, handle := v.track()
	v.DragStart(view.Pointer{At: handle.Min.Add(image.Pt(2, 2)), Button: view.Primary})
	v.Drag(view.Pointer{At: image.Pt(handle.Min.X, v.size.Y)})
	v.DragEnd()
	if in := v.InSight(); in[len(in)-1] != 49_999 {
		t.Errorf("at the foot the last row is %d", in[len(in)-1])
	}
}

func BenchmarkScroll50000(b *testing.B) {
	v, _ := newBook(b, 50_000)
	size := image.Pt(1600, 900)
	v.Layout(size, 1)
	img := image.NewRGBA(image.Rectangle{Max: size})
	var p paint.Painter
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		v.scroll = i * 37 % (49_000 * 24)
		v.all = true
		v.Frame(noon)
		p.Reset(img, img.Rect)
		v.Paint(&p)
	}
}

func BenchmarkNewOrder50000(b *testing.B) {
	v, _ := newBook(b, 50_000)
	v.Choose(25_000)
	keys := upTo(50_000)
	for b.Loop() {
		v.SetOrder(keys)
		v.Frame(noon)
	}
}

// A key that was meant for a row that has just gone is done to no other; the
// arrows go on where it stood.
func TestNoOtherRowTakesTheFocus(t *testing.T) {
	v, _ := newBook(t, 10)
	told := 0
	v.OnSelect = func() { told++ }
	v.Choose(4)
	v.SetOrder([]int{0, 1, 2, 3, 5, 6, 7, 8, 9})
	if k, ok := v.Focused(); ok || len(v.Selected()) != 0 {
		t.Errorf("row %d took the focus of one that went, selected %v", k, v.Selected())
	}
	if told != 2 {
		t.Errorf("the owner was told %d times, want at the choice and at the loss", told)
	}
	v.Focus(true)
	v.Key(view.Key{Name: view.KeyDown})
	if k, _ := v.Focused(); k != 5 {
		t.Errorf("Down leads to row %d, want the next one", k)
	}
	v.SetOrder([]int{0, 1, 2, 3, 6, 7, 8, 9})
	v.Key(view.Key{Name: view.KeyUp})
	if k, _ := v.Focused(); k != 3 {
		t.Errorf("Up leads to row %d, want the one before", k)
	}
	v.Choose(9)
	v.SetOrder([]int{0, 1})
	v.Key(view.Key{Name: view.KeyDown})
	if k, _ := v.Focused(); k != 1 {
		t.Errorf("Down from below the end leads to row %d", k)
	}
}

// What the person at the list asks for does not wait for the pointer: another
// order by a tap on a head, or the rows of a search.
func TestWhatIsAskedForDoesNotWait(t *testing.T) {
	v, _ := newBook(t, 100)
	v.frame(t, noon)
	v.Hover(at(5))
	v.Rearrange(upTo(3))
	if v.Len() != 3 || v.news != 0 {
		t.Errorf("there are %d rows, %d announced", v.Len(), v.news)
	}
	v.Hover(at(1))
	v.Columns[0].ID = "first"
	v.OnSort = func(string, bool) { v.SetOrder(upTo(7)) }
	c := v.columns[0]
	v.tapHead(image.Pt(c.x+c.w/2, 4))
	if v.Len() != 7 {
		t.Errorf("after a tap on the head there are %d rows", v.Len())
	}
}
