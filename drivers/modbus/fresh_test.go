package modbus

import (
	"context"
	"fmt"
	"math"
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

// stayFresh reads points under a link until each was read several times, and
// fails on any value that is not the register's own.
func stayFresh(t *testing.T, dev drivers.Device, points []drivers.Tagged) drivers.Status {
	t.Helper()
	var mu sync.Mutex
	reads, wrong := map[tag.ID]int{}, 0
	l := drivers.NewLink(new(Driver), dev, points, drivers.LinkOptions{}, func(batch []tag.Sample) {
		mu.Lock()
		defer mu.Unlock()
		for _, x := range batch {
			if x.Quality != tag.Good || x.Value.Value.String() != string(x.ID)[2:] {
				wrong++
			}
			reads[x.ID]++
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { l.Run(ctx) })
	defer func() { stop(); wg.Wait() }()
	least := func() int {
		mu.Lock()
		defer mu.Unlock()
		if wrong > 0 {
			t.Fatalf("%d values are wrong", wrong)
		}
		n := math.MaxInt
		for _, p := range points {
			n = min(n, reads[p.ID])
		}
		return n
	}
	const times = 4
	for end := time.Now().Add(2 * ample); least() < times; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in time a register was read %d times; %+v", least(), l.Status())
		}
	}
	s := l.Status()
	y := s.Cycles[0]
	t.Logf("%d requests for %d scans; every %v, worst %v, in %v; overloaded: %v", s.Wire.Sent, s.Counters.Requests, y.Actual, y.Worst, y.Took, s.Overloaded)
	return s
}

// A thousand registers anywhere in the table, from a unit that needs a
// millisecond for each request: none is left behind, and a scan is few requests.
func TestAThousandRandomRegistersStayFresh(t *testing.T) {
	t.Parallel()
	u := startSlave(t)
	u.mu.Lock()
	u.delay = time.Millisecond
	u.mu.Unlock()
	dev := u.device()
	dev.Timeout = time.Second
	s := stayFresh(t, dev, randomRegisters(1000, time.Second))
	if perScan := float64(s.Wire.Sent) / float64(s.Counters.Requests); perScan > 500 {
		t.Errorf("%.0f requests a scan of a thousand registers", perScan)
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
