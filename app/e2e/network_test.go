package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/assets"
	"penstock/drivers"
	"penstock/drivers/host"
	"penstock/drivers/modbus"
	"penstock/drivers/opcua"
	"penstock/drivers/sim/plantserver"
)

// watched is a link to one controller of the demo plant, with what a person
// would see of it.
type watched struct {
	name string
	link *drivers.Link

	mu    sync.Mutex
	last  map[tag.ID]tag.Value
	came  time.Time     // the last good value
	quiet time.Duration // the longest time without one, since it was last asked
}

func (w *watched) sink(batch []tag.Sample) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range batch {
		if s.Flags&tag.Backfilled != 0 {
			continue
		}
		w.last[s.ID] = s.Value
		if s.Quality.IsGood() {
			now := time.Now()
			if !w.came.IsZero() {
				w.quiet = max(w.quiet, now.Sub(w.came))
			}
			w.came = now
		}
	}
}

// bad counts points whose newest quality is bad.
func (w *watched) bad() (bad, all int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.last {
		if !v.Quality.Usable() {
			bad++
		}
	}
	return bad, len(w.last)
}

// longestQuiet returns the longest time without a good value since the last call.
func (w *watched) longestQuiet() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := max(w.quiet, time.Since(w.came))
	w.quiet, w.came = 0, time.Now()
	return q
}

