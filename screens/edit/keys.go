package edit

import (
	"penstock/widgets/view"
)

// Key edits by keyboard: arrows move by the grid, with Shift by one unit;
// Delete, Ctrl+Z, Ctrl+Y, Ctrl+C, Ctrl+X, Ctrl+V, Ctrl+D, Ctrl+A, Ctrl+G,
// PageUp, PageDown, R to turn, P to see it as operators do, Escape.
func (c *Canvas) Key(k view.Key) bool {
	if k.Mods&view.Ctrl != 0 {
		return c.command(k)
	}
	if k.Mods&(view.Alt|view.Super) != 0 {
		return false
	}
	step := max(c.Doc.Grid, 1)
	if k.Mods&view.Shift != 0 {
		step = 1
	}
	doc := c.Doc
	switch k.Name {
	case view.KeyLeft:
		c.told(doc.Nudge(-step, 0))
	case view.KeyRight:
		c.told(doc.Nudge(step, 0))
	case view.KeyUp:
		c.told(doc.Nudge(0, -step))
	case view.KeyDown:
		c.told(doc.Nudge(0, step))
	case view.KeyDelete, view.KeyBackspace:
		c.told(doc.Delete())
	case view.KeyPageUp:
		c.told(doc.Raise())
	case view.KeyPageDown:
		c.told(doc.Lower())
	case "R":
		c.told(doc.Turn())
	case "P":
		c.Bare = !c.Bare
		c.soiled = true
	case view.KeyEscape:
		if c.mode != idle {
			doc.Cancel()
			c.mode = idle
		} else {
			doc.Select()
		}
		c.told(nil)
	case view.KeyHome, view.KeyPlus, view.KeyMinus, "=":
		c.soiled = true
		return c.scene.Key(k)
	default:
		return false
	}
	return true
}

func (c *Canvas) command(k view.Key) bool {
	doc, shift := c.Doc, k.Mods&view.Shift != 0
	switch k.Name {
	case "Z":
		if shift {
			doc.Redo()
		} else {
			doc.Undo()
		}
		c.told(nil)
	case "Y":
		doc.Redo()
		c.told(nil)
	case "C":
		c.copy()
	case "X":
		c.copy()
		c.told(doc.Delete())
	case "V":
		c.paste()
	case "D":
		c.told(doc.Duplicate())
	case "A":
		doc.SelectAll()
		c.told(nil)
	case "G":
		if shift {
			c.told(doc.Ungroup())
		} else {
			c.told(doc.Group())
		}
	default:
		return false
	}
	return true
}

func (c *Canvas) copy() {
	if len(c.Doc.Selection()) == 0 {
		return
	}
	c.own = c.Doc.CopyText()
	if c.SetClip != nil {
		c.SetClip(c.own)
	}
}

func (c *Canvas) paste() {
	text := c.own
	if c.Clip != nil {
		text = c.Clip()
	}
	d := max(c.Doc.Grid, 10)
	c.told(c.Doc.PasteText(text, d, d))
}

// Menu is what can be done with the selection.
func (c *Canvas) Menu(p view.Pointer) []view.Choice {
	doc := c.Doc
	if id := doc.At(c.scene.Units(p.At), 4/float64(c.scene.Unit())); id != "" && !doc.Selected(id) {
		doc.Select(id)
		c.told(nil)
	}
	none := len(doc.Selection()) == 0
	do := func(text string, f func() error) view.Choice {
		return view.Choice{Text: text, Do: func() { c.told(f()) }, Disabled: none}
	}
	side := func(text string, s Side) view.Choice { return do(text, func() error { return doc.Align(s) }) }
	return []view.Choice{
		{Text: "Cut", Do: func() { c.copy(); c.told(doc.Delete()) }, Disabled: none},
		{Text: "Copy", Do: c.copy, Disabled: none},
		{Text: "Paste", Do: c.paste},
		do("Duplicate", doc.Duplicate), do("Delete", doc.Delete), {},
		{Text: "Order", Disabled: none, Sub: []view.Choice{do("To front", doc.ToFront), do("Raise", doc.Raise), do("Lower", doc.Lower), do("To back", doc.ToBack)}},
		{Text: "Align", Disabled: none, Sub: []view.Choice{
			side("Left", Left), side("Center", Center), side("Right", Right), {}, side("Top", Top), side("Middle", Middle), side("Bottom", Bottom)}},
		{Text: "Distribute", Disabled: none, Sub: []view.Choice{do("Across", doc.DistributeAcross), do("Down", doc.DistributeDown)}},
		do("Turn", doc.Turn), {}, do("Group", doc.Group), do("Ungroup", doc.Ungroup),
	}
}
