// Package edit changes displays: a Document knows what is selected, does and
// undoes without limit, and never lets a display become one that cannot be
// read back. It knows no toolkit; Canvas shows a Document with live values.
//
// A Document belongs to one goroutine.
package edit

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"penstock/screens/mimic"
)

// Document is a display that is being edited.
type Document struct {
	d        *mimic.Display
	selected map[string]bool // ids
	done     []step
	undone   []step
	savedAt  int   // steps done when it was saved; -1: never again reachable
	gesture  *step // while a drag runs: everything since its start is one step
	version  int

	// Grid is what places and sizes are rounded to, display units; 0 is none.
	Grid float64
}

// step is one change that can be taken back: the items that were replaced and
// what stands in their place.
type step struct {
	label                string
	at                   int // index of the first item that differs
	before, after        []mimic.Item
	headBefore, head     Head
	selBefore, selection []string
}

// Head is what a display says about itself.
type Head struct {
	Title, Parent string
	Level         int     // 1 to 4; 0 for a template
	W, H          float64 // display units
	Areas         string  // their names, a space between
	Params        string  // of a template, a space between
}

func headOf(d *mimic.Display) Head {
	return Head{d.Title, d.Parent, d.Level, d.W, d.H, strings.Join(d.Areas, " "), strings.Join(d.Params, " ")}
}

// New edits a copy of a display.
func New(d *mimic.Display) *Document {
	return &Document{d: d.Clone(), selected: map[string]bool{}, Grid: 10}
}

// Display returns the display as it is now. It is not to be changed; the next
// edit makes another one.
func (doc *Document) Display() *mimic.Display { return doc.d }

// Version is another number after each change of the display.
func (doc *Document) Version() int { return doc.version }

// Text is the display as its file is written.
func (doc *Document) Text() []byte { return doc.d.Text() }

// Changed reports whether the display differs from the one last saved.
func (doc *Document) Changed() bool { return doc.savedAt != len(doc.done) }

// Saved notes that the display as it is now has been saved.
func (doc *Document) Saved() { doc.savedAt = len(doc.done) }

// ErrNothing says that nothing is selected that could be changed.
var ErrNothing = errors.New("nothing is selected")

// change does one step: f gets a copy of the list of items and returns the new
// list. An item that f changes it clones first. Where the outcome could not be
// read back from a file, nothing is changed and the reason is the error.
func (doc *Document) change(label string, f func(d *mimic.Display)) error {
	next := *doc.d
	next.Items = slices.Clone(doc.d.Items)
	selBefore := doc.Selection()
	f(&next)
	s := difference(doc.d, &next)
	s.label, s.selBefore = label, selBefore
	if s.empty() {
		return nil
	}
	if err := sound(&next, &s); err != nil {
		return err
	}
	doc.d = &next
	doc.version++
	doc.dropGone()
	s.selection = doc.Selection()
	if doc.gesture != nil {
		return nil // End notes the whole of it
	}
	doc.note(s)
	return nil
}

func (doc *Document) note(s step) {
	if doc.savedAt > len(doc.done) {
		doc.savedAt = -1 // what was saved has been undone and is now overwritten
	}
	doc.done = append(doc.done, s)
	doc.undone = nil
}

// DisplayRenamed follows a display, this one or another, that the project has
// given another name, in all steps that can be undone and done again: what is
// taken back afterwards leads to where it led before. It is no step of its own.
// Find returns a display by name, or nil.
func (doc *Document) DisplayRenamed(from, to string, find func(name string) *mimic.Display) {
	doc.End()
	follow := func(items *[]mimic.Item, head *Head) {
		was := mimic.Display{Parent: head.Parent, Items: *items}
		now := was.Renamed(from, to, find)
		*items, head.Parent = now.Items, now.Parent
	}
	for _, steps := range [][]step{doc.done, doc.undone} {
		for i := range steps {
			follow(&steps[i].before, &steps[i].headBefore)
			follow(&steps[i].after, &steps[i].head)
		}
	}
	doc.d = doc.d.Renamed(from, to, find)
	doc.version++
}

// difference is the step from one display to another.
func difference(from, to *mimic.Display) step {
	a, b := from.Items, to.Items
	at := 0
	for at < len(a) && at < len(b) && reflect.DeepEqual(a[at], b[at]) {
		at++
	}
	endA, endB := len(a), len(b)
	for endA > at && endB > at && reflect.DeepEqual(a[endA-1], b[endB-1]) {
		endA, endB = endA-1, endB-1
	}
	return step{at: at, before: slices.Clone(a[at:endA]), after: slices.Clone(b[at:endB]), headBefore: headOf(from), head: headOf(to)}
}

