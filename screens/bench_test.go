package screens

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/assets"
	"penstock/drivers"
	"penstock/widgets/paint"
)

// 10,000 alarms in one second: what a frame costs that lists them anew.
func BenchmarkAlarmFlood(b *testing.B) {
	g := openStation(b, fyne.NewSize(1600, 900), operator())
	g.press("F4")
	p := g.alarms()
	snaps := [2]*alarm.Snapshot{flood(10_000), flood(10_001)}
	img := image.NewRGBA(image.Rect(0, 0, 1470, 600))
	p.list.Layout(img.Rect.Max, 1)
	var painter paint.Painter
	now := g.plant.clock()
	for i := 0; b.Loop(); i++ {
		now = now.Add(100 * time.Millisecond)
		p.take(snaps[i&1])
		p.list.Frame(now)
		painter.Reset(img, img.Rect)
		p.list.Paint(&painter)
	}
}

func flood(n int) *alarm.Snapshot {
	s := &alarm.Snapshot{}
	for i := range n {
		r := &alarm.Rule{ID: fmt.Sprint("A", i), Tag: "HL.PT103", Area: "HL", Kind: alarm.High, Priority: i%4 + 1, Message: "level high in tank " + fmt.Sprint(i)}
		s.Rows = append(s.Rows, alarm.Row{Rule: r, State: alarm.State{Facts: alarm.Facts{Active: true, Unacked: true}, AnnouncedAt: int64(i)}, Phase: alarm.Unacked})
	}
	return s
}

// What a station costs at each tick, painting apart.
func BenchmarkTick(b *testing.B) {
	for i, name := range pageNames {
		b.Run(name, func(b *testing.B) {
			g := openStation(b, fyne.NewSize(1920, 1080), operator())
			g.plant.upset()
			g.goTo(i)
			g.frames(2)
			now := g.plant.clock()
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(100 * time.Millisecond)
				g.Frame(now)
			}
		})
	}
}

// From the key to the painted page: the call-up of a display, and of every
// page, whole: what is bound, laid out, framed and painted, but for Fyne's
// hands. The demo's displays have up to 170 points.
func BenchmarkCallUp(b *testing.B) {
	g := openDemo(b, fyne.NewSize(1920, 1080))
	g.press("F2")
	names := make([]string, 0, len(g.mimics().order))
	for _, d := range g.mimics().order {
		names = append(names, d.Name)
	}
	for _, name := range append(names, pageNames...) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				g.goTo(peoplePageNo)
				b.StartTimer()
				if i := slices.Index(pageNames, name); i >= 0 {
					g.goTo(i)
				} else {
					g.openDisplay(name)
				}
				g.Frame(g.plant.clock())
				g.paint(g.win.Content())
			}
			if sc := g.mimics().scene; g.current == mimicPage {
				b.ReportMetric(float64(len(sc.Tags())), "tags")
			}
		})
	}
}

// openDemo is a window on the demo's project, whose tags stand still.
func openDemo(b *testing.B, size fyne.Size) *stage {
	b.Helper()
	pr, err := project.LoadFS(assets.Demo(), drivers.Set{"opcua": offline{}, "modbus": offline{}})
	if err != nil {
		b.Fatal(err)
	}
	p := &smallPlant{t: b, now: morning, project: pr}
	if p.db, err = tagdb.New(pr.Tags, tagdb.Options{}); err != nil {
		b.Fatal(err)
	}
	scope := func(id tag.ID) (tag.Kind, bool) {
		if c := p.db.Cell(id); c != nil {
			return c.Def().Kind, true
		}
		return tag.None, false
	}
	if p.engine, err = alarm.NewEngine(pr.Alarms, alarm.Options{Now: p.now.UnixNano(), Scope: scope}); err != nil {
		b.Fatal(err)
	}
	p.snap = p.engine.Standing()
	p.run(time.Second)
	return openRoom(b, size, operator(), p, p)
}

// offline is a driver that nothing is wrong with and that reaches nothing.
type offline struct{}

func (offline) CheckDevice(drivers.Device) error               { return nil }
func (offline) CheckPoint(drivers.Device, drivers.Point) error { return nil }
func (offline) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	return nil, errors.New("offline")
}
