package journal

import (
	"sync/atomic"
	"time"
)

// Stats count what the journal did since it was opened.
type Stats struct {
	Entries      int64
	Transactions int64
	Worst        time.Duration // longest a person's action took to be durable
	AnchorErr    string        // why the last anchor could not be written; "" when it was
}

type stats struct {
	entries, transactions, worst atomic.Int64
	anchorErr                    atomic.Pointer[string]
}

func (s *stats) anchored(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	s.anchorErr.Store(&text)
}

func (s *stats) wrote(batch []*request) {
	n := 0
	for _, r := range batch {
		n += len(r.entries)
	}
	s.entries.Add(int64(n))
	s.transactions.Add(1)
}

func (s *stats) took(urgent bool, d time.Duration) {
	for urgent {
		old := s.worst.Load()
		if int64(d) <= old || s.worst.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// Stats returns the counts so far.
func (j *Journal) Stats() Stats {
	s := Stats{Entries: j.stats.entries.Load(), Transactions: j.stats.transactions.Load(), Worst: time.Duration(j.stats.worst.Load())}
	if e := j.stats.anchorErr.Load(); e != nil {
		s.AnchorErr = *e
	}
	return s
}
