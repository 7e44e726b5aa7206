package trend

import (
	"context"
	"errors"
	"image"
	"math"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

func key(t *testing.T, v *View, names ...string) {
	t.Helper()
	for _, n := range names {
		k := view.Key{Name: n}
		if r, ok := strings.CutPrefix(n, "Shift+"); ok {
			k = view.Key{Name: r, Mods: view.Shift}
		}
		if !v.Key(k) {
			t.Errorf("the key %s does nothing", n)
		}
	}
}

// laid is a trend of eight pens, loaded.
func laid(t *testing.T) (*View, *wave, *time.Time) {
	v, src, now := shown(t, &paint.Light)
	v.Layout(image.Pt(1200, 700), 1)
	settle(t, v, *now)
	view.Picture(v, image.Pt(1200, 700), 1, *now)
	return v, src, now
}

func TestPauseAndBackToNow(t *testing.T) {
	v, _, now := laid(t)
	key(t, v, "Space")
	end := v.Window().End
	*now = now.Add(90 * time.Second)
	v.Frame(*now)
	if v.Window().End != end {
		t.Error("a paused trend moves")
	}
	behind := ""
	for _, it := range v.bar.Items() {
		if it.ID == "" {
			behind = it.Text
		}
	}
	if !strings.Contains(behind, "ends 78 s ago") { // it had shown 12 s of lead
		t.Errorf("the toolbar says %q", behind)
	}
	key(t, v, "End")
	if w := v.Window(); !w.Live || w.End < now.UnixNano() {
		t.Errorf("after End it is %+v", w)
	}
}

func TestZoomPanUndo(t *testing.T) {
	v, _, now := laid(t)
	key(t, v, "2")
	if v.Window().Span != int64(time.Hour) {
		t.Fatalf("2 shows %v", time.Duration(v.Window().Span))
	}
	at := image.Pt((v.plot.Min.X+v.plot.Max.X)/2, 300)
	under := v.timeAt(at.X)
	v.Wheel(view.Pointer{At: at}, 0, 2)
	if w := v.Window(); w.Live || w.Span >= int64(time.Hour) {
		t.Errorf("wheeled in it shows %+v", w)
	}
	if d := v.timeAt(at.X) - under; math.Abs(float64(d)) > 2e9 {
		t.Errorf("the time under the pointer moved by %v", time.Duration(d))
	}
	zoomed := v.Window()
	*now = now.Add(2 * time.Second)
	v.Frame(*now)
	v.DragStart(view.Pointer{At: at, Button: view.Primary})
	v.Drag(view.Pointer{At: at.Add(image.Pt(100, 0))})
	v.DragEnd()
	if v.Window().End >= zoomed.End {
		t.Error("a drag to the right does not go back in time")
	}
	key(t, v, "Backspace")
	if v.Window() != zoomed {
		t.Errorf("undone it is %+v, was %+v", v.Window(), zoomed)
	}
	key(t, v, "Backspace")
	if w := v.Window(); !w.Live || w.Span != int64(time.Hour) {
		t.Errorf("undone twice it is %+v", w)
	}
}

func TestBoxZoomsTimeAndValues(t *testing.T) {
	v, _, _ := laid(t)
	view.Picture(v, v.size, 1, start)
	r := image.Rect(v.plot.Min.X+200, v.plot.Min.Y+100, v.plot.Min.X+400, v.plot.Min.Y+200)
	from, to := v.timeAt(r.Min.X), v.timeAt(r.Max.X)
	g := v.group[0].ax
	v.DragStart(view.Pointer{At: r.Min, Button: view.Primary, Mods: view.Shift})
	v.Drag(view.Pointer{At: r.Max})
	v.DragEnd()
	w := v.Window()
	if d := w.From() - from; d > 1e9 || d < -1e9 || w.End-to > 1e9 || to-w.End > 1e9 {
		t.Errorf("boxed %d to %d, shows %d to %d", from, to, w.From(), w.End)
	}
	a := v.axes[v.group[0].key]
	if a.hi >= g.hi || a.lo <= g.lo {
		t.Errorf("values were %+v, are %+v", g, a)
	}
}

func TestCursorsMeasure(t *testing.T) {
	v, _, now := laid(t)
	key(t, v, "Space")
	x1, x2 := v.plot.Min.X+100, v.plot.Min.X+500
	v.Tap(view.Pointer{At: image.Pt(x1, 300)})
	v.Tap(view.Pointer{At: image.Pt(x2, 300)})
	a, b, ok := v.hair.pair()
	if !ok || a != v.timeAt(x1) || b != v.timeAt(x2) {
		t.Fatalf("two taps pinned %d and %d", a, b)
	}
	p := v.pens[0]
	from, to := p.series.at(a), p.series.at(b)
	want := number(to.v-from.v, p.Def.Decimals+1)
	if got := strings.TrimPrefix(v.change(p, false), "+"); got != want {
		t.Errorf("between the cursors it changed by %s, want %s", got, want)
	}
	// The reading at the cursor is the source's own, with its quality, once
	// the cursor rests.
	v.Hover(view.Pointer{At: image.Pt(x1, 300)})
	*now = now.Add(time.Second)
	v.Frame(*now)
	for range 200 {
		if r := v.look(p); r.known && r.q == tag.SensorNotAccurate {
			break
		}
		time.Sleep(time.Millisecond)
		v.Frame(*now)
	}
	if r := v.look(p); r.q != tag.SensorNotAccurate {
		t.Errorf("at the cursor it reads %+v", r)
	}
	v.Leave()
	key(t, v, "Escape")
	if v.hair.a != 0 || v.hair.b != 0 {
		t.Error("Escape leaves the cursors")
	}
}

func TestPensComeAndGo(t *testing.T) {
	v, _, now := laid(t)
	var told int
	v.OnPens = func() { told++ }
	row := func(kind zoneKind, i int) image.Point {
		view.Picture(v, v.size, 1, *now)
		for _, z := range v.zones {
			if z.kind == kind && z.i == i {
				return z.r.Min.Add(image.Pt(2, 2))
			}
		}
		t.Fatalf("no such place")
		return image.Point{}
	}
	v.Tap(view.Pointer{At: row(rowZone, 3).Add(image.Pt(80, 0))})
	if v.selected != 3 {
		t.Errorf("tapped the fourth pen, selected %d", v.selected)
	}
	colour := v.colour(3)
	v.Tap(view.Pointer{At: row(eyeZone, 2)})
	if !v.pens[2].look.Hidden || v.groupOf(2) >= 0 {
		t.Error("the eye does not hide its pen")
	}
	v.Tap(view.Pointer{At: row(dropZone, 0)})
	if len(v.pens) != 7 || told != 2 {
		t.Errorf("%d pens left, told %d times", len(v.pens), told)
	}
	if v.colour(2) != colour {
		t.Error("a pen changed its colour when another went")
	}
	pens := make([]Pen, 0, 12)
	for i := range 12 {
		pens = append(pens, Pen{Def: &tag.Def{ID: tag.ID(rune('A' + i)), Lo: 0, Hi: 1}})
	}
	v.SetPens(pens)
	if len(v.pens) != MaxPens {
		t.Errorf("%d pens of twelve", len(v.pens))
	}
}

// stuck is a source that never answers until its question is cancelled.
type stuck struct{ began, ended chan question }

func (s stuck) Range(ctx context.Context, id tag.ID, from, to int64, n int) (Stretch, error) {
	s.began <- question{from: from, to: to, n: n}
	<-ctx.Done()
	s.ended <- question{from: from, to: to, n: n}
	return Stretch{}, ctx.Err()
}
func (s stuck) At(context.Context, int64, []tag.ID) ([]tag.Value, error) { return nil, nil }

// A source that hangs holds up neither the picture nor the next question, and
// what is out of date is cancelled.
func TestNewerPanCancelsOlderQuestion(t *testing.T) {
	src := stuck{make(chan question, 100), make(chan question, 100)}
	v := New(style(t, &paint.Light), src)
	v.SetPens(eightPens()[:1])
	v.Layout(image.Pt(800, 600), 1)
	began := time.Now()
	v.Frame(start)
	view.Picture(v, v.size, 1, start)
	first := <-src.began
	key(t, v, "PageUp", "PageUp")
	v.Frame(start)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the view waited %v", took)
	}
	if old := <-src.ended; old.from != first.from {
		t.Errorf("cancelled %+v, want %+v", old, first)
	}
	if second := <-src.began; second.to >= first.to {
		t.Errorf("the second question is %+v", second)
	}
	v.Close()
	<-src.ended
}

