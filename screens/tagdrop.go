package screens

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/widgets/rows"
)

// askDrop deletes tags: what uses them is listed first, and stops it, but for
// their own alarms, which may go with them.
func (s *Station) askDrop(ids []tag.ID) {
	room, ok := mayChange[TagEditor](s, "tags")
	if !ok || len(ids) == 0 {
		return
	}
	var uses []project.Use
	var alarms []string
	for _, id := range ids {
		for _, u := range s.room.Project().WhereUsed(string(id)) {
			switch {
			case u.Alarm != "":
				alarms = append(alarms, u.Alarm)
			case !slices.Contains(ids, u.Tag): // what goes as well needs it no more
				u.What = string(id) + ": " + u.What
				uses = append(uses, u)
			}
		}
	}
	what := string(ids[0])
	if len(ids) > 1 {
		what = plural(len(ids), "tag", "tags")
	}
	if len(uses) > 0 {
		s.status.tell(s.opts.Now(), what+" cannot be deleted while it is used.", true)
		s.showUses(what+" is used; change these first", uses)
		return
	}
	say := "It leaves the tag list, its device is no longer asked for it, and trends no longer offer it."
	if len(ids) > 1 {
		say = "They leave the tag list, their devices are no longer asked for them, and trends no longer offer them.\n" + someTags(ids, 6)
	}
	info := widget.NewLabel(say + "\nWhat is stored is kept: a tag that is made again with the name goes on with it.")
	info.Wrapping = fyne.TextWrapWord
	box := container.NewVBox(info)
	also := s.newTick(fmt.Sprintf("delete %s as well: %s", plural(len(alarms), "alarm", "alarms"), someOf(alarms, 4)))
	if len(alarms) > 0 {
		box.Add(also)
	}
	s.askIn(560, "Delete "+what, box, "Delete", nil, func(d *dialog) string {
		if len(alarms) > 0 && !also.Checked {
			return "An alarm is nothing without its tag: let the alarms go as well, or keep the tag."
		}
		d.wait()
		who := s.session
		var dropped []string
		var err error
		s.act(func(ctx context.Context) { dropped, err = room.DropTags(ctx, who, ids, len(alarms) > 0) }, func() {
			if err != nil {
				d.fail(fewLines(err.Error(), 6))
				return
			}
			d.close()
			text := plural(len(ids), "tag is", "tags are") + " deleted"
			if len(dropped) > 0 {
				text += ", and " + plural(len(dropped), "alarm", "alarms")
			}
			s.status.tell(s.opts.Now(), text+"; what is stored is kept.", false)
		})
		return stillOpen
	})
}

// askUses says where a tag is used.
func (s *Station) askUses(id tag.ID) {
	uses := s.room.Project().WhereUsed(string(id))
	if len(uses) == 0 {
		s.status.tell(s.opts.Now(), "Nothing in the project uses "+string(id)+".", false)
		return
	}
	s.showUses(string(id)+" is used", uses)
}

func someTags(ids []tag.ID, most int) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return someOf(names, most)
}

// useList is where something of the project is used.
type useList []project.Use

// Row implements rows.Model.
func (l useList) Row(i int, r *rows.Row) bool {
	r.Cells[0], r.Cells[1] = l[i].File, l[i].What
	if l[i].Line > 0 {
		r.Cells[0] = fmt.Sprintf("%s:%d", l[i].File, l[i].Line)
	}
	return true
}

// showUses opens the list of them.
func (s *Station) showUses(title string, uses []project.Use) {
	list := rows.New[int](s.style, useList(uses), rows.Column{Title: "File", Width: 210}, rows.Column{Title: "Where"})
	s.sheet(title, "filter", list, func(text string) {
		var order []int
		for i, u := range uses {
			if strings.Contains(strings.ToLower(u.String()), strings.ToLower(text)) {
				order = append(order, i)
			}
		}
		list.SetOrder(order)
		list.ToTop()
	})
}
