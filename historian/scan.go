package historian

import (
	"context"

	"penstock/historian/internal/block"
	"penstock/historian/internal/sqlite"
)

// scan streams the samples of a tag in [from, to), ordered, each time once, in
// stretches that are valid during the call.
func (s *Store) scan(ctx context.Context, num uint32, from, to int64, yield func(*block.Series) error) error {
	return s.scanAs(ctx, num, from, to, false, yield)
}

// scanAs is scan; places says whether stretches may have places of values
// instead of them.
func (s *Store) scanAs(ctx context.Context, num uint32, from, to int64, places bool, yield func(*block.Series) error) error {
	// Memory is read before the files: a seal writes the file before it lets
	// go of the memory, so what moves meanwhile is seen twice, never not at
	// all.
	memory := s.memory(num, from, to)
	r := readers.Get().(*reader)
	defer readers.Put(r)
	r.begin(s)
	r.places = places
	for _, d := range s.days(from, to, &memory) {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo, hi := max(from, d*day), min(to, (d+1)*day)
		if err := r.scanDay(ctx, num, d, lo, hi, &memory, yield); err != nil {
			return err
		}
	}
	return nil
}

// scanDay is scan within one day.
func (r *reader) scanDay(ctx context.Context, num uint32, d, from, to int64, memory *block.Series, yield func(*block.Series) error) error {
	if err := r.gather(ctx, num, d, from, to); err != nil {
		return err
	}
	if i, j := memory.Search(from), memory.Search(to); i < j {
		v := memory.View(i, j)
		r.pieces = append(r.pieces, piece{series: v, first: v.At[0], last: v.At[v.Len()-1]})
	}
	return r.stream(from, to, yield)
}

// memory copies what is not sealed of a tag in [from, to), ordered.
func (s *Store) memory(num uint32, from, to int64) (out block.Series) {
	s.mu.RLock()
	if s.frozen != nil {
		s.frozen.Append(&out, num, from, to)
	}
	s.live.Append(&out, num, from, to)
	s.mu.RUnlock()
	out.Order()
	return out
}

// days lists the days of [from, to) that may have samples, rising.
func (s *Store) days(from, to int64, memory *block.Series) (out []int64) {
	lo, hi := s.span(from, to, memory)
	months := map[int64]bool{}
	for d := lo; d <= hi; d++ {
		m := monthOf(d)
		raw, known := months[m]
		if !known {
			raw = s.shelf.has(rawPeriod(d))
			months[m] = raw
		}
		if raw || s.shelf.has(dayPeriod(d)) || memory.Search(d*day) < memory.Search((d+1)*day) {
			out = append(out, d)
		}
	}
	return out
}

// span is the first and the last day of [from, to) that files or memory may
// have anything of.
func (s *Store) span(from, to int64, memory *block.Series) (lo, hi int64) {
	from, to = max(from, minTime), min(to, maxTime+1)
	lo, hi = int64(1<<62), int64(-1)
	for kind := range kinds {
		if list := s.shelf.list(kind); len(list) > 0 {
			lo, hi = min(lo, list[0].begin()), max(hi, list[len(list)-1].end()-1)
		}
	}
	if n := memory.Len(); n > 0 {
		lo, hi = min(lo, dayOf(memory.At[0])), max(hi, dayOf(memory.At[n-1]))
	}
	if from >= to {
		return lo, lo - 1
	}
	return max(lo, dayOf(from)), min(hi, dayOf(to-1))
}

// setAside turns the error of a broken file into a note of its damage, so that
// the other files stay readable. Other errors it returns, and those of a file
// that turns out to be whole: SQLite calls it corrupt too when the disk failed
// to read a page, which next time may work.
func (s *Store) setAside(ctx context.Context, err error, p period) error {
	if err == nil || !sqlite.IsDamaged(err) {
		return err
	}
	if !s.damage.has(p.name()) && s.isWhole(ctx, p) {
		return err
	}
	s.damage.add(p.name(), "", 0, err)
	return nil
}

// isWhole reports whether SQLite can go through a file from end to end.
func (s *Store) isWhole(ctx context.Context, p period) bool {
	f, err := s.shelf.take(p)
	if err != nil {
		return false
	}
	if f == nil {
		return true
	}
	defer s.shelf.put(f)
	return checkStructure(ctx, f.File) == nil
}
