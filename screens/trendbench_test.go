//go:build unix

package screens

import (
	"flag"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/historian"
	"penstock/widgets/paint"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

var trendData = flag.String("trend.data", "", "`folder` with 30 days of eight tags at 1 s for the trend benchmarks; they are made in an empty one (a minute)")

// thirtyDays are the tags of the benchmarks: 20.7 million samples.
func thirtyDays(plant *smallPlant) (ids []tag.ID) {
	for _, c := range plant.db.Cells()[:8] {
		ids = append(ids, c.Def().ID)
	}
	return ids
}

// monthOf opens the store of the benchmarks, and makes it the first time.
func monthOf(b *testing.B, plant *smallPlant) *historian.Store {
	b.Helper()
	if *trendData == "" {
		b.Skip("needs -trend.data FOLDER")
	}
	store, err := historian.Open(historian.Options{Dir: *trendData, Now: plant.clock})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	done := filepath.Join(*trendData, "thirty-days")
	if _, err := os.Stat(done); err == nil {
		return store
	}
	rnd := rand.New(rand.NewPCG(1, 30))
	ids := thirtyDays(plant)
	from := morning.Add(-30 * 24 * time.Hour)
	walk := make([]float64, len(ids))
	for h := range 30 * 24 {
		var batch []tag.Sample
		for s := range 3600 {
			at := from.Add(time.Duration(h*3600+s) * time.Second).UnixNano()
			for i, id := range ids {
				d := plant.db.Cell(id).Def()
				walk[i] = 0.999*walk[i] + rnd.NormFloat64()*0.002
				v := d.Lo + (d.Hi-d.Lo)*(0.5+0.2*math.Sin(float64(at)/1e9/86400*2*math.Pi+float64(i))+walk[i])
				v = math.Round(v*1000) / 1000
				q := tag.Good
				if rnd.IntN(100_000) == 0 {
					q = tag.BadSensorFailure
				}
				batch = append(batch, tag.Sample{ID: id, Value: tag.Value{Source: at, Received: at + 2e6, Value: tag.Float(v), Quality: q}})
			}
		}
		store.Append(batch)
		if err := store.Flush(); err != nil {
			b.Fatal(err)
		}
	}
	if err := store.Compact(b.Context(), morning.Add(-24*time.Hour)); err != nil {
		b.Fatal(err)
	}
	if n := store.Stats(); n.Stored != n.Received {
		b.Fatalf("%d of %d samples are stored", n.Stored, n.Received)
	}
	if err := os.WriteFile(done, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	return store
}

// spent is the CPU time of the process so far.
func spent() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkThirtyDays draws eight pens over 30 days of 1 s samples out of the
// historian: from nothing to the whole picture, panning frame by frame, and
// from the whole month to raw samples.
func BenchmarkThirtyDays(b *testing.B) {
	plant := newSmallPlant(b)
	store := monthOf(b, plant)
	room := &storedPlant{plant, store}
	ids := thirtyDays(plant)
	size := image.Pt(1700, 900)
	begin := morning.Add(-30 * 24 * time.Hour).UnixNano()
	img := image.NewRGBA(image.Rectangle{Max: size})
	var p paint.Painter
	draw := func(v *trend.View) {
		p.Reset(img, img.Rect)
		v.Paint(&p)
	}
	metric := func(b *testing.B, cpu time.Duration) {
		b.ReportMetric(float64((spent()-cpu).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	}
	b.Run("first", func(b *testing.B) {
		cpu := spent()
		for b.Loop() {
			v := shownOf(b, room, size, ids...)
			v.Frame(morning)
			v.Show(begin, morning.UnixNano())
			answered(b, v, morning)
			draw(v)
			v.Close()
		}
		metric(b, cpu)
	})
	b.Run("first of a store just opened", func(b *testing.B) {
		var cpu time.Duration
		for b.Loop() {
			b.StopTimer()
			again, err := historian.Open(historian.Options{Dir: *trendData, ReadOnly: true})
			if err != nil {
				b.Fatal(err)
			}
			was := spent()
			b.StartTimer()
			v := shownOf(b, &storedPlant{plant, again}, size, ids...)
			v.Frame(morning)
			v.Show(begin, morning.UnixNano())
			answered(b, v, morning)
			draw(v)
			v.Close()
			b.StopTimer()
			cpu += spent() - was
			again.Close()
			b.StartTimer()
		}
		b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "cpu-ms/op")
	})
	for _, span := range []time.Duration{30 * 24 * time.Hour, 24 * time.Hour, time.Hour} {
		b.Run(fmt.Sprintf("pan %v", span), func(b *testing.B) {
			v := shownOf(b, room, size, ids...)
			v.Frame(morning)
			v.Show(morning.UnixNano()-int64(span), morning.UnixNano())
			answered(b, v, morning)
			at := image.Pt(800, 300)
			v.DragStart(view.Pointer{At: at, Button: view.Primary})
			cpu, x, d := spent(), 0, 25
			now := morning
			b.ResetTimer()
			for b.Loop() {
				if x += d; x > 1500 || x < 0 {
					d = -d
				}
				v.Drag(view.Pointer{At: at.Add(image.Pt(x, 0))})
				now = now.Add(50 * time.Millisecond)
				v.Frame(now)
				draw(v)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
			metric(b, cpu)
		})
	}
	b.Run("to raw", func(b *testing.B) {
		cpu := spent()
		v := shownOf(b, room, size, ids...)
		v.Frame(morning)
		k := 0
		for b.Loop() {
			k++
			at := begin + int64(k%29)*int64(24*time.Hour)
			v.Show(at, at+int64(10*time.Minute))
			answered(b, v, morning)
			draw(v)
		}
		metric(b, cpu)
	})
}
