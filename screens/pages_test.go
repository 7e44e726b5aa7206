package screens

import (
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"penstock/app/tag"
	"penstock/widgets"
)

var pictures = flag.String("pictures", "", "folder to keep pictures of every page in")

// station opens the small plant's window. What is posted runs when the test
// calls work, on the test's goroutine, as it would on Fyne's.
type stage struct {
	*Station
	plant *smallPlant
	t     testing.TB
	posts chan func()

	painted [3]int // page, dialogs and faceplate when the window was painted last
}

func openStation(t testing.TB, size fyne.Size, opts Options) *stage {
	t.Helper()
	p := newSmallPlant(t)
	return openRoom(t, size, opts, p, p)
}

func openRoom(t testing.TB, size fyne.Size, opts Options, plant *smallPlant, room Room) *stage {
	t.Helper()
	app := test.NewTempApp(t)
	g := &stage{plant: plant, t: t, posts: make(chan func(), 1000)}
	opts.Now = g.plant.clock
	opts.Post = func(f func()) { g.posts <- f }
	g.Station = NewStation(app, room, opts)
	g.win.Resize(size)
	g.win.Show()
	g.focusPage()
	t.Cleanup(func() { g.Close(); g.work() })
	g.frames(2)
	return g
}

// work runs what was posted.
func (g *stage) work() {
	for {
		select {
		case f := <-g.posts:
			f()
		default:
			return
		}
	}
}

// frames gives the window n frames.
func (g *stage) frames(n int) {
	for range n {
		g.work()
		g.Frame(g.plant.clock())
	}
	// What Fyne's painter does: it asks the surfaces for their pictures. That
	// takes its time, so it is done when other things are in the window.
	if in := [3]int{g.current, len(g.dialogs), int(g.plates.turns.panel.Size().Width)}; in != g.painted {
		g.painted = in
		g.paint(g.win.Content())
		for _, o := range g.win.Canvas().Overlays().List() {
			g.paint(o)
		}
	}
}

// paint has every surface in sight make its picture; the rest of the window is
// Fyne's own.
func (g *stage) paint(o fyne.CanvasObject) {
	if !o.Visible() {
		return
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, in := range o.Objects {
			g.paint(in)
		}
	case *widget.PopUp:
		g.paint(o.Content)
	case *widgets.Surface:
		size, scale := o.Size(), o.Scale()
		test.WidgetRenderer(o).Objects()[0].(*canvas.Raster).Generator(int(size.Width*scale), int(size.Height*scale))
	}
}

// until gives frames until something is so.
func (g *stage) until(what string, ok func() bool) {
	g.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		g.work()
		g.Frame(g.plant.clock())
		if ok() {
			return
		}
	}
	g.t.Fatalf("it never came about that %s", what)
}

func (g *stage) keep(name string) {
	g.t.Helper()
	if *pictures == "" {
		return
	}
	g.frames(2)
	f, err := os.Create(filepath.Join(*pictures, name+".png"))
	if err != nil {
		g.t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, g.win.Canvas().Capture()); err != nil {
		g.t.Fatal(err)
	}
}

func TestEveryPageIsPainted(t *testing.T) {
	for _, size := range []fyne.Size{{Width: 1920, Height: 1080}, {Width: 1280, Height: 800}} {
		for _, dark := range []bool{false, true} {
			if *pictures == "" && dark == (size.Width < 1900) {
				continue // two of the four show all there is to go wrong
			}
			name := fmt.Sprintf("%d-%v", int(size.Width), map[bool]string{true: "dark", false: "light"}[dark])
			t.Run(name, func(t *testing.T) {
				g := openStation(t, size, Options{Dark: dark, Session: &person{name: "ana"}, Name: "station 1"})
				g.plant.upset()
				g.frames(3)
				for i, page := range g.names {
					g.goTo(i)
					g.frames(1)
					if i == trendPage {
						g.until("the history is there", func() bool { return !g.pages[trendPage].(*trendsPage).view.Loading() })
					}
					if i == eventPage {
						g.until("the journal is there", func() bool { return g.pages[eventPage].(*eventsPage).list.Len() > 0 })
					}
					if i == alarmPage {
						g.pages[alarmPage].(*alarmsPage).list.Choose("HL.PT103.LL")
					}
					if !testing.Short() {
						g.win.Canvas().Capture() // Fyne's own widgets as well
					}
					g.keep(fmt.Sprintf("%s-%d-%s", name, i+1, page))
				}
				g.goTo(overviewPage)
				for _, id := range []tag.ID{"HL.PT103", "HL.PIC103.SP", "HL.P1.MODE", "RW.FT102"} {
					g.OpenTag(id)
					g.until("the faceplate has its trend", func() bool { return !g.plates.turns.small.Loading() })
					g.keep(fmt.Sprintf("%s-plate-%s", name, id))
				}
				g.plates.escape()
				g.session = nil
				g.askLogin()
				g.keep(name + "-login")
			})
		}
	}
}
