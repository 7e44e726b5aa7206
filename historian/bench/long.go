package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"penstock/app/tag"
	"penstock/historian"
)

// longTags is how many tags the long queries have to choose from.
const longTags = 10

// long stores ten tags for a month and measures what a trend asks for.
func (b *run) long() error {
	dir, err := b.folder("long")
	if err != nil {
		return err
	}
	s, err := historian.Open(historian.Options{Dir: dir, Linger: time.Nanosecond, Now: plantClock})
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	p := newPlant(longTags, 42)
	var ids []tag.ID
	for _, d := range p.devices {
		for _, t := range d.tags {
			ids = append(ids, t.id)
		}
	}
	var batch []tag.Sample
	for d := range b.Days {
		for range 24 * 6 {
			batch = batch[:0]
			p.each(600, func(v []tag.Sample) { batch = append(batch, v...) })
			s.Append(batch)
			if err := s.Flush(); err != nil {
				return err
			}
		}
		if err := s.Seal(b.ctx); err != nil {
			return err
		}
		if err := s.Compact(b.ctx, time.Unix(0, plantStart).AddDate(0, 0, d+1)); err != nil {
			return err
		}
	}
	if err := s.Seal(b.ctx); err != nil {
		return err
	}
	if err := s.Compact(b.ctx, time.Unix(0, plantStart).AddDate(1, 0, 0)); err != nil {
		return err
	}
	from := int64(plantStart)
	const hour, day = int64(time.Hour), int64(24 * time.Hour)
	raw := func() (int, error) {
		n := 0
		err := s.Raw(b.ctx, ids[2], from+12*hour, from+13*hour, func(tag.Value) bool { n++; return true })
		return n, err
	}
	pens := func() (int, error) {
		n := 0
		for _, id := range ids[:8] {
			bs, err := s.Buckets(b.ctx, id, from, from+day, 2000)
			if err != nil {
				return n, err
			}
			n += len(bs)
		}
		return n, nil
	}
	month := func() (int, error) {
		bs, err := s.Buckets(b.ctx, ids[2], from, from+int64(b.Days)*day, 2000)
		return len(bs), err
	}
	b.query(nameHour, 0.2, raw)
	b.query(nameDay, 5, pens)
	b.query(b.nameMonth(), 2, month)
	b.query("all tags at a past instant", 0, func() (int, error) {
		v, err := s.At(b.ctx, from+day/2, ids)
		return len(v), err
	})
	if err := b.verify(s, fmt.Sprintf("%d days", b.Days), longTags, b.Days*24*3600); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	return b.reopened(dir, fmt.Sprintf("open and 1 tag, %d days, 2,000 buckets", b.Days), 15, func(s *historian.Store) error {
		_, err := s.Buckets(b.ctx, ids[2], from, from+int64(b.Days)*day, 2000)
		return err
	})
}

// reopened measures the wall time of opening a store and one question, with
// the system's cache and without. It is the median of some.
func (b *run) reopened(dir, name string, goal float64, ask func(*historian.Store) error) error {
	for _, cold := range []bool{false, true} {
		walls := make([]time.Duration, 7)
		for i := range walls {
			if cold && !dropCache(dir) {
				b.say("%s: this system cannot be asked to forget its cache", name)
				return nil
			}
			start := time.Now()
			s, err := historian.Open(historian.Options{Dir: dir, Now: plantClock, ReadOnly: true})
			if err != nil {
				return err
			}
			err = ask(s)
			walls[i] = time.Since(start)
			if err := errors.Join(err, s.Close()); err != nil {
				return err
			}
		}
		slices.Sort(walls)
		if cold {
			name += ", out of no cache"
		}
		if cold {
			b.judge(name, walls[len(walls)/2].Seconds()*1e3, "ms", goal)
		} else {
			b.figure(name, walls[len(walls)/2].Seconds()*1e3, "ms")
		}
	}
	return nil
}

// decade stores a tag for years, once in ten minutes, and asks for all of it.
func (b *run) decade() error {
	dir, err := b.folder("decade")
	if err != nil {
		return err
	}
	begin := time.Unix(0, plantStart).UTC().AddDate(0, -b.Months, 0)
	s, err := historian.Open(historian.Options{Dir: dir, Linger: time.Nanosecond, Now: plantClock})
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	p := newPlant(10, 42)
	id := p.devices[0].tags[2].id
	for m := range b.Months {
		s.Append(slowly(&p.devices[0].tags[2], begin.AddDate(0, m, 0), begin.AddDate(0, m+1, 0)))
		if err := s.Flush(); err != nil {
			return err
		}
		if err := s.Seal(b.ctx); err != nil {
			return err
		}
		if err := s.Compact(b.ctx, time.Unix(0, plantStart)); err != nil {
			return err
		}
	}
	ask := func(s *historian.Store) (int, error) {
		bs, err := s.Buckets(b.ctx, id, begin.UnixNano(), plantStart, 2000)
		return len(bs), err
	}
	name := fmt.Sprintf("1 tag, %d months, 2,000 buckets", b.Months)
	b.query(name, 7, func() (int, error) { return ask(s) })
	if err := b.verifyDecade(s, begin); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	return b.reopened(dir, "open and "+name, 50, func(s *historian.Store) error { _, err := ask(s); return err })
}

// slowly is what a tag shows once in ten minutes.
func slowly(v *signal, from, to time.Time) (batch []tag.Sample) {
	for at := from; at.Before(to); at = at.Add(10 * time.Minute) {
		batch = append(batch, tag.Sample{ID: v.id, Value: tag.Value{Source: at.UnixNano(), Received: at.UnixNano(), Value: v.next(), Quality: tag.Good}})
	}
	return batch
}

// verifyDecade compares the slow tag with itself made again.
func (b *run) verifyDecade(s *historian.Store, begin time.Time) error {
	v := &newPlant(10, 42).devices[0].tags[2]
	batch := slowly(v, begin, begin.AddDate(0, b.Months, 0))
	want := make([]tag.Value, len(batch))
	for i := range batch {
		want[i] = batch[i].Value
	}
	wrong, err := b.differences(s, v.id, 0, forEver, want)
	b.readBack(fmt.Sprintf("%d months", b.Months), len(want), wrong)
	return err
}

// query runs f often and notes its processor time, judged where there is a
// goal, and the median of its wall time.
func (b *run) query(name string, goal float64, f func() (int, error)) {
	n, err := f()
	if err != nil {
		b.say("%s: %v", name, err)
		return
	}
	const times = 25
	walls := make([]time.Duration, times)
	start := cpu()
	for i := range walls {
		t := time.Now()
		if _, err := f(); err != nil {
			b.say("%s: %v", name, err)
			return
		}
		walls[i] = time.Since(t)
	}
	used := cpu() - start
	slices.Sort(walls)
	if goal > 0 {
		b.judge(name, used.Seconds()*1e3/times, "CPU ms", goal)
	} else {
		b.figure(name, used.Seconds()*1e3/times, "CPU ms")
	}
	b.figure(fmt.Sprintf("%s, median wall for %d", name, n), walls[times/2].Seconds()*1e3, "ms")
}
