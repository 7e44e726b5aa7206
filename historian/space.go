package historian

import "time"

// Disk is how much room the store has.
type Disk struct {
	Free, Total int64         // bytes, of the disk the store is on
	PerDay      int64         // bytes a day of plant takes; 0 until a day was compacted
	FullIn      time.Duration // until MinFree is reached at that pace; 0: not known
}

// leastFree is what must stay free of a disk, bytes.
func (o *Options) leastFree(total int64) int64 {
	if o.MinFree > 0 {
		return o.MinFree
	}
	return min(64<<20, total/20)
}

// look asks the disk how much room there is. Below Options.MinFree samples are
// refused: the room that is left is for alarms and actions.
func (s *Store) look() {
	free, total, err := space(s.o.Dir)
	if err != nil {
		s.trouble.set("disk", err)
		return
	}
	s.trouble.set("disk", nil)
	d := Disk{Free: free, Total: total}
	least := s.o.leastFree(total)
	// The pace is that of the newest months.
	days, bytes := int64(0), int64(0)
	raws := s.shelf.list("raw")
	for _, p := range raws[max(0, len(raws)-2):] {
		if n := s.compactedDays(p); n > 0 {
			days += n
			bytes += size(s.shelf.path(p)) + size(s.shelf.path(period{"minute", p.n}))
		}
	}
	if days > 0 {
		d.PerDay = bytes / days
	}
	if d.PerDay > 0 {
		const longest = 100 * 365 // days; a Duration holds 292 years
		n := min(max(free-least, 0)/d.PerDay, longest)
		d.FullIn = time.Duration(n) * 24 * time.Hour
	}
	s.full.Store(free < least)
	s.mu.Lock()
	s.disk = d
	s.mu.Unlock()
}

// compactedDays counts the days in a raw file.
func (s *Store) compactedDays(p period) (n int64) {
	f, err := s.shelf.take(p)
	if err != nil || f == nil {
		return 0
	}
	defer s.shelf.put(f)
	if f.Reader.QueryRow("SELECT count(*) FROM carry").Scan(&n) != nil {
		return 0
	}
	return n
}
