package screens

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/project"
	"penstock/screens/mimic"
	"penstock/widgets"
	"penstock/widgets/view"
)

// overviewScreen is the plant at a glance (level 1): the project's own overview
// display, or, where it has none, a card for each area.
type overviewScreen struct {
	s       *Station
	src     *live
	canvas  *widgets.Surface
	root    *fyne.Container
	project *project.Project
	display *mimic.Display
	cards   *areaCards
}

func newOverview(s *Station) *overviewScreen {
	p := &overviewScreen{s: s, src: newLive(s.ctx, s.room)}
	p.canvas = s.surface(nil)
	p.root = container.NewStack(p.canvas)
	return p
}

func (p *overviewScreen) object() fyne.CanvasObject { return p.root }
func (p *overviewScreen) focus() fyne.Focusable     { return p.canvas }

func (p *overviewScreen) open() { p.reload() }

// shows reports whether a display is this page.
func (p *overviewScreen) shows(name string) bool {
	p.reload()
	return p.display != nil && p.display.Name == name
}

// reload takes in a project that was exchanged.
func (p *overviewScreen) reload() {
	now := p.s.room.Project()
	if now == p.project {
		return
	}
	p.project, p.display = now, nil
	p.src.learn()
	find := func(name string) *mimic.Display {
		for _, d := range now.Displays {
			if d.Name == name {
				return d
			}
		}
		return nil
	}
	for _, d := range now.Displays {
		if d.Level == 1 && !d.Template() {
			p.display = d
			break
		}
	}
	if p.display == nil {
		p.cards = newAreaCards(p.s, p.src)
		p.canvas.SetView(p.cards)
		return
	}
	sc, err := p.s.newScene(p.display, p.src, find)
	if err != nil {
		p.s.status.tell(p.s.opts.Now(), "Display "+p.display.Name+": "+sentence(err), true)
	}
	p.canvas.SetView(sc)
}

// key goes into the past of the overview's display, which the mimics page
// shows, or edits it.
func (p *overviewScreen) key(k view.Key) bool {
	if k.Name == "E" && k.Mods == 0 && p.display != nil {
		p.s.edit(p.display.Name)
		return true
	}
	if k.Name != "H" || k.Mods != 0 || p.display == nil {
		return false
	}
	m := p.s.pages[mimicPage].(*mimicsPage)
	m.reload()
	m.show(p.display.Name)
	p.s.goTo(mimicPage)
	m.machine.start()
	return true
}

func (p *overviewScreen) frame(now time.Time) {
	p.reload()
	p.canvas.Frame(now)
}
