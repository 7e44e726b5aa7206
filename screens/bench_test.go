package screens

import (
	"fmt"
	"image"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"penstock/app/alarm"
	"penstock/widgets/paint"
)

// 10,000 alarms in one second: what a frame costs that lists them anew.
func BenchmarkAlarmFlood(b *testing.B) {
	g := openStation(b, fyne.NewSize(1600, 900), operator())
	g.press("F4")
	p := g.alarms()
	snaps := [2]*alarm.Snapshot{flood(10_000), flood(10_001)}
	img := image.NewRGBA(image.Rect(0, 0, 1470, 600))
	p.list.Layout(img.Rect.Max, 1)
	var painter paint.Painter
	now := g.plant.clock()
	for i := 0; b.Loop(); i++ {
		now = now.Add(100 * time.Millisecond)
		p.take(snaps[i&1])
		p.list.Frame(now)
		painter.Reset(img, img.Rect)
		p.list.Paint(&painter)
	}
}

func flood(n int) *alarm.Snapshot {
	s := &alarm.Snapshot{}
	for i := range n {
		r := &alarm.Rule{ID: fmt.Sprint("A", i), Tag: "HL.PT103", Area: "HL", Kind: alarm.High, Priority: i%4 + 1, Message: "level high in tank " + fmt.Sprint(i)}
		s.Rows = append(s.Rows, alarm.Row{Rule: r, State: alarm.State{Facts: alarm.Facts{Active: true, Unacked: true}, AnnouncedAt: int64(i)}, Phase: alarm.Unacked})
	}
	return s
}

// What a station costs at each tick, painting apart.
func BenchmarkTick(b *testing.B) {
	for i, name := range pageNames {
		b.Run(name, func(b *testing.B) {
			g := openStation(b, fyne.NewSize(1920, 1080), operator())
			g.plant.upset()
			g.goTo(i)
			g.frames(2)
			now := g.plant.clock()
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(100 * time.Millisecond)
				g.Frame(now)
			}
		})
	}
}