// broken is a source whose disk is gone.
type broken struct{}

func (broken) Range(context.Context, tag.ID, int64, int64, int) (Stretch, error) {
	return Stretch{}, errors.New("disk I/O error")
}
func (broken) At(context.Context, int64, []tag.ID) ([]tag.Value, error) {
	return nil, errors.New("disk I/O error")
}

// Without history the trend still shows what is live, and says what is wrong.
func TestBrokenHistoryStillTrends(t *testing.T) {
	now := start
	v := New(style(t, &paint.Light), broken{})
	t.Cleanup(v.Close)
	v.Read = (&wave{}).read(&now)
	v.SetPens(eightPens()[:1])
	v.Layout(image.Pt(800, 600), 1)
	for range 60 {
		now = now.Add(time.Second)
		v.Frame(now)
		time.Sleep(100 * time.Microsecond)
	}
	settle(t, v, now)
	img := view.Picture(v, v.size, 1, now)
	if v.pens[0].err == nil {
		t.Fatal("the fault is not known")
	}
	pen, n := v.colour(0), 0
	for x := v.plot.Min.X; x < v.plot.Max.X; x++ {
		for y := v.plot.Min.Y; y < v.plot.Max.Y; y++ {
			if img.RGBAAt(x, y) == pen {
				n++
				break
			}
		}
	}
	if n < 40 { // a minute of ten
		t.Errorf("the live line is in %d columns", n)
	}
}

