package screens

import (
	"cmp"
	"image"
	"slices"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/widgets/paint"
)

// indicator draws a value as a mark on its range: the band between its limits
// is plain, beyond them the ground is darker, and the limit that is exceeded
// takes the colour of its alarm. It can be read without the digits.
func (k *ink) indicator(r image.Rectangle, d *tag.Def, rules []*alarm.Rule, rows map[string]*alarm.Row, v tag.Value) {
	pal := k.pal()
	x := func(f float64) int {
		share := (f - d.Lo) / (d.Hi - d.Lo)
		return r.Min.X + int(min(max(share, 0), 1)*float64(r.Dx()))
	}
	lo, hi := r.Min.X, r.Max.X
	for _, rule := range rules {
		if levelName(rule.Kind) == "" || rule.Setpoint != "" {
			continue
		}
		at := x(rule.Limit)
		if rule.Kind == alarm.High || rule.Kind == alarm.HighHigh {
			hi = min(hi, at)
		} else {
			lo = max(lo, at)
		}
	}
	k.FillRect(r, paint.Mix(pal.Sunken, pal.Line, 0.75))
	k.FillRect(image.Rect(lo, r.Min.Y, hi, r.Max.Y), paint.Mix(pal.Sunken, pal.Line, 0.2))
	urgent := slices.Clone(rules)
	slices.SortStableFunc(urgent, func(a, b *alarm.Rule) int { return cmp.Compare(b.Priority, a.Priority) })
	for _, rule := range urgent { // the most urgent last, on top
		if levelName(rule.Kind) == "" || rule.Setpoint != "" {
			continue
		}
		at := x(rule.Limit)
		c := pal.Dim
		if row := rows[rule.ID]; row != nil && row.Active && !row.Phase.Hidden() {
			c = pal.Alarm[rule.Priority]
			end := r.Max.X
			if rule.Kind == alarm.Low || rule.Kind == alarm.LowLow {
				end = r.Min.X
			}
			k.FillRect(image.Rect(min(at, end), r.Min.Y, max(at, end), r.Max.Y), c)
		}
		k.FillRect(image.Rect(at, r.Min.Y-k.px(2), at+max(k.px(1), 1), r.Max.Y+k.px(2)), c)
	}
	k.StrokeRect(r, 1, pal.Outline)
	f, ok := v.Value.Float()
	if !ok || trust(v) == refused {
		k.Hatch(r, float32(k.px(6)), 1, paint.Mix(pal.Sunken, pal.Bad, 0.6))
		return
	}
	at, h := float32(x(f)), float32(r.Dy())
	c := pal.Text
	if trust(v) == doubted {
		c = pal.Dim
	}
	w := max(h*0.32, 3)
	k.FillPoly([]paint.Pt{{X: at - w, Y: float32(r.Min.Y) - h*.22}, {X: at + w, Y: float32(r.Min.Y) - h*.22}, {X: at, Y: float32(r.Min.Y) + h*.45}}, c)
	k.FillRect(image.Rect(int(at)-k.px(0.6), r.Min.Y, int(at)+max(k.px(1), 1), r.Max.Y), c)
}