// until waits for a state of the points.
func (w *watched) until(t *testing.T, what string, limit time.Duration, ok func(bad, all int) bool) {
	t.Helper()
	start := time.Now()
	limit = max(limit, patience)
	for !ok(w.bad()) {
		if time.Since(start) > limit {
			bad, all := w.bad()
			s := w.link.Status()
			t.Errorf("%s: %s: %d of %d points bad after %v; %s: %s (%s)", w.name, what, bad, all, limit, s.State, s.Words, s.Detail)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func allBad(bad, all int) bool  { return all > 0 && bad == all }
func noneBad(bad, all int) bool { return all > 0 && bad == 0 }

// rig is the demo plant with four links: two go through proxies that can be
// made poisonous, two go straight.
type rig struct {
	t       *testing.T
	proxies map[string]*toxiproxy.Proxy
	victims []*watched
	others  []*watched
	set     drivers.Set
	period  time.Duration
	late    atomic.Int64 // the longest this machine was late to wake somebody, ns
}

// judge tells how long something took, and fails the test where that is more than
// is promised and the machine had nothing else to do. On a busy one it says
// nothing of the links: goroutines and processes are woken late.
func (r *rig) judge(t *testing.T, what string, took, limit time.Duration) {
	t.Helper()
	t.Logf("%s: %v", what, took.Round(time.Millisecond))
	if late := time.Duration(r.late.Load()); took > limit+4*late && late < 100*time.Millisecond {
		t.Errorf("%s: %v, at most %v is promised; this machine was %v late at most", what, took, limit, late)
	}
}

// watchMachine measures how late the machine is.
func (r *rig) watchMachine(ctx context.Context) {
	for ctx.Err() == nil {
		start := time.Now()
		time.Sleep(10 * time.Millisecond)
		r.late.Store(max(r.late.Load(), int64(time.Since(start)-10*time.Millisecond)))
	}
}

// newRig starts it; period is the scan period of all points, 0: the project's.
func newRig(t *testing.T, period time.Duration) *rig {
	server, err := plantserver.Start(t.Context(), plantserver.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	r := &rig{t: t, period: period, proxies: map[string]*toxiproxy.Proxy{}, set: host.Wrap(drivers.Set{"opcua": new(opcua.Driver), "modbus": new(modbus.Driver)})}
	proj, err := project.LoadFS(assets.Demo(), r.set)
	if err != nil {
		t.Fatal(err)
	}
	toxic := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	go r.watchMachine(t.Context())
	for _, dev := range proj.Devices {
		upstream := server.OPCUAEndpoint()
		if dev.Driver == "modbus" {
			upstream = server.ModbusEndpoint()
		}
		address, rest, _ := strings.Cut(strings.SplitN(upstream, "://", 2)[1], "?")
		p := toxiproxy.NewProxy(toxic, dev.Name, "127.0.0.1:0", address)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Stop)
		r.proxies[dev.Name] = p
		r.victims = append(r.victims, r.follow(proj, dev, dev.Name, strings.SplitN(upstream, "://", 2)[0]+"://"+p.Listen+"?"+rest))
		r.others = append(r.others, r.follow(proj, dev, dev.Name+" beside", upstream))
	}
	return r
}

func (r *rig) follow(proj *project.Project, dev drivers.Device, name, endpoint string) *watched {
	w := &watched{name: name, last: map[tag.ID]tag.Value{}}
	var points []drivers.Tagged
	for i := range proj.Tags {
		if d := &proj.Tags[i]; d.Device == dev.Name {
			p := project.Point(d)
			if r.period > 0 {
				p.Period = r.period
			}
			points = append(points, drivers.Tagged{ID: d.ID, Point: p})
		}
	}
	dev.Name, dev.Endpoint = name, strings.TrimSuffix(endpoint, "?")
	w.link = drivers.NewLink(r.set[dev.Driver], dev, points, drivers.LinkOptions{Backfill: -1}, w.sink)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { w.link.Run(ctx); close(done) }()
	r.t.Cleanup(func() { stop(); <-done })
	return w
}

// poison puts a toxic into both directions of every proxy; heal takes all out.
func (r *rig) poison(toxic string) {
	for _, p := range r.proxies {
		for _, stream := range []string{"upstream", "downstream"} {
			if _, err := p.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(toxic, stream, stream))); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

func (r *rig) heal() {
	for _, p := range r.proxies {
		p.Toxics.ResetToxics(context.Background())
		if !p.Enabled {
			listenAgain(r.t, p)
		}
	}
}

// what a network does to links. Whatever it is, the points are bad within
// three seconds, the links beside do not notice, the line is dialled at most
// once a second, and five seconds after it is well again the points are good.
func TestNetworkFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two minutes")
	}
	r := newRig(t, 0)
	for _, w := range slices.Concat(r.victims, r.others) {
		w.until(t, "at the start", 20*time.Second, noneBad)
	}
	time.Sleep(2 * time.Second)
	goroutines, files := linkGoroutines(), r.childFiles()

	hard := []struct{ name, toxic string }{
		{"reset", `{"name":"%s","type":"reset_peer","stream":"%s","attributes":{"timeout":0}}`},
		{"half-open", `{"name":"%s","type":"timeout","stream":"%s","attributes":{"timeout":0}}`},
		{"no server", ""},
		{"half-open again", `{"name":"%s","type":"timeout","stream":"%s","attributes":{"timeout":0}}`},
	}
	for _, f := range hard {
		t.Run(f.name, func(t *testing.T) {
			r.t = t
			before := map[*watched]drivers.Counters{}
			for _, w := range r.victims {
				before[w] = w.link.Status().Counters
			}
			for _, w := range r.others {
				w.longestQuiet()
			}
			start := time.Now()
			if f.toxic != "" {
				r.poison(f.toxic)
			} else {
				for _, p := range r.proxies {
					p.Stop()
				}
			}
			for _, w := range r.victims {
				w.until(t, "cut", 8*time.Second, allBad)
				r.judge(t, w.name+": bad after", time.Since(start), 3*time.Second)
				if res, err := w.link.Write(t.Context(), firstPoint(w), tag.Float(0)); !errors.Is(err, drivers.ErrDown) {
					t.Errorf("%s: write while down: %v, %v", w.name, res.Stage, err)
				}
			}
			time.Sleep(5 * time.Second)
			down := time.Since(start)
			healed := time.Now()
			r.heal()
			for _, w := range r.victims {
				w.until(t, "healed", 15*time.Second, noneBad)
				r.judge(t, w.name+": good after", time.Since(healed), 5*time.Second)
				c := w.link.Status().Counters
				if n := c.Outages - before[w].Outages; n != 1 {
					t.Errorf("%s: %d outages were told, want one", w.name, n)
				}
				if n := c.Dials - before[w].Dials; float64(n) > time.Since(start).Seconds()+1 {
					t.Errorf("%s: %d attempts to connect in %v", w.name, n, down)
				}
			}
			for _, w := range r.others {
				if bad, _ := w.bad(); bad > 0 {
					t.Errorf("%s: %d points are bad", w.name, bad)
				}
				r.judge(t, w.name+": longest silence", w.longestQuiet(), 2500*time.Millisecond)
			}
		})
	}

	soft := []struct {
		name, toxic string
		slow        bool // so slow that points may be bad meanwhile
	}{
		{"250 ms more", `{"name":"%s","type":"latency","stream":"%s","attributes":{"latency":125,"jitter":50}}`, false},
		{"1 s more", `{"name":"%s","type":"latency","stream":"%s","attributes":{"latency":500,"jitter":100}}`, true},
		{"a byte at a time", `{"name":"%s","type":"slicer","stream":"%s","attributes":{"average_size":1,"size_variation":0,"delay":0}}`, false},
		{"10 kB/s", `{"name":"%s","type":"bandwidth","stream":"%s","attributes":{"rate":10}}`, true},
		{"cut after 4 kB", `{"name":"%s","type":"limit_data","stream":"%s","attributes":{"bytes":4000}}`, true},
	}
	for _, f := range soft {
		t.Run(f.name, func(t *testing.T) {
			r.t = t
			for _, w := range r.others {
				w.longestQuiet()
			}
			r.poison(f.toxic)
			time.Sleep(8 * time.Second)
			for _, w := range r.victims {
				if bad, all := w.bad(); bad > 0 && !f.slow {
					s := w.link.Status()
					t.Errorf("%s: %d of %d points are bad: %s (%s)", w.name, bad, all, s.Words, s.Detail)
				}
			}
			healed := time.Now()
			r.heal()
			for _, w := range r.victims {
				w.until(t, "healed", 15*time.Second, noneBad)
				r.judge(t, w.name+": good after", time.Since(healed), 5*time.Second)
			}
			for _, w := range r.others {
				r.judge(t, w.name+": longest silence", w.longestQuiet(), 2500*time.Millisecond)
			}
		})
	}

	// Nothing is left of the many connections that died: of ours, since the
	// proxy and the demo plant's server keep what is half open.
	for range 50 {
		if linkGoroutines() <= goroutines+2 && r.childFiles() <= files+2 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%d goroutines and %d files of children before, %d and %d after", goroutines, files, linkGoroutines(), r.childFiles())
}

// linkGoroutines counts the goroutines of links and of the pipes to children.
func linkGoroutines() (n int) {
	stacks := make([]byte, 4<<20)
	for g := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(g, "created by penstock/drivers.") || strings.Contains(g, "created by penstock/drivers/host.") {
			n++
		}
	}
	return n
}

// childFiles counts the open files and connections of all children.
func (r *rig) childFiles() (n int) {
	for _, d := range r.set {
		for _, pid := range d.(interface{ Pids() []int }).Pids() {
			files, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
			n += len(files)
		}
	}
	return n
}

// listenAgain starts a proxy that was stopped on the port it had. A busy
// computer may have lent that out meanwhile.
func listenAgain(t testing.TB, p *toxiproxy.Proxy) {
	t.Helper()
	var err error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = p.Start(); err == nil {
			return
		}
	}
	t.Fatal(err)
}

func firstPoint(w *watched) tag.ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.last {
		return id
	}
	return ""
}
