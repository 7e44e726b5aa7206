// Package rows paints long lists: alarms, events, devices, tags. A View shows
// a window of an order of keys; it asks its model only for the rows in sight,
// so fifty thousand of them scroll like fifty. It knows no toolkit.
//
// Rows do not move under the pointer: while it is over them and has moved
// within the last seconds, a new order waits and is announced at the foot.
package rows

import (
	"image"
	"slices"
	"time"

	"penstock/widgets/paint"
)

// Column is one column of a list.
type Column struct {
	ID    string // handed to OnSort; a column without one cannot be sorted by
	Title string
	Width float32 // units of design; 0 shares what is left
	Align paint.Align
	Mark  bool // shows the row's priority mark
	Rank  int  // the higher, the sooner it gives way in a narrow view; 0 never
}

// Tone is how a row is written.
type Tone uint8

// The tones.
const (
	Plain Tone = iota
	Dim        // of no concern now
	Strong
	Wrong // cannot be trusted, or has failed
)

// Row is what a list shows of one key.
type Row struct {
	Cells  []string // one a column, in the order of Columns
	Tone   Tone
	Mark   int    // alarm priority, 1 to 4; 0: none
	Hollow bool   // the mark is an outline: acknowledged
	Flash  bool   // the mark blinks: nobody has acknowledged it
	Fade   bool   // with Flash: blinks more slowly, because the cause has gone
	Badge  string // a word in a box before the first wide column, such as "shelved"
}

// Model knows the rows. It is called on the view's goroutine.
type Model[K comparable] interface {
	// Row fills r, whose Cells are empty strings of the right number, with
	// what is shown of k; false says that k is no more.
	Row(k K, r *Row) bool
}

// holdFor is how long rows stay where they are after the pointer moved.
const holdFor = 4 * time.Second

// slot is a row in sight as it was painted.
type slot[K comparable] struct {
	key   K
	row   Row
	used  bool
	gone  bool
	dirty bool
}

// View is a list.
type View[K comparable] struct {
	Style   *paint.Style
	Columns []Column
	Model   Model[K]
	Empty   string // said when there is no row

	OnOpen   func(K)                        // Return or a double click
	OnSelect func()                         // the selection or the row in focus changed
	OnSort   func(column string, down bool) // a heading was clicked
	Choices  func([]K) []Choice             // the context menu of the selected rows

	order   []K
	waiting []K // the order to come while rows are held
	news    int // rows of waiting that are not in order

	chosen map[K]struct{}
	at     int // index of the row in focus; -1: none
	lost   int // where the row in focus stood when it went; -1: none went
	anchor int // where a range began
	sortBy string
	down   bool

	size    image.Point
	scale   float32
	head    int // height of the heading, pixels
	height  int // of a row, pixels
	columns []placed
	widths  map[string]float32 // that a person chose, by title

	scroll  int // pixels above the top edge
	slots   []slot[K]
	now     time.Time
	phase   int
	hover   int // index; -1: none
	moved   time.Time
	inside  bool
	focused bool
	drag    dragging
	pull    pulling

	all   bool // everything is to be painted
	touch bool // rows may have changed
}

// placed is a column where it stands.
type placed struct {
	i    int // in Columns
	x, w int
}

// New makes an empty list.
func New[K comparable](style *paint.Style, model Model[K], columns ...Column) *View[K] {
	return &View[K]{Style: style, Model: model, Columns: columns, chosen: map[K]struct{}{}, at: -1, lost: -1, anchor: -1, hover: -1,
		scale: 1, all: true, widths: map[string]float32{}}
}

// SetSort shows which column the rows are sorted by. The owner sorts.
func (v *View[K]) SetSort(column string, down bool) { v.sortBy, v.down, v.all = column, down, true }

// SetOrder shows these rows from now on, or as soon as the pointer lets go of
// the ones shown. The slice is the view's.
func (v *View[K]) SetOrder(keys []K) {
	if v.holding() && len(v.order) > 0 {
		v.waiting = keys
		if v.waiting == nil {
			v.waiting = []K{}
		}
		v.count()
		v.all = true
		return
	}
	v.adopt(keys)
}

// Rearrange shows these rows now, wherever the pointer is: the person at the
// list has asked for them, by a search, an order or a branch that opens.
func (v *View[K]) Rearrange(keys []K) {
	v.moved = time.Time{}
	v.SetOrder(keys)
}

