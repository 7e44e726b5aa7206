package screens

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/screens/scene"
	"penstock/widgets"
	"penstock/widgets/picture"
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
	order   []*mimic.Display // those offered
	scene   *scene.Scene
	current string
}

func newMimics(s *Station) *mimicsPage {
	p := &mimicsPage{s: s, src: newLive(s.ctx, s.room)}
	p.bar = toolbar.New(s.style, p.do)
	p.bar.Denied = func(string) { s.edit("") }
	p.tools = s.surface(p.bar)
	p.tools.Least = fyne.NewSize(200, 34)
	p.canvas = s.surface(nil)
	if s.kiosk != nil { // the line above leads to what there is
		p.tools.Hide()
	}
	p.root = container.New(&upright{1}, p.tools, p.canvas)
	return p
}

func (p *mimicsPage) object() fyne.CanvasObject { return p.root }
func (p *mimicsPage) focus() fyne.Focusable     { return p.canvas }

func (p *mimicsPage) open() {
	p.reload()
	if p.scene == nil {
		if len(p.order) > 0 {
			p.show(p.order[0].Name)
		}
	}
}

// reload takes in a project that was exchanged.
func (p *mimicsPage) reload() {
	if now := p.s.room.Project(); now != p.project {
		p.project = now
		p.order = inProcessOrder(now.Displays)
		p.src.learn()
		if p.current != "" {
			p.show(p.current)
		}
	}
}

// inProcessOrder lists the displays below the overview as the overview leads
// to them from left to right, which is the way of the process, and then the
// others.
func inProcessOrder(all []*mimic.Display) (out []*mimic.Display) {
	taken := map[string]bool{}
	take := func(name string) {
		for _, d := range all {
			if d.Name == name && !taken[name] && !d.Template() && d.Level != 1 {
				taken[name] = true
				out = append(out, d)
			}
		}
	}
	for _, d := range all {
		if d.Level != 1 || d.Template() {
			continue
		}
		links := slices.DeleteFunc(slices.Clone(d.Items), func(it mimic.Item) bool { return it.Go == "" })
		slices.SortStableFunc(links, func(a, b mimic.Item) int { return cmp.Compare(a.Box.X, b.Box.X) })
		for _, it := range links {
			take(it.Go)
		}
	}
	for _, d := range all {
		take(d.Name)
	}
	return out
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
	p.current = name
	sc, err := p.s.newScene(d, p.src, p.canvas, p.find)
	if err != nil {
		p.s.status.tell(p.s.opts.Now(), "Display "+name+": "+sentence(err), true)
	}
	p.scene = sc
	p.canvas.SetView(sc)
	if p.s.machine.on { // the new display at the same moment
		p.recall()
		p.s.machine.asked = 0
	}
	p.setBar()
	p.s.arrived()
}

// recalls, recall and shows implement recaller.
func (p *mimicsPage) recalls() bool { return p.scene != nil }
func (p *mimicsPage) recall() {
	if p.scene != nil {
		p.scene.SetSource(p.s.machine.source(p.src))
	}
}
func (p *mimicsPage) shows() []tag.ID { return p.scene.Tags() }

// newScene binds a display to the running plant and to what a tap does, where
// a canvas shows it.
func (s *Station) newScene(d *mimic.Display, src *live, canvas *widgets.Surface, find func(string) *mimic.Display) (sc *scene.Scene, err error) {
	sc, err = scene.New(d, src, s.style, scene.Options{
		Find:    find,
		Picture: func(name string) *picture.Picture { return s.room.Project().Pictures[name] },
		OnTap: func(h scene.Hit) {
			switch {
			case h.Go != "" && (h.Write == nil || h.Tag == ""):
				s.openDisplay(h.Go)
			case h.Tag != "":
				p := s.openBeside(h.Tag, canvas, sc, h.Item.Box)
				if c := s.room.Tags().Cell(h.Tag); p != nil && c != nil && h.Write != nil {
					p.set(scalarOf(c.Def(), *h.Write))
				}
			}
		},
		Menu: func(h scene.Hit) []view.Choice {
			return s.sceneMenu(h, func(id tag.ID) { s.openBeside(id, canvas, sc, h.Item.Box) })
		},
	})
	return sc, err
}

