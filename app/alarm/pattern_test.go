package alarm

import (
	"strings"
	"testing"

	"penstock/app/tag"
)

// A pattern over several tags, as a plant sees it: the tags come one by one,
// some together, one fails.
func TestPatternOverTags(t *testing.T) {
	r := Rule{ID: "P1.NOFLOW", Tag: "P1.RUN", MoreTags: "P1.AUTO P1.FLOW", Kind: Pattern, Pattern: "1x0", Priority: 2, Message: "Pump 1 runs and nothing flows"}
	e := newEngine(t, []Rule{r}, nil)
	on := func(id tag.ID, on bool) tag.Sample {
		return tag.Sample{ID: id, Value: tag.Value{Value: tag.Bool(on), Quality: tag.Good}}
	}
	want(t, e.Observe(second(0), []tag.Sample{on("P1.RUN", true)}), "") // the flow is not known yet
	want(t, e.Observe(second(1), []tag.Sample{on("P1.FLOW", true)}), "")
	// Both change in one batch: between them it is so, and never was.
	want(t, e.Observe(second(2), []tag.Sample{on("P1.FLOW", false), on("P1.RUN", false)}), "")
	ts := e.Observe(second(3), []tag.Sample{on("P1.RUN", true)})
	want(t, ts, "P1.NOFLOW annunciated")
	if len(ts) == 1 {
		if note := ts[0].Entry().Note; note != "Pump 1 runs and nothing flows (1x0)" {
			t.Errorf("the journal says %q", note)
		}
	}
	want(t, e.Observe(second(4), []tag.Sample{bad("P1.AUTO", second(4))}), "") // does not matter
	want(t, e.Observe(second(5), []tag.Sample{bad("P1.FLOW", second(5))}), "P1.NOFLOW value lost")
	stale := on("P1.FLOW", true)
	stale.Quality = tag.LastUsable
	want(t, e.Observe(second(6), []tag.Sample{stale}), "") // an old value ends nothing
	want(t, e.Observe(second(7), []tag.Sample{on("P1.FLOW", true)}), "P1.NOFLOW returned, P1.NOFLOW value back")
	ids, err := Inputs([]Rule{r}, anyTag)
	if err != nil || len(ids) != 3 {
		t.Errorf("a replay reads %v, %v", ids, err)
	}
}

func TestPatternOverTheBitsOfAWord(t *testing.T) {
	r := Rule{ID: "W", Tag: "W1", Kind: Pattern, Pattern: "10xx1", Priority: 2}
	e := newEngine(t, []Rule{r}, nil)
	there := false
	for i, c := range []struct {
		word int64
		want bool
	}{{0, false}, {0b10001, true}, {0b10111, true}, {0b11001, false}, {0b10000, false}, {-1 &^ 0b01110, true}, {0b1_00000, false}} {
		ts := e.Observe(second(float64(i)), []tag.Sample{{ID: "W1", Value: tag.Value{Value: tag.Int(c.word), Quality: tag.Good}}})
		for _, x := range ts {
			there = x.State.Active
		}
		if there != c.want {
			t.Errorf("word %b: there %v", c.word, there)
		}
	}
	want(t, e.Observe(second(20), []tag.Sample{{ID: "W1", Value: tag.Value{Value: tag.Text("on"), Quality: tag.Good}}}), "W value lost")
}

func TestPatternsThatCannotBe(t *testing.T) {
	for says, r := range map[string]Rule{
		"1 to 64 characters": {Pattern: ""},
		"other characters":   {Pattern: "1-0"},
		"is always there":    {Pattern: "xxx"},
		"for 3 tags":         {Pattern: "1x0", MoreTags: "B"},
	} {
		r.ID, r.Tag, r.Kind, r.Priority = "P", "A", Pattern, 2
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q over %q: %v, want %q", r.Pattern, r.MoreTags, err, says)
		}
	}
}
