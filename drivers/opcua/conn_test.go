package opcua

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

func at(name string) string { return "nsu=urn:penstock:peer;s=" + name }

func dialPeer(t testing.TB, d Driver, dev drivers.Device) *Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
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

// patience is how long is waited for what usually takes a moment: the computer
// may be slow and have much else to do.
const patience = 90 * time.Second

// within waits until what is true.
func within(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func TestValuesOfEveryType(t *testing.T) {
	p := plainPeer(t)
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
		{at("T.QualifiedName"), tag.Text("Pumpe"), tag.Good},
		{at("T.NodeId"), tag.Text("ns=1;s=Tank"), tag.Good},
		{at("T.ExpandedNodeId"), tag.Text("i=2258"), tag.Good},
		{at("T.StatusCode"), tag.Int(0x808D0000), tag.Good},
		{at("T.XmlElement"), tag.Text("<a>1</a>"), tag.Good},
		{at("T.Enum"), tag.Int(2), tag.Good},
		{at("T.Floats#[1]"), tag.Float(-2.5), tag.Good},
		{at("T.Booleans#[1]"), tag.Bool(false), tag.Good},
		{at("T.Int64s#[1]"), tag.Int(9223372036854775807), tag.Good},
		{at("T.Times#[1]"), tag.Text("2027-01-02T03:04:05Z"), tag.Good},
		{at("T.Empty#[0]"), tag.Scalar{}, tag.BadConfigurationError},
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
		{at("T.Union#.String"), tag.Text("4006381333931"), tag.Good},
		{at("T.Union#.ByteString"), tag.Scalar{}, tag.BadConfigurationError},
		{at("T.Optional#.Duration"), tag.Float(1500), tag.Good},
		{at("T.Optional#.Cycles"), tag.Int(3), tag.Good},
		{at("T.Optional#.DataAvailable"), tag.Bool(true), tag.Good},
		{at("T.Optional#.LocationType"), tag.Scalar{}, tag.BadConfigurationError},
		{at("T.Nested#.CodeType"), tag.Text("EAN13"), tag.Good},
		{at("T.Nested#.ScanData.String"), tag.Text("4006381333931"), tag.Good},
		{at("T.Nested#.Timestamp"), tag.Text("2026-01-02T03:04:05Z"), tag.Good},
		{at("T.Nested#.Location.NMEA"), tag.Scalar{}, tag.BadConfigurationError},
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
	within(t, "a value of every point", func() bool {
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
	t.Parallel()
	p := plainPeer(t)
	c := dialPeer(t, Driver{}, p.device())
	var k counted
	done, err := c.Subscribe(t.Context(), []drivers.Point{{Address: at("COUNT"), Period: 50 * time.Millisecond}, {Address: at("V0"), Period: time.Second}}, k.push)
	if err != nil {
		t.Fatal(err)
	}
	k.whole(t, done, 30)
	within(t, "two seconds with a sign of life in each, as the contract says", func() bool {
		k.mu.Lock()
		k.longest = 0
		k.mu.Unlock()
		time.Sleep(2 * time.Second)
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.longest > 0 && k.longest <= time.Second
	})
}

// counted collects point 0, a counter that goes up by one.
type counted struct {
	mu       sync.Mutex
	seen     map[int64]bool
	overflow int // values the server marked as having lost others before them
	longest  time.Duration
	last     time.Time
}

func (k *counted) push(idx []int, vals []tag.Value) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen == nil {
		k.seen, k.last = map[int64]bool{}, time.Now()
	}
	k.longest, k.last = max(k.longest, time.Since(k.last)), time.Now()
	for i, n := range idx {
		if v, ok := vals[i].Value.Int(); ok && n == 0 {
			k.seen[v] = true
		}
		if vals[i].Quality.Overflow() {
			k.overflow++
		}
	}
}

// whole waits until so many counts in a row have come, and fails when that does
// not happen: were any lost on the way, between any two publishes some would be.
// The server itself may miss one between two samples when the computer is busy;
// what it loses from a queue it says.
func (k *counted) whole(t *testing.T, ended <-chan error, want int64) {
	t.Helper()
	within(t, fmt.Sprintf("%d counts in a row", want), func() bool {
		select {
		case err := <-ended:
			t.Fatal(err)
		default:
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.overflow > 0 {
			t.Fatalf("%d values say that others before them were lost", k.overflow)
		}
		for v := range k.seen {
			n := int64(1)
			for ; !k.seen[v-1] && k.seen[v+n]; n++ {
			}
			if n >= want {
				return true
			}
		}
		return false
	})
}

// The server holds back what is within a point's band, asked in units or in
// parts of the range; what it cannot filter comes unfiltered.
func TestDeadband(t *testing.T) {
	t.Parallel()
	p := plainPeer(t)
	for _, kind := range []string{"absolute", "percent", "none"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dev := p.device()
			dev.Options["deadband"] = kind
			c := dialPeer(t, Driver{}, dev)
			const band = 5 // units, of a range of 100
			var mu sync.Mutex
			var seen [3][]float64
			points := []drivers.Point{{Address: at("V0"), Period: 100 * time.Millisecond, Band: band}, {Address: at("V0"), Period: 100 * time.Millisecond}, {Address: at("T.String"), Band: band}}
			if _, err := c.Subscribe(t.Context(), points, func(idx []int, vals []tag.Value) {
				mu.Lock()
				defer mu.Unlock()
				for i, n := range idx {
					f, _ := vals[i].Value.Float()
					seen[n] = append(seen[n], f)
				}
			}); err != nil {
				t.Fatal(err)
			}
			inside := func(v []float64) (n int) { // neighbours that are within the band
				for i := 2; i < len(v); i++ { // the first is what was there before
					if d := v[i] - v[i-1]; d < band && d > -band {
						n++
					}
				}
				return n
			}
			within(t, "values through the band and without, some of them within it", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return len(seen[0]) >= 4 && inside(seen[1]) >= 5 && len(seen[2]) > 0 && (kind != "none" || inside(seen[0]) >= 5)
			})
			mu.Lock()
			defer mu.Unlock()
			if len(seen[2]) != 1 {
				t.Errorf("the text came %d times", len(seen[2]))
			}
			if n := inside(seen[0]); kind != "none" && n > 0 {
				t.Errorf("%d of %d values are within the band of the one before", n, len(seen[0]))
			}
		})
	}
}

// What goes over the wire can be read in the link's flight recorder.
func TestRequestsAreTraced(t *testing.T) {
	p := plainPeer(t)
	var mu sync.Mutex
	var lines []string
	ctx := drivers.WithTracer(t.Context(), func(line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, line)
	})
	c, err := Driver{}.Connect(ctx, p.device())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var vals [2]tag.Value
	if err := c.Read(ctx, []drivers.Point{{Address: at("V0")}, {Address: at("nowhere")}}, vals[:]); err != nil {
		t.Fatal(err)
	}
	if err := c.Write(ctx, drivers.Point{Address: at("W.Setpoint")}, tag.Float(7)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Subscribe(ctx, []drivers.Point{{Address: at("V0")}, {Address: at("nowhere")}}, func([]int, []tag.Value) {}); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	text := strings.Join(lines, "\n")
	for _, want := range []string{"taken: None/None", "limits: read 1000", "-> Read 2 values", "<- 2 values, 1 of them bad", "-> Write " + at("W.Setpoint") + " = 7 as Double", "<- accepted", "publishes every 500ms: 2 items", "refused: " + at("nowhere")} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}
