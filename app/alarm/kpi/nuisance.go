package kpi

import "time"

// stale notes, for each day, the alarms that had then stood for too long.
func (r *Report) stale(a *one, days map[int64]int) {
	counted := map[int64]bool{}
	listed := false
	for _, s := range a.wasLong {
		since, until := s.from+int64(r.Options.Stale), min(s.to, r.Options.To)
		if until <= max(since, r.Options.From) {
			continue
		}
		for day := max(since, r.Options.From) / int64(24*time.Hour); day <= (until-1)/int64(24*time.Hour); day++ {
			if !counted[day] {
				counted[day] = true
				days[day]++
			}
		}
		if !listed {
			listed = true
			r.Stale = append(r.Stale, r.Occurrences[s.occ])
		}
	}
}

// The bounds of a flood, annunciations in ten minutes (EEMUA 191).
const (
	floodIn  = 10 // more than
	floodOut = 5  // fewer than
)

func (r *Report) floods() {
	at := func(i int) int64 { return r.BucketsFrom + int64(i)*int64(bucket) }
	in := false
	for i, n := range r.Buckets {
		switch {
		case !in && n > floodIn:
			in = true
			r.Floods = append(r.Floods, Flood{From: at(i)})
		case in && n < floodOut:
			in = false
			r.Floods[len(r.Floods)-1].To = at(i)
		}
		if in {
			f := &r.Floods[len(r.Floods)-1]
			f.To = at(i + 1)
			f.N += n
			f.Peak = max(f.Peak, n)
		}
	}
	for _, f := range r.Floods {
		r.Flooded += time.Duration(f.To - f.From)
	}
}
