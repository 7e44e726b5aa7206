package trend

import "penstock/app/tag"

// Arrangement is how a person wants the pens to be set out. The zero
// Arrangement is lines against time on shared axes that follow the values.
type Arrangement struct {
	Axes   string `json:"axes,omitempty"`   // "own" or "stacked"; empty: shared
	Fixed  bool   `json:"fixed,omitempty"`  // axes show the configured ranges, whatever the values
	XY     bool   `json:"xy,omitempty"`     // a pen against another
	Across tag.ID `json:"across,omitempty"` // the pen along the bottom then

	// Ranges are those that the person chose, by the first pen of the axis.
	Ranges map[tag.ID]Range `json:"ranges,omitempty"`
}

// Range is what an axis shows, engineering units; Lo is below Hi.
type Range struct {
	Lo float64 `json:"lo"`
	Hi float64 `json:"hi"`
}

// Arrangement is how the pens are set out.
func (v *View) Arrangement() Arrangement {
	a := Arrangement{XY: v.xy.on, Fixed: !v.fitted}
	if v.spread != shared {
		a.Axes = v.spread.String()
	}
	if v.xy.on {
		a.Across = v.xy.across
	}
	for key, ax := range v.axes {
		if a.Ranges == nil {
			a.Ranges = map[tag.ID]Range{}
		}
		a.Ranges[tag.ID(key)] = Range{ax.lo, ax.hi}
	}
	return a
}

// SetArrangement sets the pens out otherwise; axes of an unknown name are
// shared, and a range that cannot be is left out.
func (v *View) SetArrangement(a Arrangement) {
	v.spread = shared
	for s := shared; s <= stacked; s++ {
		if s.String() == a.Axes {
			v.spread = s
		}
	}
	v.xy.on, v.xy.across = a.XY, a.Across
	v.fitted = !a.Fixed
	v.axes = map[string]axis{}
	for id, r := range a.Ranges {
		if r.Lo < r.Hi {
			v.axes[string(id)] = axis{r.Lo, r.Hi}
		}
	}
	v.place()
}
