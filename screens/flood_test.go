package screens

import (
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/widgets/view"
)

// newFloodPlant has the pressures of the high lift in one first-out group.
func newFloodPlant(t testing.TB) *smallPlant {
	p := newSmallPlant(t)
	for i := range p.project.Alarms {
		if a := &p.project.Alarms[i]; strings.HasPrefix(a.ID, "HL.") {
			a.FirstOut = "HL-TRIP"
		}
	}
	var err error
	if p.engine, err = alarm.NewEngine(p.project.Alarms, alarm.Options{Now: p.now.UnixNano()}); err != nil {
		t.Fatal(err)
	}
	p.snap = p.engine.Standing()
	return p
}

// pour lets a flood come: the high lift's level first, then its pressure, then
// the other areas.
func (p *smallPlant) pour() {
	p.give(num("HL.LT101", 5.5))
	p.give(num("HL.PT103", 1))
	for _, area := range []string{"IN", "RW", "FI"} {
		p.give(num(tagOf(area, "AT104"), 4.5))
		p.give(num(tagOf(area, "LT101"), 5.5))
		p.give(num(tagOf(area, "PT103"), 8.5))
	}
	p.give(num("CW.AT108", 0.1))
}

func openFloodStation(t *testing.T, size fyne.Size, opts Options) *stage {
	p := newFloodPlant(t)
	return openRoom(t, size, opts, p, p)
}

func TestFloodChipLeadsToGroups(t *testing.T) {
	g := openFloodStation(t, fyne.NewSize(1280, 800), operator())
	g.frames(1)
	if g.header.have.flood != "" {
		t.Fatalf("a calm plant says %q", g.header.have.flood)
	}
	g.plant.pour()
	g.painted[0] = -1
	g.frames(1)
	if g.header.have.flood != "FLOOD 13 in 10 min" {
		t.Fatalf("the header says %q", g.header.have.flood)
	}
	chip := g.header.zones[0].r
	if g.header.have.sounding > 0 {
		chip = g.header.zones[1].r // the horn's button is before it
	}
	scale := g.header.surface.Scale()
	test.TapCanvas(g.win.Canvas(), fyne.NewPos(float32(chip.Min.X+chip.Dx()/2)/scale, float32(chip.Min.Y+chip.Dy()/2)/scale))
	g.frames(1)
	a := g.alarms()
	if g.current != alarmPage || !a.grouped || !a.heaps.Visible() || a.grid.Visible() {
		t.Fatalf("the chip leads to page %d, groups %v", g.current, a.grouped)
	}
	var got []string
	for _, c := range a.flood.heaps {
		got = append(got, fmt.Sprintf("%s %v %d of %d, first %s", c.Name, c.FirstOut, c.Unacked, len(c.Rows), c.First.Rule.ID))
	}
	want := []string{"HL-TRIP true 3 of 3, first HL.LT101.H", "FI false 3 of 3, first FI.AT104.H", "RW false 3 of 3, first RW.AT104.H", "IN false 3 of 3, first IN.AT104.H", "CW false 1 of 1, first CW.AT108.L"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("groups are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestGroupsAreOpenedAndAnsweredInTheList(t *testing.T) {
	g := openFloodStation(t, fyne.NewSize(1280, 800), operator())
	g.plant.pour()
	g.press("F4", "G")
	a := g.alarms()
	if !a.grouped || a.details.row == nil || a.details.row.Rule.ID != "HL.LT101.H" {
		t.Fatalf("groups %v; the details are of %v", a.grouped, a.details.row)
	}
	g.press("A", "P") // nothing is acknowledged that is not in sight
	if n := g.plant.Alarms().Unacked[0]; n != 13 {
		t.Fatalf("%d alarms to acknowledge, want 13", n)
	}
	g.press("Down", "Return")
	g.frames(1)
	if a.grouped || a.list.Len() != 3 {
		t.Fatalf("groups %v, %d alarms of the group listed", a.grouped, a.list.Len())
	}
	if id, _ := a.list.Focused(); id != "FI.AT104.H" {
		t.Errorf("the row in focus is %q, want the first of the group", id)
	}
	g.press("P")
	g.until("the group is acknowledged", func() bool { return g.plant.Alarms().Unacked[0] == 10 })
	g.press("G")
	g.frames(1)
	if !a.grouped || a.flood.at.name != "FI" {
		t.Errorf("groups %v, in focus %q", a.grouped, a.flood.at.name)
	}
	a.do("standing")
	a.do("clear")
	if a.grouped || a.list.Len() != 13 {
		t.Errorf("groups %v, %d alarms listed", a.grouped, a.list.Len())
	}
	a.reveal("HL.PT103.LL")
	if id, _ := a.list.Focused(); id != "HL.PT103.LL" {
		t.Errorf("the row in focus is %q", id)
	}
}

// A click opens the group that was under the pointer, whatever comes.
func TestGroupsDoNotJumpUnderThePointer(t *testing.T) {
	g := openFloodStation(t, fyne.NewSize(1280, 800), operator())
	g.plant.pour()
	g.press("F4", "G")
	g.painted[0] = -1 // the groups are to be laid out
	g.frames(1)
	v := g.alarms().flood
	over := v.box(1).Min
	over.X, over.Y = over.X+50, over.Y+20
	v.Hover(pointer(over))
	g.plant.give(num("DO.PT103", 1)) // an urgent one, which belongs at the top
	g.frames(1)
	if v.heaps[1].Name != "FI" || v.heaps[len(v.heaps)-1].Name != "DO" {
		t.Fatalf("under the pointer is %s now, last %s", v.heaps[1].Name, v.heaps[len(v.heaps)-1].Name)
	}
	g.plant.mu.Lock()
	g.plant.now = g.plant.now.Add(5 * time.Second)
	g.plant.mu.Unlock()
	g.frames(2)
	if v.heaps[0].Name != "DO" {
		t.Errorf("after the pointer rested, %s is the first", v.heaps[0].Name)
	}
	v.Tap(pointer(over))
	if p := g.alarms(); p.grouped || p.filter.heap.name != "HL-TRIP" {
		t.Errorf("a click on the second group opened %q", p.filter.heap.name)
	}
}

func TestFloodPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no -pictures")
	}
	for _, size := range []fyne.Size{{Width: 1920, Height: 1080}, {Width: 1280, Height: 800}} {
		for _, dark := range []bool{false, true} {
			g := openFloodStation(t, size, Options{Dark: dark, Session: &person{name: "ana"}})
			g.plant.pour()
			g.frames(1)
			g.openFlood()
			g.frames(1)
			g.keep(fmt.Sprintf("flood-%d-%v", int(size.Width), dark))
			g.press("Return")
			g.keep(fmt.Sprintf("flood-opened-%d-%v", int(size.Width), dark))
		}
	}
}

func tagOf(area, code string) tag.ID { return tag.ID(area + "." + code) }

func pointer(at image.Point) view.Pointer { return view.Pointer{At: at} }
