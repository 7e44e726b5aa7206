package screens

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/screens/scene"
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
	scene   *scene.Scene // nil where there are cards instead
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

// isOf reports whether a display is this page.
func (p *overviewScreen) isOf(name string) bool {
	p.reload()
	return p.display != nil && p.display.Name == name
}

// reload takes in a project that was exchanged.
func (p *overviewScreen) reload() {
	now := p.s.room.Project()
	if now == p.project {
		return
	}
	p.project, p.display, p.scene = now, nil, nil
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
	sc, err := p.s.newScene(p.display, p.src, p.canvas, find)
	if err != nil {
		p.s.status.tell(p.s.opts.Now(), "Display "+p.display.Name+": "+sentence(err), true)
	}
	p.scene = sc
	p.recall()
	p.canvas.SetView(sc)
}

// key edits the overview's display.
func (p *overviewScreen) key(k view.Key) bool {
	if k.Name == "E" && k.Mods == 0 && p.display != nil {
		p.s.edit(p.display.Name)
		return true
	}
	return false
}

// A drawn overview shows the past as well; cards do not.
func (p *overviewScreen) recalls() bool { return p.scene != nil }
func (p *overviewScreen) recall() {
	if p.scene != nil {
		p.scene.SetSource(p.s.machine.source(p.src))
	}
}
func (p *overviewScreen) shows() []tag.ID { return p.scene.Tags() }

func (p *overviewScreen) frame(now time.Time) {
	p.reload()
	p.canvas.Frame(p.s.machine.now(now))
}
