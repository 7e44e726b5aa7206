package screens

import (
	"image"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"penstock/widgets/trend"
	"penstock/widgets/view"
)

// A pen is found by typing and added by Return; the letter that opened the
// list is not typed into it.
func TestPenIsAddedByTyping(t *testing.T) {
	g := openStation(t, desk, operator())
	g.press("F3", "I")
	p := g.pages[trendPage].(*trendsPage)
	g.until("the field has the focus", func() bool { return g.win.Canvas().Focused() == p.pick.search })
	before := len(p.view.Pens())
	g.typed("cw.lt101")
	g.press("Return")
	pens := p.view.Pens()
	if p.pick.search.Text != "cw.lt101" || len(pens) != before+1 || pens[len(pens)-1] != "CW.LT101" {
		t.Errorf("typed %q, the pens are %v", p.pick.search.Text, pens)
	}
	p.do("picker")
	if p.pick.panel.Visible() || g.win.Canvas().Focused() != p.plot {
		t.Error("the list does not give its room and the keys back")
	}
}

// The toolbar, the keys and the menu lead to the same things.
func TestTrendIsDrivenByHand(t *testing.T) {
	g := openStation(t, desk, operator())
	p := g.pages[trendPage].(*trendsPage)
	g.addPens("HL.PT103", "HL.FT102")
	g.frames(2)
	press := func(id string) {
		t.Helper()
		r, ok := p.bar.Rect(id)
		if !ok {
			t.Fatalf("no button %q", id)
		}
		p.bar.Tap(view.Pointer{At: r.Min.Add(image.Pt(3, 3))})
		g.frames(1)
	}
	press("large")
	if p.view.Enlarged() <= 1 {
		t.Error("Large does nothing")
	}
	press("large")
	press("compare")
	if len(g.dialogs) != 1 {
		t.Fatal("Compare asks nothing")
	}
	g.win.Canvas().Focus(g.dialogs[0].first)
	g.win.Canvas().Focused().(*entry).SetText("2026-03-12 06:00")
	g.press("Return")
	from, ok := p.view.Compared()
	if want := time.Date(2026, 3, 12, 6, 0, 0, 0, g.plant.clock().Location()); !ok || time.Unix(0, from).Sub(want).Abs() > time.Second {
		t.Errorf("compared with %v", time.Unix(0, from))
	}
	press("uncompare")
	if _, ok := p.view.Compared(); ok {
		t.Error("the comparison stays")
	}
	// How a pen is drawn: by its menu.
	p.askLook("HL.PT103")
	d := g.dialogs[0]
	g.frames(1)
	test.Tap(d.yes)
	// Its axis is typed; numbers the wrong way round are refused.
	for _, c := range []struct {
		from, to string
		gone     bool
	}{{"7", "2", false}, {"2", "7.5", true}} {
		p.askLook("HL.PT103")
		d := g.dialogs[0]
		for i, e := range entriesIn(d.pop.Content) {
			e.SetText([]string{c.from, c.to}[i])
		}
		test.Tap(d.yes)
		if d.gone != c.gone {
			t.Errorf("an axis from %s to %s: %q", c.from, c.to, d.note.Text)
		}
		d.close()
	}
	g.frames(1)
	if lo, hi, ok := p.view.Axis("HL.PT103"); !ok || lo != 2 || hi != 7.5 {
		t.Errorf("the axis is %g to %g", lo, hi)
	}
	if l := p.view.LookOf("HL.PT103"); l.Line != trend.AsKind || l.Own {
		t.Errorf("nothing was changed, but it is drawn as %+v", l)
	}
}

// entriesIn are the fields in an object, in order.
func entriesIn(o fyne.CanvasObject) (out []*entry) {
	switch o := o.(type) {
	case *entry:
		return []*entry{o}
	case *fyne.Container:
		for _, c := range o.Objects {
			out = append(out, entriesIn(c)...)
		}
	}
	return out
}
