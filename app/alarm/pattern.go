package alarm

import (
	"fmt"
	"strings"

	"penstock/app/calc"
	"penstock/app/tag"
)

// A pattern is what several discrete values must be together: a 1 for one that
// is on, a 0 for one that is off, an x for one that does not matter. It stands
// over as many tags, in their order; over one tag alone it stands over the
// lowest bits of a word, the last character for bit 0.

// longestPattern is how many values a pattern may stand over.
const longestPattern = 64

// patternTags are the tags of a rule of kind Pattern, the first of which is Tag.
func (r *Rule) patternTags() []tag.ID {
	out := []tag.ID{r.Tag}
	for _, id := range strings.Fields(r.MoreTags) {
		out = append(out, tag.ID(id))
	}
	return out
}

// checkPattern says what makes the pattern of r impossible.
func (r *Rule) checkPattern() error {
	n := len(r.patternTags())
	switch {
	case r.Pattern == "" || len(r.Pattern) > longestPattern:
		return fmt.Errorf("alarm %s: a pattern has 1 to %d characters", r.ID, longestPattern)
	case strings.Trim(r.Pattern, "01x") != "":
		return fmt.Errorf("alarm %s: the pattern %q has other characters than 0, 1 and x", r.ID, r.Pattern)
	case strings.Trim(r.Pattern, "x") == "":
		return fmt.Errorf("alarm %s: the pattern %q is always there", r.ID, r.Pattern)
	case n > 1 && n != len(r.Pattern):
		return fmt.Errorf("alarm %s: the pattern %q is for %d tags and there are %d", r.ID, r.Pattern, len(r.Pattern), n)
	}
	return nil
}

// matches reports whether what a pattern stands over, written as it is, is as
// the pattern says.
func (r *Rule) matches(have string) bool {
	if len(have) != len(r.Pattern) {
		return false
	}
	for i := range have {
		if want := r.Pattern[i]; want != 'x' && want != have[i] {
			return false
		}
	}
	return true
}

// worked is a condition that is worked out from several tags.
type worked interface {
	Inputs() []tag.ID
	Eval(calc.Lookup) (tag.Scalar, tag.Quality)
}

// pattern reads what the pattern of a rule stands over.
type pattern struct {
	tags []tag.ID
	mask string
}

// Inputs are the tags.
func (p *pattern) Inputs() []tag.ID { return p.tags }

// Eval writes what the tags are, such as "110", with the worst quality of
// those that matter.
func (p *pattern) Eval(look calc.Lookup) (tag.Scalar, tag.Quality) {
	if len(p.tags) == 1 && len(p.mask) > 1 {
		return p.bits(look)
	}
	out, worst, stale := make([]byte, len(p.mask)), tag.Good, false
	for i := range p.tags {
		if p.mask[i] == 'x' {
			out[i] = 'x'
			continue
		}
		v, q := look(i)
		f, known := v.Float()
		if q.Usable() && !(known && finite(f)) {
			q = tag.BadTypeMismatch
		}
		worst, stale = tag.Worst(worst, q), stale || isStale(q)
		out[i] = '0'
		if f != 0 {
			out[i] = '1'
		}
	}
	switch {
	case !worst.Usable():
		return tag.Scalar{}, worst
	case stale:
		worst = tag.LastUsable // an old value says nothing of how it is beside the others
	}
	return tag.Text(string(out)), worst
}

func (p *pattern) bits(look calc.Lookup) (tag.Scalar, tag.Quality) {
	v, q := look(0)
	if !q.Usable() {
		return tag.Scalar{}, q
	}
	word, ok := v.Int()
	if !ok {
		return tag.Scalar{}, tag.BadTypeMismatch
	}
	out := make([]byte, len(p.mask))
	for i := range out {
		out[i] = '0' + byte(uint64(word)>>(len(out)-1-i)&1)
	}
	return tag.Text(string(out)), q
}
