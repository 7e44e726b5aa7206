package opcua

import (
	"context"
	"fmt"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers/opcua/wire"
)

func (f *feed) createItems(ctx context.Context, cl *class, items []*ua.MonitoredItemCreateRequest) ([]*ua.MonitoredItemCreateResult, error) {
	var res []*ua.MonitoredItemCreateResult
	err := f.session.Do(ctx, &ua.CreateMonitoredItemsRequest{SubscriptionID: cl.id, TimestampsToReturn: ua.TimestampsToReturnBoth, ItemsToCreate: items}, &res)
	if err == nil && len(res) != len(items) {
		err = fmt.Errorf("%w: %d answers to %d items", wire.ErrMalformed, len(res), len(items))
	}
	return res, err
}

// monitor creates items of a class. What the server refuses is remembered
// with its reason.
func (f *feed) monitor(ctx context.Context, cl *class, items []int) error {
	var again []int
	var have []int
	for _, n := range items {
		if f.items[n].node == nil {
			f.refused = append(f.refused, n)
			continue
		}
		have = append(have, n)
	}
	f.conn.mu.Lock()
	most := f.conn.limits.monitor
	f.conn.mu.Unlock()
	err := portions(len(have), most, func(i, j int) error {
		var reqs []*ua.MonitoredItemCreateRequest
		for _, n := range have[i:j] {
			reqs = append(reqs, f.request(n))
		}
		res, err := f.createItems(ctx, cl, reqs)
		if err != nil {
			return err
		}
		for k, r := range res {
			n := have[i+k]
			it := &f.items[n]
			switch {
			case r.StatusCode>>30 == 0:
				it.status = ua.StatusOK
			case !it.plain && filterRefused(r.StatusCode):
				it.plain = true
				again = append(again, n)
			default:
				it.status = r.StatusCode
				f.refused = append(f.refused, n)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("monitor: %w", err)
	}
	if len(again) > 0 {
		return f.monitor(ctx, cl, again)
	}
	return nil
}

func filterRefused(s ua.StatusCode) bool {
	switch s {
	case ua.StatusBadFilterNotAllowed, ua.StatusBadMonitoredItemFilterUnsupported, ua.StatusBadMonitoredItemFilterInvalid, ua.StatusBadDeadbandFilterInvalid, ua.StatusBadTypeMismatch:
		return true
	}
	return false
}

// request describes an item to the server.
func (f *feed) request(n int) *ua.MonitoredItemCreateRequest {
	it := &f.items[n]
	sampling := it.every
	if sampling <= 0 {
		sampling = it.class.want
	}
	queue := f.conn.opt.queue
	if queue == 0 {
		queue = queueFor(it.class.interval, sampling)
	}
	p := &ua.MonitoringParameters{ClientHandle: uint32(n + firstHandle), SamplingInterval: float64(sampling) / float64(time.Millisecond), QueueSize: queue, DiscardOldest: true}
	if it.band > 0 && !it.plain && f.conn.opt.band != bandNone {
		kind, band := ua.DeadbandTypeAbsolute, it.band
		if f.conn.opt.band == bandPercent {
			kind, band = ua.DeadbandTypePercent, it.percent
		}
		p.Filter = ua.NewExtensionObject(&ua.DataChangeFilter{Trigger: ua.DataChangeTriggerStatusValue, DeadbandType: uint32(kind), DeadbandValue: band})
	}
	return &ua.MonitoredItemCreateRequest{ItemToMonitor: valueOf(it.node), MonitoringMode: ua.MonitoringModeReporting, RequestedParameters: p}
}

// queueFor is how many samples must wait at the server so that none is lost
// between two publishings, also when the line pauses as long as it may.
func queueFor(publish, sampling time.Duration) uint32 {
	span := publish + 3*time.Second
	return uint32(min(max((span+sampling-1)/sampling+1, 2), 1000))
}

// percents turns deadbands in units into parts of the nodes' ranges, for
// servers that filter only so. A node without a range is not filtered.
func (f *feed) percents(ctx context.Context) error {
	s, err := f.conn.command(ctx)
	if err != nil {
		return err
	}
	var nodes []*ua.NodeID
	var of []*item
	for i := range f.items {
		if it := &f.items[i]; it.band > 0 && it.node != nil {
			nodes, of = append(nodes, it.node), append(of, it)
		}
	}
	ids, err := f.conn.children(ctx, s, nodes, "EURange")
	if err != nil {
		return err
	}
	var want []*ua.ReadValueID
	var ranged []*item
	for i, id := range ids {
		if of[i].plain = id == nil; id != nil {
			want, ranged = append(want, valueOf(id)), append(ranged, of[i])
		}
	}
	got, err := f.conn.read(ctx, s, want, ua.TimestampsToReturnNeither)
	if err != nil {
		return err
	}
	for i, it := range ranged {
		lo, hi, ok := euRange(got[i].Value)
		it.plain = !ok
		it.percent = min(100*it.band/(hi-lo), 100)
	}
	return nil
}
