//go:build unix

package opcua

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/pki"
)

// watched is a link with a few points and what it delivers.
type watched struct {
	t    *testing.T
	link *drivers.Link

	mu   sync.Mutex
	last map[tag.ID]tag.Value
	when map[tag.ID]time.Time // of the newest good value
}

func watch(t *testing.T, d drivers.Driver, dev drivers.Device) *watched {
	t.Helper()
	w := &watched{t: t, last: map[tag.ID]tag.Value{}, when: map[tag.ID]time.Time{}}
	points := []drivers.Tagged{
		{ID: "COUNT", Point: drivers.Point{Address: at("COUNT"), Period: 100 * time.Millisecond}},
		{ID: "V0", Point: drivers.Point{Address: at("V0"), Period: 500 * time.Millisecond}},
		{ID: "V1", Point: drivers.Point{Address: at("V1"), Period: time.Second}},
	}
	w.link = drivers.NewLink(d, dev, points, drivers.LinkOptions{Backfill: -1}, func(batch []tag.Sample) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, s := range batch {
			w.last[s.ID] = s.Value
			if s.Quality.IsGood() {
				w.when[s.ID] = time.Now()
			}
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { w.link.Run(ctx); close(over) }()
	t.Cleanup(func() { stop(); <-over })
	w.until("all values good at first", w.good("COUNT", "V0", "V1"))
	return w
}

func (w *watched) of(id tag.ID) tag.Value {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last[id]
}

// good: a good value of each has come since now.
func (w *watched) good(ids ...tag.ID) func() bool {
	since := time.Now()
	return func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, id := range ids {
			if w.when[id].Before(since) {
				return false
			}
		}
		return true
	}
}

func (w *watched) bad(ids ...tag.ID) func() bool {
	return func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, id := range ids {
			if w.last[id].Quality.Usable() {
				return false
			}
		}
		return true
	}
}

// until waits and returns how long it took.
func (w *watched) until(what string, is func() bool) time.Duration {
	w.t.Helper()
	start := time.Now()
	for !is() {
		if time.Since(start) > patience {
			s := w.link.Status()
			w.t.Fatalf("not within %v: %s (link %s: %s)", patience, what, s.State, s.Detail)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(start)
}

var everything = []tag.ID{"COUNT", "V0", "V1"}

// fault lets begin happen, waits until everything is bad, and longer, lets end
// happen and waits until everything is good. An operator is promised 3 s for the
// one and 5 s for the other. The link's own tests hold it to that on a clock
// that no other program slows; here it is told how long it was.
func (w *watched) fault(what string, begin func(), hold time.Duration, end func()) {
	w.t.Helper()
	begin()
	bad := w.until(what+": everything bad", w.bad(everything...))
	time.Sleep(hold - bad)
	end()
	good := w.until(what+": everything good again", w.good(everything...))
	fmt.Printf("%-30s bad after %4d ms, good %4d ms after its end\n", what, bad.Milliseconds(), good.Milliseconds())
}

// The faults of a line, each begun under a running link.
func TestFaultsOfALineHeal(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute of faults")
	}
	t.Parallel()
	for name, story := range map[string]func(w *watched, r *relay){
		"connection reset": func(w *watched, r *relay) {
			w.fault("connection reset", func() { r.set(refuse); r.cut() }, 3*time.Second, func() { r.set(sound) })
		},
		"accepts and never answers": func(w *watched, r *relay) {
			// What hangs stays hung; only who connects from now on gets through.
			w.fault("accepts and never answers", func() { r.set(mute); r.cut() }, 12*time.Second, func() { r.set(sound) })
		},
		"black hole": func(w *watched, r *relay) {
			w.fault("black hole of 40 s", func() { r.set(hole) }, 40*time.Second, func() { r.set(sound) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plainPeer(t)
			r := newRelay(t, p.hostPort())
			dev := p.usual()
			dev.Endpoint = r.url()
			story(watch(t, Driver{}, dev), r)
		})
	}
}

// The faults of a server: it freezes, is stopped, killed, and comes back as
// another one.
func TestFaultsOfAServerHeal(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of faults")
	}
	t.Parallel()
	p := startPeer(t, map[string]any{"small": true})
	r := newRelay(t, p.hostPort())
	dev := p.usual()
	dev.Endpoint = r.url()
	w := watch(t, Driver{}, dev)
	again := func() {
		p.start()
		r.aim(p.hostPort())
	}
	w.fault("server frozen", func() { p.cmd.Process.Signal(syscall.SIGSTOP) }, 6*time.Second, func() { p.cmd.Process.Signal(syscall.SIGCONT) })
	w.fault("server stopped", func() { p.signal(syscall.SIGTERM) }, time.Second, again)
	w.fault("killed, namespaces shifted", p.kill, time.Second, func() { p.set["shift"] = true; again() })
	p.kill()
	w.until("everything bad", w.bad(everything...))
	p.set["skip"] = 1
	again()
	w.until("the others good", w.good("COUNT", "V0"))
	w.until("the missing one bad", func() bool { return w.of("V1").Quality.Status() == uint32(ua.StatusBadNodeIDUnknown) })
	w.fault("killed, the node comes back", p.kill, 0, func() { delete(p.set, "skip"); again() })
}

// The same encrypted, and a server that comes back with a new certificate,
// which a person has to trust first.
func TestFaultsHealEncrypted(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of faults")
	}
	t.Parallel()
	p := startPeer(t, map[string]any{"small": true})
	r := newRelay(t, p.hostPort())
	d := Driver{PKI: t.TempDir()}
	dev := p.usual()
	dev.Endpoint, dev.Options = r.url(), nil
	trust := func() {
		var refusal *pki.Refusal
		within(t, "the server's certificate", func() bool {
			_, err := d.Connect(t.Context(), dev)
			return errors.As(err, &refusal)
		})
		if err := d.Store().Trust(refusal.Thumbprint); err != nil {
			t.Fatal(err)
		}
	}
	again := func() {
		p.start()
		r.aim(p.hostPort())
	}
	trust()
	w := watch(t, d, dev)
	w.fault("encrypted server killed", p.kill, time.Second, again)
	w.fault("certificate renewed", p.kill, time.Second, func() {
		p.pki = filepath.Join(t.TempDir(), "renewed")
		again()
		failed := w.link.Status().Counters.Dials
		w.until("three attempts with a certificate nobody has trusted", func() bool { return w.link.Status().Counters.Dials > failed+2 })
		if !w.bad(everything...)() {
			t.Fatal("a certificate nobody has trusted was accepted")
		}
		trust()
	})
}

