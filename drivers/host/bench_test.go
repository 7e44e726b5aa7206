package host_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/host"
)

// hose is a driver that pushes as fast as it is allowed to.
type hose struct{}

func (hose) CheckDevice(drivers.Device) error                             { return nil }
func (hose) CheckPoint(drivers.Device, drivers.Point) error               { return nil }
func (h hose) Dial(context.Context, drivers.Device) (drivers.Conn, error) { return h, nil }
func (hose) Read(context.Context, []drivers.Point, []tag.Value) error     { return nil }
func (hose) Write(context.Context, drivers.Point, tag.Scalar) error       { return nil }
func (hose) Close() error                                                 { return nil }
func (hose) Subscribe(_ context.Context, points []drivers.Point, push func([]int, []tag.Value)) (<-chan error, error) {
	go func() {
		idx, vals := make([]int, len(points)), make([]tag.Value, len(points))
		for n := 0; ; n++ {
			now := time.Now().UnixNano()
			for i := range idx {
				idx[i], vals[i] = i, tag.Value{Source: now, Value: tag.Float(float64(n)), Quality: tag.Good}
			}
			push(idx, vals)
		}
	}()
	return make(chan error), nil
}

// What a value costs on its way from a driver through the link to the sink,
// with and without a child process in between; values are pushed by the hundred.
func BenchmarkLinkPush100(b *testing.B) {
	set := drivers.Set{"hose": hose{}}
	for name, drv := range map[string]drivers.Driver{"inside": set["hose"], "child": host.Wrap(set)["hose"]} {
		b.Run(name, func(b *testing.B) {
			points := make([]drivers.Tagged, 100)
			for i := range points {
				points[i].ID = tag.ID(fmt.Sprint("T", i))
			}
			batches := make(chan []tag.Sample)
			l := drivers.NewLink(drv, drivers.Device{Name: "H"}, points, drivers.LinkOptions{}, func(s []tag.Sample) {
				select {
				case batches <- s:
				case <-b.Context().Done():
				}
			})
			ctx, stop := context.WithCancel(b.Context())
			defer stop()
			go l.Run(ctx)
			<-batches
			b.ReportAllocs()
			for b.Loop() {
				<-batches
			}
			b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds(), "values/s")
		})
	}
}
