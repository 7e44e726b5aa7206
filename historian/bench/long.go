package bench

import (
	"fmt"
	"slices"
	"time"

	"penstock/app/tag"
	"penstock/historian"
)

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
	const tags = 10
	p := newPlant(tags, 42)
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
	b.query("1 tag, 1 hour, raw", 0.2, raw)
	b.query("8 tags, 1 day, 2,000 buckets each", 5, pens)
	b.query(fmt.Sprintf("1 tag, %d days, 2,000 buckets", b.Days), 2, month)
	b.query("all tags at a past instant", 0, func() (int, error) {
		v, err := s.At(b.ctx, from+day/2, ids)
		return len(v), err
	})
	if err := s.Close(); err != nil {
		return err
	}
	start := time.Now()
	if s, err = historian.Open(historian.Options{Dir: dir, Now: plantClock, ReadOnly: true}); err != nil {
		return err
	}
	if _, err := month(); err != nil {
		return err
	}
	b.figure(fmt.Sprintf("open and 1 tag, %d days, 2,000 buckets", b.Days), time.Since(start).Seconds()*1e3, "ms", 15)
	return nil
}

// query runs f often and notes its processor time and the median of its wall
// time.
func (b *run) query(name string, goal float64, f func() (int, error)) {
	n, err := f()
	if err != nil {
		fmt.Fprintf(b.Out, "%s: %v\n", name, err)
		return
	}
	const times = 25
	walls := make([]time.Duration, times)
	start := cpu()
	for i := range walls {
		t := time.Now()
		if _, err := f(); err != nil {
			fmt.Fprintf(b.Out, "%s: %v\n", name, err)
			return
		}
		walls[i] = time.Since(t)
	}
	used := cpu() - start
	slices.Sort(walls)
	b.figure(name+fmt.Sprintf(" (%d)", n), used.Seconds()*1e3/times, "CPU ms", goal)
	b.figure("  median wall", walls[times/2].Seconds()*1e3, "ms", 0)
}