// count says how many rows wait.
func (v *View[K]) count() {
	have := make(map[K]struct{}, len(v.order))
	for _, k := range v.order {
		have[k] = struct{}{}
	}
	v.news = 0
	for _, k := range v.waiting {
		if _, ok := have[k]; !ok {
			v.news++
		}
	}
}

// adopt makes keys the order. The row in focus keeps the focus, and a list
// that is scrolled keeps its first row where it is. Where the row in focus has
// gone no other takes the focus, or a key would be meant for one and done to
// another; the arrows go on from its place.
func (v *View[K]) adopt(keys []K) {
	var top, focus K
	first := v.first()
	keepTop := v.scroll > 0 && first < len(v.order)
	if keepTop {
		top = v.order[first]
	}
	keepFocus := v.at >= 0 && v.at < len(v.order)
	if keepFocus {
		focus = v.order[v.at]
	}
	v.order, v.waiting, v.news = keys, nil, 0
	if keepFocus {
		was := v.at
		v.at = slices.Index(keys, focus)
		v.anchor = v.at
		if v.at < 0 {
			v.lost = was
			defer v.told()
		}
	}
	if keepTop {
		if i := slices.Index(keys, top); i >= 0 {
			v.scroll += (i - first) * v.height
		}
	}
	if len(v.chosen) > 0 {
		still := make(map[K]struct{}, len(keys))
		for _, k := range keys {
			still[k] = struct{}{}
		}
		for k := range v.chosen {
			if _, ok := still[k]; !ok {
				delete(v.chosen, k)
			}
		}
	}
	v.clamp()
	v.all = true
}

// Touch says that rows may show something else than before; the next frame
// compares those in sight.
func (v *View[K]) Touch() { v.touch = true }

// Spoil has everything painted again.
func (v *View[K]) Spoil() { v.all = true }

// Keys are the rows in the order shown, not to be changed.
func (v *View[K]) Keys() []K { return v.order }

// Len is the number of rows shown.
func (v *View[K]) Len() int { return len(v.order) }

// Selected returns the selected rows in the order shown; without a selection
// the row in focus.
func (v *View[K]) Selected() (out []K) {
	for _, k := range v.order {
		if _, ok := v.chosen[k]; ok {
			out = append(out, k)
		}
	}
	if len(out) == 0 && v.at >= 0 && v.at < len(v.order) {
		out = append(out, v.order[v.at])
	}
	return out
}

// Focused is the row in focus.
func (v *View[K]) Focused() (k K, ok bool) {
	if v.at < 0 || v.at >= len(v.order) {
		return k, false
	}
	return v.order[v.at], true
}

// Choose selects one row and brings it into sight.
func (v *View[K]) Choose(k K) bool {
	i := slices.Index(v.order, k)
	if i < 0 {
		return false
	}
	clear(v.chosen)
	v.chosen[k] = struct{}{}
	v.at, v.anchor, v.all = i, i, true
	v.reveal()
	v.told()
	return true
}

// Clear selects nothing.
func (v *View[K]) Clear() {
	v.lost = -1
	if len(v.chosen) > 0 || v.at >= 0 {
		clear(v.chosen)
		v.at, v.anchor, v.all = -1, -1, true
		v.told()
	}
}

// InSight returns the rows that can be seen whole: "acknowledge the visible
// page" is about these and no others.
func (v *View[K]) InSight() []K {
	if v.height == 0 {
		return nil
	}
	from := (v.scroll + v.height - 1) / v.height
	to := (v.scroll + v.size.Y - v.head) / v.height
	from, to = min(from, len(v.order)), min(to, len(v.order))
	if to <= from {
		return nil
	}
	return slices.Clone(v.order[from:to])
}

// ToTop scrolls to the first row.
func (v *View[K]) ToTop() { v.scroll, v.all = 0, true }

func (v *View[K]) told() {
	if v.OnSelect != nil {
		v.OnSelect()
	}
}

// holding reports whether rows must stay where they are.
func (v *View[K]) holding() bool {
	return v.drag != noDrag || v.inside && v.now.Sub(v.moved) < holdFor
}

func (v *View[K]) px(u float32) int { return int(u*v.scale + 0.5) }

// Layout is called by whoever shows the view.
func (v *View[K]) Layout(size image.Point, scale float32) {
	v.size, v.scale = size, scale
	v.head, v.height = v.px(26), v.px(24)
	v.place()
	v.clamp()
	v.all = true
}