// A pan inside what was asked for asks nothing.
func TestSmallPanAsksNothing(t *testing.T) {
	v, src, now := laid(t)
	asked := len(src.asked)
	key(t, v, "Left")
	v.Frame(*now)
	if n := len(src.asked); n != asked {
		t.Errorf("a pan by a tenth asked %d times", n-asked)
	}
	key(t, v, "PageUp")
	settle(t, v, *now)
	if n := len(src.asked); n != asked+8 {
		t.Errorf("a pan by a page asked %d times, want once a pen", n-asked)
	}
}

// Nothing moves, nothing is painted.
func TestCalmTrendIsNotPainted(t *testing.T) {
	v, _, now := laid(t)
	key(t, v, "Space")
	view.Picture(v, v.size, 1, *now)
	if v.Frame(now.Add(100 * time.Millisecond)) {
		t.Error("a paused trend asks to be painted")
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct {
		name string
		span time.Duration
	}{{"10min", 10 * time.Minute}, {"30d", 30 * 24 * time.Hour}} {
		b.Run("8 pens 2000 px "+c.name, func(b *testing.B) {
			v, _, now := shown(b, &paint.Light)
			v.SetPens(eightLines())
			v.Layout(image.Pt(2000, 800), 1)
			v.Frame(*now)
			v.Span(c.span)
			settle(b, v, *now)
			img := image.NewRGBA(image.Rect(0, 0, 2000, 800))
			var p paint.Painter
			b.ReportAllocs()
			for b.Loop() {
				*now = now.Add(time.Second)
				v.Frame(*now)
				v.dirty = true
				p.Reset(img, img.Rect)
				v.Paint(&p)
			}
		})
	}
}

func eightLines() []Pen {
	pens := eightPens()
	for i := range pens {
		pens[i].Def.States, pens[i].Def.Kind = nil, tag.KindFloat
	}
	return pens
}

// The day before is asked for its own time and drawn at the time of today.
func TestCompareWithTheDayBefore(t *testing.T) {
	v, src, now := laid(t)
	v.SetPens(eightLines()[:1])
	settle(t, v, *now)
	key(t, v, "D")
	settle(t, v, *now)
	w := v.Window()
	q := v.ghost.fetch.asked
	if q.from > w.From()-int64(24*time.Hour) || q.to < w.End-int64(24*time.Hour) || q.to > w.From() {
		t.Fatalf("asked for %v to %v", time.Unix(0, q.from), time.Unix(0, q.to))
	}
	img := view.Picture(v, v.size, 1, *now)
	pale := paint.Mix(v.Style.Palette.Sunken, v.colour(0), 0.42)
	id := v.pens[0].Def.ID
	found := 0
	for x := v.plot.Min.X + 5; x < v.plot.Max.X-30; x += 7 {
		want := src.value(id, v.timeAt(x)-int64(24*time.Hour))
		y := v.plot.Min.Y + int(v.group[0].ax.y(want, v.plot.Dy()))
		for dy := -4; dy <= 4; dy++ {
			if img.RGBAAt(x, y+dy) == pale {
				found++
				break
			}
		}
	}
	if n := (v.plot.Dx() - 35) / 7; found < n/2 {
		t.Errorf("yesterday's value is drawn in %d of %d columns", found, n)
	}
	v.Fit(true) // there is room for both
	view.Picture(v, v.size, 1, *now)
	lo, hi := v.ghostRange(v.pens[0])
	if ax := v.group[0].ax; !(ax.lo <= lo && lo < hi && hi <= ax.hi && ax.lo <= v.pens[0].stats.Min && v.pens[0].stats.Max <= ax.hi) {
		t.Errorf("today goes from %g to %g, yesterday from %g to %g, the axis from %g to %g", v.pens[0].stats.Min, v.pens[0].stats.Max, lo, hi, ax.lo, ax.hi)
	}
	key(t, v, "D")
	if v.ghost.back != 0 {
		t.Error("D again does not end it")
	}
}

// A mouse that rests over the plot tells about what is under it, when another
// stretch of time comes into view too; while it is in view the cursor stays.
func TestCursorStaysInSight(t *testing.T) {
	v, _, now := laid(t)
	at := image.Pt(v.plot.Min.X+200, v.plot.Min.Y+50)
	v.Hover(view.Pointer{At: at})
	was := v.Moment()
	*now = now.Add(20 * time.Second)
	v.Frame(*now)
	if v.Moment() != was {
		t.Error("the cursor drifts with the time")
	}
	for _, back := range []time.Duration{30 * time.Hour, 0} {
		end := now.Add(-back).UnixNano()
		v.Show(end-int64(time.Hour), end)
		v.Frame(*now)
		if got, want := v.Moment(), v.timeAt(at.X); got < want-1e9 || got > want+1e9 {
			t.Errorf("%v back the table tells about %v, under the mouse is %v", back, time.Unix(0, got), time.Unix(0, want))
		}
	}
	v.Leave()
	if v.Moment() != 0 {
		t.Error("without the mouse there is a cursor")
	}
}
