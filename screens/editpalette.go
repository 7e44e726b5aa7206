package screens

import (
	"image"
	"image/draw"
	"time"

	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// symbolPalette offers every kind of item, and the project's templates, as a
// small picture with its name. A tap takes one up, a drag carries it to the
// canvas, Return puts it into the middle.
type symbolPalette struct {
	style *paint.Style
	find  func(string) *mimic.Display
	// Take is called with what was taken up; Put with what is to go into the
	// middle of the canvas; Carry and Drop follow a drag, in pixels of the
	// palette.
	Take, Put   func(*placing)
	Carry, Drop func(p *placing, at image.Point)

	groups  []paletteGroup
	cells   []paletteCell
	size    image.Point
	scale   float32
	scroll  int
	high    int // of everything, pixels
	at      int // of the keyboard
	hover   int
	taken   *placing
	carried *placing
	last    image.Point
	focused bool
	dirty   bool
	faces   map[string]*image.RGBA // pictures by name; of one palette and scale
	inked   *paint.Palette
}

type paletteGroup struct {
	name string
	put  []placing
	y    int
}

type paletteCell struct {
	put  *placing
	r    image.Rectangle // before scrolling
	name string
}

func newSymbolPalette(style *paint.Style, find func(string) *mimic.Display) *symbolPalette {
	return &symbolPalette{style: style, find: find, at: -1, hover: -1, scale: 1}
}

// SetTemplates tells which templates the project has.
func (v *symbolPalette) SetTemplates(all []*mimic.Display) {
	v.groups, v.faces = nil, nil
	group := func(name string) *paletteGroup {
		for i := range v.groups {
			if v.groups[i].name == name {
				return &v.groups[i]
			}
		}
		v.groups = append(v.groups, paletteGroup{name: name})
		return &v.groups[len(v.groups)-1]
	}
	for i := range mimic.Kinds {
		if k := &mimic.Kinds[i]; k.Name != "template" {
			g := group(k.Group)
			g.put = append(g.put, placing{kind: k})
		}
	}
	for _, d := range all {
		if d.Template() {
			g := group("Templates")
			g.put = append(g.put, placing{kind: mimic.KindOf("template"), use: d})
		}
	}
	v.place()
}

// Layout: see view.View.
func (v *symbolPalette) Layout(size image.Point, scale float32) {
	if scale != v.scale {
		v.faces = nil
	}
	v.size, v.scale = size, scale
	v.place()
}

func (v *symbolPalette) px(u float32) int { return int(u*v.scale + 0.5) }

func (v *symbolPalette) place() {
	v.dirty = true
	v.cells = v.cells[:0]
	const columns = 3
	edge, gap := v.px(6), v.px(4)
	w := (v.size.X - 2*edge - v.px(8) - (columns-1)*gap) / columns
	h := v.px(80)
	y := edge
	for i := range v.groups {
		g := &v.groups[i]
		g.y = y
		y += v.px(22)
		for j := range g.put {
			x := edge + j%columns*(w+gap)
			if j > 0 && j%columns == 0 {
				y += h + gap
			}
			v.cells = append(v.cells, paletteCell{put: &g.put[j], r: image.Rect(x, y, x+w, y+h), name: g.put[j].String()})
		}
		y += h + gap + v.px(4)
	}
	v.high = y
	v.clamp()
}

func (v *symbolPalette) clamp() { v.scroll = min(max(v.scroll, 0), max(v.high-v.size.Y, 0)) }

// Took shows which cell has been taken up; nil for none.
func (v *symbolPalette) Took(p *placing) {
	if p != v.taken {
		v.taken, v.dirty = p, true
	}
}

// Frame: see view.View.
func (v *symbolPalette) Frame(time.Time) bool { return v.dirty }

// Paint: see view.View.
func (v *symbolPalette) Paint(p *paint.Painter) {
	if !v.dirty {
		return
	}
	v.dirty = false
	if v.inked != v.style.Palette {
		v.inked, v.faces = v.style.Palette, nil
	}
	k := ink{p, v.style, v.scale}
	pal := k.pal()
	p.FillRect(image.Rectangle{Max: v.size}, pal.Panel)
	up := image.Pt(0, -v.scroll)
	for i := range v.groups {
		y := v.groups[i].y - v.scroll
		k.say(k.bold(12), image.Rect(v.px(8), y, v.size.X, y+v.px(20)), paint.Left, v.groups[i].name, pal.Dim)
	}
	for i := range v.cells {
		if r := v.cells[i].r.Add(up); r.Overlaps(image.Rectangle{Max: v.size}) {
			v.paintCell(&k, i, r)
		}
	}
	if v.high > v.size.Y { // where one is
		h := max(v.size.Y*v.size.Y/v.high, v.px(24))
		y := (v.size.Y - h) * v.scroll / (v.high - v.size.Y)
		p.FillRect(image.Rect(v.size.X-v.px(6), y, v.size.X-v.px(2), y+h), pal.Line)
	}
}

func (v *symbolPalette) paintCell(k *ink, i int, r image.Rectangle) {
	pal, c := k.pal(), &v.cells[i]
	ground := pal.Window
	if i == v.hover {
		ground = paint.Mix(ground, pal.Text, 0.1)
	}
	k.FillRect(r, ground)
	label := image.Rect(r.Min.X+k.px(2), r.Max.Y-k.px(28), r.Max.X-k.px(2), r.Max.Y-k.px(2))
	face := v.face(c, image.Pt(r.Dx()-k.px(8), r.Dy()-k.px(34)))
	at := face.Rect.Add(r.Min.Add(image.Pt(k.px(4), k.px(4))))
	clip := at.Intersect(k.Clip()).Intersect(image.Rectangle{Max: v.size})
	draw.Draw(k.Image(), clip, face, clip.Min.Sub(at.Min), draw.Over)
	lines := inLines(k.font(10), c.name, label.Dx())
	for i, line := range lines {
		row := label
		row.Min.Y += i * label.Dy() / len(lines)
		row.Max.Y = row.Min.Y + label.Dy()/len(lines)
		k.say(k.font(10), row, paint.Center, k.font(10).Fit(line, row.Dx()), pal.Text)
	}
	switch {
	case v.taken == c.put:
		k.StrokeRect(r, max(k.px(2), 2), pal.Focus)
	case v.focused && i == v.at:
		k.StrokeRect(r, max(k.px(2), 2), pal.Text)
	}
}

// inLines breaks a name into two lines where it is too long for one.
func inLines(f *paint.Font, name string, room int) []string {
	if f.Width(name) <= room {
		return []string{name}
	}
	at := -1 // of the space that leaves the longest first line that fits
	for i, r := range name {
		if r == ' ' && f.Width(name[:i]) <= room {
			at = i
		}
	}
	if at < 0 {
		return []string{name}
	}
	return []string{name[:at], name[at+1:]}
}

// face is the small picture of a kind, with values that look alive.
func (v *symbolPalette) face(c *paletteCell, size image.Point) *image.RGBA {
	if f := v.faces[c.name]; f != nil && f.Rect.Size() == size {
		return f
	}
	if v.faces == nil {
		v.faces = map[string]*image.RGBA{}
	}
	f := samplePicture(c.put, v.style, size, v.scale, v.find)
	v.faces[c.name] = f
	return f
}

func (v *symbolPalette) hit(at image.Point) int {
	at.Y += v.scroll
	for i := range v.cells {
		if at.In(v.cells[i].r) {
			return i
		}
	}
	return -1
}

// Tap takes up what is under the pointer, or lays it down again.
func (v *symbolPalette) Tap(p view.Pointer) {
	i := v.hit(p.At)
	v.dirty = true
	if i < 0 || v.cells[i].put == v.taken {
		v.Take(nil)
		return
	}
	v.at = i
	v.Take(v.cells[i].put)
}

// Hover: see view.Hoverer.
func (v *symbolPalette) Hover(p view.Pointer) { v.lit(v.hit(p.At)) }

// Leave: see view.Hoverer.
func (v *symbolPalette) Leave() { v.lit(-1) }

func (v *symbolPalette) lit(i int) {
	if i != v.hover {
		v.hover, v.dirty = i, true
	}
}

// Wheel scrolls.
func (v *symbolPalette) Wheel(_ view.Pointer, _, dy float32) {
	v.scroll -= int(dy * 48 * v.scale)
	v.clamp()
	v.dirty = true
}

// DragStart carries what is under the pointer.
func (v *symbolPalette) DragStart(p view.Pointer) {
	v.carried = nil
	if i := v.hit(p.At); i >= 0 {
		v.at, v.dirty = i, true
		v.carried = v.cells[i].put
	}
}

// Drag: see view.Dragger.
func (v *symbolPalette) Drag(p view.Pointer) {
	v.last = p.At
	if v.carried != nil {
		v.Carry(v.carried, p.At)
	}
}

// DragEnd: see view.Dragger.
func (v *symbolPalette) DragEnd() {
	if v.carried != nil {
		v.Drop(v.carried, v.last)
	}
	v.carried = nil
}

// Cursor: see view.Cursorer.
func (v *symbolPalette) Cursor() view.Cursor {
	if v.hover >= 0 {
		return view.Hand
	}
	return view.Arrow
}

// Focus: see view.Focuser.
func (v *symbolPalette) Focus(on bool) {
	v.focused, v.dirty = on, true
	if on && v.at < 0 {
		v.at = 0
	}
}

// Key moves among the cells; Return puts one into the middle of the canvas,
// Space takes it up.
func (v *symbolPalette) Key(k view.Key) bool {
	if k.Mods != 0 || len(v.cells) == 0 {
		return false
	}
	switch k.Name {
	case view.KeyLeft:
		v.step(-1, false)
	case view.KeyRight:
		v.step(1, false)
	case view.KeyUp:
		v.step(-1, true)
	case view.KeyDown:
		v.step(1, true)
	case view.KeyReturn:
		v.Put(v.cells[max(v.at, 0)].put)
	case view.KeySpace:
		v.Take(v.cells[max(v.at, 0)].put)
	case view.KeyEscape:
		if v.taken == nil {
			return false
		}
		v.Take(nil)
	default:
		return false
	}
	return true
}

// step goes to the next cell, or to the one nearest in the next row.
func (v *symbolPalette) step(d int, row bool) {
	v.dirty = true
	from := max(v.at, 0)
	i := from + d
	for row && i >= 0 && i < len(v.cells) && (v.cells[i].r.Min.Y == v.cells[from].r.Min.Y || v.cells[i].r.Min.X > v.cells[from].r.Min.X && d < 0) {
		i += d
	}
	if i < 0 || i >= len(v.cells) {
		return
	}
	v.at = i
	r := v.cells[i].r
	v.scroll = max(min(v.scroll, r.Min.Y-v.px(24)), r.Max.Y+v.px(6)-v.size.Y)
	v.clamp()
}
