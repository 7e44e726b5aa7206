package screens

import (
	"context"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"penstock/app/tag"
	"penstock/assets"
	"penstock/historian"
	"penstock/widgets/paint"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

// storedPlant is a small plant whose past is in a real store.
type storedPlant struct {
	*smallPlant
	store *historian.Store
}

func (p *storedPlant) Buckets(ctx context.Context, id tag.ID, from, to int64, n int) ([]historian.Bucket, error) {
	return p.store.Buckets(ctx, id, from, to, n)
}

func (p *storedPlant) At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	return p.store.At(ctx, t, ids)
}

func (p *storedPlant) Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	return p.store.Raw(ctx, id, from, to, yield)
}

// shownOf is a trend of a room's past, laid out, without a window.
func shownOf(t testing.TB, room Room, size image.Point, ids ...tag.ID) *trend.View {
	t.Helper()
	v := trend.New(testStyle(t), past{room})
	t.Cleanup(v.Close)
	v.Zone = time.UTC
	var pens []trend.Pen
	for _, id := range ids {
		pens = append(pens, penOf(room.Tags().Cell(id).Def(), nil))
	}
	v.SetPens(pens)
	v.Layout(size, 1)
	return v
}

// answered gives a trend frames until its source owes nothing.
func answered(t testing.TB, v *trend.View, now time.Time) {
	t.Helper()
	for range 100_000 {
		v.Frame(now)
		if !v.Loading() {
			return
		}
		time.Sleep(100 * time.Microsecond)
	}
	t.Fatal("the source never answered")
}

// Zoomed in until a sample has a pixel of its own, every sample the historian
// keeps is a point of the line and is painted, and the line has no others but
// where a value is held to an edge or to a bad stretch.
func TestZoomToRawShowsEverySample(t *testing.T) {
	plant := newSmallPlant(t)
	store, err := historian.Open(historian.Options{Dir: t.TempDir(), Now: plant.clock})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	const id = tag.ID("HL.PT103")
	rnd := rand.New(rand.NewPCG(6, 8))
	begin := morning.Add(-3 * time.Hour).UnixNano()
	var samples []tag.Sample
	for at := begin; at < morning.UnixNano()-int64(time.Minute); at += int64(time.Second) + rnd.Int64N(int64(700*time.Millisecond)) {
		s := tag.Sample{ID: id, Value: tag.Value{Source: at, Received: at, Value: tag.Float(5 + 4*math.Sin(float64(at)/3e11) + rnd.NormFloat64()*0.1), Quality: tag.Good}}
		switch k := rnd.IntN(400); {
		case k == 0:
			s.Quality = tag.BadSensorFailure
		case k < 4: // a spike of one sample
			s.Value.Value = tag.Float(9.5)
		}
		samples = append(samples, s)
	}
	store.Append(samples)
	if err := store.Flush(); err != nil {
		t.Fatal(err)
	}
	size := image.Pt(1500, 700)
	v := shownOf(t, &storedPlant{plant, store}, size, id)
	v.Frame(morning)
	pen := paint.Light.Pens[0]
	rapid.Check(t, func(t *rapid.T) {
		span := time.Duration(rapid.IntRange(20, 18*60).Draw(t, "span")) * time.Second
		from := begin + rapid.Int64Range(0, int64(150*time.Minute)).Draw(t, "from")
		v.Show(from, from+int64(span))
		answeredRapid(t, v)
		f := v.Figure(&paint.Light)
		var spots []trend.FigureSpot
		for _, part := range f.Areas[0].Lines[0].Parts {
			spots = append(spots, part...)
		}
		img := view.Picture(v, size, 1, morning)
		plot := v.Plot()
		next, shown := 0, 0
		for _, s := range samples {
			if s.Source < f.From || s.Source >= f.To || !s.Quality.Usable() {
				continue
			}
			shown++
			x := float64(s.Source-f.From) / float64(f.To-f.From)
			y, _ := s.Value.Value.Float()
			y /= 10 // the tag's range
			for next < len(spots) && spots[next].X < x-1e-12 {
				next++
			}
			if next == len(spots) || math.Abs(spots[next].X-x) > 1e-12 || math.Abs(spots[next].Y-y) > 1e-9 {
				t.Fatalf("the sample at %v is no point of the line", time.Unix(0, s.Source).UTC())
			}
			px, py := plot.Min.X+int(x*float64(plot.Dx())), plot.Max.Y-int(math.Round(y*float64(plot.Dy())))
			found := false
			for dy := -2; dy <= 2; dy++ {
				found = found || nearer(img.RGBAAt(px, py+dy), pen, paint.Light.Sunken)
			}
			if !found {
				t.Fatalf("the sample at %v is not painted", time.Unix(0, s.Source).UTC())
			}
		}
		if extra := len(spots) - shown; extra > 20 {
			t.Fatalf("%d points that no sample made among %d", extra, len(spots))
		}
	})
}

// nearer reports whether a colour is more like a than like b.
func nearer(c, a, b color.RGBA) bool {
	far := func(o color.RGBA) int {
		d := [...]int{int(c.R) - int(o.R), int(c.G) - int(o.G), int(c.B) - int(o.B)}
		return d[0]*d[0] + d[1]*d[1] + d[2]*d[2]
	}
	return far(a) < far(b)
}

func answeredRapid(t *rapid.T, v *trend.View) {
	for range 100_000 {
		v.Frame(morning)
		if !v.Loading() {
			return
		}
		time.Sleep(50 * time.Microsecond)
	}
	t.Fatal("the source never answered")
}

func testStyle(t testing.TB) *paint.Style {
	t.Helper()
	faces, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		t.Fatal(err)
	}
	return &paint.Style{Palette: &paint.Light, Faces: faces}
}
