package trend

import "penstock/app/tag"

// Arrangement is how a person wants the pens to be set out. The zero
// Arrangement is lines against time on shared axes.
type Arrangement struct {
	Axes   string `json:"axes,omitempty"`   // "own" or "stacked"; empty: shared
	XY     bool   `json:"xy,omitempty"`     // a pen against another
	Across tag.ID `json:"across,omitempty"` // the pen along the bottom then
}

// Arrangement is how the pens are set out.
func (v *View) Arrangement() Arrangement {
	a := Arrangement{XY: v.xy.on}
	if v.spread != shared {
		a.Axes = v.spread.String()
	}
	if v.xy.on {
		a.Across = v.xy.across
	}
	return a
}

// SetArrangement sets the pens out otherwise; axes of an unknown name are
// shared.
func (v *View) SetArrangement(a Arrangement) {
	v.spread = shared
	for s := shared; s <= stacked; s++ {
		if s.String() == a.Axes {
			v.spread = s
		}
	}
	v.xy.on, v.xy.across = a.XY, a.Across
	v.axes = map[string]axis{}
	v.place()
}
