package screens

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/tag"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/view"
)

// finder finds anything by a few letters of its name: pages, displays, tags
// and alarms. Ctrl+K opens it, Return goes there.
type finder struct {
	s     *Station
	d     *dialog
	field *entry
	list  *rows.View[int]
	grid  *widgets.Surface
	all   []found
}

// found is something that can be gone to.
type found struct {
	kind, name, text string
	lower            string
	do               func()
}

// find opens the finder.
func (s *Station) find() {
	if len(s.dialogs) > 0 || s.kiosk != nil {
		return
	}
	f := &finder{s: s}
	f.gather()
	f.list = rows.New[int](s.style, f,
		rows.Column{Title: "What", Width: 84},
		rows.Column{Title: "Name", Width: 190},
		rows.Column{Title: "Description"})
	f.list.Empty = "Nothing has a name like this."
	f.list.OnOpen = f.take
	f.grid = widgets.NewSurface(f.list)
	f.grid.Clock = s.opts.Now
	f.grid.Least = fyne.NewSize(680, 360)
	f.d = &dialog{s: s}
	f.grid.Forward = f.d.key
	f.field = newEntry(f.d.key)
	f.field.SetPlaceHolder("a page, display, tag or alarm")
	f.field.OnChanged = func(string) { f.match() }
	f.field.first = func(k view.Key) bool {
		switch k.Name {
		case view.KeyUp, view.KeyDown, view.KeyPageUp, view.KeyPageDown, view.KeyReturn:
			f.list.Key(k)
			f.grid.Frame(s.opts.Now())
			return true
		}
		return false
	}
	box := container.New(&upright{1}, container.NewPadded(f.field), f.grid)
	f.d.pop = widget.NewModalPopUp(box, s.win.Canvas())
	f.d.frame = func(now time.Time) { f.grid.Frame(now) }
	s.dialogs = append(s.dialogs, f.d)
	f.match()
	f.d.pop.Show()
	s.win.Canvas().Focus(f.field)
}

// gather lists everything there is to go to.
func (f *finder) gather() {
	s := f.s
	add := func(kind, name, text string, do func()) {
		f.all = append(f.all, found{kind, name, text, strings.ToLower(kind + " " + name + " " + text), do})
	}
	for i, p := range s.favourites().of[s.user()] {
		key := ""
		if i < favouriteKeys {
			key = fmt.Sprintf("Ctrl+%d", i+1)
		}
		add("favourite", s.title(p), key, func() { s.visit(p) })
	}
	for i, n := range s.names {
		add("page", n, pageKey(i), func() { s.goTo(i) })
	}
	for _, d := range s.room.Project().Displays {
		if !d.Template() {
			add("display", d.Title, d.Name, func() { s.openDisplay(d.Name) })
		}
	}
	for _, c := range s.room.Tags().Cells() {
		def := c.Def()
		add("tag", string(def.ID), def.Text, func() { s.OpenTag(def.ID) })
	}
	for i := range s.room.Project().Alarms {
		r := &s.room.Project().Alarms[i]
		add("alarm", r.ID, r.Message, func() { s.openAlarm(r.ID, r.Tag) })
	}
}

// match lists what has every word that was typed; a name that begins with the
// first word comes first.
func (f *finder) match() {
	words := strings.Fields(strings.ToLower(f.field.Text))
	var first, rest []int
next:
	for i := range f.all {
		for _, w := range words {
			if !strings.Contains(f.all[i].lower, w) {
				continue next
			}
		}
		if len(words) > 0 && strings.HasPrefix(strings.ToLower(f.all[i].name), words[0]) {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	f.list.Rearrange(slices.Concat(first, rest))
	f.list.ToTop()
	f.list.Clear()
	f.list.Key(view.Key{Name: view.KeyHome})
	f.grid.Frame(f.s.opts.Now())
}

func (f *finder) take(i int) {
	f.d.close()
	f.all[i].do()
}

// Row implements rows.Model.
func (f *finder) Row(i int, r *rows.Row) bool {
	r.Cells[0], r.Cells[1], r.Cells[2] = f.all[i].kind, f.all[i].name, f.all[i].text
	return true
}

// openAlarm goes to an alarm in the list when it stands, else to its tag.
func (s *Station) openAlarm(id string, t tag.ID) {
	if s.room.Alarms().Row(id) == nil {
		s.OpenTag(t)
		return
	}
	s.goTo(alarmPage)
	s.pages[alarmPage].(*alarmsPage).reveal(id)
}
