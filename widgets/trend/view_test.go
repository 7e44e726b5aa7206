package trend

import (
	"context"
	"flag"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/assets"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

var pictures = flag.String("pictures", "", "folder to keep the pictures of the tests in")

func style(t testing.TB, pal *paint.Palette) *paint.Style {
	t.Helper()
	f, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		t.Fatal(err)
	}
	return &paint.Style{Palette: pal, Faces: f}
}

var start = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

// wave is a source of computed curves, one sample a second, with an hour
// without data and a spike of one sample now and then.
type wave struct {
	mu    sync.Mutex
	asked []question
	delay time.Duration
}

func (w *wave) value(id tag.ID, t int64) float64 {
	k := float64(id[len(id)-1] - '0')
	s := float64(t) / 1e9
	v := 50 + 30*math.Sin(s/(200+40*k)+k) + 3*math.Sin(s/7+k*2)
	if int64(s)%977 == 0 {
		v += 25
	}
	return v
}

func (w *wave) bad(t int64) bool { return t/1e9%3600 > 1500 && t/1e9%3600 < 1650 }

func (w *wave) Range(ctx context.Context, id tag.ID, from, to int64, n int) (Stretch, error) {
	w.mu.Lock()
	w.asked = append(w.asked, question{ids: []tag.ID{id}, from: from, to: to, n: n})
	w.mu.Unlock()
	select {
	case <-time.After(w.delay):
	case <-ctx.Done():
		return Stretch{}, ctx.Err()
	}
	var s Stretch
	if w.bad(from) {
		s.Held = tag.Value{Source: from, Quality: tag.Bad}
	} else {
		s.Held = tag.Value{Source: from, Value: tag.Float(w.value(id, from)), Quality: tag.Good}
	}
	width := (to - from) / int64(n)
	step := max(int64(time.Second), width/16)
	for a := from; a < to; a += width {
		b := Bucket{From: a, To: a + width, Min: math.Inf(1), Max: math.Inf(-1), Good: 1}
		for t := a + mod(-a, step); t < a+width; t += step {
			if w.bad(t) {
				b.Bad++
				b.BadEnd = true
				continue
			}
			v := w.value(id, t)
			if b.Count == 0 {
				b.First, b.FirstAt = v, t
			}
			b.Count++
			b.BadEnd = false
			b.Last, b.LastAt = v, t
			b.Mean += v
			if v < b.Min {
				b.Min, b.MinAt = v, t
			}
			if v > b.Max {
				b.Max, b.MaxAt = v, t
			}
		}
		b.Mean /= float64(b.Count)
		if b.Count+b.Bad > 0 {
			s.Buckets = append(s.Buckets, b)
		}
	}
	return s, nil
}

func (w *wave) At(_ context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	out := make([]tag.Value, len(ids))
	for i, id := range ids {
		out[i] = tag.Value{Source: t, Value: tag.Float(w.value(id, t)), Quality: tag.SensorNotAccurate}
	}
	return out, nil
}

func (w *wave) Marks(context.Context, []tag.ID, int64, int64) ([]Mark, error) {
	return []Mark{
		{At: start.Add(-20 * time.Minute).UnixNano(), Kind: MarkAlarm, Level: 2, Text: "high"},
		{At: start.Add(-18 * time.Minute).UnixNano(), Kind: MarkAck},
		{At: start.Add(-10 * time.Minute).UnixNano(), Kind: MarkWrite},
	}, nil
}

func (w *wave) read(now *time.Time) func(tag.ID) tag.Value {
	return func(id tag.ID) tag.Value {
		t := now.Truncate(time.Second).UnixNano()
		return tag.Value{Source: t, Received: t + 3e6, Value: tag.Float(w.value(id, t)), Quality: tag.Good}
	}
}

func eightPens() (pens []Pen) {
	units := []string{"m3/h", "m3/h", "bar", "m", "%", "mg/l", "", "degC"}
	for i, u := range units {
		d := &tag.Def{ID: tag.ID(fmt.Sprintf("HL.FT60%d", i)), Text: "High-lift flow " + u, Kind: tag.KindFloat, Unit: u, Lo: -20, Hi: 150, Decimals: 1, Period: time.Second}
		if i == 6 {
			d.Kind, d.Lo, d.Hi = tag.KindInt, 0, 0
			d.States = []tag.State{{Value: 0, Text: "Stopped"}}
			for k := int64(1); k < 200; k++ {
				d.States = append(d.States, tag.State{Value: k, Text: "Running"})
			}
		}
		pens = append(pens, Pen{Def: d, Limits: []Limit{{90, "HH", 1}, {80, "H", 2}, {20, "L", 3}}})
	}
	return pens
}

// settle gives the view frames until the source has answered.
func settle(t testing.TB, v *View, now time.Time) {
	t.Helper()
	for range 60_000 {
		v.Frame(now)
		if !v.Loading() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the source never answered")
}

func picture(t testing.TB, v *View, size image.Point, now time.Time, name string) *image.RGBA {
	t.Helper()
	v.Layout(size, 1)
	settle(t, v, now)
	img := view.Picture(v, size, 1, now)
	if *pictures != "" {
		f, err := os.Create(filepath.Join(*pictures, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
	}
	return img
}

func shown(t testing.TB, pal *paint.Palette) (*View, *wave, *time.Time) {
	now := start
	src := &wave{}
	v := New(style(t, pal), src)
	t.Cleanup(v.Close)
	v.Zone = time.UTC
	v.Read = src.read(&now)
	v.SetPens(eightPens())
	return v, src, &now
}

func TestPictures(t *testing.T) {
	for _, pal := range []struct {
		name string
		p    *paint.Palette
	}{{"light", &paint.Light}, {"dark", &paint.Dark}} {
		v, _, now := shown(t, pal.p)
		picture(t, v, image.Pt(1600, 860), *now, "trend-10min-"+pal.name)
		v.Span(time.Hour)
		v.Key(view.Key{Name: "F"})
		picture(t, v, image.Pt(1600, 860), *now, "trend-1h-fit-"+pal.name)
		v.Span(8 * time.Hour)
		v.Hover(view.Pointer{At: image.Pt(700, 300)})
		v.Tap(view.Pointer{At: image.Pt(500, 300)})
		picture(t, v, image.Pt(1160, 680), *now, "trend-8h-cursor-"+pal.name)
		v.Small = true
		v.SetPens(eightPens()[:1])
		picture(t, v, image.Pt(380, 160), *now, "trend-small-"+pal.name)
	}
}
