//go:build unix

package forward

import (
	"fmt"
	"math"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/historian"
	"penstock/historian/forward/pgserver"
)

// BenchmarkForward sends what waits in the store to a PostgreSQL on the same
// computer: from the log, and from sealed files.
func BenchmarkForward(b *testing.B) {
	for _, from := range []string{"log", "files"} {
		b.Run(from, func(b *testing.B) {
			srv := pgserver.New(b)
			dir := b.TempDir()
			o := historian.Options{Linger: time.Millisecond, Queue: 1 << 20}
			if from == "files" {
				o.Slots = 64
			}
			s := openStore(b, dir, o)
			defer s.Close()
			const tags, seconds = 1000, 300
			ids := make([]tag.ID, tags)
			for i := range ids {
				ids[i] = tag.ID(fmt.Sprint("T", i))
			}
			for i := range seconds {
				batch := make([]tag.Sample, tags)
				for k := range batch {
					at := start + int64(i)*1e9
					batch[k] = tag.Sample{ID: ids[k], Value: tag.Value{Source: at, Received: at, Value: tag.Float(math.Round(1000*math.Sin(float64(i+k)/90)) / 10), Quality: tag.Good}}
				}
				flush(b, s, batch)
			}
			b.ResetTimer()
			for range b.N {
				f := newForwarder(b, s, b.TempDir(), srv.URL()) // a source of its own: from the beginning
				f.o.Batch, f.o.Station = 10_000, time.Now().String()
				stop := run(f)
				settle(b, f)
				stop()
			}
			b.ReportMetric(float64(b.N)*tags*seconds/b.Elapsed().Seconds(), "samples/s")
		})
	}
}

// BenchmarkCommit is a commit of 1,000 samples, fifty a second, alone and while
// they are forwarded: what a commit takes, half of them and 99 of 100.
func BenchmarkCommit(b *testing.B) {
	for _, forwarding := range []bool{false, true} {
		name := "alone"
		if forwarding {
			name = "forwarding"
		}
		b.Run(name, func(b *testing.B) {
			s := openStore(b, b.TempDir(), historian.Options{Linger: time.Microsecond})
			defer s.Close()
			if forwarding {
				f := newForwarder(b, s, b.TempDir(), pgserver.New(b).URL())
				f.o.Batch = 10_000
				stop := run(f)
				defer stop()
			}
			batch := make([]tag.Sample, 1000)
			at := int64(start)
			for b.Loop() {
				at += 1e9
				for k := range batch {
					batch[k] = tag.Sample{ID: tag.ID(fmt.Sprint("T", k)), Value: tag.Value{Source: at, Received: at, Value: tag.Float(math.Round(1000*math.Sin(float64(at/1e9)+float64(k)/90)) / 10), Quality: tag.Good}}
				}
				flush(b, s, batch)
				time.Sleep(20 * time.Millisecond)
			}
			st := s.Stats()
			b.ReportMetric(float64(st.CommitP50.Microseconds()), "p50-us")
			b.ReportMetric(float64(st.CommitP99.Microseconds()), "p99-us")
		})
	}
}
