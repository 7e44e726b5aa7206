package screens

import (
	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/screens/mimic"
)

// shownOn says for each tag of a project which mimic shows it in the most
// detail.
type shownOn struct {
	project *project.Project
	best    map[tag.ID]*mimic.Display
}

// displayOf is the mimic an alarm is to be seen on: the one its configuration
// names, or else the most detailed one that shows its tag; "" for none.
func (p *alarmsPage) displayOf(a *alarm.Row) string {
	if a.Display != "" {
		return a.Display
	}
	if now := p.s.room.Project(); now != p.shown.project {
		p.shown = newShownOn(now)
	}
	if d := p.shown.best[a.Tag]; d != nil {
		return d.Name
	}
	return ""
}

func newShownOn(p *project.Project) shownOn {
	x := shownOn{p, map[tag.ID]*mimic.Display{}}
	find := func(name string) *mimic.Display {
		for _, d := range p.Displays {
			if d.Name == name {
				return d
			}
		}
		return nil
	}
	for _, d := range p.Displays {
		if d.Template() {
			continue
		}
		items, _ := d.Expand(find) // what is wrong with it is said where it is checked
		for i := range items {
			for _, t := range items[i].Tags {
				if b := x.best[tag.ID(t)]; b == nil || d.Level > b.Level {
					x.best[tag.ID(t)] = d
				}
			}
		}
	}
	return x
}
