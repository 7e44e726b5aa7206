package screens

import (
	"context"
	"errors"
	"fmt"
	"image"
	"strings"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/assets"
	"penstock/screens/mimic"
	"penstock/screens/scene"
	"penstock/widgets/paint"
	"penstock/widgets/picture"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

// Still says what a picture without a window shows.
type Still struct {
	// Show is the name of a display, "overview", "alarms", or "trend:" and
	// tags with commas between.
	Show string
	Size image.Point // pixels
	Dark bool
	At   time.Time     // a moment of the past; zero: now
	Span time.Duration // of a trend; 0: an hour
}

// Bounds of a picture's size, pixels.
const (
	leastStill = 100
	mostStill  = 16384
)

// ErrNoSuchPicture says that there is nothing of the name asked for.
var ErrNoSuchPicture = errors.New("there is nothing of this name to show")

// Picture paints what a person would see, without a window and without a
// toolkit. It waits for history until ctx ends.
func Picture(ctx context.Context, room Room, st Still, now time.Time) (*image.RGBA, error) {
	if st.Size.X < leastStill || st.Size.Y < leastStill || st.Size.X > mostStill || st.Size.Y > mostStill {
		return nil, fmt.Errorf("a picture of %d x %d pixels: each side is %d to %d", st.Size.X, st.Size.Y, leastStill, mostStill)
	}
	faces, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		return nil, err
	}
	s := &Station{room: room, ctx: ctx, style: &paint.Style{Palette: palette(st.Dark), Faces: faces}, opts: Options{Now: func() time.Time { return now }}}
	if ids, ok := strings.CutPrefix(st.Show, "trend:"); ok {
		return s.stillTrend(ctx, strings.Split(ids, ","), st, now)
	}
	if st.Show == "alarms" {
		return s.stillAlarms(ctx, st, now)
	}
	return s.stillDisplay(ctx, st, now)
}

func (s *Station) stillTrend(ctx context.Context, ids []string, st Still, now time.Time) (*image.RGBA, error) {
	var pens []trend.Pen
	for _, id := range ids {
		c := s.room.Tags().Cell(tag.ID(strings.TrimSpace(id)))
		if c == nil {
			return nil, fmt.Errorf("trend of %s: %w", id, ErrNoSuchPicture)
		}
		pens = append(pens, penOf(c.Def(), s.room.Project().Alarms))
	}
	if len(pens) > trend.MaxPens {
		return nil, fmt.Errorf("%d pens: a trend holds at most %d", len(pens), trend.MaxPens)
	}
	v := trend.New(s.style, past{s.room})
	defer v.Close()
	v.Bare = true
	v.Read = s.read
	v.SetPens(pens)
	if st.Span <= 0 {
		st.Span = time.Hour
	}
	v.Layout(st.Size, 1)
	v.Frame(now)
	if st.At.IsZero() {
		v.Span(st.Span)
	} else {
		v.Show(st.At.Add(-st.Span).UnixNano(), st.At.UnixNano())
	}
	for v.Frame(now); v.Loading(); v.Frame(now) {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("read history: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return view.Picture(v, st.Size, 1, now), nil
}

func (s *Station) stillAlarms(ctx context.Context, st Still, now time.Time) (*image.RGBA, error) {
	list := s.room.Alarms()
	if !st.At.IsZero() {
		mem, err := recallOne(ctx, s.room, nil, st.At.UnixNano())
		if err != nil {
			return nil, err
		}
		s.machine = &timeMachine{s: s, on: true, t: mem.t, moment: &moment{live: newLive(ctx, s.room)}}
		s.machine.moment.remember(mem)
		list, now = mem.list, st.At
	}
	p := newAlarmModel(s)
	p.list = p.newList()
	p.now = now
	p.take(list)
	return view.Picture(p.list, st.Size, 1, now), nil
}

// recallOne looks one moment up.
func recallOne(ctx context.Context, room Room, ids []tag.ID, t int64) (memory, error) {
	c, err := readChronicle(ctx, room, timeSpan{t, t})
	if err != nil {
		return memory{}, err
	}
	return c.recall(ctx, room, alarm.Regime{}, ids, t)
}

func (s *Station) stillDisplay(ctx context.Context, st Still, now time.Time) (*image.RGBA, error) {
	pr := s.room.Project()
	find := func(name string) *mimic.Display {
		for _, d := range pr.Displays {
			if d.Name == name {
				return d
			}
		}
		return nil
	}
	d := find(st.Show)
	for _, o := range pr.Displays {
		if d == nil && st.Show == "overview" && o.Level == 1 {
			d = o
		}
	}
	l := newLive(ctx, s.room)
	switch {
	case d == nil && st.Show == "overview" && st.At.IsZero():
		return view.Picture(newAreaCards(s, l), st.Size, 1, now), nil
	case d == nil:
		return nil, fmt.Errorf("display %s: %w", st.Show, ErrNoSuchPicture)
	}
	sc, err := scene.New(d, l, s.style, scene.Options{Find: find, Picture: func(name string) *picture.Picture { return s.room.Project().Pictures[name] }})
	if err != nil {
		return nil, fmt.Errorf("display %s: %w", d.Name, err)
	}
	waiting := l.waiting
	if !st.At.IsZero() {
		mem, err := recallOne(ctx, s.room, sc.Tags(), st.At.UnixNano())
		if err != nil {
			return nil, err
		}
		m := &moment{live: l}
		m.remember(mem)
		sc.SetSource(m)
		now, waiting = st.At, m.waiting
	}
	sc.Layout(st.Size, 1)
	for sc.Frame(now); waiting(); sc.Frame(now) { // small trends ask history
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("read history: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return view.Picture(sc, st.Size, 1, now), nil
}
