package opcua

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func at(name string) string { return "nsu=urn:penstock:peer;s=" + name }

func dialPeer(t testing.TB, d Driver, dev drivers.Device) *Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := d.Connect(ctx, dev)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// heard collects what a subscription pushes.
type heard struct {
	mu    sync.Mutex
	last  map[int]tag.Value
	count map[int]int
	beats int
	at    time.Time
}

func (h *heard) push(idx []int, vals []tag.Value) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last == nil {
		h.last, h.count = map[int]tag.Value{}, map[int]int{}
	}
	for i, n := range idx {
		h.last[n] = vals[i]
		h.count[n]++
	}
	h.beats++
	h.at = time.Now()
}

func (h *heard) of(i int) (tag.Value, int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last[i], h.count[i]
}

// within waits until what is true.
func within(t testing.TB, d time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", d, what)
		}
	}
}

func TestValuesOfEveryType(t *testing.T) {
	p := startPeer(t, nil)
	c := dialPeer(t, Driver{}, p.device())
	tests := []struct {
		address string
		want    tag.Scalar
		quality tag.Quality
	}{
		{at("T.Boolean"), tag.Bool(true), tag.Good},
		{at("T.SByte"), tag.Int(-5), tag.Good},
		{at("T.Byte"), tag.Int(200), tag.Good},
		{at("T.Int16"), tag.Int(-12345), tag.Good},
		{at("T.UInt16"), tag.Int(54321), tag.Good},
		{at("T.Int32"), tag.Int(-123456789), tag.Good},
		{at("T.UInt32"), tag.Int(3123456789), tag.Good},
		{at("T.Int64"), tag.Int(9223372036854775807), tag.Good},
		{at("T.UInt64"), tag.Float(18446744073709551615), tag.Good},
		{at("T.Float"), tag.Float(1.5), tag.Good},
		{at("T.Double"), tag.Float(3.141592653589793), tag.Good},
		{at("T.String"), tag.Text("Prüfstand °C 日本"), tag.Good},
		{at("T.DateTime"), tag.Text("2026-01-02T03:04:05.678Z"), tag.Good},
		{at("T.Guid"), tag.Text("72962B91-FA75-4AE6-8D28-B404DC7DAF63"), tag.Good},
		{at("T.ByteString"), tag.Text("010203ff"), tag.Good},
		{at("T.LocalizedText"), tag.Text("Druck"), tag.Good},
		{at("T.Enum"), tag.Int(2), tag.Good},
		{at("T.Doubles#[3]"), tag.Float(4.5), tag.Good},
		{at("T.Doubles#[4]"), tag.Scalar{}, tag.BadConfigurationError},
		{at("T.Doubles"), tag.Scalar{}, tag.BadConfigurationError},
		{at("T.Strings#[2]"), tag.Text("c"), tag.Good},
		{at("T.Matrix#[1,0]"), tag.Int(4), tag.Good},
		{at("T.Matrix#[2,0]"), tag.Scalar{}, tag.BadConfigurationError},
		{at("T.Struct#.PC"), tag.Int(12), tag.Good},
		{at("T.Struct#.UId"), tag.Text("68656c6c6f"), tag.Good},
		{at("T.Struct#.XPC_W2"), tag.Int(12), tag.Good},
		{at("T.Struct#.Nothing"), tag.Scalar{}, tag.BadConfigurationError},
		{at("T.Struct"), tag.Scalar{}, tag.BadConfigurationError},
		{"i=2256#.BuildInfo.ProductName", tag.Text("NodeOPCUA-Server"), tag.Good},
		{at("T.Bad"), tag.Float(1.5), tag.BadSensorFailure},
		{at("T.Uncertain"), tag.Float(1.5), tag.LastUsable},
		{at("T.Odd##Name"), tag.Int(7), tag.Good},
		{at("nowhere"), tag.Scalar{}, tag.FromStatus(0x80340000)},
		{"nsu=urn:nobody;s=X", tag.Scalar{}, tag.BadConfigurationError},
	}
	var points []drivers.Point
	for _, tt := range tests {
		points = append(points, drivers.Point{Address: tt.address, Period: 250 * time.Millisecond})
	}
	vals := make([]tag.Value, len(points))
	if err := c.Read(t.Context(), points, vals); err != nil {
		t.Fatal(err)
	}
	for i, tt := range tests {
		if vals[i].Value != tt.want || vals[i].Quality != tt.quality {
			t.Errorf("read %s: %v %v, want %v %v", tt.address, vals[i].Value, vals[i].Quality, tt.want, tt.quality)
		}
	}
	var h heard
	if _, err := c.Subscribe(t.Context(), points, h.push); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "a value of every point", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.last) == len(points)
	})
	for i, tt := range tests {
		if v, _ := h.of(i); v.Value != tt.want || v.Quality != tt.quality {
			t.Errorf("subscribed %s: %v %v, want %v %v", tt.address, v.Value, v.Quality, tt.want, tt.quality)
		}
	}
}

func TestNothingIsLostBetweenPublishes(t *testing.T) {
	p := startPeer(t, map[string]any{"vars": 2})
	c := dialPeer(t, Driver{}, p.device())
	var mu sync.Mutex
	seen := map[int64]bool{}
	beats, longest, last := 0, time.Duration(0), time.Now()
	done, err := c.Subscribe(t.Context(), []drivers.Point{{Address: at("COUNT"), Period: 50 * time.Millisecond}, {Address: at("V0"), Period: time.Second}}, func(idx []int, vals []tag.Value) {
		mu.Lock()
		defer mu.Unlock()
		beats++
		longest, last = max(longest, time.Since(last)), time.Now()
		for i, n := range idx {
			if n == 0 {
				v, _ := vals[i].Value.Int()
				seen[v] = true
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		t.Fatal(err)
	case <-time.After(5 * time.Second):
	}
	mu.Lock()
	defer mu.Unlock()
	lo, hi := int64(1<<62), int64(0)
	for v := range seen {
		if v != 0 {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	delete(seen, 0)
	if n := int64(len(seen)); n != hi-lo+1 || n < 30 {
		t.Errorf("the 100 ms counter ran from %d to %d, %d values arrived", lo, hi, n)
	}
	if longest > time.Second {
		t.Errorf("%v without a sign of life; the contract says one second", longest)
	}
	fmt.Printf("counter values %d, pushes %d, longest pause %v\n", len(seen), beats, longest.Round(time.Millisecond))
}
