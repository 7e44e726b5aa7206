package edit

import (
	"fmt"

	"penstock/screens/mimic"
)

// What the property sheet sets. Each is one step that can be undone, and is
// refused with a sentence where the display could not be read back.

// SetProp gives every selected item whose kind has it a setting; nil takes the
// setting away.
func (doc *Document) SetProp(name string, value any) error {
	if len(doc.selected) == 0 {
		return ErrNothing
	}
	return doc.change("set "+name, func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) {
			k := mimic.KindOf(it.Kind)
			if k == nil || k.Prop(name) == nil {
				return
			}
			if value == nil {
				delete(it.Props, name)
				if len(it.Props) == 0 {
					it.Props = nil
				}
				return
			}
			if it.Props == nil {
				it.Props = mimic.Props{}
			}
			it.Props[name] = value
		})
	})
}

// one changes a single item by its id.
func (doc *Document) one(label, id string, f func(it *mimic.Item)) error {
	if doc.d.Item(id) == nil {
		return fmt.Errorf("there is no item %q", id)
	}
	return doc.change(label, func(d *mimic.Display) {
		for i := range d.Items {
			if d.Items[i].ID == id {
				it := d.Items[i].Clone()
				it.Line = 0
				f(&it)
				d.Items[i] = it
			}
		}
	})
}

// SetTag binds a role of an item to a tag's id or an "= expression"; empty
// takes the binding away.
func (doc *Document) SetTag(id, role, binding string) error {
	return doc.one("bind "+role, id, func(it *mimic.Item) {
		if binding == "" {
			delete(it.Tags, role)
			if len(it.Tags) == 0 {
				it.Tags = nil
			}
			return
		}
		if it.Tags == nil {
			it.Tags = map[string]string{}
		}
		it.Tags[role] = binding
	})
}

// SetWatch sets the tags whose alarms an item shows besides its own.
func (doc *Document) SetWatch(id string, tags []string) error {
	return doc.one("watch", id, func(it *mimic.Item) { it.Watch = append([]string(nil), tags...) })
}

// SetRules sets the rules of an item.
func (doc *Document) SetRules(id string, rules []mimic.Rule) error {
	return doc.one("set rules", id, func(it *mimic.Item) {
		it.Rules = mimic.Item{Rules: rules}.Clone().Rules
		for i := range it.Rules {
			it.Rules[i].Line = 0
		}
	})
}

// SetGo sets the display an item leads to; empty for none.
func (doc *Document) SetGo(id, display string) error {
	return doc.one("set link", id, func(it *mimic.Item) { it.Go = display })
}

// SetLayer sets the layer of every selected item; empty for none.
func (doc *Document) SetLayer(name string) error {
	return doc.change("set layer", func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) { it.Layer = name })
	})
}

// SetTemplate sets what an item of kind "template" shows.
func (doc *Document) SetTemplate(id, use string, with map[string]string) error {
	return doc.one("set template", id, func(it *mimic.Item) {
		it.Use, it.With = use, mimic.Item{With: with}.Clone().With
	})
}

// Rename gives an item another id.
func (doc *Document) Rename(id, to string) error {
	was := doc.selected[id]
	err := doc.one("rename", id, func(it *mimic.Item) { it.ID = to })
	if err == nil && was {
		doc.selected[to] = true
		doc.selectedNow()
	}
	return err
}

// SetPoints sets the corners of a line.
func (doc *Document) SetPoints(id string, pts []mimic.Point) error {
	return doc.one("set points", id, func(it *mimic.Item) {
		it.Points = append([]mimic.Point(nil), pts...)
		it.Box = mimic.Hull(it.Points)
	})
}

// AddPoint puts a corner into the line after corner i.
func (doc *Document) AddPoint(id string, i int, p mimic.Point) error {
	it := doc.d.Item(id)
	if it == nil || i < 0 || i >= len(it.Points) {
		return fmt.Errorf("there is no corner %d of %q", i, id)
	}
	pts := append([]mimic.Point(nil), it.Points[:i+1]...)
	pts = append(pts, mimic.Point{X: doc.snap(p.X), Y: doc.snap(p.Y)})
	return doc.SetPoints(id, append(pts, it.Points[i+1:]...))
}

// MovePoint moves corner i of a line.
func (doc *Document) MovePoint(id string, i int, p mimic.Point) error {
	return doc.setPoint(id, i, doc.Snap(p))
}

func (doc *Document) setPoint(id string, i int, p mimic.Point) error {
	it := doc.d.Item(id)
	if it == nil || i < 0 || i >= len(it.Points) {
		return fmt.Errorf("there is no corner %d of %q", i, id)
	}
	pts := append([]mimic.Point(nil), it.Points...)
	pts[i] = p
	return doc.SetPoints(id, pts)
}

// Head returns what the display says about itself.
func (doc *Document) Head() Head { return headOf(doc.d) }

// SetHead changes what the display says about itself.
func (doc *Document) SetHead(h Head) error {
	return doc.change("set the display", h.apply)
}
