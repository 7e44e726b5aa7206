//go:build unix

package scene

import (
	"fmt"
	"image"
	"syscall"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// crowd is a display of n live elements of the usual kinds, and its plant.
func crowd(n int) (*mimic.Display, *plant) {
	p := newPlant()
	d := &mimic.Display{Name: "crowd", Title: "crowd", Level: 1, W: 1600, H: 900}
	cols := 1
	for cols*(cols*9/16) < n {
		cols++
	}
	w := 1600 / float64(cols)
	for i := range n {
		id := tag.ID(fmt.Sprintf("T%d", i))
		p.add(tag.Def{ID: id, Kind: tag.KindFloat, Unit: "m3/h", Lo: 0, Hi: 100, Decimals: 1})
		p.set(id, tag.Float(float64(i%100)), tag.Good)
		box := mimic.Box{X: float64(i%cols) * w, Y: float64(i/cols) * w, W: w * 0.8, H: w * 0.8}
		it := mimic.Item{ID: fmt.Sprintf("e%d", i), Box: box}
		switch i % 5 {
		case 0:
			it.Kind, it.Tags = "tank", map[string]string{"level": string(id)}
		case 1, 2:
			it.Kind, it.Tags = "value", map[string]string{"value": string(id)}
		case 3:
			it.Kind, it.Tags = "pump", map[string]string{"run": string(id), "speed": string(id)}
		case 4:
			it.Kind, it.Tags = "bar", map[string]string{"value": string(id)}
		}
		d.Items = append(d.Items, it)
	}
	return d, p
}

// used is the processor time of this process so far: what a frame costs even
// where others share the machine.
func used(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// hertz is how often a second a window pulls.
const hertz = 10

// BenchmarkFrame is one tick of a 1600 x 900 view: pull, work out, paint. Of
// 1000 elements one in five, or all, changed. FYNE.md measured 4 to 10 ms for
// this with plain shapes, the upload of the picture included. Beside the time
// on the clock it reports the processor time, and the share of one core that
// ten frames a second take.
func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct{ n, changed int }{{200, 40}, {500, 100}, {500, 500}, {1000, 0}, {1000, 200}, {1000, 1000}, {5000, 1000}} {
		b.Run(fmt.Sprintf("%d of %d", c.changed, c.n), func(b *testing.B) {
			d, p := crowd(c.n)
			s, err := New(d, p, testStyle(b, &paint.Light), Options{})
			if err != nil {
				b.Fatal(err)
			}
			img := view.Picture(s, image.Pt(1600, 900), 1, noon)
			var painter paint.Painter
			now, next := noon, 0
			ids := make([]tag.ID, c.n)
			for i := range ids {
				ids[i] = tag.ID(fmt.Sprintf("T%d", i))
			}
			b.ReportAllocs()
			before := used(b)
			for b.Loop() {
				for range c.changed {
					id := ids[next%c.n]
					f, _ := p.values[id].Value.Float()
					p.set(id, tag.Float(float64(int(f+7)%100)), tag.Good)
					next += 7
				}
				now = now.Add(100 * time.Millisecond)
				if s.Frame(now) {
					painter.Reset(img, img.Rect)
					s.Paint(&painter)
				}
			}
			each := float64(used(b)-before) / float64(b.N)
			b.ReportMetric(each/1e6, "cpu-ms/frame")
			b.ReportMetric(each*hertz/1e9*100, "%core")
		})
	}
}

// BenchmarkCallUp opens a display and paints it: the wait between the key and
// the picture. The bar is 0.3 s for 200 points and 1 s for 1000.
func BenchmarkCallUp(b *testing.B) {
	for _, n := range []int{200, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d, p := crowd(n)
			text := d.Text()
			style := testStyle(b, &paint.Light)
			before := used(b)
			for b.Loop() {
				d, err := mimic.Parse("crowd.json", text)
				if err != nil {
					b.Fatal(err)
				}
				s, err := New(d, p, style, Options{})
				if err != nil {
					b.Fatal(err)
				}
				view.Picture(s, image.Pt(1600, 900), 1, noon)
			}
			b.ReportMetric(float64(used(b)-before)/float64(b.N)/1e6, "cpu-ms/op")
		})
	}
}

// BenchmarkPan is a frame of dragging a zoomed display: everything is painted.
func BenchmarkPan(b *testing.B) {
	d, p := crowd(1000)
	s, err := New(d, p, testStyle(b, &paint.Light), Options{})
	if err != nil {
		b.Fatal(err)
	}
	img := view.Picture(s, image.Pt(1600, 900), 1, noon)
	s.Wheel(view.Pointer{At: image.Pt(800, 450)}, 0, 4)
	s.DragStart(view.Pointer{})
	var painter paint.Painter
	x := 0
	for b.Loop() {
		x = (x + 3) % 200
		s.Drag(view.Pointer{At: image.Pt(x, x/2)})
		s.Frame(noon)
		painter.Reset(img, img.Rect)
		s.Paint(&painter)
	}
}
