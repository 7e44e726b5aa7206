package edit

import (
	"image"

	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// Placeholder stands where a tag has to be and none has been named yet.
const Placeholder = "TAG"

// What a window around the canvas asks: where things are, and how near.

// Units maps a pixel of the canvas to display units.
func (c *Canvas) Units(p image.Point) mimic.Point { return c.scene.Units(p) }

// Pixels maps a box of the display to pixels of the canvas.
func (c *Canvas) Pixels(b mimic.Box) paint.Box { return c.scene.Pixels(b) }

// Middle is the pixel in the middle of the canvas.
func (c *Canvas) Middle() image.Point { return c.size.Div(2) }

// Zoom is how far the display is zoomed in: 1 is all of it.
func (c *Canvas) Zoom() float32 { return c.scene.Zoom() }

// Nearer and Farther zoom by a step around the middle, Fit shows everything.
func (c *Canvas) Nearer() { c.Key(view.Key{Name: view.KeyPlus}) }

// Farther: see Nearer.
func (c *Canvas) Farther() { c.Key(view.Key{Name: view.KeyMinus}) }

// Fit: see Nearer.
func (c *Canvas) Fit() { c.Key(view.Key{Name: view.KeyHome}) }

// Rebind looks the tags up again, after the project was exchanged.
func (c *Canvas) Rebind() {
	// What cannot be shown is said by the linter and by check.
	_ = c.scene.Show(c.Doc.Display())
	c.soiled = true
}

// Layers lists the display's layers; LayerHidden tells which are hidden while
// it is edited, and ShowLayer shows or hides one.
func (c *Canvas) Layers() []string { return c.scene.Layers() }

// LayerHidden: see Layers.
func (c *Canvas) LayerHidden(name string) bool { return c.scene.LayerHidden(name) }

// ShowLayer: see Layers.
func (c *Canvas) ShowLayer(name string, show bool) {
	c.scene.ShowLayer(name, show)
	c.soiled = true
}

// Snap rounds a place to the grid.
func (doc *Document) Snap(p mimic.Point) mimic.Point {
	return mimic.Point{X: doc.snap(p.X), Y: doc.snap(p.Y)}
}

// AddLine puts a line of a kind through points in front of everything and
// selects it.
func (doc *Document) AddLine(kind string, pts []mimic.Point) error {
	k := mimic.KindOf(kind)
	if k == nil || !k.Lined || len(pts) < 2 {
		return errNotLine
	}
	it := mimic.Item{ID: freeID(doc.ids(), kind), Kind: kind}
	for _, p := range pts {
		it.Points = append(it.Points, doc.Snap(p))
	}
	it.Box = mimic.Hull(it.Points)
	return doc.insertOne("draw "+kind, it)
}

// AddTemplate puts what shows a template at a point and selects it. Its
// parameters are to be set.
func (doc *Document) AddTemplate(t *mimic.Display, at mimic.Point) error {
	p := doc.Snap(at)
	it := mimic.Item{ID: freeID(doc.ids(), t.Name), Kind: "template", Use: t.Name, With: map[string]string{}, Box: mimic.Box{X: p.X, Y: p.Y, W: t.W, H: t.H}}
	for _, name := range t.Params {
		it.With[name] = Placeholder
	}
	return doc.insertOne("add "+t.Name, it)
}

func (doc *Document) insertOne(label string, it mimic.Item) error {
	if err := doc.change(label, func(d *mimic.Display) { d.Items = append(d.Items, it) }); err != nil {
		return err
	}
	doc.setSelection([]string{it.ID})
	doc.selectedNow()
	return nil
}
