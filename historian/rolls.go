package historian

import (
	"context"
	"database/sql"
	"math"
	"slices"

	"penstock/app/tag"
	"penstock/historian/codec"
	"penstock/historian/internal/block"
)

// rolledTag is the rolls of one tag and day.
type rolledTag struct {
	num     uint32
	minutes []byte // payload; nil: text has no rolls
	hours   []block.Roll
	hint    *codec.Hint
}

// A roller makes the rolls of one day, tag by tag.
type roller struct {
	tags   []rolledTag
	frames frames
	enc    block.Encoder
}

// add makes the rolls of a tag's day.
func (r *roller) add(num uint32, all *block.Series, h *codec.Hint) {
	minutes := rollsOf(all, minute)
	if minutes == nil {
		return
	}
	hint := *scaleOf(all, h) // the tag's own goes on to the next day
	payload := r.enc.AppendRolls(nil, minutes, minute, &hint, r.frames.id)
	r.tags = append(r.tags, rolledTag{num, payload, rollsOf(all, hour), &hint})
}

// scaleOf is the grid of a tag's rolls: that of its floats; counts, switches
// and states are whole numbers.
func scaleOf(all *block.Series, h *codec.Hint) *codec.Hint {
	if all.Marks == nil && all.Mark.Kind() != tag.KindFloat {
		return codec.WholeHint()
	}
	return h
}

// rollsOf adds ordered samples up into rolls of the given width; nil when
// there is a text among them.
func rollsOf(all *block.Series, width int64) []block.Roll {
	var out []block.Roll
	var r *block.Roll
	var held float64
	var holding bool
	var mark int64
	integral := 0.0
	hold := func(until int64) {
		if holding {
			integral += held * float64(until-mark)
			r.Usable += until - mark
		}
		mark = until
	}
	begin := 0 // index of the first sample of r
	finish := func(end int) {
		if hold(r.Start + width); width == hour {
			spreadIn(r, all, begin, end)
		}
		switch {
		case r.Usable > 0:
			r.Mean = integral / float64(r.Usable)
		case r.Count > 0:
			r.Mean = r.Last
		}
	}
	for i, at := range all.At {
		kind := all.MarkAt(i).Kind()
		if kind == tag.KindText {
			return nil
		}
		if r == nil || at >= r.Start+width {
			if r != nil {
				finish(i)
			}
			begin = i
			out = append(out, block.Roll{Start: at - at%width, Begin: at, SampleMean: math.NaN(), StdDev: math.NaN()})
			r = &out[len(out)-1]
			mark, integral, holding = at, 0, false
		}
		hold(at)
		f, ok := number(kind, all.Bits[i])
		ok = ok && all.Quality(i).Usable()
		held, holding = f, ok
		r.BadEnd = !ok
		if !ok {
			r.Bad++
			continue
		}
		if r.Count == 0 {
			r.First, r.FirstAt = f, at
			r.Min, r.MinAt, r.Max, r.MaxAt = f, at, f, at
		}
		if f < r.Min {
			r.Min, r.MinAt = f, at
		}
		if f > r.Max {
			r.Max, r.MaxAt = f, at
		}
		r.Last, r.LastAt = f, at
		r.Count++
	}
	if r != nil {
		finish(all.Len())
	}
	return out
}

// spreadIn works out the mean and the standard deviation of the usable samples
// of r, which are among samples i to j-1.
func spreadIn(r *block.Roll, all *block.Series, i, j int) {
	if r.Count == 0 {
		return
	}
	sum, squares := 0.0, 0.0
	each := func(do func(f float64)) {
		for k := i; k < j; k++ {
			if f, ok := number(all.MarkAt(k).Kind(), all.Bits[k]); ok && all.Quality(k).Usable() {
				do(f)
			}
		}
	}
	each(func(f float64) { sum += f })
	r.SampleMean = sum / float64(r.Count)
	each(func(f float64) { squares += (f - r.SampleMean) * (f - r.SampleMean) })
	r.StdDev = math.Sqrt(squares / float64(r.Count))
}

