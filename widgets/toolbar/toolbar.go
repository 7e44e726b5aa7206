// Package toolbar paints rows of buttons. A Bar stands alone as a view or is
// a part of a larger one, which places it and hands it the pointer. It is
// driven by the keyboard as a whole: arrows move among the buttons, Return or
// Space presses.
package toolbar

import (
	"image"
	"slices"
	"time"

	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// Item is one button.
type Item struct {
	ID    string // handed to Do; an item without one is a caption
	Text  string
	Hint  string // the key that does the same, shown small
	Icon  Icon
	On    bool // pressed in: a choice that holds
	Off   bool // shown, but not to be pressed
	Alert int  // 1 to 4 paints it in that priority's colour; 0: as the rest
	Gap   bool // a space before it
	Tail  bool // it and what follows stand at the far end
}

// Bar is a row, or a column, of buttons.
type Bar struct {
	Upright bool                                   // a column
	Do      func(id string)                        // called when a button is pressed
	Denied  func(id string)                        // called when one that is off is pressed, to say why; may be nil
	More    func(at image.Rectangle, items []Item) // offers, at a button, those that have no room; nil: they are cut off
	Plain   bool                                   // no background of its own
	Style   *paint.Style                           // shared with the rest of the window
	items   []Item                                 // as set
	rects   []image.Rectangle
	bounds  image.Rectangle
	scale   float32
	hover   int // -1: none
	focus   int
	focused bool
	pressed int             // -1: none
	tight   int             // how much is left out for want of room
	folded  []bool          // by item: there is no room for it, More offers it
	more    image.Rectangle // of the button that offers them; empty: all have room
	dirty   bool
}

// New makes a bar that calls do.
func New(style *paint.Style, do func(id string), items ...Item) *Bar {
	return &Bar{Style: style, Do: do, items: items, hover: -1, pressed: -1, scale: 1, dirty: true}
}

// Set replaces the buttons when they differ from the ones shown.
func (b *Bar) Set(items []Item) {
	if len(items) == len(b.items) {
		same := true
		for i := range items {
			same = same && items[i] == b.items[i]
		}
		if same {
			return
		}
	}
	b.items = append(b.items[:0], items...)
	b.place()
}

// Items are the buttons shown.
func (b *Bar) Items() []Item { return b.items }

// Layout makes the bar fill a view of its own.
func (b *Bar) Layout(size image.Point, scale float32) {
	b.Place(image.Rectangle{Max: size}, scale)
}

// Place puts the bar into r, a part of a larger view.
func (b *Bar) Place(r image.Rectangle, scale float32) {
	b.bounds, b.scale = r, scale
	b.place()
}

// Bounds is where the bar stands.
func (b *Bar) Bounds() image.Rectangle { return b.bounds }

// Height is how tall a level bar wants to be at a scale, pixels.
func Height(scale float32) int { return int(30*scale + 0.5) }

func (b *Bar) px(u float32) int { return int(u*b.scale + 0.5) }

func (b *Bar) fonts() (text, small *paint.Font) {
	return b.Style.Regular.Size(13 * b.scale), b.Style.Regular.Size(10.5 * b.scale)
}

func (b *Bar) place() {
	b.dirty = true
	b.rects = b.rects[:0]
	if b.bounds.Empty() {
		return
	}
	if b.Upright {
		b.placeColumn()
		return
	}
	// Where there is not enough room, the hints go first, then what stands
	// between and inside the buttons.
	most := b.bounds.Max.X - b.px(6)
	b.folded, b.more = append(b.folded[:0], make([]bool, len(b.items))...), image.Rectangle{}
	fits := false
	for b.tight = 0; b.tight < 3 && !fits; b.tight++ {
		fits = b.placeRow() <= most
	}
	b.tight--
	if !fits && b.More != nil {
		b.fold(most)
		return
	}
	tail := slices.IndexFunc(b.items, func(it Item) bool { return it.Tail })
	if tail < 0 {
		return
	}
	if d := b.bounds.Max.X - b.px(6) - b.rects[len(b.rects)-1].Max.X; d > 0 {
		for i := tail; i < len(b.rects); i++ {
			b.rects[i] = b.rects[i].Add(image.Pt(d, 0))
		}
	}
}

// moreText is on the button that offers what has no room.
const moreText = "More"

// fold leaves out buttons from the end, but for choices that hold, until the
// rest and the one that offers them fit.
func (b *Bar) fold(most int) {
	text, _ := b.fonts()
	w := text.Width(moreText) + 2*b.px(5) + b.px(17)
	end := 0
	for i := len(b.items) - 1; i >= 0; i-- {
		if b.items[i].On {
			continue
		}
		b.folded[i] = true
		if end = b.placeRow() + b.px(2); end+w <= most {
			break
		}
	}
	b.more = image.Rect(end, b.bounds.Min.Y+b.px(3), end+w, b.bounds.Max.Y-b.px(3))
}

// placeRow places the buttons side by side and returns where the last ends.
func (b *Bar) placeRow() int {
	text, small := b.fonts()
	b.rects = b.rects[:0]
	pad, gap, space := b.px(9), b.px(4), b.px(12)
	if b.tight > 1 {
		pad, gap, space = b.px(5), b.px(2), b.px(5)
	}
	x := b.bounds.Min.X + b.px(6)
	for i := range b.items {
		it := &b.items[i]
		if b.folded[i] {
			b.rects = append(b.rects, image.Rectangle{})
			continue
		}
		if it.Gap {
			x += space
		}
		w := text.Width(it.Text)
		if it.ID != "" {
			w += 2 * pad
		}
		if it.Icon != NoIcon {
			w += b.px(13)
			if it.Text != "" {
				w += b.px(4)
			}
		}
		if it.Hint != "" && b.tight == 0 {
			w += small.Width(it.Hint) + b.px(6)
		}
		b.rects = append(b.rects, image.Rect(x, b.bounds.Min.Y+b.px(3), x+w, b.bounds.Max.Y-b.px(3)))
		x += w + gap
	}
	return x - gap
}

func (b *Bar) placeColumn() {
	y, h := b.bounds.Min.Y+b.px(6), b.px(38)
	for _, it := range b.items {
		if it.Gap {
			y += b.px(14)
		}
		b.rects = append(b.rects, image.Rect(b.bounds.Min.X+b.px(4), y, b.bounds.Max.X-b.px(4), y+h))
		y += h + b.px(2)
	}
}

// Frame reports whether the bar has changed since it was painted.
func (b *Bar) Frame(time.Time) bool { return b.dirty }

// Dirty reports the same to a larger view.
func (b *Bar) Dirty() bool { return b.dirty }

// Spoil has the bar painted again, because something else covered it.
func (b *Bar) Spoil() { b.dirty = true }

// Paint paints the bar if it has changed.
func (b *Bar) Paint(p *paint.Painter) {
	if !b.dirty {
		return
	}
	b.dirty = false
	before := p.SetClip(b.bounds.Intersect(p.Clip()))
	defer p.SetClip(before)
	if !b.Plain {
		p.FillRect(b.bounds, b.Style.Palette.Panel)
	}
	for i := range b.items {
		if i < len(b.rects) && !b.rects[i].Empty() {
			b.paintItem(p, &b.items[i], b.rects[i], i)
		}
	}
	if !b.more.Empty() {
		b.paintItem(p, &Item{ID: moreText, Text: moreText, Icon: Down}, b.more, len(b.items))
	}
}

// paintItem paints a button; the one that offers the rest has the number
// after the last.
func (b *Bar) paintItem(p *paint.Painter, it *Item, r image.Rectangle, i int) {
	pal := b.Style.Palette
	text, small := b.fonts()
	if it.ID == "" {
		p.TextIn(text, r, paint.Left, it.Text, pal.Dim)
		return
	}
	ground, ink := pal.Raised, pal.Text
	switch {
	case it.Off:
		ground, ink = pal.Panel, paint.Mix(pal.Panel, pal.Dim, 0.6)
	case it.Alert > 0:
		ground, ink = pal.Alarm[it.Alert], paint.Ink(pal.Alarm[it.Alert])
	case it.On:
		ground, ink = pal.Focus, paint.Ink(pal.Focus)
	case b.Upright && i != b.hover:
		ground = pal.Panel
	}
	if i == b.hover && !it.Off {
		ground = paint.Mix(ground, pal.Text, 0.12)
	}
	if i == b.pressed && !it.Off {
		ground = paint.Mix(ground, pal.Text, 0.25)
	}
	p.FillRect(r, ground)
	if !it.On && !it.Off && !b.Upright {
		p.StrokeRect(r, max(b.px(1), 1), paint.Mix(ground, pal.Text, 0.18))
	}
	if b.focused && i == b.focus {
		p.StrokeRect(r, max(b.px(2), 2), pal.Text)
	}
	pad := b.px(9)
	if b.tight > 1 {
		pad = b.px(5)
	}
	in := image.Rect(r.Min.X+pad, r.Min.Y, r.Max.X-pad, r.Max.Y)
	if it.Icon != NoIcon {
		box := image.Rect(in.Min.X, in.Min.Y, in.Min.X+b.px(13), in.Max.Y)
		Draw(p, box, it.Icon, 11*b.scale, ink)
		in.Min.X = box.Max.X + b.px(4)
	}
	if it.Hint != "" && (b.tight == 0 || b.Upright) {
		w := small.Width(it.Hint)
		faint := paint.Mix(ground, ink, 0.6)
		p.TextIn(small, image.Rect(in.Max.X-w, in.Min.Y, in.Max.X, in.Max.Y), paint.Right, it.Hint, faint)
		in.Max.X -= w + b.px(6)
	}
	p.TextIn(text, in, paint.Left, it.Text, ink)
}

func (b *Bar) hit(at image.Point) int {
	for i, r := range b.rects {
		if at.In(r) && b.items[i].ID != "" {
			return i
		}
	}
	if at.In(b.more) {
		return len(b.items)
	}
	return -1
}

// Rect is where the button with an id stands, or the one that offers it.
func (b *Bar) Rect(id string) (image.Rectangle, bool) {
	for i, it := range b.items {
		if it.ID == id && i < len(b.rects) {
			if b.rects[i].Empty() {
				return b.more, true
			}
			return b.rects[i], true
		}
	}
	return image.Rectangle{}, false
}

// Has reports whether the bar takes what happens at a point.
func (b *Bar) Has(at image.Point) bool { return at.In(b.bounds) }

// Tap presses what is under the pointer.
func (b *Bar) Tap(at view.Pointer) { b.push(b.hit(at.At)) }

func (b *Bar) push(i int) {
	if i < 0 || i > len(b.items) {
		return
	}
	if i == len(b.items) {
		b.focus, b.dirty = i, true
		var rest []Item
		for k, it := range b.items {
			if b.folded[k] {
				rest = append(rest, it)
			}
		}
		b.More(b.more, rest)
		return
	}
	if b.items[i].Off {
		if b.Denied != nil {
			b.Denied(b.items[i].ID)
		}
		return
	}
	b.focus, b.dirty = i, true
	if b.Do != nil {
		b.Do(b.items[i].ID)
	}
}

// Press shows the button going down.
func (b *Bar) Press(at view.Pointer) { b.mark(&b.pressed, b.hit(at.At)) }

// Release shows it come up.
func (b *Bar) Release(view.Pointer) { b.mark(&b.pressed, -1) }

// Hover lights what is under the pointer.
func (b *Bar) Hover(at view.Pointer) { b.mark(&b.hover, b.hit(at.At)) }

// Leave lights nothing.
func (b *Bar) Leave() { b.mark(&b.hover, -1) }

func (b *Bar) mark(which *int, i int) {
	if *which != i {
		*which, b.dirty = i, true
	}
}

// Cursor is a hand over a button.
func (b *Bar) Cursor() view.Cursor {
	if b.hover == len(b.items) || b.hover >= 0 && b.hover < len(b.items) && !b.items[b.hover].Off {
		return view.Hand
	}
	return view.Arrow
}

// Focus shows which button the keyboard would press.
func (b *Bar) Focus(on bool) {
	b.focused, b.dirty = on, true
	if on && !b.usable(b.focus) {
		b.focus = -1
		b.step(1)
	}
}

func (b *Bar) usable(i int) bool {
	if i == len(b.items) {
		return !b.more.Empty()
	}
	return i >= 0 && i < len(b.rects) && b.items[i].ID != "" && !b.items[i].Off && !b.rects[i].Empty()
}

func (b *Bar) step(d int) bool {
	for i := b.focus + d; i >= 0 && i <= len(b.items); i += d {
		if b.usable(i) {
			b.focus, b.dirty = i, true
			return true
		}
	}
	return false
}

// Key moves among the buttons and presses one.
func (b *Bar) Key(k view.Key) bool {
	if k.Mods&(view.Ctrl|view.Alt|view.Super) != 0 {
		return false
	}
	next, prev := view.KeyRight, view.KeyLeft
	if b.Upright {
		next, prev = view.KeyDown, view.KeyUp
	}
	switch k.Name {
	case next:
		b.step(1)
	case prev:
		b.step(-1)
	case view.KeyReturn, view.KeySpace:
		b.push(b.focus)
	default:
		return false
	}
	return true
}
