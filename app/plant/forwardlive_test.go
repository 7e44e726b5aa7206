//go:build unix

package plant

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/sim"
	"penstock/historian/forward/pgserver"
)

// Every value a device ever had is in the database once, although the database
// crashed meanwhile and the station was started again; and the outage is told.
func TestForwardingThroughAnOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a PostgreSQL; the tests of forwarding itself look for races")
	}
	srv := pgserver.New(t)
	t.Setenv("PENSTOCK_TEST_FORWARD", srv.URL())
	device := new(sim.Driver)
	set := drivers.Set{"sim": device}
	proj, err := project.LoadFS(fstest.MapFS{"project.toml": {Data: []byte(projectTOML)},
		"devices.toml": {Data: []byte("[device.D]\ndriver = \"sim\"\nendpoint = \"sim://d\"\n")},
		"tags.csv":     {Data: []byte("id,device,address,stale\nN,D,reg:N,10m\n")}, "alarms.csv": {Data: []byte("id,tag,kind\n")}}, set)
	if err != nil {
		t.Fatal(err)
	}
	proj.Forward = project.Forward{URLEnv: "PENSTOCK_TEST_FORWARD", Station: "weir"}
	data := t.TempDir()

	// The register counts, and waits until the station has seen each number.
	register, n := device.Plant("sim://d"), 0
	register.Poke("N", tag.Float(0))
	count := func(p *Plant, more int) {
		t.Helper()
		for range more {
			n++
			register.Poke("N", tag.Float(float64(n)))
			shortly(t, fmt.Sprintf("N is %d", n), func() bool {
				v := p.Tags().Cell("N").Load()
				return v.Quality.IsGood() && v.Value.Value == tag.Float(float64(n))
			})
		}
	}
	arrived := func() {
		t.Helper()
		var want strings.Builder
		for i := range n + 1 {
			fmt.Fprintln(&want, i)
		}
		got := ""
		shortly(t, "the database has all", func() bool {
			got = srv.Query(t, "SELECT coalesce((SELECT max(number) FROM penstock_history WHERE tag = 'N'), -1)")
			return got == fmt.Sprint(n)
		})
		if got = srv.Query(t, "SELECT number FROM penstock_history WHERE station = 'weir' AND tag = 'N' AND good ORDER BY at"); got+"\n" != want.String() {
			t.Errorf("the database has %q, want each number to %d once", strings.Fields(got), n)
		}
	}
	connected := func(p *Plant) func() bool {
		return func() bool { st, ok := p.Forward.Status(); return ok && st.Connected && st.Err == "" }
	}

	p := run(t, proj, set, data)
	shortly(t, "N is read", func() bool { return p.Tags().Cell("N").Load().Quality.IsGood() })
	shortly(t, "the database is connected", connected(p))
	count(p, 20)
	arrived()

	srv.Kill()
	count(p, 20) // the plant goes on
	shortly(t, "the failure shows", func() bool { st, _ := p.Forward.Status(); return st.Err != "" && !st.Connected && st.Waiting > 0 })
	shortly(t, "other programs are told", func() bool {
		r, err := DataDir(data).LinkReport()
		return err == nil && r.Copy != nil && !r.Copy.Connected && r.Copy.Error != "" && !r.Copy.Since.IsZero() && r.Copy.Waiting > 0 && r.Copy.Sent > 20
	})
	if w := p.forwardWorries(time.Now()); len(w) > 0 {
		t.Errorf("a restart of the database is a worry: %q", w)
	}
	w := p.forwardWorries(time.Now().Add(failedFor))
	if len(w) != 1 || !strings.Contains(w[0].Text, "History is not forwarded") || !strings.Contains(w[0].Remedy, "Nothing is lost") || time.Since(w[0].Since) > time.Minute {
		t.Errorf("the outage is told as %q", w)
	}
	srv.Start(t)
	shortly(t, "the database is connected again", connected(p))
	if w := p.forwardWorries(time.Now().Add(failedFor)); len(w) > 0 {
		t.Errorf("the outage is over, but: %q", w)
	}
	count(p, 20)
	arrived()
	shortly(t, "other programs are told that it is over", func() bool {
		r, err := DataDir(data).LinkReport()
		return err == nil && r.Copy != nil && r.Copy.Connected && r.Copy.Error == "" && r.Copy.Sent > 60
	})

	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	p = run(t, proj, set, data)
	count(p, 20)
	arrived()
}

// shortly waits until want is so, as long as a crashed database on a busy
// computer may take.
func shortly(t *testing.T, what string, want func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if want() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}