// A request the server refuses as a whole does not disturb the data.
func TestARefusedRequestDoesNotDisturbTheData(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server")
	}
	p := tightOne.use(t)
	c := dialPeer(t, Driver{}, p.device())
	var h heard
	ended, err := c.Subscribe(t.Context(), []drivers.Point{{Address: at("COUNT"), Period: 100 * time.Millisecond}}, h.push)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []*ua.ReadValueID
	for range 500 {
		want = append(want, valueOf(clock))
	}
	if _, err := s.Call(t.Context(), &ua.ReadRequest{NodesToRead: want}); !errors.Is(err, ua.StatusBadTooManyOperations) {
		t.Fatalf("500 nodes where 13 are allowed: %v", err)
	}
	got, err := c.read(t.Context(), s, want, ua.TimestampsToReturnNeither)
	if err != nil || len(got) != 500 {
		t.Errorf("in portions: %d values, %v", len(got), err)
	}
	_, before := h.of(0)
	within(t, "more data", func() bool { _, n := h.of(0); return n > before+10 })
	select {
	case err := <-ended:
		t.Error(err)
	default:
	}
}

// A line that takes half a second each way still delivers, and everything of it.
func TestSlowLine(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a slow line")
	}
	t.Parallel()
	p := plainPeer(t)
	r := newRelay(t, p.hostPort())
	dev := p.device()
	dev.Endpoint = r.url()
	r.delay = 500 * time.Millisecond
	c := dialPeer(t, Driver{}, dev)
	var k counted
	ended, err := c.Subscribe(t.Context(), []drivers.Point{{Address: at("COUNT"), Period: 50 * time.Millisecond}}, k.push)
	if err != nil {
		t.Fatal(err)
	}
	k.whole(t, ended, 40)
}

// Closing frees everything, also when the server does not answer any more.
func TestCloseIsQuick(t *testing.T) {
	p := plainPeer(t)
	for name, f := range map[string]fault{"sound": sound, "hole": hole} {
		r := newRelay(t, p.hostPort())
		dev := p.device()
		dev.Endpoint = r.url()
		c := dialPeer(t, Driver{}, dev)
		if _, err := c.Subscribe(t.Context(), []drivers.Point{{Address: at("COUNT")}}, func([]int, []tag.Value) {}); err != nil {
			t.Fatal(err)
		}
		r.set(f)
		start := time.Now()
		c.Close()
		if d := time.Since(start); d > 20*time.Second { // the device's timeout is much longer
			t.Errorf("%s: close took %v", name, d)
		}
		if err := c.Write(t.Context(), drivers.Point{Address: at("W.Setpoint")}, tag.Float(1)); !errors.Is(err, errClosed) && !errors.Is(err, channel.ErrClosed) {
			t.Errorf("%s: write after close: %v", name, err)
		}
	}
}

