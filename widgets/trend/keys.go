package trend

import (
	"penstock/widgets/view"
)

// Focus shows whether keys come here.
func (v *View) Focus(on bool) { v.focused, v.dirty = on, true }

// Key pans, zooms, moves the cursor and selects pens.
func (v *View) Key(k view.Key) bool {
	if k.Mods&view.Ctrl != 0 && k.Name == "Z" {
		v.Undo()
		return true
	}
	if k.Mods&view.Ctrl != 0 && k.Name == "C" && v.OnCopy != nil {
		v.OnCopy()
		return true
	}
	if k.Mods&(view.Ctrl|view.Alt|view.Super) != 0 {
		return false
	}
	if k.Mods&view.Shift != 0 {
		return v.hairKey(k)
	}
	switch k.Name {
	case view.KeyLeft:
		v.shift(-0.1)
	case view.KeyRight:
		v.shift(0.1)
	case view.KeyPageUp:
		v.shift(-1)
	case view.KeyPageDown:
		v.shift(1)
	case view.KeyEnd:
		v.press("now")
	case view.KeyPlus, "=":
		v.zoomAt(0.5, v.centre())
	case view.KeyMinus:
		v.zoomAt(2, v.centre())
	case view.KeySpace:
		if v.window.Live {
			v.Pause()
		} else {
			v.press("now")
		}
	case view.KeyBackspace:
		v.Undo()
	case view.KeyUp:
		v.pick(-1)
	case view.KeyDown:
		v.pick(1)
	case view.KeyReturn:
		if v.selected >= 0 && v.OnPick != nil {
			v.OnPick(v.pens[v.selected].Def.ID)
		}
	case "H":
		if v.selected >= 0 {
			p := v.pens[v.selected]
			p.look.Hidden = !p.look.Hidden
			v.place()
			v.told()
		}
	case view.KeyDelete:
		if v.selected >= 0 {
			v.drop(v.selected)
		}
	case "F":
		v.press("fit")
	case "A":
		v.press("axes")
	case "X":
		v.press("xy")
	case "B":
		v.press("box")
	case "D":
		v.press("day")
	case "W":
		v.press("week")
	case view.KeyEscape:
		if v.hair.a == 0 && v.hair.b == 0 {
			return false
		}
		v.hair.reset()
	default:
		if len(k.Name) == 1 && k.Name[0] >= '1' && int(k.Name[0]-'1') < len(spans) {
			v.press("span " + spans[k.Name[0]-'1'].text)
			break
		}
		return false
	}
	v.dirty = true
	return true
}

// hairKey moves the first cursor with Shift and the arrows, the second with
// Shift and PageUp or PageDown.
func (v *View) hairKey(k view.Key) bool {
	w := v.window.at(v.now)
	step := w.Span / int64(max(v.plot.Dx(), 1)) * 4
	hair := &v.hair.a
	switch k.Name {
	case view.KeyPageUp:
		hair, step = &v.hair.b, -step
	case view.KeyPageDown:
		hair = &v.hair.b
	case view.KeyLeft:
		step = -step
	case view.KeyRight:
	default:
		return false
	}
	if *hair == 0 {
		*hair = min(w.From()+w.Span/2, v.now)
	}
	*hair = min(max(*hair+step, w.From()), w.End)
	v.hair.moved, v.dirty = v.now, true
	return true
}

func (v *View) pick(d int) {
	if len(v.pens) > 0 {
		v.selected = (v.selected + d + len(v.pens)) % len(v.pens)
		v.place()
	}
}