// newRoller prepares the rolls of a day.
func (s *Store) newRoller(d int64) (*roller, error) {
	r := &roller{frames: frames{ids: map[string]int64{}}}
	f, err := s.shelf.take(minutePeriod(d))
	if err != nil || f == nil {
		return r, err
	}
	defer s.shelf.put(f)
	return r, f.Reader.QueryRow("SELECT coalesce(max(id),0) FROM frame").Scan(&r.frames.last)
}

// writeRolls writes the rolls of a day into the month's and the year's file.
func (s *Store) writeRolls(ctx context.Context, d int64, r *roller, ids []tag.ID) error {
	if len(r.tags) == 0 {
		return nil
	}
	nums := make([]uint32, 0, len(r.tags))
	for i := range r.tags {
		nums = append(nums, r.tags[i].num)
	}
	f, err := s.shelf.make(minutePeriod(d))
	if err != nil {
		return err
	}
	defer s.shelf.put(f)
	err = f.write(ctx, func(tx *sql.Tx) error {
		if err := r.frames.write(tx); err != nil {
			return err
		}
		for i := range r.tags {
			if err := putRoll(tx, minuteKey(d, r.tags[i].num), block.Minutes, r.tags[i].minutes); err != nil {
				return err
			}
		}
		return f.nameTags(tx, nums, ids)
	})
	if err != nil {
		return err
	}
	y, err := s.shelf.make(hourPeriod(d))
	if err != nil {
		return err
	}
	defer s.shelf.put(y)
	return y.write(ctx, func(tx *sql.Tx) error {
		if err := raiseFormat(tx); err != nil {
			return err
		}
		var dec block.RollDecoder
		var month block.Rolls
		for i := range r.tags {
			t := &r.tags[i]
			key := hourKey(monthOf(d), t.num)
			old, err := rollRow(tx, key, block.Hours)
			var hours []block.Roll
			if err == nil && old != nil {
				if err = dec.Read(&month, old, hour, noFrame); err == nil {
					hours = month.All()
				}
			}
			if isLost(err) {
				s.damage.add(y.Path, "roll", key, err)
				hours, err = nil, nil
			}
			if err != nil {
				return err
			}
			hours = slices.DeleteFunc(hours, func(h block.Roll) bool { return dayOf(h.Start) == d })
			at, _ := slices.BinarySearchFunc(hours, d*day, func(h block.Roll, t int64) int { return int(h.Start - t) })
			hours = slices.Insert(hours, at, t.hours...)
			payload := r.enc.AppendRolls(nil, hours, hour, t.hint, nil)
			if err := putRoll(tx, key, block.Hours, payload); err != nil {
				return err
			}
		}
		return y.nameTags(tx, nums, ids)
	})
}

// frames numbers the frames of a day's rolls, equal ones once.
type frames struct {
	last int64
	ids  map[string]int64
}

func (f *frames) id(frame []byte) int64 {
	id, ok := f.ids[string(frame)]
	if !ok {
		f.last++
		id = f.last
		f.ids[string(frame)] = id
	}
	return id
}

func (f *frames) write(tx *sql.Tx) error {
	for frame, id := range f.ids {
		b := append(block.Begin(nil), frame...)
		if _, err := tx.Exec("INSERT OR REPLACE INTO frame VALUES(?,?)", id, block.Finish(b, 0, block.Frames, id)); err != nil {
			return err
		}
	}
	return nil
}

// noFrame is for rolls that hold their own.
func noFrame(int64, int) (*block.Frame, error) { return nil, block.ErrDamaged }

func putRoll(tx *sql.Tx, key int64, t block.Table, payload []byte) error {
	b := append(block.Begin(make([]byte, 0, len(payload)+4)), payload...)
	_, err := tx.Exec("INSERT OR REPLACE INTO roll VALUES(?,?)", key, block.Finish(b, 0, t, key))
	return err
}

// rollRow reads the payload of a roll row; nil when there is none.
func rollRow(q querier, key int64, t block.Table) ([]byte, error) {
	var b []byte
	if err := q.QueryRow("SELECT body FROM roll WHERE id=?", key).Scan(&b); err == sql.ErrNoRows {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return block.Payload(b, t, key)
}
