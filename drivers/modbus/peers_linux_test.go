package modbus

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// modbusSerial starts the unit on modbus-serial, which app/peers installs into
// the user's cache, and returns its port.
func modbusSerial(t *testing.T) string {
	t.Helper()
	need(t, "node")
	text, err := os.ReadFile("testdata/peer/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var wanted struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &wanted); err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(cache, "penstock", "modbus-peer-"+wanted.Dependencies["modbus-serial"], "node_modules")
	if _, err := os.Stat(filepath.Join(home, "modbus-serial")); err != nil {
		missing(t, "modbus-serial is not installed; app/peers does it")
	}
	// Of the process, since tests run beside each other; all want the same.
	if err := os.Setenv("NODE_PATH", home); err != nil {
		t.Fatal(err)
	}
	return start(t, "node", "testdata/peer/unit.js")
}

func TestModbusSerial(t *testing.T) {
	t.Parallel()
	dev := peerDevice("modbus://127.0.0.1:" + modbusSerial(t))
	dev.Options["bit_write"] = "auto"
	tour(t, dial(t, new(Driver), dev))
}

// Modbus/TCP Security against OpenSSL, which both sides of have a certificate
// for, before a unit on libmodbus.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	need(t, "socat")
	authority, stranger := certify(t, "authority", nil), certify(t, "stranger", nil)
	unit, client := certify(t, "unit", authority), certify(t, "client", authority)
	ca, _ := authority.files(t)
	cert, key := client.files(t)
	unitCert, unitKey := unit.files(t)
	wrongCert, wrongKey := stranger.files(t)
	inner, outer := start(t, libmodbus(t), "tcp", "0", "0"), freePort(t)
	start(t, "socat", fmt.Sprintf("openssl-listen:%s,bind=127.0.0.1,fork,reuseaddr,verify=1,cert=%s,key=%s,cafile=%s", outer, unitCert, unitKey, ca), "tcp:127.0.0.1:"+inner)
	dev := drivers.Device{Name: "tls", Endpoint: "modbus+tls://127.0.0.1:" + outer, Timeout: forPeers, Options: map[string]string{"ca": ca, "cert": cert, "key": key}}
	c := dial(t, new(Driver), dev)
	tour(t, c)
	for name, options := range map[string]map[string]string{
		"a stranger":     {"ca": ca, "cert": wrongCert, "key": wrongKey},
		"nobody":         {"ca": ca},
		"another server": {"pin": client.pin(), "cert": cert, "key": key},
	} {
		dev.Options = options
		if c, err := new(Driver).dial(t.Context(), dev); err == nil {
			c.Close()
			t.Errorf("%s is let in", name)
		}
	}
}

// A thousand registers anywhere, every second, from three units nobody here has
// written: all of them come, right, and none is left behind.
func TestAThousandRegistersOfEveryPeer(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing in it is for the race detector")
	}
	for name, port := range map[string]func(t *testing.T) string{
		"libmodbus":     func(t *testing.T) string { return start(t, libmodbus(t), "tcp", "0", "0") },
		"modbus-serial": modbusSerial,
		"pymodbus": func(t *testing.T) string {
			pymodbus(t)
			return start(t, python, "testdata/peer/unit.py", "tcp")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dev := drivers.Device{Name: name, Endpoint: "modbus://127.0.0.1:" + port(t)}
			stayFresh(t, dev, randomRegisters(1000, time.Second))
		})
	}
}

// Two units of pymodbus on a serial line keep their period beside a third that
// says nothing.
func TestPymodbusBesideADeadUnit(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds of a serial line")
	}
	t.Parallel()
	pymodbus(t)
	near, far := serialPair(t)
	start(t, python, "testdata/peer/unit.py", "rtu", far, "1,2")
	d := new(Driver)
	var mu sync.Mutex
	values := map[tag.ID]tag.Value{}
	const period = 200 * time.Millisecond
	var links []*drivers.Link
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer func() { stop(); wg.Wait() }()
	for unit := 1; unit <= 3; unit++ {
		dev := drivers.Device{Name: fmt.Sprint("unit", unit), Timeout: 300 * time.Millisecond, Options: map[string]string{"probe_every": "1s"},
			Endpoint: fmt.Sprintf("rtu://%s?baud=19200&parity=N&unit=%d", near, unit)}
		p := pt("HR7", "")
		p.Period = period
		l := drivers.NewLink(d, dev, []drivers.Tagged{{ID: tag.ID(dev.Name), Point: p}}, drivers.LinkOptions{}, func(batch []tag.Sample) {
			mu.Lock()
			defer mu.Unlock()
			for _, x := range batch {
				values[x.ID] = x.Value
			}
		})
		links = append(links, l)
		wg.Go(func() { l.Run(ctx) })
	}
	polls := func(unit int) uint64 { return links[unit-1].Status().Counters.Samples }
	for end := time.Now().Add(2 * ample); links[2].Status().Counters.Dials < 5 || polls(1) < 40 || polls(2) < 40; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in time: %d and %d values, %d attempts to reach the dead unit", polls(1), polls(2), links[2].Status().Counters.Dials)
		}
	}
	for i, l := range links[:2] {
		s := l.Status()
		mu.Lock()
		v := values[tag.ID(s.Device)]
		mu.Unlock()
		if want := tag.Int(int64(7 + 1000*i)); v.Value != want || v.Quality != tag.Good {
			t.Errorf("%s reads %v (%v), want %v", s.Device, v.Value, v.Quality, want)
		}
		if c := s.Cycles[0]; s.Counters.Outages > 0 || c.Missed > 4*s.Counters.Samples {
			t.Errorf("%s: %d outages, %d of %d scans left out", s.Device, s.Counters.Outages, c.Missed, s.Counters.Samples)
		}
		t.Logf("%s: %d scans, %d left out, worst %v", s.Device, s.Counters.Samples, s.Cycles[0].Missed, s.Cycles[0].Worst)
	}
	if s := links[2].Status(); s.State == drivers.Up || s.Counters.Samples > 0 {
		t.Errorf("the dead unit is %s with %d values", s.State, s.Counters.Samples)
	}
}

// A unit on libmodbus that is asked every ten minutes shows that it was killed,
// or that the line was cut or lets nothing through, long before it is asked again.
func TestAUnitThatIsAskedSeldom(t *testing.T) {
	t.Parallel()
	bin := libmodbus(t)
	for _, fault := range []string{"killed", "cut", "black hole"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			port, kill := startToKill(t, bin, "tcp", "0", "0")
			g := startGate(t, "127.0.0.1:"+port)
			l, becomes := followSlowly(t, drivers.Device{Name: "lib", Endpoint: "modbus://" + g.address})
			becomes(tag.Good)
			began := time.Now()
			switch fault {
			case "killed":
				kill()
			case "cut":
				g.cut()
			case "black hole":
				g.hang()
			}
			becomes(tag.BadCommunicationError)
			t.Logf("bad after %v, asked every ten minutes: %s", time.Since(began), l.Status().Error)
			if fault == "killed" {
				return
			}
			g.heal()
			becomes(tag.Good)
		})
	}
}
