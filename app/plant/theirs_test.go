package plant

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/drivers"
	"penstock/historian/journal"
)

// panel is a rack that raises alarms of its own.
type panel struct {
	*rack
	push chan []drivers.Condition
	got  chan drivers.Response
}

func (p *panel) Dial(ctx context.Context, d drivers.Device) (drivers.Conn, error) {
	c, err := p.rack.Dial(ctx, d)
	if err != nil {
		return nil, err
	}
	return &panelConn{c.(rackConn), p, make(chan struct{})}, nil
}

type panelConn struct {
	rackConn
	p      *panel
	closed chan struct{}
}

func (c *panelConn) Close() error {
	close(c.closed)
	return nil
}

// tell is what the device reports next.
func (p *panel) tell(t *testing.T, c drivers.Condition) {
	t.Helper()
	select {
	case p.push <- []drivers.Condition{c}:
	case <-time.After(time.Minute):
		t.Fatal("nobody follows the device's alarms")
	}
}

func (c *panelConn) Conditions(_ context.Context, push func([]drivers.Condition, bool)) (<-chan error, error) {
	go func() {
		push(nil, true)
		for {
			select {
			case list := <-c.p.push:
				push(list, false)
			case <-c.closed:
				return
			}
		}
	}()
	return make(chan error), nil
}

func (c *panelConn) Respond(_ context.Context, r drivers.Response) error {
	c.p.got <- r
	return nil
}

// A device's own alarm stands in the list beside ours; an acknowledgement goes
// to the device with the report that was seen, and the row follows the device.
func TestADevicesAlarmStandsBesideOurs(t *testing.T) {
	dev := &panel{rack: newRack(), push: make(chan []drivers.Condition), got: make(chan drivers.Response, 1)}
	proj, set := load(t, dev, levelTags, levelAlarms)
	p := run(t, proj, set, t.TempDir())
	cond := drivers.Condition{ID: "i=77", Event: "e1", Source: "1", Name: "Overload", Message: "Motor overload", Severity: 800, Time: 5, Retain: true, Enabled: true, Active: true}
	dev.tell(t, cond)
	const id = "R:i=77"
	soon(t, "the device's alarm is listed", func() bool { return phase(p, id) == alarm.Unacked })
	r := p.Alarms().Row(id)
	if r.Message != "Motor overload" || r.Priority != 1 || r.Tag != "L" || p.Alarms().Unacked[1] != 1 {
		t.Errorf("the row is %+v, %v unacknowledged", r, p.Alarms().Unacked)
	}
	stale := []Answer{{Alarm: id, Event: alarm.Event{What: alarm.Ack, Notice: r.Notice + 7}}}
	if errs := p.Answer(t.Context(), everybody("ann"), stale); !errors.Is(errs[0], alarm.ErrStale) {
		t.Errorf("an answer to what was not seen: %v", errs[0])
	}
	if errs := p.Answer(t.Context(), everybody("ann"), []Answer{{Alarm: id, Event: alarm.Event{What: alarm.Ack, Note: "going there", Notice: r.Notice}}}); errs[0] != nil {
		t.Fatal(errs[0])
	}
	if got := <-dev.got; got.Do != drivers.Acknowledge || got.Event != "e1" || got.ID != "i=77" || got.Comment != "going there" {
		t.Errorf("the device was told %+v", got)
	}
	if phase(p, id) != alarm.Unacked {
		t.Error("the row changed before the device said so")
	}
	// The shelf is the device's: for a time, or until it returns.
	for _, shelve := range []struct {
		once bool
		do   drivers.Answer
		left time.Duration // as the device reports it
	}{{false, drivers.ShelveFor, time.Hour}, {true, drivers.ShelveOnce, 0}} {
		ev := alarm.Event{What: alarm.Shelve, Note: "being repaired", Until: time.Now().Add(time.Hour).UnixNano(), OneShot: shelve.once}
		if errs := p.Answer(t.Context(), everybody("ann"), []Answer{{Alarm: id, Event: ev}}); errs[0] != nil {
			t.Fatal(errs[0])
		}
		if got := <-dev.got; got.Do != shelve.do || got.ID != "i=77" || !shelve.once && (got.Duration <= 0 || got.Duration > time.Hour) {
			t.Errorf("the device was told %+v", got)
		}
		cond.Shelved, cond.ShelvedFor = true, shelve.left
		dev.tell(t, cond)
		soon(t, "it is on the device's shelf", func() bool { return phase(p, id) == alarm.Shelved })
		if r := p.Alarms().Row(id); r.ShelvedBy != "ann" || r.ShelvedWhy != "being repaired" || (r.ShelvedUntil == 0) != shelve.once || (r.Shelved == alarm.OneShot) != shelve.once {
			t.Errorf("shelved by %q because %q until %d: %v", r.ShelvedBy, r.ShelvedWhy, r.ShelvedUntil, r.Shelved)
		}
		cond.Shelved = false
		dev.tell(t, cond)
		soon(t, "it is back", func() bool { return phase(p, id) == alarm.Unacked })
	}
	cond.Event, cond.Acked = "e2", true
	dev.tell(t, cond)
	soon(t, "the device has acknowledged", func() bool { return phase(p, id) == alarm.Acked })
	if r := p.Alarms().Row(id); r.AckedBy != "ann" {
		t.Errorf("acknowledged by %q", r.AckedBy)
	}
	cond.Event, cond.Active = "e3", false // the device wants it confirmed
	dev.tell(t, cond)
	soon(t, "it waits for a reset", func() bool { return phase(p, id) == alarm.LatchedAcked })
	if errs := p.Answer(t.Context(), everybody("bea"), []Answer{{Alarm: id, Event: alarm.Event{What: alarm.Reset, Note: "repaired"}}}); errs[0] != nil {
		t.Fatal(errs[0])
	}
	if got := <-dev.got; got.Do != drivers.Confirm || got.Event != "e3" || got.Comment != "repaired" {
		t.Errorf("the device was told %+v", got)
	}
	cond.Event, cond.Confirmed, cond.Retain = "e4", true, false
	dev.tell(t, cond)
	soon(t, "the device's alarm is gone", func() bool { return phase(p, id) == alarm.Normal })
	time.Sleep(50 * time.Millisecond)
	entries, err := p.Journal.Query(t.Context(), journal.Filter{On: id, OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range entries {
		told = append(told, e.Action+" "+e.Who)
	}
	if got, want := strings.Join(told, ", "), "annunciated , acknowledged ann, shelved ann, shelved ann, returned , reset bea"; got != want {
		t.Errorf("the journal tells %q, want %q", got, want)
	}
}