// openBeside opens a tag's faceplate next to where a scene shows it, box in
// display units; in the past, its trend, since nothing is set there. It
// returns nil where no faceplate is open.
func (s *Station) openBeside(id tag.ID, canvas *widgets.Surface, sc *scene.Scene, box mimic.Box) *faceplate {
	if s.machine.on {
		s.trendAround(id, s.machine.t)
		return nil
	}
	return s.plates.beside(id, canvas, sc, box)
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

func (s *Station) sceneMenu(h scene.Hit, open func(tag.ID)) (out []view.Choice) {
	for _, id := range h.Tags {
		out = append(out, view.Choice{Text: string(id), Sub: []view.Choice{
			{Text: "Faceplate", Do: func() { open(id) }},
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
	p := s.mimics()
	p.reload()
	if s.overview().isOf(name) {
		s.goTo(overviewPage)
		return
	}
	if s.kiosk != nil && !s.kiosk.holds(spot{pageNames[mimicPage], name}) {
		s.status.tell(s.opts.Now(), "This window does not show "+name+".", true)
		return
	}
	p.show(name)
	s.goTo(mimicPage)
}

func (p *mimicsPage) frame(now time.Time) {
	p.reload()
	p.setBar()
	p.tools.Frame(now)
	p.canvas.Frame(p.s.machine.now(now))
}

// fitID is the button that shows the whole display again.
const fitID = "show all"

// layerID leads the button of a layer; no display's name has a space.
const layerID = "layer "

func (p *mimicsPage) setBar() {
	var items []toolbar.Item
	beside, below := p.near()
	for _, d := range beside {
		items = append(items, toolbar.Item{ID: d.Name, Text: d.Title, On: d.Name == p.current})
	}
	for i, d := range below {
		items = append(items, toolbar.Item{ID: d.Name, Text: d.Title, Icon: toolbar.Down, Gap: i == 0})
	}
	if p.scene != nil {
		for i, name := range p.scene.Layers() { // what the person may leave out
			items = append(items, toolbar.Item{ID: layerID + name, Text: name, On: !p.scene.LayerHidden(name), Gap: i == 0, Tail: i == 0})
		}
	}
	if p.scene != nil && p.scene.Zoom() > 1 {
		items = append(items, toolbar.Item{ID: fitID, Text: fmt.Sprintf("Zoom %.0f %%: show all", 100*p.scene.Zoom()), Hint: "0", Tail: true, Gap: true})
	}
	edit := toolbar.Item{ID: "edit", Text: "Edit", Hint: "E", Tail: true, Gap: true, Off: p.s.editing.denied() != ""}
	if p.s.editing.unsaved() {
		edit.Text = "Edit (not saved)"
	}
	p.bar.Set(append(items, edit))
}

// near lists the displays of the same level under the same parent, and those
// a level down.
func (p *mimicsPage) near() (beside, below []*mimic.Display) {
	at := p.find(p.current)
	for _, d := range p.order {
		switch {
		case at == nil || d.Parent == at.Parent:
			beside = append(beside, d)
		case d.Parent == at.Name:
			below = append(below, d)
		}
	}
	return beside, below
}

func (p *mimicsPage) do(id string) {
	if id == "edit" {
		p.s.edit(p.current)
		return
	}
	if id == fitID {
		p.scene.Fit()
		return
	}
	if name, ok := strings.CutPrefix(id, layerID); ok {
		p.scene.ShowLayer(name, p.scene.LayerHidden(name))
		return
	}
	p.show(id)
}

// key goes through the displays in order.
func (p *mimicsPage) key(k view.Key) bool {
	switch k.Name {
	case "E":
		p.do("edit")
	case view.KeyPageDown, view.KeyPageUp:
		n := len(p.order)
		if n == 0 {
			return false
		}
		at := slices.IndexFunc(p.order, func(d *mimic.Display) bool { return d.Name == p.current })
		step := 1
		if k.Name == view.KeyPageUp {
			step = n - 1
		}
		p.show(p.order[(max(at, 0)+step)%n].Name)
	default:
		return false
	}
	return true
}
