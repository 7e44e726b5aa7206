package screens

import (
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/screens/edit"
	"penstock/screens/lint"
	"penstock/screens/mimic"
	"penstock/screens/proof"
	"penstock/widgets"
	"penstock/widgets/rows"
)

// finding is one thing that is wrong with the display, or could be better.
type finding struct {
	item     string // its id; may be empty
	what, do string
	wrong    bool // the display cannot be saved with it
}

// findings lists what is wrong with the display that is being edited,
// looked for a moment after each change.
type findings struct {
	p       *editorPage
	list    *rows.View[int]
	grid    *widgets.Surface
	panel   *fyne.Container
	all     []finding
	version int
	looked  time.Time
}

// lookEvery is how often a display that changes is checked.
const lookEvery = 700 * time.Millisecond

func newFindings(p *editorPage) *findings {
	f := &findings{p: p, version: -1}
	f.list = rows.New[int](p.s.style, f, rows.Column{Title: "", Width: 76}, rows.Column{Title: "Item", Width: 110}, rows.Column{Title: "What"}, rows.Column{Title: "What to do", Rank: 1})
	f.list.Empty = "Nothing is wrong with this display, and there is no advice."
	f.list.OnSelect = func() {
		if i, ok := f.list.Focused(); ok && i < len(f.all) && f.all[i].item != "" {
			p.doc.Select(f.all[i].item)
			p.drawing.Soil()
		}
	}
	f.grid = p.surface(f.list)
	f.grid.Least = fyne.NewSize(200, 168)
	f.panel = container.NewStack(f.grid)
	f.panel.Hide()
	return f
}

func (f *findings) shown() bool { return f.panel.Visible() }

func (f *findings) toggle() { f.show(!f.shown()) }

func (f *findings) show(on bool) {
	if on {
		f.panel.Show()
	} else {
		f.panel.Hide()
	}
	f.p.root.Refresh()
}

// forget has the display checked anew.
func (f *findings) forget() { f.version, f.looked = -1, time.Time{} }

func (f *findings) frame(now time.Time) {
	if v := f.p.doc.Version(); v != f.version && now.Sub(f.looked).Abs() >= lookEvery {
		f.version, f.looked = v, now
		f.set(f.p.review())
	}
	f.grid.Frame(now)
}

func (f *findings) set(all []finding) {
	if slices.Equal(all, f.all) {
		return
	}
	f.all = all
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	f.list.SetOrder(order)
	f.list.Touch()
}

// count says how many mistakes and how much advice there is.
func (f *findings) count() (mistakes, advice int) {
	for _, x := range f.all {
		if x.wrong {
			mistakes++
		}
	}
	return mistakes, len(f.all) - mistakes
}

// Row implements rows.Model.
func (f *findings) Row(i int, r *rows.Row) bool {
	if i >= len(f.all) {
		return false
	}
	x := &f.all[i]
	r.Cells[0], r.Tone = "advice", rows.Plain
	if x.wrong {
		r.Cells[0], r.Tone = "mistake", rows.Wrong
	}
	r.Cells[1], r.Cells[2], r.Cells[3] = x.item, x.what, x.do
	return true
}

// itemAt is the item that a line of the file belongs to.
func itemAt(d *mimic.Display, line int) (id string) {
	for i := range d.Items {
		if l := d.Items[i].Line; l <= line && l > 0 {
			id = d.Items[i].ID
		}
	}
	return id
}

// def is the definition of a tag.
func (p *editorPage) def(id tag.ID) (*tag.Def, bool) {
	if c := p.s.room.Tags().Cell(id); c != nil {
		return c.Def(), true
	}
	return nil, false
}

// mistakes are what keeps the display from being saved.
func (p *editorPage) mistakes() (d *mimic.Display, out []finding) {
	text := p.doc.Text()
	d, err := mimic.Parse(p.name+".json", text)
	probs, _ := errors.AsType[mimic.Problems](err)
	if err == nil {
		d.Name = p.name
		probs = d.Check(p.name+".json", mimic.Plant{
			Tag:     p.def,
			Display: p.find,
			Area:    p.hasArea,
			Picture: func(name string) bool { return p.picture(name) != nil },
			Near: func(id string) string {
				if like := matchTags(p.s.room.Tags(), id); len(like) > 0 && id != edit.Placeholder {
					return "did you mean " + string(like[0]) + "?"
				}
				return ""
			},
		})
	}
	for _, x := range probs {
		f := finding{what: x.What, do: x.Do, wrong: true}
		if d != nil {
			f.item = itemAt(d, x.Line)
		}
		out = append(out, f)
	}
	if err != nil && probs == nil {
		out = append(out, finding{what: err.Error(), wrong: true})
	}
	return d, out
}

// review is everything there is to say about the display.
func (p *editorPage) review() []finding {
	d, out := p.mistakes()
	if d == nil {
		return out
	}
	all := []*mimic.Display{d}
	for _, o := range p.project.Displays {
		if o.Name != d.Name {
			all = append(all, o)
		}
	}
	limited := map[tag.ID]bool{}
	var alarmed []tag.ID // those of this display's areas
	for i := range p.project.Alarms {
		r := &p.project.Alarms[i]
		if def, ok := p.def(r.Tag); ok && slices.Contains(d.Areas, def.Area) && !slices.Contains(alarmed, r.Tag) {
			alarmed = append(alarmed, r.Tag)
		}
		switch r.Kind {
		case alarm.HighHigh, alarm.High, alarm.Low, alarm.LowLow:
			limited[r.Tag] = true
		}
	}
	hints := lint.Check(lint.Project{Displays: all, Limited: func(id tag.ID) bool { return limited[id] }, Tag: p.def, Alarmed: alarmed})
	if !d.Template() {
		hints = append(hints, proof.Check(d, proof.Project{Tag: p.def, Limits: p.src.Limits, Find: p.find, Picture: p.picture, Faces: p.s.style.Faces})...)
	}
	for _, a := range hints {
		if a.Display == d.Name || a.Rule == "alarm" {
			out = append(out, finding{item: topItem(a.Item), what: a.What, do: a.Do})
		}
	}
	return out
}

// topItem is the item of the display that one of a template belongs to.
func topItem(id string) string {
	for i := range id {
		if id[i] == '/' {
			return id[:i]
		}
	}
	return id
}
