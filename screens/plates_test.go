package screens

import (
	"image"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"penstock/app/tag"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// A faceplate never covers its symbol where there is room on any side, and
// never leaves the page.
func TestPlaceBesideASymbol(t *testing.T) {
	room := area{fyne.NewPos(100, 50), fyne.NewSize(1000, 600)}
	size := fyne.NewSize(370, 500)
	at := func(x, y, w, h float32) area { return area{fyne.NewPos(x, y), fyne.NewSize(w, h)} }
	for name, c := range map[string]struct {
		symbol area
		taken  []area
		want   area
	}{
		"right of it":                {at(200, 100, 60, 60), nil, at(268, 100, 370, 500)},
		"right, moved up":            {at(200, 500, 60, 60), nil, at(268, 150, 370, 500)},
		"left, at the right side":    {at(900, 100, 60, 60), nil, at(522, 100, 370, 500)},
		"left, right is taken":       {at(600, 100, 60, 60), []area{at(700, 100, 100, 100)}, at(222, 100, 370, 500)},
		"right, all is taken":        {at(600, 100, 60, 60), []area{room}, at(668, 100, 370, 500)},
		"below what is wide":         {at(150, 60, 900, 40), nil, at(150, 108, 370, 500)},
		"below, lower than it would": {at(150, 60, 900, 140), nil, at(150, 208, 370, 442)},
		"above what is wide":         {at(150, 560, 900, 60), nil, at(150, 52, 370, 500)},
		"as large as the page":       {at(100, 50, 1000, 600), nil, at(730, 50, 370, 500)},
		"large, at the right":        {at(420, 60, 600, 580), nil, at(100, 60, 370, 500)},
	} {
		got := placeBeside(c.symbol, room, size, c.taken)
		if got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if in := room.hold(got); in != got {
			t.Errorf("%s: %v leaves the page", name, got)
		}
	}
}

// plateArea is where a faceplate stands in the window.
func plateArea(p *faceplate) area { return area{p.panel.Position(), p.panel.Size()} }

// tapItem clicks on what a display shows.
func (g *stage) tapItem(id string) area {
	g.t.Helper()
	p := g.mimics()
	g.win.Canvas().Capture() // it is laid out when somebody looks
	for _, it := range p.scene.Items() {
		if it.ID == id {
			px, k := p.scene.Pixels(it.Box), p.canvas.Scale()
			at := g.app.Driver().AbsolutePositionForObject(p.canvas)
			test.TapCanvas(g.win.Canvas(), at.AddXY((px.X+px.W/2)/k, (px.Y+px.H/2)/k))
			g.frames(1)
			px = p.scene.Pixels(it.Box)
			return area{at.AddXY(px.X/k, px.Y/k), fyne.NewSize(px.W/k, px.H/k)}
		}
	}
	g.t.Fatalf("the display has no %s", id)
	return area{}
}

// A faceplate opens beside its symbol; pinned ones stay; Escape and leaving
// the page close what is not pinned.
func TestAFaceplateStandsBesideItsSymbol(t *testing.T) {
	for _, size := range []fyne.Size{desk, fyne.NewSize(1280, 800)} {
		plant := plantWithDisplay(t)
		g := openRoom(t, size, operator(), plant, plant)
		g.press("F2")
		g.OpenTag("HL.FT102") // from a list: at the side, and the page makes room
		if !g.plates.docked() || g.plates.turns.panel.Position().X != size.Width-plateWidth {
			t.Error("a faceplate opened by name does not dock")
		}
		symbol := g.tapItem("v")
		p := g.plates.turns
		if g.plates.docked() || p.id != "HL.PT103" || !p.panel.Visible() {
			t.Fatalf("the symbol opens %s, docked %v", p.id, g.plates.docked())
		}
		in := plateArea(p)
		page := pageArea(g.Station, size)
		if in.overlaps(symbol) || page.hold(in) != in || in.at.X != symbol.right()+besideGap {
			t.Errorf("%v: it stands at %v, the symbol at %v, the page is %v", size, in, symbol, page)
		}

		// It is as high as what it has to show, and grows with that.
		g.frames(2)
		if now := plateArea(p); now != in || in.size.Height > p.tall()+1 {
			t.Errorf("by itself it went from %v to %v; it has %v to show", in, now, p.tall())
		}

		// Taken by its head it moves, and not out of the page.
		drag := func(y, dx, dy int) {
			k := p.top.Scale()
			from := image.Pt(int(60*k), int(float32(y)*k))
			p.face.DragStart(view.Pointer{At: from})
			p.face.Drag(view.Pointer{At: from.Add(image.Pt(int(float32(dx)*k), int(float32(dy)*k)))})
			p.face.DragEnd()
		}
		p.size.Height = 300
		p.face.brief = 0 // as if there were little to show
		drag(20, 40, 30)
		if got := plateArea(p).at; got != in.at.AddXY(40, 30) {
			t.Errorf("dragged by 40, 30 it went from %v to %v", in.at, got)
		}
		drag(20, -5000, -5000)
		if got := plateArea(p).at; got != page.at {
			t.Errorf("dragged over the banner it stands at %v", got)
		}
		drag(120, 300, 300)
		if got := plateArea(p).at; got != page.at {
			t.Error("it moves when its value is dragged")
		}

		// Zooming the page moves nothing.
		g.mimics().scene.Wheel(view.Pointer{At: image.Pt(100, 100)}, 0, 3)
		g.frames(1)
		if got := plateArea(p).at; got != page.at {
			t.Error("it follows the zoom")
		}
		shown := g.mimics()
		if shown.setBar(); !slices.ContainsFunc(shown.bar.Items(), func(it toolbar.Item) bool { return it.ID == fitID }) {
			t.Error("nothing leads back to the whole display")
		}
		if shown.do(fitID); shown.scene.Zoom() != 1 {
			t.Errorf("the whole display is shown %v times as large", shown.scene.Zoom())
		}
		drag(20, 5000, 0)
		if got := plateArea(p); got.right() != page.right() {
			t.Errorf("dragged out at the right it stands at %v of %v", got, page)
		}

		g.plates.pin(p)
		g.tapItem("b")
		g.press("Escape") // the question of the button
		if len(g.plates.shown()) != 2 || g.plates.turns == p || g.plates.turns.id != "HL.PIC103.SP" {
			t.Fatalf("%d faceplates are open", len(g.plates.shown()))
		}
		g.OpenTag("HL.PT103")
		if len(g.plates.shown()) != 2 {
			t.Error("a tag whose faceplate is pinned opens another")
		}
		g.press("F4")
		if open := g.plates.shown(); len(open) != 1 || open[0] != p {
			t.Errorf("on another page %d are open", len(open))
		}
		g.press("F2", "H")
		g.frames(1)
		if g.plates.layer.Visible() {
			t.Error("a live faceplate stands before the past")
		}
		g.press("Escape")
		g.frames(1)
		if !g.plates.layer.Visible() || len(g.plates.shown()) != 1 {
			t.Error("after the past the pinned one is gone")
		}
		g.press("Escape")
		if len(g.plates.shown()) != 0 {
			t.Error("Escape does not close a pinned one")
		}
	}
}

// There is a bound on what is pinned, each can be let go again, and they come
// back at the next start.
func TestPinnedFaceplates(t *testing.T) {
	opts := operator()
	opts.Folder = t.TempDir()
	small := newSmallPlant(t)
	g := openRoom(t, desk, opts, small, small)
	ids := []tag.ID{"HL.PT103", "HL.FT102", "CW.LT101", "HL.P1.RUN", "HL.P1.MODE"}
	for _, id := range ids {
		g.OpenTag(id)
		g.plates.pin(g.plates.turns)
	}
	if n := len(g.plates.pinned); n != mostPinned || !g.plates.docked() {
		t.Fatalf("%d are pinned", n)
	}
	first := g.plates.pinned[0]
	first.at = fyne.NewPos(300, 100)
	g.body.Refresh()
	g.keepWorkspace(true)
	h := openRoom(t, desk, opts, small, small)
	if n := len(h.plates.pinned); n != mostPinned || h.plates.pinned[0].id != "HL.PT103" || h.plates.pinned[0].at != first.at || h.plates.turns.id != "HL.P1.MODE" {
		t.Errorf("%d came back, the first at %v, not %v", n, h.plates.pinned[0].at, first.at)
	}
	g.plates.pin(first) // let go: it is the one that turns now
	if g.plates.turns != first || len(g.plates.pinned) != mostPinned-1 || len(g.plates.shown()) != mostPinned {
		t.Error("one that was let go does not turn")
	}
	g.OpenTag("HL.PIC103.SP")
	if first.id != "HL.PIC103.SP" || len(g.plates.shown()) != mostPinned {
		t.Errorf("it shows %s", first.id)
	}
	// Inside a pinned one the lines of its family turn it.
	p := g.plates.pinned[0]
	p.turn("CW.LT101.NO")
	if p.id != "HL.FT102" {
		t.Errorf("a tag that is not there turns it to %s", p.id)
	}
	p.turn("HL.PT103")
	if p.id != "HL.PT103" || !p.pinned() || !p.panel.Visible() {
		t.Errorf("a pinned one shows %s", p.id)
	}
}
