package trend

import (
	"context"
	"errors"
	"image"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// summing is a wave that sums up by itself, and can be told to fail.
type summing struct {
	*wave
	mu    sync.Mutex
	asked [][2]int64
	fault error
}

func (s *summing) Measure(_ context.Context, id tag.ID, from, to int64) (Stats, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, [2]int64{from, to})
	k := float64(id[len(id)-1] - '0')
	return Stats{Min: k, Max: 100 + k, Mean: 50 + k, Good: 0.75, Integral: 1000 + k}, s.fault
}

func (s *summing) questions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// What stands between two cursors is the same whatever is in view: it is
// measured by the source, and where that cannot be nothing is made up.
func TestBetweenCursorsWhateverIsShown(t *testing.T) {
	now := start
	src := &summing{wave: &wave{}}
	v := New(style(t, &paint.Light), src)
	t.Cleanup(v.Close)
	v.Zone = time.UTC
	v.SetPens(eightPens())
	v.Layout(image.Pt(1200, 700), 1)
	v.Span(8 * time.Hour)
	settle(t, v, now)
	y := v.plot.Min.Y + 40
	v.Tap(view.Pointer{At: image.Pt(v.plot.Min.X+100, y)})
	v.Tap(view.Pointer{At: image.Pt(v.plot.Min.X+500, y)})
	a, b, _ := v.hair.pair()
	settle(t, v, now)
	if n := src.questions(); n != 0 {
		t.Errorf("%d stretches were measured before the cursors rest", n)
	}
	frames := func(until func() bool) {
		t.Helper()
		for range 60_000 {
			now = now.Add(20 * time.Millisecond)
			v.Frame(now)
			if until() {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatal("it was not measured")
	}
	line := func() string { // of a pen with a line: unit, ends and what lies between
		head, rows := v.Statistics()
		i := slices.IndexFunc(v.pens, func(p *pen) bool { return !p.Lane() })
		return strings.Join(rows[i][slices.Index(head, "Min"):], " ")
	}
	frames(func() bool { return len(v.measure.known) == len(v.pens) })
	if q := src.asked[0]; q != [2]int64{a, b} || src.questions() != len(v.pens) {
		t.Errorf("%d questions, the first about %v; the cursors are at %d and %d", src.questions(), q, a, b)
	}
	want := line()
	if !strings.HasSuffix(want, " 75.00") {
		t.Errorf("between the cursors: %s", want)
	}
	v.Show(a+int64(time.Hour), a+int64(70*time.Minute)) // both cursors out of sight
	settle(t, v, now)
	frames(func() bool { return !v.Loading() })
	if got := line(); got != want {
		t.Errorf("zoomed in it says %s, before %s", got, want)
	}
	if n := src.questions(); n != len(v.pens) {
		t.Errorf("a zoom measured again: %d", n)
	}
	if v.stat(v.pens[0], func(s Stats) float64 { return s.Max }) == "" {
		t.Error("the table says nothing")
	}
	// A cursor that moves is measured again; a source that cannot is no reason
	// for numbers of something else.
	src.mu.Lock()
	src.fault = errors.New("no disk")
	src.mu.Unlock()
	v.hair.a -= int64(time.Hour)
	v.hair.moved = v.now
	frames(func() bool { return src.questions() == 2*len(v.pens) })
	now = now.Add(time.Second)
	v.Frame(now)
	if s := v.statsOf(v.pens[0]); !math.IsNaN(s.Max) || !math.IsNaN(s.Good) {
		t.Errorf("of what nobody measured and nobody sees: %+v", s)
	}
	if got := line(); strings.Trim(got, " ") != "" {
		t.Errorf("the export says %q", got)
	}
	v.Show(v.hair.a-int64(time.Hour), b+int64(time.Hour))
	settle(t, v, now)
	if s := v.statsOf(v.pens[0]); !(s.Max > s.Min) {
		t.Errorf("of what is all in view: %+v", s)
	}
}