func (s *step) empty() bool {
	return len(s.before) == 0 && len(s.after) == 0 && s.headBefore == s.head
}

// sound reports why a display could not be read back after a step. Only what
// the step touched is read, so that a large display stays quick.
func sound(d *mimic.Display, s *step) error {
	if len(d.Items) > mimic.MaxItems {
		return fmt.Errorf("a display may have %d items", mimic.MaxItems)
	}
	seen := make(map[string]bool, len(d.Items))
	for i := range d.Items {
		if id := d.Items[i].ID; seen[id] {
			return fmt.Errorf("there are two items %q", id)
		} else {
			seen[id] = true
		}
	}
	part := *d
	part.Items = s.after
	if _, err := mimic.Parse("display", part.Text()); err != nil {
		if probs, ok := errors.AsType[mimic.Problems](err); ok {
			if p := probs[0]; p.Do != "" {
				return fmt.Errorf("%s; %s", p.What, p.Do)
			}
			return errors.New(probs[0].What)
		}
		return err
	}
	return nil
}

// Begin starts a gesture: all changes until End are one step. A gesture that
// runs already goes on.
func (doc *Document) Begin(label string) {
	if doc.gesture == nil {
		doc.gesture = &step{label: label, selBefore: doc.Selection(), before: doc.d.Items, headBefore: headOf(doc.d)}
	}
}

// End ends a gesture and keeps what it did as one step.
func (doc *Document) End() {
	g := doc.gesture
	if g == nil {
		return
	}
	doc.gesture = nil
	from := *doc.d
	from.Items = g.before
	s := difference(&from, doc.d)
	s.label, s.headBefore, s.selBefore, s.selection = g.label, g.headBefore, g.selBefore, doc.Selection()
	if !s.empty() {
		doc.note(s)
	}
}

// restart takes back what a gesture did so far, and lets it go on.
func (doc *Document) restart() {
	if g := doc.gesture; g != nil {
		next := *doc.d
		next.Items = g.before
		g.headBefore.apply(&next)
		doc.d = &next
		doc.version++
	}
}

// Cancel ends a gesture and takes back what it did.
func (doc *Document) Cancel() {
	g := doc.gesture
	if g == nil {
		return
	}
	doc.restart()
	doc.gesture = nil
	doc.setSelection(g.selBefore)
}

// Undo takes the last step back and says which it was.
func (doc *Document) Undo() (label string, ok bool) {
	doc.End()
	n := len(doc.done)
	if n == 0 {
		return "", false
	}
	s := doc.done[n-1]
	doc.done, doc.undone = doc.done[:n-1], append(doc.undone, s)
	doc.put(s.at, len(s.after), s.before, s.headBefore, s.head)
	doc.setSelection(s.selBefore)
	return s.label, true
}

// Redo does again what Undo took back.
func (doc *Document) Redo() (label string, ok bool) {
	doc.End()
	n := len(doc.undone)
	if n == 0 {
		return "", false
	}
	s := doc.undone[n-1]
	doc.undone, doc.done = doc.undone[:n-1], append(doc.done, s)
	doc.put(s.at, len(s.before), s.after, s.head, s.headBefore)
	doc.setSelection(s.selection)
	return s.label, true
}

// CanUndo names the step that Undo would take back, CanRedo the one that Redo
// would do; empty for none.
func (doc *Document) CanUndo() string { return last(doc.done) }

// CanRedo: see CanUndo.
func (doc *Document) CanRedo() string { return last(doc.undone) }

func last(steps []step) string {
	if n := len(steps); n > 0 {
		return steps[n-1].label
	}
	return ""
}

// put replaces n items from at on.
func (doc *Document) put(at, n int, items []mimic.Item, head, was Head) {
	next := *doc.d
	next.Items = slices.Concat(doc.d.Items[:at], items, doc.d.Items[at+n:])
	if head != was {
		head.apply(&next)
	}
	doc.d = &next
	doc.version++
}

func (h Head) apply(d *mimic.Display) {
	d.Title, d.Parent, d.Level, d.W, d.H = h.Title, h.Parent, h.Level, h.W, h.H
	d.Areas, d.Params = strings.Fields(h.Areas), strings.Fields(h.Params)
}
