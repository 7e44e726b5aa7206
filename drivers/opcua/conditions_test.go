package opcua

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
)

// board is the list of a device's alarms as an operator would see it.
type board struct {
	mu   sync.Mutex
	rows map[string]drivers.Condition
	all  int
}

func (b *board) push(list []drivers.Condition, all bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if all {
		b.rows = nil
		b.all++
	}
	if b.rows == nil {
		b.rows = map[string]drivers.Condition{}
	}
	for _, c := range list {
		if b.rows[c.ID+c.Branch] = c; !c.Retain {
			delete(b.rows, c.ID+c.Branch)
		}
	}
}

func (b *board) row(name string) (drivers.Condition, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.rows {
		if c.Name == name && c.Branch == "" {
			return c, true
		}
	}
	return drivers.Condition{}, false
}

func TestAlarmsOfTheServerAreFollowedAndAnswered(t *testing.T) {
	p := alarmedOne.use(t)
	level := func(v float64) {
		if _, err := fmt.Fprintf(p.stdin, "level %g\n", v); err != nil {
			t.Fatal(err)
		}
	}
	level(95) // stands before anybody looks
	c := dialPeer(t, Driver{}, p.device())
	var vals [1]tag.Value
	within(t, "the level", func() bool {
		if err := c.Read(t.Context(), []drivers.Point{{Address: at("Tank.Level")}}, vals[:]); err != nil {
			t.Fatal(err)
		}
		return vals[0].Value == tag.Float(95)
	})
	var b board
	ended, err := c.Conditions(t.Context(), b.push)
	if err != nil {
		t.Fatal(err)
	}
	var seen drivers.Condition
	is := func(what string, ok func(drivers.Condition, bool) bool) {
		t.Helper()
		within(t, what, func() bool {
			var listed bool
			seen, listed = b.row("LevelAlarm")
			return ok(seen, listed)
		})
	}
	answer := func(r drivers.Response) error {
		r.ID = seen.ID
		if r.Event == "" {
			r.Event = seen.Event
		}
		return c.Respond(t.Context(), r)
	}
	is("the alarm that stood before we came", func(c drivers.Condition, listed bool) bool { return listed && c.Active && !c.Acked })
	if seen.Severity == 0 || seen.Level != "HighHigh" || seen.SourceName == "" || seen.Source != at("Tank.Level") || time.Since(time.Unix(0, seen.Time)) > time.Minute {
		t.Errorf("the alarm is %+v", seen)
	}
	if err := answer(drivers.Response{Do: drivers.Acknowledge, Event: "00ff"}); !errors.Is(err, drivers.ErrRefused) {
		t.Errorf("acknowledging another report: %v, want a refusal", err)
	}
	if err := answer(drivers.Response{Do: drivers.Acknowledge, Comment: "seen by the night shift"}); err != nil {
		t.Fatal(err)
	}
	is("acknowledged, with the comment", func(c drivers.Condition, _ bool) bool { return c.Acked && c.Comment == "seen by the night shift" })
	if err := answer(drivers.Response{Do: drivers.ShelveFor, Duration: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if got := shelving(t, c, seen.ID); got != "TimedShelved" {
		t.Errorf("after shelving the server says %q", got)
	}
	if err := answer(drivers.Response{Do: drivers.ShelveFor, Duration: time.Minute}); !errors.Is(err, drivers.ErrRefused) {
		t.Errorf("shelving twice: %v, want a refusal", err)
	}
	if err := answer(drivers.Response{Do: drivers.Unshelve}); err != nil {
		t.Fatal(err)
	}
	if got := shelving(t, c, seen.ID); got != "Unshelved" {
		t.Errorf("after unshelving the server says %q", got)
	}
	if err := answer(drivers.Response{Do: drivers.ShelveOnce}); err != nil {
		t.Fatal(err)
	}
	if got := shelving(t, c, seen.ID); got != "OneShotShelved" {
		t.Errorf("after shelving once the server says %q", got)
	}
	if err := answer(drivers.Response{Do: drivers.Unshelve}); err != nil {
		t.Fatal(err)
	}
	level(50)
	is("returned, to be confirmed", func(c drivers.Condition, listed bool) bool { return listed && !c.Active && !c.Confirmed })
	if err := answer(drivers.Response{Do: drivers.Confirm, Comment: "valve repaired"}); err != nil {
		t.Fatal(err)
	}
	is("gone from the list", func(_ drivers.Condition, listed bool) bool { return !listed })
	if b.all != 1 {
		t.Errorf("%d whole lists were pushed, want the first alone", b.all)
	}
	select {
	case err := <-ended:
		t.Errorf("it ended: %v", err)
	default:
	}
}

// A server without alarms says so once, and the data is not disturbed.
func TestAServerWithoutAlarms(t *testing.T) {
	t.Parallel()
	p := plainPeer(t) // it has no alarm and cannot refresh
	c := dialPeer(t, Driver{}, p.device())
	var b board
	ended, err := c.Conditions(t.Context(), b.push)
	if err != nil && !errors.Is(err, drivers.ErrRefused) {
		t.Fatal(err)
	}
	if err == nil {
		within(t, "the empty list", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.all == 1 })
	}
	var h heard
	if _, err := c.Subscribe(t.Context(), []drivers.Point{{Address: at("V0")}}, h.push); err != nil {
		t.Fatal(err)
	}
	within(t, "data", func() bool { _, n := h.of(0); return n > 0 })
	select {
	case err := <-ended:
		t.Errorf("following alarms ended: %v", err)
	case <-time.After(4 * time.Second):
	}
}

// shelving reads the state the server has a condition in; this peer sends no
// event when it changes.
func shelving(t *testing.T, c *Conn, cond string) string {
	t.Helper()
	s, err := c.command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, err := parseAddress(cond)
	if err != nil {
		t.Fatal(err)
	}
	node, _ := c.node(&a)
	ids, err := c.children(t.Context(), s, []*ua.NodeID{node}, "ShelvingState", "CurrentState")
	if err != nil || ids[0] == nil {
		t.Fatalf("no shelving state: %v", err)
	}
	var vals [1]tag.Value
	if err := c.Read(t.Context(), []drivers.Point{{Address: formatNode(ids[0], c.namespaces)}}, vals[:]); err != nil {
		t.Fatal(err)
	}
	return vals[0].Value.Str()
}
