// Package proof looks at displays as they are painted on a quiet day and says
// what only the picture shows: words that are cut off, letters too small for
// where they are read, and colour where nothing is abnormal. Like the advice of
// package lint, it is no mistake.
package proof

import (
	"fmt"
	"image"
	"time"
	"unicode/utf8"

	"penstock/screens/lint"
	"penstock/screens/mimic"
	"penstock/screens/scene"
	"penstock/widgets/paint"
	"penstock/widgets/picture"
	"penstock/widgets/symbol"
	"penstock/widgets/view"

	"penstock/app/tag"
)

// Project is what the displays belong to.
type Project struct {
	Tag     Defs
	Limits  func(tag.ID) scene.Limits
	Find    func(name string) *mimic.Display
	Picture func(name string) *picture.Picture
	Faces   paint.Faces
}

// palettes are the colours a display is looked at in.
var palettes = [...]struct {
	when    string
	palette *paint.Palette
}{{"by day", &paint.Light}, {"by night", &paint.Dark}}

const (
	wide      = 1600 // width of the picture that is looked at, pixels
	leastText = 4.5  // contrast of text, after WCAG 2
)

// Check gives advice on a display, which is not a template. Its faces belong to
// the caller's goroutine.
func Check(d *mimic.Display, p Project) []lint.Advice {
	c := checker{d: d, p: p, seen: map[lint.Advice]bool{}}
	c.words()
	for _, look := range palettes {
		c.colours(look.when, look.palette)
	}
	return c.out
}

type checker struct {
	d    *mimic.Display
	p    Project
	out  []lint.Advice
	seen map[lint.Advice]bool
}

func (c *checker) say(it *mimic.Item, rule, what, do string) {
	a := lint.Advice{Display: c.d.Name, Rule: rule, What: what, Do: do}
	if it != nil {
		a.Line, a.Item = c.d.LineOf(it), it.ID
	}
	if !c.seen[a] {
		c.seen[a] = true
		c.out = append(c.out, a)
	}
}

// painted is the display as it looks over a source.
func (c *checker) painted(p *paint.Palette, wordy bool, size image.Point) (*scene.Scene, *image.RGBA) {
	// What cannot be shown is said by mimic.Check.
	s, _ := scene.New(c.d, plant{c.p.Tag, c.p.Limits, wordy}, &paint.Style{Palette: p, Faces: c.p.Faces}, scene.Options{Find: c.p.Find, Picture: c.p.Picture})
	return s, view.Picture(s, size, 1, time.Unix(0, 0))
}

// words looks at what is written, with the longest values there can be.
func (c *checker) words() {
	s, _ := c.painted(&paint.Light, true, image.Pt(wide, max(int(wide*c.d.H/c.d.W), 1)))
	v := lint.Desk
	if c.d.Level == 1 {
		v = lint.Wall
	}
	least := v.LeastText(c.d.W)
	for _, w := range s.Words() {
		switch {
		case w.Cut:
			c.say(w.Item, "cut", fmt.Sprintf("%s has no room for %q", w.Item.ID, w.Text), "make it wider, or write less")
		case float64(w.Units) < least-1 && !w.Item.Props.Has("size") && utf8.RuneCountInString(w.Text) > 1: // a size that is set is looked at by lint
			c.say(w.Item, "text", fmt.Sprintf("%s writes %q %.2g units high", w.Item.ID, w.Text, w.Units), fmt.Sprintf("make it larger: %.3g or more are read from %g m", least, v.Distance))
		}
	}
}

// colours looks at the colour of a quiet day, and whether words stand out from
// what they stand on.
func (c *checker) colours(when string, p *paint.Palette) {
	const small = wide / 2
	s, img := c.painted(p, false, image.Pt(small, max(int(small*c.d.H/c.d.W), 1)))
	k := lint.Colours(img)
	if k.Saturated > lint.MaxColoured {
		c.say(nil, "colour", fmt.Sprintf("%.1f %% of the picture is coloured on a quiet day", 100*k.Saturated), fmt.Sprintf("keep it under %g %%: colour is for what is abnormal; show pictures in greys", 100*lint.MaxColoured))
	}
	if k.Hues > lint.MaxHues {
		c.say(nil, "hues", fmt.Sprintf("%d different colours are in the picture on a quiet day", k.Hues), fmt.Sprintf("use %d at most, so that those of alarms are seen", lint.MaxHues))
	}
	for _, it := range s.Items() {
		if it.Kind != "text" {
			continue
		}
		tones := []string{it.Props.Text("tone", "normal")}
		for _, r := range it.Rules {
			if t, ok := r.Set["tone"].(string); ok {
				tones = append(tones, t)
			}
		}
		for _, name := range tones {
			ink := symbol.ToneNamed(mimic.Tones, name).In(p)
			if r := min(paint.Contrast(ink, p.Window), paint.Contrast(ink, p.Panel)); r < leastText {
				c.say(it, "contrast", fmt.Sprintf("%s in the tone %s has a contrast of %.1f %s", it.ID, name, r, when), fmt.Sprintf("text wants %g: use normal, strong or dim", leastText))
			}
		}
	}
}
