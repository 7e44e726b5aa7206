package modbus

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// Who is asked for signs of life, and what is said about it before anything is
// connected.
func TestWhoIsAskedForSignsOfLife(t *testing.T) {
	s := startSlave(t)
	point := pt("HR7", "")
	point.Period = time.Minute
	for name, c := range map[string]struct {
		endpoint, alive string
		asked           bool
		words           string
	}{
		"usually":         {"modbus://" + s.listener.Addr().String(), "", true, "asked for once a second while no scan is due: FC3 HR7"},
		"switched off":    {"modbus://" + s.listener.Addr().String(), "never", false, "option alive"},
		"on a serial one": {"rtu+tcp://" + rtuBus(t, func(byte) bool { return true }), "", false, "serial line"},
	} {
		t.Run(name, func(t *testing.T) {
			dev := drivers.Device{Name: "d", Endpoint: c.endpoint, Timeout: ample, Options: map[string]string{"guard": "10ms"}}
			if c.alive != "" {
				dev.Options["alive"] = c.alive
			}
			conn := dial(t, new(Driver), dev)
			if _, asked := drivers.As[drivers.Prober](conn); asked != c.asked {
				t.Errorf("asked: %v", asked)
			}
			if _, ok := drivers.As[drivers.Metered](conn); !ok {
				t.Error("it does not count any more")
			}
			p, err := new(Driver).Preview(dev, []drivers.Point{point})
			if err != nil || !strings.Contains(p.Alive, c.words) {
				t.Errorf("it is said %q, %v; want %q", p.Alive, err, c.words)
			}
		})
	}
	p, err := new(Driver).Preview(s.device(), []drivers.Point{point, pt("HR8", "")})
	if err != nil || p.Alive != "" {
		t.Errorf("with a scan every second it is said %q, %v", p.Alive, err)
	}
}

// The smallest read there is goes out, once a second at most, however many
// units share the socket, and any answer will do.
func TestSignsOfLifeAreSmallAndFew(t *testing.T) {
	t.Parallel()
	s := startSlave(t)
	d := new(Driver)
	var conns []*conn
	for unit := range 3 {
		dev := s.device()
		dev.Endpoint = fmt.Sprintf("modbus://%s?unit=%d", s.listener.Addr(), unit+1)
		c := dial(t, d, dev)
		readAll(t, c, pt("HR100", "float64"), pt("HR500", ""), pt("CO7", ""))
		conns = append(conns, c)
	}
	s.set(func(s *slave, request []byte) [][]byte {
		return [][]byte{reply(request, request[7]|0x80, illegalAddress)}
	})
	before, began := len(s.asked()), time.Now()
	asked := map[byte]int{}
	for len(asked) < len(conns) && time.Since(began) < ample {
		for _, c := range conns {
			if err := c.Probe(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(50 * time.Millisecond)
		clear(asked)
		for _, r := range s.asked()[before:] {
			asked[r[6]]++
			if r[7] != 3 && r[7] != 1 || r[11] != 1 {
				t.Fatalf("asked % x", r)
			}
		}
	}
	total := 0
	for _, n := range asked {
		total += n
	}
	if most := 3 + int(time.Since(began)/drivers.ProbeAfter); len(asked) < 3 || total > most {
		t.Errorf("in %v the units were asked %v times", time.Since(began), asked)
	}
	s.set(func(*slave, []byte) [][]byte { return nil })
	conns[0].set.timeout, conns[0].set.retries = 50*time.Millisecond, 0
	for end := time.Now().Add(ample); conns[0].Probe(t.Context()) == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a silent unit gives signs of life")
		}
	}
}

// followSlowly lets a link read one register every ten minutes, and returns what
// waits for the next change of its quality: much less than that.
func followSlowly(t *testing.T, dev drivers.Device) (*drivers.Link, func(want tag.Quality)) {
	t.Helper()
	const seldom = 10 * time.Minute
	newest := make(chan tag.Quality, 100)
	p := pt("HR7", "")
	p.Period = seldom
	l := drivers.NewLink(new(Driver), dev, []drivers.Tagged{{ID: "T", Point: p}}, drivers.LinkOptions{}, func(batch []tag.Sample) { newest <- batch[0].Quality })
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { l.Run(ctx); close(over) }()
	t.Cleanup(func() { stop(); <-over })
	return l, func(want tag.Quality) {
		t.Helper()
		select {
		case q := <-newest:
			if q != want {
				t.Fatalf("it is %v, want %v", q, want)
			}
		case <-time.After(seldom / 4):
			t.Fatalf("it does not become %v; %+v", want, l.Status())
		}
	}
}
