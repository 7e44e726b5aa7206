package historian

import (
	"context"
	"fmt"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// Buckets returns what a trend draws of a tag in [from, to): at most n buckets
// of equal width (to within 1 ns), in the order of time. A bucket without any
// sample is left out: unless the bucket before it has BadEnd, its last value
// was held. Text counts as samples without a number.
//
// Buckets of two minutes and more lie on whole minutes, of two hours and more
// on whole hours, so the first may begin before from and the last may end
// after to. They are then made of rolls: counts, BadEnd and First to
// Max are those of the samples (values scaled in float32 to within the
// rounding of that), times are true to a millisecond (those of Min and Max
// to the minute or hour), Mean to 1/65,000 of the values' span, or 1/32 of
// the tag's resolution where that is more.
func (s *Store) Buckets(ctx context.Context, id tag.ID, from, to int64, n int) ([]Bucket, error) {
	from, to = max(from, minTime), min(to, maxTime)
	if n < 1 || from >= to {
		return nil, nil
	}
	num, ok := s.names.of(id)
	if !ok {
		return nil, nil
	}
	out, err := s.buckets(ctx, num, from, to, n)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	return out, nil
}

func (s *Store) buckets(ctx context.Context, num uint32, from, to int64, n int) ([]Bucket, error) {
	unit := int64(0)
	if !s.isText(num) {
		unit = s.unit(num, from, (to-from)/int64(n))
	}
	if unit > 0 {
		from, to, n = align(from, to, n, unit)
	}
	t := newTally(from, to, n, s.newest())
	p, ok, err := s.before(ctx, num, from-1)
	switch {
	case err != nil:
		return nil, err
	case ok:
		t.before(&p)
	case unit > 0 && from <= s.oldest(num).raw:
		was, err := s.shownBefore(ctx, num, from)
		if err != nil {
			return nil, err
		}
		t.held, t.holding = was.value, was.ok
	}
	if unit == 0 {
		err = s.scanAs(ctx, num, from, to, true, func(b *block.Series) error {
			t.add(b)
			return nil
		})
	} else {
		err = s.scanRolls(ctx, num, from, to, unit, t)
	}
	if err != nil {
		return nil, err
	}
	t.close()
	return t.out, nil
}

// unit is the width of the rolls that buckets of the given width are made of;
// 0: of samples. Where samples, or minutes, are past their retention, the next
// coarser roll has to do.
func (s *Store) unit(num uint32, from, width int64) int64 {
	oldest := s.oldest(num)
	switch {
	case width >= 2*hour, from < oldest.minutes:
		return hour
	case width >= 2*minute, from < oldest.raw:
		return minute
	}
	return 0
}

// align widens [from, to) to buckets of whole units, at most n of them, that
// lie the same wherever from is, so that a trend that is moved does not
// shimmer.
func align(from, to int64, n int, unit int64) (int64, int64, int) {
	up := func(v, by int64) int64 { return (v + by - 1) / by }
	if n == 1 {
		from -= from % unit
		return from, from + up(to-from, unit)*unit, 1
	}
	w := up(up(to-from, int64(n-1)), unit) * unit
	from -= from % w
	count := up(to-from, w)
	return from, from + count*w, int(count)
}

// An adder takes samples, and rolls that are width ns long and begin in
// [from, to), in the order of their times.
type adder interface {
	add(*block.Series)
	addRolls(rolls *block.Rolls, from, to, width int64)
}

// scanRolls adds a tag's rolls in [from, to) to t, and its samples where there
// are no rolls yet: on days that were not compacted since their last sample.
func (s *Store) scanRolls(ctx context.Context, num uint32, from, to, unit int64, t adder) error {
	memory := s.memory(num, from, to)
	r := readers.Get().(*reader)
	defer readers.Put(r)
	r.begin(s)
	lo, hi := s.span(from, to, &memory)
	var month *block.Rolls // of hours
	read := int64(-1)      // the month that is
	for d := lo; d <= hi; d++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.rest()
		first, end := max(from, d*day), min(to, (d+1)*day)
		var rolls *block.Rolls
		fresh := s.shelf.has(dayPeriod(d)) || memory.Search(d*day) < memory.Search((d+1)*day)
		if !fresh {
			var err error
			if unit == minute {
				rolls, err = r.readRolls(ctx, minutePeriod(d), minuteKey(d, num), block.Minutes, minute)
			} else {
				if m := monthOf(d); m != read {
					month, err = r.readRolls(ctx, hourPeriod(d), hourKey(m, num), block.Hours, hour)
					read = m
				}
				rolls = month
			}
			if err != nil {
				return err
			}
		}
		if rolls == nil { // fresh, or damaged
			err := r.scanDay(ctx, num, d, first, end, &memory, func(b *block.Series) error {
				t.add(b)
				return nil
			})
			if err != nil {
				return err
			}
			read = -1 // the reader's rolls may be gone
			continue
		}
		t.addRolls(rolls, first, end, unit)
	}
	return nil
}

// isText reports whether a tag's newest value is a text, which has no rolls.
func (s *Store) isText(num uint32) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return int(num) < len(s.last) && s.last[num].Mark.Kind() == tag.KindText
}

// noRolls is those of a time without any.
var noRolls block.Rolls

// readRolls reads one row of rolls, valid until the next call; nil when it is
// damaged.
func (r *reader) readRolls(ctx context.Context, p period, key int64, table block.Table, width int64) (*block.Rolls, error) {
	f, err := r.store.shelf.take(p)
	if err != nil || f == nil {
		return &noRolls, r.setAside(ctx, err, p)
	}
	defer r.store.shelf.put(f)
	row := rollKey{file: f.serial, version: f.version.Load(), row: key}
	keep := !r.store.o.ReadOnly // the version counts what this process writes
	if keep {
		if rolls, ok := r.store.rolls.get(row).(*block.Rolls); ok {
			return rolls, nil
		}
	}
	payload, err := f.one(ctx, "SELECT body FROM roll WHERE id=?", table, key)
	if err == nil && payload == nil {
		return &noRolls, nil
	}
	rolls := &r.rolls
	if keep {
		rolls = new(block.Rolls)
	}
	if err == nil {
		err = r.roll.Read(rolls, payload, width, func(id int64, n int) (*block.Frame, error) {
			return r.frame(ctx, f, id, n)
		})
	}
	switch {
	case err == nil && keep:
		r.store.rolls.put(row, rolls)
		return rolls, nil
	case err == nil:
		return rolls, nil
	case isLost(err):
		r.store.damage.add(f.Path, "roll", key, err)
		return nil, nil
	}
	return nil, r.setAside(ctx, err, p)
}

// frame reads a shared frame of n rolls. Its number is never given again, so it
// is the same in every version of the file.
func (r *reader) frame(ctx context.Context, f *file, id int64, n int) (*block.Frame, error) {
	row := rollKey{file: f.serial, frame: true, row: id}
	if frame, ok := r.store.rolls.get(row).(*block.Frame); ok {
		return frame, nil
	}
	b, err := f.sharedRow(ctx, "SELECT body FROM frame WHERE id=?", block.Frames, id)
	if err != nil {
		return nil, err
	}
	frame := new(block.Frame)
	if err := r.roll.Frame(frame, b, n); err != nil {
		return nil, err
	}
	r.store.rolls.put(row, frame)
	return frame, nil
}

// newest is the largest time the store knows of; values are held until then.
func (s *Store) newest() int64 {
	s.queue.mu.Lock()
	n := s.queue.newest
	s.queue.mu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return max(n, s.horizon)
}
