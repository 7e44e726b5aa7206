package scene

import (
	"math"
	"testing"

	"penstock/app/tag"
	"penstock/widgets/symbol"
)

// A flow meter's noise at rest is no flow; what cannot be believed is neither
// flow nor stillness.
func TestWhatFlows(t *testing.T) {
	meter := &tag.Def{Kind: tag.KindFloat, Lo: -100, Hi: 1000}
	fine := symbol.Fine
	for _, c := range []struct {
		value tag.Scalar
		cond  symbol.Condition
		want  symbol.Flow
	}{
		{tag.Float(557), fine, symbol.Flowing},
		{tag.Float(3.9), fine, symbol.Standing},
		{tag.Float(-3.9), fine, symbol.Standing},
		{tag.Float(-25), fine, symbol.Reversed},
		{tag.Bool(true), fine, symbol.Standing}, // far below the noise of this meter
		{tag.Float(math.NaN()), fine, symbol.FlowUnknown},
		{tag.Text("much"), fine, symbol.FlowUnknown},
		{tag.Float(557), symbol.Condition{Trust: symbol.Stale}, symbol.Flowing},
		{tag.Float(557), symbol.Condition{Trust: symbol.Bad}, symbol.FlowUnknown},
		{tag.Scalar{}, symbol.Condition{}, symbol.FlowUnknown},
	} {
		if got := flowOf(seen{value: tag.Value{Value: c.value}, def: meter, cond: c.cond, bound: true}); got != c.want {
			t.Errorf("%v with %+v: %d, want %d", c.value, c.cond, got, c.want)
		}
	}
	on := seen{value: tag.Value{Value: tag.Bool(true)}, def: &tag.Def{Kind: tag.KindBool}, cond: fine, bound: true}
	if flowOf(on) != symbol.Flowing {
		t.Error("where a pump runs nothing flows")
	}
}
