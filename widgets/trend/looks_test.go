package trend

import (
	"context"
	"image"
	"math"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// Each pen has its part of the plot when axes are stacked, and stays in it.
func TestStackedAxes(t *testing.T) {
	v, _, now := laid(t)
	v.SetPens(eightLines()[:4])
	settle(t, v, *now)
	key(t, v, "A", "A")
	img := view.Picture(v, v.size, 1, *now)
	if len(v.group) != 4 {
		t.Fatalf("%d axes for four pens", len(v.group))
	}
	for i := range v.pens {
		r := v.group[v.groupOf(i)].r
		if i > 0 && r.Min.Y < v.group[v.groupOf(i-1)].r.Max.Y {
			t.Errorf("the axis of pen %d covers the one before", i+1)
		}
		inside, outside := 0, 0
		for x := r.Min.X; x < r.Max.X-40; x++ {
			for y := v.plot.Min.Y; y < v.plot.Max.Y; y++ {
				if img.RGBAAt(x, y) == v.colour(i) {
					if y >= r.Min.Y && y < r.Max.Y {
						inside++
					} else {
						outside++
					}
				}
			}
		}
		if inside < r.Dx()/2 || outside > 0 {
			t.Errorf("pen %d is painted %d times in its part and %d times outside", i+1, inside, outside)
		}
	}
	// A box in one part zooms the values of that part alone.
	r := v.group[1].r
	v.DragStart(view.Pointer{At: r.Min.Add(image.Pt(100, 10)), Button: view.Primary, Mods: view.Shift})
	v.Drag(view.Pointer{At: r.Min.Add(image.Pt(300, 60))})
	v.DragEnd()
	if _, ok := v.axes[v.group[1].key]; !ok || len(v.axes) != 1 {
		t.Errorf("the box changed %d axes", len(v.axes))
	}
	key(t, v, "A")
	if v.spread != shared {
		t.Error("A does not lead round")
	}
}

// No two pens look alike, whatever colours are chosen.
func TestLooks(t *testing.T) {
	v, _, _ := laid(t)
	a, b := v.pens[0].Def.ID, v.pens[1].Def.ID
	was := v.LookOf(a).Colour
	v.SetLook(a, Look{Colour: v.LookOf(b).Colour, Line: Steps, Own: true})
	if v.LookOf(b).Colour != was || v.LookOf(a).Colour == was {
		t.Errorf("the colours are %d and %d", v.LookOf(a).Colour, v.LookOf(b).Colour)
	}
	if !v.pens[0].steps() || len(v.group[v.groupOf(0)].pens) != 1 {
		t.Error("the look is not followed")
	}
	pens := eightPens()
	v.SetPens(pens[:3])
	if l := v.LookOf(a); l.Line != Steps {
		t.Error("a pen forgets its look when another goes")
	}
}

// circle is a source of two tags that go round, with a bad stretch.
type circle struct{ wave }

func (c *circle) Range(_ context.Context, id tag.ID, from, to int64, n int) (s Stretch, err error) {
	width := (to - from) / int64(n)
	for a := from; a < to; a += width {
		at := a + width/2
		k := float64(at-start.UnixNano()) / float64(10*time.Minute) * 2 * math.Pi
		v := 50 + 40*math.Cos(k)
		if id == "Y" {
			v = 50 + 40*math.Sin(k)
		}
		b := Bucket{From: a, To: a + width, First: v, Last: v, Min: v, Max: v, FirstAt: at, LastAt: at, MinAt: at, MaxAt: at, Mean: v, Count: 1, Good: 1}
		if id == "Y" && at > start.Add(-5*time.Minute).UnixNano() && at < start.Add(-4*time.Minute).UnixNano() {
			b = Bucket{From: a, To: a + width, Bad: 1, BadEnd: true}
		}
		s.Buckets = append(s.Buckets, b)
	}
	return s, nil
}

func crossed(t *testing.T) (*View, time.Time) {
	t.Helper()
	v := New(style(t, &paint.Light), &circle{})
	t.Cleanup(v.Close)
	v.Zone = time.UTC
	v.SetPens([]Pen{{Def: &tag.Def{ID: "X", Text: "across", Kind: tag.KindFloat, Unit: "bar", Period: time.Second}},
		{Def: &tag.Def{ID: "Y", Text: "upward", Kind: tag.KindFloat, Unit: "m3/h", Period: time.Second}},
		{Def: &tag.Def{ID: "RUN", Kind: tag.KindBool}}})
	v.Layout(image.Pt(1200, 700), 1)
	v.Frame(start)
	v.Show(start.Add(-10*time.Minute).UnixNano(), start.UnixNano())
	settle(t, v, start)
	key(t, v, "X")
	view.Picture(v, v.size, 1, start)
	return v, start
}

// A pen against another: the same moments give both values, and where one is
// bad there is no point and no line.
func TestXY(t *testing.T) {
	v, now := crossed(t)
	if len(v.xy.dots) < 400 {
		t.Fatalf("%d points", len(v.xy.dots))
	}
	breaks := 0
	for i, d := range v.xy.dots {
		if r := math.Hypot(d.x-50, d.y-50); math.Abs(r-40) > 0.5 {
			t.Fatalf("the point at %v is %g, %g", time.Unix(0, d.t).UTC(), d.x, d.y)
		}
		if ago := now.Sub(time.Unix(0, d.t)); ago > 4*time.Minute+3*time.Second && ago < 5*time.Minute-3*time.Second {
			t.Fatalf("a point %v ago, where nothing is known", ago)
		}
		if i > 0 && !d.joined {
			breaks++
		}
	}
	if breaks != 1 {
		t.Errorf("the line is broken %d times, want once", breaks)
	}
	// The pointer at a point shows its moment, in the table and on the strip.
	d := v.xy.dots[100]
	x, y := v.spotXY(d)
	v.Hover(view.Pointer{At: image.Pt(int(x), int(y))})
	if far := v.hair.hover - d.t; far > int64(3*time.Second) || far < -int64(3*time.Second) {
		t.Errorf("the pointer shows a moment %v from the point's", time.Duration(far))
	}
	// Colour tells the time: old and new differ.
	if v.age(0) == v.age(0.5) || v.age(0.5) == v.age(1) {
		t.Error("the colours of times are alike")
	}
	w := v.Window()
	v.Wheel(view.Pointer{At: image.Pt(int(x), int(y))}, 0, 3)
	if v.Window() != w || len(v.axes) != 2 {
		t.Errorf("the wheel zooms %d axes and time to %+v", len(v.axes), v.Window())
	}
	key(t, v, "Backspace", "X")
	if v.xy.on || len(v.axes) != 0 {
		t.Error("X does not lead back")
	}
}

func TestRegression(t *testing.T) {
	var x xy
	for i := range 10 {
		x.dots = append(x.dots, xyDot{x: float64(i), y: 3 - 2*float64(i)})
	}
	if slope, offset, r, ok := x.regression(); !ok || math.Abs(slope+2) > 1e-12 || math.Abs(offset-3) > 1e-12 || math.Abs(r+1) > 1e-12 {
		t.Errorf("%g, %g, %g, %v", slope, offset, r, ok)
	}
	x.dots = x.dots[:2]
	if _, _, _, ok := x.regression(); ok {
		t.Error("two points fit everything")
	}
}

// sayer is a source of one text.
type sayer struct{ wave }

func (*sayer) Range(_ context.Context, _ tag.ID, from, to int64, _ int) (s Stretch, err error) {
	s.Held = tag.Value{Source: from, Value: tag.Text("before"), Quality: tag.Good}
	for i, text := range []string{"lot 7", "lot 7", "lot 8", ""} {
		v := tag.Value{Source: start.Add(time.Duration(i-8) * time.Minute).UnixNano(), Value: tag.Text(text), Quality: tag.Good}
		if text == "" {
			v = tag.Value{Source: v.Source, Quality: tag.Bad}
		}
		if v.Source >= from && v.Source < to {
			s.Texts = append(s.Texts, v)
		}
	}
	return s, nil
}

// A text has a lane with what it said, and says it at the cursor.
func TestTextLane(t *testing.T) {
	v := New(style(t, &paint.Light), &sayer{})
	t.Cleanup(v.Close)
	v.SetPens([]Pen{{Def: &tag.Def{ID: "BATCH", Kind: tag.KindText}}})
	v.Read = func(tag.ID) tag.Value {
		return tag.Value{Source: start.Add(-time.Minute).UnixNano(), Value: tag.Text("lot 9"), Quality: tag.Good}
	}
	v.Layout(image.Pt(900, 400), 1)
	settle(t, v, start)
	var said []string
	v.bars(v.pens[0], v.Window(), func(b laneBar) {
		if b.bad {
			b.text = "bad"
		}
		said = append(said, b.text)
	})
	if got := strings.Join(said, ", "); got != "before, lot 7, lot 8, bad, lot 9" {
		t.Errorf("the lane says %s", got)
	}
	v.hair.hover = start.Add(-7 * time.Minute).UnixNano()
	if r := v.look(v.pens[0]); r.text != "lot 7" || !r.ok {
		t.Errorf("at the cursor it says %+v", r)
	}
	view.Picture(v, v.size, 1, start)
	if g := v.statsOf(v.pens[0]).Good; math.Abs(g-5.8/9.8) > 1e-9 { // four minutes of it were bad
		t.Errorf("usable for %g of the time", g)
	}
}

// Lanes without a line beside them leave no empty plot, and one that stands
// alone in a small view has its whole width.
func TestLanesAlone(t *testing.T) {
	v := New(style(t, &paint.Light), &sayer{})
	t.Cleanup(v.Close)
	run := Pen{Def: &tag.Def{ID: "RUN", Kind: tag.KindBool}}
	v.SetPens([]Pen{run, {Def: &tag.Def{ID: "BATCH", Kind: tag.KindText}}})
	v.Layout(image.Pt(900, 500), 1)
	if h := v.plot.Dy(); h != stripHeight || v.lanes[0].r.Min.Y < v.plot.Max.Y || v.lanes[1].r.Dy() != 72 {
		t.Errorf("a plot %d high over lanes at %v", h, v.lanes)
	}
	v.Small = true
	v.SetPens([]Pen{run})
	v.Layout(image.Pt(300, 120), 1)
	if r := v.lanes[0].r; r.Min.X != edge || r.Dy() < laneHeight || r.Max.Y > 120-timeHeight {
		t.Errorf("a small lane at %v", r)
	}
}

// Marks that cannot be told apart are one, drawn as the most urgent, and the
// pointer tells all of them with who did them.
func TestMarksAreTold(t *testing.T) {
	v, _, now := laid(t)
	at := now.Add(-5 * time.Minute).UnixNano()
	v.marks = []Mark{{At: at, Kind: MarkNote, Text: "valve was\nstuck", Who: "vera"}, {At: at + 1e9, Kind: MarkAlarm, Level: 2, Priority: "haute", On: "A.H", Text: "level high"}, {At: at + int64(time.Minute), Kind: MarkWrite, Who: "ana"}}
	key(t, v, "1")
	v.Frame(*now)
	view.Picture(v, v.size, 1, *now)
	if len(v.standing) != 2 || v.standing[0].marks[0].Kind != MarkAlarm {
		t.Fatalf("they stand as %+v", v.standing)
	}
	v.Hover(view.Pointer{At: image.Pt(v.standing[0].x, v.plot.Min.Y-6)})
	if v.pointed != 0 {
		t.Error("the pointer finds no mark")
	}
	for _, want := range []string{"note", "valve was stuck", "(vera)"} {
		if say := v.standing[0].marks[1].Tell(time.UTC); !strings.Contains(say, want) {
			t.Errorf("told as %q", say)
		}
	}
	if say := v.standing[0].marks[0].Tell(time.UTC); !strings.Contains(say, "alarm, haute  A.H: level high") {
		t.Errorf("an alarm is told as %q", say)
	}
	before := view.Picture(v, v.size, 1, *now)
	v.Leave()
	if after := view.Picture(v, v.size, 1, *now); string(after.Pix) == string(before.Pix) {
		t.Error("nothing is told at the mark")
	}
}

// The day before is the same time of the clock, also when the clocks change.
func TestDayBeforeKeepsTheClock(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	v, _, _ := laid(t)
	v.Zone = zone
	for _, c := range []struct {
		day   time.Time
		hours int
	}{{time.Date(2026, 3, 29, 12, 0, 0, 0, zone), 23}, {time.Date(2026, 10, 25, 12, 0, 0, 0, zone), 25}, {time.Date(2026, 7, 1, 12, 0, 0, 0, zone), 24}} {
		v.Frame(c.day.Add(time.Hour))
		v.Show(c.day.UnixNano(), c.day.Add(time.Hour).UnixNano())
		v.CompareDays(1)
		if from, ok := v.Compared(); !ok || c.day.Sub(time.Unix(0, from)) != time.Duration(c.hours)*time.Hour || time.Unix(0, from).In(zone).Hour() != 12 {
			t.Errorf("the day before %v begins at %v", c.day, time.Unix(0, from).In(zone))
		}
	}
	// A batch of another day beside this one.
	other := time.Date(2026, 6, 3, 7, 31, 0, 0, zone)
	v.CompareWith(other.UnixNano())
	if from, _ := v.Compared(); from != other.UnixNano() {
		t.Errorf("compared with %v", time.Unix(0, from).In(zone))
	}
}

// The set point of the selected pen is drawn with its band.
func TestTargetBand(t *testing.T) {
	v, _, now := laid(t)
	pens := eightLines()[:2]
	pens[0].Target = &Target{ID: "SP1", Above: 10, Below: 5}
	v.SetPens(pens)
	for range 50 {
		settle(t, v, *now)
		if !v.target.fetch.busy() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	v.Frame(*now)
	img := view.Picture(v, v.size, 1, *now)
	band := paint.Mix(v.Style.Palette.Sunken, v.Style.Palette.SetPt, 0.12)
	n := 0
	for x := v.plot.Min.X; x < v.plot.Max.X; x++ {
		for y := v.plot.Min.Y; y < v.plot.Max.Y; y++ {
			if img.RGBAAt(x, y) == band {
				n++
				break
			}
		}
	}
	if n < v.plot.Dx()/2 {
		t.Errorf("the band is in %d of %d columns", n, v.plot.Dx())
	}
	v.selected = 1
	v.Frame(*now)
	if v.target.of != nil {
		t.Error("the band stays when another pen is selected")
	}
}

// gated is a source whose fine answers wait.
type gated struct {
	wave
	open chan struct{}
}

func (g *gated) Range(ctx context.Context, id tag.ID, from, to int64, n int) (Stretch, error) {
	if n > 200 {
		select {
		case <-g.open:
		case <-ctx.Done():
			return Stretch{}, ctx.Err()
		}
	}
	return g.wave.Range(ctx, id, from, to, n)
}

// A rough line is there before the fine one, and gives way to it.
func TestRoughComesFirst(t *testing.T) {
	src := &gated{open: make(chan struct{})}
	v := New(style(t, &paint.Light), src)
	t.Cleanup(v.Close)
	v.SetPens(eightLines()[:1])
	v.Layout(image.Pt(1200, 600), 1)
	v.Frame(start)
	v.Span(30 * 24 * time.Hour)
	wait := func(what string, enough func(n int) bool) {
		t.Helper()
		for range 20000 {
			if v.Frame(start); enough(len(v.pens[0].series.buckets)) {
				return
			}
			time.Sleep(100 * time.Microsecond)
		}
		t.Fatalf("the %s line never came", what)
	}
	wait("rough", func(n int) bool { return n > 50 && n < 200 })
	close(src.open)
	wait("fine", func(n int) bool { return n > 1000 })
}

// In a narrow view, what the cursors measure gives way last.
func TestDifferencesStayInANarrowTable(t *testing.T) {
	v, _, now := laid(t)
	titles := func(room int) (out []string) {
		for _, f := range v.shownFields(room) {
			out = append(out, f.title)
		}
		return out
	}
	if got := strings.Join(titles(v.px(640)), " "); strings.Contains(got, "Change") || !strings.Contains(got, "Quality") {
		t.Errorf("without cursors it shows %s", got)
	}
	v.hair.a, v.hair.b = now.Add(-5*time.Minute).UnixNano(), now.Add(-time.Minute).UnixNano()
	if got := strings.Join(titles(v.px(700)), " "); !strings.Contains(got, "Change per min") || !strings.Contains(got, "Mean") || strings.Contains(got, "Time") {
		t.Errorf("between cursors it shows %s", got)
	}
}
