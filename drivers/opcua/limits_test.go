package opcua

import (
	"fmt"
	"testing"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
)

// A server that takes little at a time is asked for no more than that, and
// everything comes: no request has to be refused first. Points that want their
// values at different rates are published at different rates.
func TestOperationLimitsAreObeyed(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server")
	}
	p := tightOne.use(t)
	c := dialPeer(t, Driver{}, p.device())
	rejected := func() int64 {
		t.Helper()
		s, err := c.command(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.read(t.Context(), s, []*ua.ReadValueID{valueOf(ua.NewNumericNodeID(0, id.Server_ServerDiagnostics_ServerDiagnosticsSummary_RejectedRequestsCount))}, ua.TimestampsToReturnNeither)
		if err != nil {
			t.Fatal(err)
		}
		n, ok := got[0].Value.Scalar()
		count, whole := n.Int()
		if !ok || !whole {
			t.Fatalf("the server does not count what it rejects: %v", got[0])
		}
		return count
	}
	if c.limits.monitor != tightMonitor || c.limits.read != tightRead {
		t.Errorf("the limits are %+v", c.limits)
	}
	before := rejected()
	periods := []time.Duration{100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second}
	var points []drivers.Point
	for i := range tightVars {
		points = append(points, drivers.Point{Address: at(fmt.Sprint("V", i)), Period: periods[i%len(periods)]})
	}
	vals := make([]tag.Value, tightVars)
	if err := c.Read(t.Context(), points, vals); err != nil {
		t.Fatal(err)
	}
	var h heard
	if _, err := c.Subscribe(t.Context(), points, h.push); err != nil {
		t.Fatal(err)
	}
	within(t, "several values of every point", func() bool {
		for i := range points {
			if v, n := h.of(i); n < 3 || !v.Quality.IsGood() {
				return false
			}
		}
		return true
	})
	for i := range vals {
		if !vals[i].Quality.IsGood() {
			t.Errorf("V%d was read as %v", i, vals[i].Quality)
		}
	}
	if n := rejected() - before; n > 0 {
		t.Errorf("the server had to reject %d requests", n)
	}
	var intervals []time.Duration
	for _, cl := range c.feeds[0].classes {
		intervals = append(intervals, cl.interval)
	}
	if len(intervals) != len(periods) {
		t.Errorf("it is published every %v, for points that want %v", intervals, periods)
	}

	// The count is worth something: a request beyond the limit moves it.
	s, err := c.command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Call(t.Context(), &ua.ReadRequest{NodesToRead: make([]*ua.ReadValueID, 0)}); err == nil {
		t.Error("a request for nothing was answered")
	}
	if rejected() == before {
		t.Error("the server does not count what it rejects, so this test shows nothing")
	}
}
