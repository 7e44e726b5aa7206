package modbus

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// randomRegisters are n different registers anywhere in the table.
func randomRegisters(n int, period time.Duration) []drivers.Tagged {
	r := rand.New(rand.NewPCG(3, 4))
	out := make([]drivers.Tagged, n)
	for i, at := range r.Perm(65000)[:n] {
		p := pt(fmt.Sprintf("HR%d", at), "")
		p.Period = period
		out[i] = drivers.Tagged{ID: tag.ID(p.Address), Point: p}
	}
	return out
}

// A thousand registers anywhere in the table, from a unit that needs a
// millisecond for each request, are all fresh every second.
func TestAThousandRandomRegistersStayFresh(t *testing.T) {
	t.Parallel()
	s := startSlave(t)
	s.mu.Lock()
	s.delay = time.Millisecond
	s.mu.Unlock()
	dev := s.device()
	dev.Timeout = time.Second
	points := randomRegisters(1000, time.Second)
	var mu sync.Mutex
	last := map[tag.ID]tag.Value{}
	counts := map[tag.ID]int{}
	link := drivers.NewLink(new(Driver), dev, points, drivers.LinkOptions{}, func(batch []tag.Sample) {
		mu.Lock()
		defer mu.Unlock()
		for _, x := range batch {
			if x.Quality == tag.Good {
				last[x.ID] = x.Value
				counts[x.ID]++
			}
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { link.Run(ctx) })
	began := time.Now()
	time.Sleep(5500 * time.Millisecond)
	mu.Lock()
	now := time.Now()
	oldest := time.Duration(0)
	for _, p := range points {
		v, ok := last[p.ID]
		if !ok || v.Value.String() != p.Address[2:] {
			t.Fatalf("%s reads %v", p.Address, v)
		}
		oldest = max(oldest, now.Sub(v.Time()))
		if counts[p.ID] < 5 {
			t.Errorf("%s was read %d times in %v", p.Address, counts[p.ID], now.Sub(began))
		}
	}
	mu.Unlock()
	cycles := link.Status().Cycles
	stop()
	wg.Wait()
	requests := len(s.asked())
	t.Logf("oldest of 1000: %v; %d requests in 5.5 s; cycle %v", oldest, requests, cycles)
	if oldest > 2*time.Second {
		t.Errorf("the oldest value is %v old", oldest)
	}
}

// BenchmarkRead reads blocks of ten registers, and a scan of a thousand
// random registers, from a unit in the same process.
func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name   string
		points []drivers.Point
	}{
		{"10 registers", []drivers.Point{pt("HR1000", ""), pt("HR1009", "")}},
		{"1000 in a row", inARow(1000)},
		{"1000 random", untagged(randomRegisters(1000, time.Second))},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := startSlave(b)
			conn := dial(b, new(Driver), s.device())
			vals := make([]tag.Value, len(c.points))
			before := conn.line.counters.Requests.Load()
			b.ReportAllocs()
			for b.Loop() {
				if err := conn.Read(b.Context(), c.points, vals); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(conn.line.counters.Requests.Load()-before)/float64(b.N), "requests/op")
		})
	}
}

func inARow(n int) []drivers.Point {
	out := make([]drivers.Point, n)
	for i := range out {
		out[i] = pt(fmt.Sprintf("HR%d", i), "")
	}
	return out
}

func untagged(points []drivers.Tagged) []drivers.Point {
	out := make([]drivers.Point, len(points))
	for i, p := range points {
		out[i] = p.Point
	}
	return out
}
