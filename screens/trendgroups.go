package screens

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/tag"
	"penstock/widgets/trend"
)

// trendGroup is a named choice of pens.
type trendGroup struct {
	Name  string                `json:"name"`
	Owner string                `json:"owner,omitempty"` // the person whose own it is; empty: everybody's
	Pens  []tag.ID              `json:"pens"`
	Span  time.Duration         `json:"span"` // ns
	Looks map[tag.ID]trend.Look `json:"looks,omitempty"`
	Set   trend.Arrangement     `json:"arrangement,omitzero"`
}

// groupsFile is where a station keeps its trend groups, in Options.Folder.
const groupsFile = "trends.json"

// loadGroups reads what saveGroups wrote. It is read each time: another window,
// or a person who copies the file from another station, may have changed it.
func loadGroups(folder string) (out []trendGroup, err error) {
	_, err = readKept(folder, groupsFile, "trend groups", &out)
	return out, err
}

func saveGroups(folder string, groups []trendGroup) error {
	text, err := keptText(groups)
	if err != nil {
		return err
	}
	return writeKept(folder, groupsFile, text)
}

func (p *trendsPage) folder() (string, bool) {
	if p.s.opts.Folder == "" {
		p.s.status.tell(p.s.opts.Now(), "This station has no folder to keep trend groups in.", true)
		return "", false
	}
	return p.s.opts.Folder, true
}

// askSave keeps the pens shown, with how they are drawn, under a name.
func (p *trendsPage) askSave() {
	folder, ok := p.folder()
	if !ok || len(p.view.Pens()) == 0 {
		return
	}
	var d *dialog
	replace := "" // the group that the person was told of
	name := newEntry(func(k keyOf) bool { return d.key(k) })
	name.SetPlaceHolder("name of the group")
	mine := p.s.newTick("only for me")
	if p.s.user() == "" {
		mine.Disable()
	}
	d = p.s.ask("Save the pens as a group", container.NewVBox(name, mine), "Save", name, func(*dialog) string {
		g := trendGroup{Name: strings.TrimSpace(name.Text), Pens: p.view.Pens(), Span: time.Duration(p.view.Window().Span), Looks: p.looks(), Set: p.view.Arrangement()}
		if mine.Checked {
			g.Owner = p.s.user()
		}
		if g.Name == "" {
			return "Give it a name."
		}
		groups, err := loadGroups(folder)
		if err != nil {
			return sentence(err)
		}
		same := func(o trendGroup) bool { return o.Name == g.Name && o.Owner == g.Owner }
		if key := g.Owner + "\n" + g.Name; key != replace && slices.ContainsFunc(groups, same) {
			replace = key
			return "There is a group " + g.Name + ". Save again to put this one in its place."
		}
		groups = slices.DeleteFunc(groups, same)
		if err := saveGroups(folder, append(groups, g)); err != nil {
			return sentence(err)
		}
		p.s.status.tell(p.s.opts.Now(), "Group "+g.Name+" was saved.", false)
		return ""
	})
	name.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// askGroup shows a saved group: everybody's, and those of the person.
func (p *trendsPage) askGroup() {
	folder, ok := p.folder()
	if !ok {
		return
	}
	groups, err := loadGroups(folder)
	if err != nil {
		p.s.status.tell(p.s.opts.Now(), sentence(err), true)
		return
	}
	var names []string
	var at []int
	for i, g := range groups {
		switch g.Owner {
		case "":
			names, at = append(names, g.Name), append(at, i)
		case p.s.user():
			names, at = append(names, g.Name+" (mine)"), append(at, i)
		}
	}
	if len(names) == 0 {
		p.s.status.tell(p.s.opts.Now(), "No group was saved yet. S saves the pens shown.", true)
		return
	}
	pick := p.s.newRadio(names)
	pick.SetSelected(names[len(names)-1])
	drop := p.s.newTick("delete it instead")
	list := container.NewVScroll(pick)
	list.SetMinSize(fyne.NewSize(380, min(pick.MinSize().Height, 320)))
	p.s.ask("Trend groups", container.NewVBox(list, drop), "Show", nil, func(*dialog) string {
		i := slices.Index(names, pick.Selected)
		if i < 0 {
			return "Choose one."
		}
		g := groups[at[i]]
		if drop.Checked {
			if err := saveGroups(folder, slices.Delete(groups, at[i], at[i]+1)); err != nil {
				return sentence(err)
			}
			p.s.status.tell(p.s.opts.Now(), "Group "+names[i]+" was deleted.", false)
			return ""
		}
		p.showGroup(g)
		return ""
	})
}

func (p *trendsPage) showGroup(g trendGroup) {
	p.view.SetPens(nil)
	p.add(g.Pens...)
	p.draw(g.Looks, g.Set)
	p.view.Span(g.Span)
}

// looks is how each pen is drawn.
func (p *trendsPage) looks() map[tag.ID]trend.Look {
	out := map[tag.ID]trend.Look{}
	for _, id := range p.view.Pens() {
		out[id] = p.view.LookOf(id)
	}
	return out
}

// draw draws and sets out the pens as they were.
func (p *trendsPage) draw(looks map[tag.ID]trend.Look, set trend.Arrangement) {
	for _, id := range p.view.Pens() {
		if l, ok := looks[id]; ok {
			p.view.SetLook(id, l)
		}
	}
	p.view.SetArrangement(set)
}
