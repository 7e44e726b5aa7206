package screens

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/auth"
	"penstock/drivers"
	"penstock/widgets"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// devicesPage shows how each device's link is doing: in words, in counts, and
// what went wrong last; and whose certificates are trusted.
type devicesPage struct {
	s      *Station
	bar    *toolbar.Bar
	tools  *widgets.Surface
	links  *linkList
	papers *certificateList // nil where the room has none
	stack  *fyne.Container
	root   *fyne.Container
}

// Recorders is a Room whose links keep flight recordings.
type Recorders interface {
	// FlightRecordings are what went over the line of a device in the last
	// minutes, and then what was kept of the times it was lost, the newest
	// first.
	FlightRecordings(device string) []drivers.Recording
}

func newDevices(s *Station) *devicesPage {
	p := &devicesPage{s: s, links: newLinkList(s)}
	p.bar, p.tools = s.newBar(p.do)
	p.bar.Denied = func(id string) { s.status.tell(s.opts.Now(), p.bars(id), true) }
	p.links.list.OnOpen = func(string) { p.do("record") }
	p.links.list.Choices = func([]string) []view.Choice {
		out := []view.Choice{{Text: "Flight recorder ...", Do: func() { p.do("record") }, Disabled: p.bars("record") != ""}}
		if _, ok := s.room.(DeviceEditor); ok {
			out = append(out, view.Choice{Text: "Edit ...", Do: func() { p.do("edit") }, Disabled: p.bars("edit") != ""},
				view.Choice{Text: "Remove ...", Do: func() { p.do("drop") }, Disabled: p.bars("drop") != ""})
		}
		return out
	}
	p.stack = container.NewStack(p.links.root)
	if c, ok := s.room.(Certificates); ok {
		p.papers = newCertificateList(s, c)
		p.papers.root.Hide()
		p.stack.Add(p.papers.root)
	}
	p.root = container.New(&upright{1}, p.tools, p.stack)
	return p
}

func (p *devicesPage) object() fyne.CanvasObject { return p.root }

func (p *devicesPage) onPapers() bool { return p.papers != nil && p.papers.root.Visible() }

func (p *devicesPage) focus() fyne.Focusable {
	if p.onPapers() {
		return p.papers.grid
	}
	return p.links.grid
}

func (p *devicesPage) open() {
	p.links.second = 0
	if p.papers != nil {
		p.papers.load()
	}
}

func (p *devicesPage) frame(now time.Time) {
	items := []toolbar.Item{{ID: "links", Text: "Links", Hint: "L", On: !p.onPapers()}}
	if p.papers != nil {
		p.papers.refresh(now)
		text := "Certificates"
		icon := toolbar.NoIcon
		if n := p.papers.waiting(); n > 0 {
			text, icon = fmt.Sprintf("Certificates: %d to decide", n), toolbar.Bell
		}
		items = append(items, toolbar.Item{ID: "papers", Icon: icon, Text: text, Hint: "C", On: p.onPapers()})
	}
	if p.onPapers() {
		items = append(items,
			toolbar.Item{ID: "trust", Icon: toolbar.Tick, Text: "Trust", Hint: "T", Off: p.bars("trust") != "", Gap: true},
			toolbar.Item{ID: "distrust", Icon: toolbar.Cross, Text: "Distrust", Hint: "D", Off: p.bars("distrust") != ""})
		p.papers.frame(now)
	} else {
		items = append(items, toolbar.Item{ID: "record", Icon: toolbar.Lines, Text: "Flight recorder", Hint: "Return", Off: p.bars("record") != "", Gap: true})
		if _, ok := p.s.room.(DeviceEditor); ok {
			items = append(items, toolbar.Item{ID: "new", Icon: toolbar.Plus, Text: "New", Hint: "N", Off: p.bars("new") != "", Gap: true},
				toolbar.Item{ID: "edit", Text: "Edit", Hint: "E", Off: p.bars("edit") != ""},
				toolbar.Item{ID: "drop", Text: "Remove", Hint: "Del", Off: p.bars("drop") != ""},
				toolbar.Item{ID: "look", Text: "Look into it", Hint: "B", Off: p.bars("look") != ""},
				toolbar.Item{ID: "files", Text: "Take up edited files", Hint: "U", Off: p.bars("files") != "", Gap: true})
		}
		p.links.frame(now)
	}
	p.bar.Set(items)
	p.tools.Frame(now)
}

// bars says why something cannot be done now; "" when it can.
func (p *devicesPage) bars(id string) string {
	switch id {
	case "record":
		device, ok := p.links.list.Focused()
		if _, records := p.s.room.(Recorders); !records {
			return "This station keeps no flight recordings."
		} else if !ok {
			return "No device is selected. Choose one with the arrow keys or the mouse."
		} else if p.links.links[device].State == drivers.OffService {
			return device + " is out of service: nothing goes over its line."
		}
	case "new", "edit", "drop", "files", "look":
		return p.barsWiring(id)
	case "trust", "distrust":
		return p.papers.bars(id)
	}
	return ""
}

// barsWiring says why nothing can be changed about devices now.
func (p *devicesPage) barsWiring(id string) string {
	if id == "look" {
		if _, ok := p.links.list.Focused(); !ok {
			return "No device is selected. Choose one with the arrow keys or the mouse."
		}
		return ""
	}
	room, ok := p.s.room.(DeviceEditor)
	switch {
	case !ok:
		return "The devices are not kept at this station."
	case room.Fixed() != nil:
		return sentence(room.Fixed())
	}
	if why := p.s.lacks(auth.Configure, "", "change devices"); why != "" {
		return why
	}
	if _, ok := p.links.list.Focused(); !ok && (id == "edit" || id == "drop") {
		return "No device is selected. Choose one with the arrow keys or the mouse."
	}
	return ""
}

func (p *devicesPage) do(id string) {
	if why := p.bars(id); why != "" {
		p.s.status.tell(p.s.opts.Now(), why, true)
		return
	}
	switch id {
	case "links", "papers":
		if id == "papers" && p.papers != nil {
			p.links.root.Hide()
			p.papers.root.Show()
			p.papers.load()
		} else {
			if p.papers != nil {
				p.papers.root.Hide()
			}
			p.links.root.Show()
		}
		p.s.focusPage()
	case "record":
		device, _ := p.links.list.Focused()
		p.s.showRecordings(p.s.room.(Recorders), device)
	case "new":
		p.s.askDevice("")
	case "edit":
		device, _ := p.links.list.Focused()
		p.s.askDevice(device)
	case "drop":
		device, _ := p.links.list.Focused()
		p.s.askDropDevice(device)
	case "look":
		device, _ := p.links.list.Focused()
		p.s.lookInto(device)
	case "files":
		p.s.askTakeUp()
	case "trust", "distrust":
		p.papers.ask(id)
	}
}

// key is offered the keys the lists leave.
func (p *devicesPage) key(k view.Key) bool {
	keys := map[string]string{"L": "links", "C": "papers", "N": "new", "E": "edit", view.KeyDelete: "drop", "B": "look", "U": "files"}
	if p.onPapers() {
		keys = map[string]string{"L": "links", "C": "papers", "T": "trust", "D": "distrust"}
	}
	id, ok := keys[k.Name]
	if !ok || k.Mods != 0 || p.papers == nil && (id == "links" || id == "papers") {
		return false
	}
	p.do(id)
	return true
}