// place gives each column its width; columns of a high rank give way first.
func (v *View[K]) place() {
	v.columns = v.columns[:0]
	room := v.size.X - v.px(12)
	shown := make([]bool, len(v.Columns))
	for i := range shown {
		shown[i] = true
	}
	const least = 140 // a column that takes the rest
	for {
		need, worst := 0, 0
		for i, c := range v.Columns {
			if shown[i] {
				need += v.px(max(v.width(c), 0))
				if c.Width == 0 {
					need += v.px(least)
				}
				worst = max(worst, c.Rank)
			}
		}
		if need <= room || worst == 0 {
			break
		}
		for i, c := range v.Columns {
			shown[i] = shown[i] && c.Rank != worst
		}
	}
	rest, sharing := room, 0
	for i, c := range v.Columns {
		if shown[i] {
			if w := v.width(c); w > 0 {
				rest -= v.px(w)
			} else {
				sharing++
			}
		}
	}
	x := v.px(4)
	for i, c := range v.Columns {
		if !shown[i] {
			continue
		}
		w := v.px(v.width(c))
		if v.width(c) == 0 {
			w = max(rest/max(sharing, 1), v.px(40))
		}
		v.columns = append(v.columns, placed{i, x, w})
		x += w
	}
}

func (v *View[K]) width(c Column) float32 {
	if w, ok := v.widths[c.Title]; ok && c.Width > 0 {
		return w
	}
	return c.Width
}

// first is the index of the first row that can be seen, if only in part.
func (v *View[K]) first() int {
	if v.height == 0 {
		return 0
	}
	return v.scroll / v.height
}

func (v *View[K]) page() int { return max((v.size.Y-v.head)/max(v.height, 1), 1) }

func (v *View[K]) clamp() {
	most := len(v.order)*v.height - (v.size.Y - v.head)
	v.scroll = min(max(v.scroll, 0), max(most, 0))
}

// reveal brings the row in focus into sight.
func (v *View[K]) reveal() {
	if v.at < 0 {
		return
	}
	y := v.at * v.height
	v.scroll = min(v.scroll, y)
	v.scroll = max(v.scroll, y+v.height-(v.size.Y-v.head))
	v.clamp()
	v.all = true
}

// Frame reports whether anything in sight has changed. Marks blink once a
// second, those whose cause has gone every two.
func (v *View[K]) Frame(now time.Time) bool {
	v.now = now
	if v.waiting != nil && !v.holding() {
		v.adopt(v.waiting)
	}
	if p := int(now.UnixMilli()/500) & 3; p != v.phase {
		v.phase = p
		for i := range v.slots {
			s := &v.slots[i]
			s.dirty = s.dirty || s.row.Flash && s.used
		}
	}
	v.fill()
	return v.all || slices.ContainsFunc(v.slots, func(s slot[K]) bool { return s.dirty })
}

// fill asks the model about the rows in sight and marks those that changed.
func (v *View[K]) fill() {
	if v.size.Y == 0 || !(v.all || v.touch) {
		return
	}
	v.touch = false
	n := (v.size.Y-v.head)/max(v.height, 1) + 2
	if len(v.slots) != n {
		v.slots = make([]slot[K], n)
		v.all = true
	}
	first := v.first()
	var fresh Row
	for i := range v.slots {
		s := &v.slots[i]
		k := first + i
		if k >= len(v.order) {
			s.dirty = s.dirty || s.used
			s.used = false
			continue
		}
		fresh = Row{Cells: blank(fresh.Cells, len(v.Columns))}
		there := v.Model.Row(v.order[k], &fresh)
		if s.used && s.key == v.order[k] && there == !s.gone && (!there || same(&s.row, &fresh)) {
			continue
		}
		if !there && s.used && s.key == v.order[k] {
			s.gone, s.dirty = true, true // it keeps its place, dimmed, until the order moves on
			continue
		}
		s.key, s.used, s.gone, s.dirty = v.order[k], true, !there, true
		s.row, fresh = fresh, s.row
	}
}

func blank(cells []string, n int) []string {
	if cap(cells) < n {
		return make([]string, n)
	}
	cells = cells[:n]
	clear(cells)
	return cells
}

func same(a, b *Row) bool {
	return a.Tone == b.Tone && a.Mark == b.Mark && a.Hollow == b.Hollow && a.Flash == b.Flash && a.Fade == b.Fade &&
		a.Badge == b.Badge && slices.Equal(a.Cells, b.Cells)
}
