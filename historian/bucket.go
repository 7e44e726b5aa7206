// Package historian keeps what happened: samples for trends, reports and
// replays, in SQLite files of its own. Only historian/internal/sqlite names
// the SQL driver.
package historian

// Bucket is what a trend draws of one slice of time: the first, smallest,
// largest and last usable value (M4, Jugel et al., VLDB 2014: a line through
// these is pixel for pixel the line through every sample), so no spike is
// hidden. A slice without any sample is not returned: that is a gap.
// All times are ns since 1970 UTC.
type Bucket struct {
	From, To int64 // From <= At < To of every sample

	First, Last, Min, Max         float64
	FirstAt, LastAt, MinAt, MaxAt int64

	Mean   float64 // time-weighted over the usable stretches
	Count  int     // usable samples; 0: First..Mean are NaN, the slice is known to be bad
	Bad    int     // samples of bad quality; a line must not be drawn through them
	Good   float64 // share of the slice's time with a usable value, 0 to 1
	BadEnd bool    // the last sample of the slice was bad: nothing is held after LastAt
}
