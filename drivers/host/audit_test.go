package host_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"penstock/drivers"
	"penstock/drivers/host"
)

// judge is a driver that decides about whoever it dials, and then lets him in,
// refuses him, hangs or goes on and on, as the endpoint says.
type judge struct{ hose }

func (j judge) Dial(ctx context.Context, dev drivers.Device) (drivers.Conn, error) {
	drivers.Audit(ctx, "let pass: %s", dev.Endpoint)
	drivers.Audit(ctx, "and so on")
	switch dev.Endpoint {
	case "refuse":
		return nil, errors.New("not trusted")
	case "hang":
		<-ctx.Done()
		return nil, ctx.Err()
	case "chatter":
		for range 1000 {
			drivers.Audit(ctx, "more")
		}
	}
	return j.hose.Dial(ctx, dev)
}

// What a driver decides about security while it dials arrives, in its order,
// before the dial is over, however that ends.
func TestDecisionsComeOutOfTheChild(t *testing.T) {
	t.Parallel()
	d := host.Wrap(inside())["judge"]
	for _, endpoint := range []string{"welcome", "refuse", "hang"} {
		t.Run(endpoint, func(t *testing.T) {
			t.Parallel()
			limit := patience
			if endpoint == "hang" {
				limit = 12 * time.Second // a process has to be started first
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			var got []string
			c, err := d.Dial(drivers.WithAuditor(ctx, func(what string) { got = append(got, what) }), drivers.Device{Name: endpoint, Endpoint: endpoint})
			if (err == nil) != (endpoint == "welcome") {
				t.Errorf("dial: %v", err)
			}
			if c != nil {
				c.Close()
			}
			if endpoint == "hang" && (!errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
				t.Errorf("what was not answered in time ends with %v", err)
			}
			if want := []string{"let pass: " + endpoint, "and so on"}; !slices.Equal(got, want) {
				t.Errorf("audited %q, want %q", got, want)
			}
		})
	}
}

// A child that never stops deciding is ended.
func TestDecisionsAreBounded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var lines int
	_, err := host.Wrap(inside())["judge"].Dial(drivers.WithAuditor(ctx, func(string) { lines++ }), drivers.Device{Name: "x", Endpoint: "chatter"})
	if !errors.Is(err, host.ErrChild) || lines == 0 || lines > 1000 {
		t.Errorf("dial: %v after %d lines", err, lines)
	}
}
