package alarm

import "time"

// Tuning is what of a Rule decides how often and how soon it comes: what is
// tried out in a what-if and changed after a review.
type Tuning struct {
	Limit             float64
	Deadband          Band
	OnDelay, OffDelay time.Duration
}

// Tuning is how r is tuned.
func (r *Rule) Tuning() Tuning { return Tuning{r.Limit, r.Deadband, r.OnDelay, r.OffDelay} }

// Tuned is r tuned otherwise.
func (r Rule) Tuned(t Tuning) Rule {
	r.Limit, r.Deadband, r.OnDelay, r.OffDelay = t.Limit, t.Deadband, t.OnDelay, t.OffDelay
	return r
}
