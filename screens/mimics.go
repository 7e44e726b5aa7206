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
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// mimicsPage shows one of the project's displays.
type mimicsPage struct {
	s       *Station
	src     *live
	bar     *toolbar.Bar
	tools   *widgets.Surface
	canvas  *widgets.Surface
	root    *fyne.Container
	project *project.Project
	scene   *scene.Scene
	current string
	past    []string // where Back goes
}

func newMimics(s *Station) *mimicsPage {
	p := &mimicsPage{s: s, src: newLive(s.ctx, s.room)}
	p.bar = toolbar.New(s.style, p.do)
	p.tools = s.surface(p.bar)
	p.tools.Least = fyne.NewSize(200, 34)
	p.canvas = s.surface(nil)
	p.root = container.NewBorder(p.tools, nil, nil, nil, p.canvas)
	return p
}

func (p *mimicsPage) object() fyne.CanvasObject { return p.root }
func (p *mimicsPage) focus() fyne.Focusable     { return p.canvas }

func (p *mimicsPage) open() {
	p.reload()
	if p.scene == nil {
		for _, d := range p.project.Displays {
			if !d.Template() && d.Level >= 2 {
				p.show(d.Name)
				break
			}
		}
	}
}

// reload takes in a project that was exchanged.
func (p *mimicsPage) reload() {
	if now := p.s.room.Project(); now != p.project {
		p.project = now
		p.src.learn()
		if p.current != "" {
			p.show(p.current)
		}
	}
}

func (p *mimicsPage) find(name string) *mimic.Display {
	for _, d := range p.project.Displays {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// show brings a display onto the canvas.
func (p *mimicsPage) show(name string) {
	d := p.find(name)
	if d == nil {
		p.s.status.tell(p.s.opts.Now(), "The project has no display "+name+".", true)
		return
	}
	if p.current != "" && p.current != name {
		p.past = append(p.past, p.current)
	}
	p.current = name
	sc, err := p.s.newScene(d, p.src, p.find)
	if err != nil {
		p.s.status.tell(p.s.opts.Now(), "Display "+name+": "+sentence(err), true)
	}
	p.scene = sc
	p.canvas.SetView(sc)
	p.setBar()
}

// newScene binds a display to the running plant and to what a tap does.
func (s *Station) newScene(d *mimic.Display, src *live, find func(string) *mimic.Display) (*scene.Scene, error) {
	return scene.New(d, src, s.style, scene.Options{
		Find: find,
		OnTap: func(h scene.Hit) {
			switch {
			case h.Write != nil && h.Tag != "":
				s.OpenTag(h.Tag)
				if c := s.room.Tags().Cell(h.Tag); c != nil {
					s.plate.set(scalarOf(c.Def(), *h.Write))
				}
			case h.Go != "":
				s.openDisplay(h.Go)
			case h.Tag != "":
				s.OpenTag(h.Tag)
			}
		},
		Menu: s.sceneMenu,
	})
}

func scalarOf(d *tag.Def, f float64) tag.Scalar {
	switch d.Kind {
	case tag.KindBool:
		return tag.Bool(f != 0)
	case tag.KindInt:
		return tag.Int(int64(f))
	}
	return tag.Float(f)
}

func (s *Station) sceneMenu(h scene.Hit) (out []view.Choice) {
	for _, id := range h.Tags {
		out = append(out, view.Choice{Text: string(id), Sub: []view.Choice{
			{Text: "Faceplate", Do: func() { s.OpenTag(id) }},
			{Text: "Add to trend", Do: func() { s.addPens(id) }},
			{Text: "Events", Do: func() { s.eventsOf(string(id)) }},
		}})
	}
	if len(h.Tags) > 1 {
		out = append(out, view.Choice{}, view.Choice{Text: "Trend of all of these", Do: func() { s.addPens(h.Tags...) }})
	}
	if h.Go != "" {
		out = append(out, view.Choice{Text: "Open display " + h.Go, Do: func() { s.openDisplay(h.Go) }})
	}
	return out
}

// openDisplay brings a display into sight, on the page it belongs to.
func (s *Station) openDisplay(name string) {
	p := s.pages[mimicPage].(*mimicsPage)
	p.reload()
	if o := s.pages[overviewPage].(*overviewScreen); o.shows(name) {
		s.goTo(overviewPage)
		return
	}
	p.show(name)
	s.goTo(mimicPage)
}

func (p *mimicsPage) frame(now time.Time) {
	p.reload()
	p.setBar()
	p.tools.Frame(now)
	p.canvas.Frame(now)
}

func (p *mimicsPage) setBar() {
	items := []toolbar.Item{{ID: "<", Icon: toolbar.Left, Text: "Back", Hint: "Backspace", Off: len(p.past) == 0}}
	for i, d := range p.project.Displays {
		if d.Template() || d.Level == 1 {
			continue
		}
		items = append(items, toolbar.Item{ID: d.Name, Text: d.Title, On: d.Name == p.current, Gap: i == 0 || len(items) == 1})
	}
	p.bar.Set(items)
}

func (p *mimicsPage) do(id string) {
	if id != "<" {
		p.show(id)
		return
	}
	if n := len(p.past); n > 0 {
		name := p.past[n-1]
		p.past = p.past[:n-1]
		p.current = ""
		p.show(name)
	}
}

// key goes back, and through the displays in order.
func (p *mimicsPage) key(k view.Key) bool {
	switch k.Name {
	case view.KeyBackspace:
		p.do("<")
	case view.KeyPageDown, view.KeyPageUp:
		var names []string
		at := 0
		for _, d := range p.project.Displays {
			if !d.Template() && d.Level != 1 {
				if d.Name == p.current {
					at = len(names)
				}
				names = append(names, d.Name)
			}
		}
		if len(names) == 0 {
			return false
		}
		step := 1
		if k.Name == view.KeyPageUp {
			step = len(names) - 1
		}
		p.show(names[(at+step)%len(names)])
	default:
		return false
	}
	return true
}