// Security tokens are renewed while data flows, in every mode.
func TestTokensAreRenewedUnderLoad(t *testing.T) {
	t.Parallel()
	p := plainPeer(t)
	d := Driver{PKI: t.TempDir()}
	dev := p.device()
	dev.Options = nil
	var first *pki.Refusal
	if _, err := d.Connect(t.Context(), dev); !errors.As(err, &first) {
		t.Fatal(err)
	}
	if err := d.Store().Trust(first.Thumbprint); err != nil {
		t.Fatal(err)
	}
	const lifetime = 4 * time.Second // one is renewed after three quarters of it; a busy computer may need the rest
	for _, mode := range []string{"None", "Sign", "SignAndEncrypt"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			dev := dev
			dev.Options = map[string]string{"mode": mode}
			if mode == "None" {
				dev.Options["policy"] = "None"
			}
			c := dialPeer(t, d, dev)
			ch, err := channel.Open(t.Context(), channel.Config{URL: dev.Endpoint, Security: c.security, Lifetime: lifetime})
			if err != nil {
				t.Fatal(err)
			}
			s, err := channel.NewSession(t.Context(), ch, c.endpoint, channel.Identity{ApplicationURI: c.uri, Session: "renewed"}, channel.User{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			n := 0
			for end := time.Now().Add(patience); s.Counts.Renewals.Load() < 2 && time.Now().Before(end); n++ {
				if _, err := c.read(t.Context(), s, []*ua.ReadValueID{valueOf(clock)}, ua.TimestampsToReturnBoth); err != nil {
					t.Fatalf("after %d reads: %v", n, err)
				}
			}
			if renewed := s.Counts.Renewals.Load(); renewed < 2 {
				t.Errorf("renewed %d times in %v with tokens of %v", renewed, patience, lifetime)
			}
		})
	}
}

// What happened while a line was cut is read from the server's own history:
// everything once, and marked.
func TestTheGapOfAnOutageIsRepaired(t *testing.T) {
	t.Parallel()
	p := plainPeer(t)
	r := newRelay(t, p.hostPort())
	dev := p.usual()
	dev.Endpoint = r.url()
	var mu sync.Mutex
	times := map[int]int{}          // how often each count came
	var before, after, repaired int // the newest count before the cut, the first that came by itself afterwards, and how many of others
	cut := false
	l := drivers.NewLink(Driver{}, dev, []drivers.Tagged{{ID: "LIVE", Point: drivers.Point{Address: at("LIVE"), Period: 100 * time.Millisecond}}}, drivers.LinkOptions{}, func(batch []tag.Sample) {
		mu.Lock()
		defer mu.Unlock()
		for _, s := range batch {
			f, ok := s.Value.Value.Float()
			n := int(f)
			switch times[n]++; {
			case !ok || !s.Quality.IsGood():
				times[n]--
			case s.Flags&tag.Backfilled != 0:
				repaired++
			case !cut:
				before = n
			case after == 0 && n > before+5: // what is less was on its way
				after = n
			}
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { l.Run(ctx); close(over) }()
	defer func() { stop(); <-over }()
	within(t, "data", func() bool { mu.Lock(); defer mu.Unlock(); return len(times) > 5 })
	mu.Lock()
	cut = true
	mu.Unlock()
	r.set(refuse)
	r.cut()
	time.Sleep(4 * time.Second)
	r.set(sound)
	within(t, "every count of the gap", func() bool {
		mu.Lock()
		defer mu.Unlock()
		for n := before + 1; n < after; n++ {
			if times[n] == 0 {
				return false
			}
		}
		return after > 0
	})
	time.Sleep(2 * time.Second) // in which nothing comes again
	mu.Lock()
	defer mu.Unlock()
	for n, k := range times {
		if k > 1 {
			t.Errorf("%d came %d times", n, k)
		}
	}
	if gap := after - before - 1; repaired < gap/2 || gap < 5 {
		t.Errorf("between %d and %d the line was cut, %d counts were repaired", before, after, repaired)
	}
}
