package plantserver

import (
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
)

// An item watches one attribute for a subscription. The value of a signal is
// reported as it comes; anything else is looked at once a sampling interval.
type item struct {
	id      uint32
	sub     *subscription
	node    *ua.ReadValueID
	signal  int // -1: not a signal's value
	mode    ua.MonitoringMode
	stamps  ua.TimestampsToReturn
	handle  uint32
	rate    time.Duration // sampling interval
	size    int           // of the queue
	oldest  bool          // discard the oldest when the queue is full
	band    float64       // absolute deadband
	trigger ua.DataChangeTrigger

	queue []*ua.DataValue
	due   time.Time
	held  *reading // came before it was due
	last  reading  // reported last
	seen  any      // value looked at last
	first bool     // nothing reported yet
}

// overflow marks the value after one that was lost (InfoType DataValue, Overflow).
const overflow = 0x480

const (
	maxQueue   = 1000
	everyQueue = 200 // when every reading is reported, the queue is at least so long
)

func (it *item) pending() bool { return len(it.queue) > 0 && it.mode == ua.MonitoringModeReporting }

func (s *subscriptions) monitor(r *ua.CreateMonitoredItemsRequest) (ua.Response, error) {
	s.u.space.image.touch()
	defer s.lock()()
	sub, err := s.own(r, r.SubscriptionID)
	switch {
	case err != nil:
		return nil, err
	case len(r.ItemsToCreate) == 0:
		return nil, ua.StatusBadNothingToDo
	case r.TimestampsToReturn > ua.TimestampsToReturnNeither:
		return nil, ua.StatusBadTimestampsToReturnInvalid
	}
	out := &ua.CreateMonitoredItemsResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, c := range r.ItemsToCreate {
		one := &ua.MonitoredItemCreateResult{FilterResult: ua.NewExtensionObject(nil)}
		if it, status := s.newItem(sub, c); status != ua.StatusOK {
			one.StatusCode = status
		} else {
			it.stamps = r.TimestampsToReturn
			s.begin(it)
			one.MonitoredItemID = it.id
			one.RevisedSamplingInterval = float64(it.rate) / float64(time.Millisecond)
			one.RevisedQueueSize = uint32(it.size)
		}
		out.Results = append(out.Results, one)
	}
	return out, nil
}

func (s *subscriptions) newItem(sub *subscription, c *ua.MonitoredItemCreateRequest) (*item, ua.StatusCode) {
	if c == nil || c.ItemToMonitor == nil || c.ItemToMonitor.NodeID == nil || c.RequestedParameters == nil {
		return nil, ua.StatusBadNodeIDInvalid
	}
	if len(sub.items) >= maxItems {
		return nil, ua.StatusBadTooManyMonitoredItems
	}
	it := &item{sub: sub, node: c.ItemToMonitor, signal: -1, mode: c.MonitoringMode, first: true}
	if i, ok := s.u.space.signalOf(it.node.NodeID); ok && it.node.AttributeID == ua.AttributeIDValue {
		it.signal = i
	} else if v := s.u.attribute(it.node); v.Status == ua.StatusBadNodeIDUnknown || v.Status == ua.StatusBadAttributeIDInvalid || v.Status == ua.StatusBadNodeIDInvalid {
		return nil, v.Status
	}
	if status := s.adjust(it, c.RequestedParameters); status != ua.StatusOK {
		return nil, status
	}
	s.lastItem++
	it.id = s.lastItem
	return it, ua.StatusOK
}

// begin starts an item with the value there is now.
func (s *subscriptions) begin(it *item) {
	it.sub.items = append(it.sub.items, it)
	now := time.Now()
	if it.signal < 0 {
		it.poll(s, now)
		return
	}
	s.watch[it.signal] = append(s.watch[it.signal], it)
	it.take(s, s.u.space.image.newest[it.signal], now)
}

// adjust takes the parameters of a request, as far as the server can.
func (s *subscriptions) adjust(it *item, p *ua.MonitoringParameters) ua.StatusCode {
	band, trigger := 0.0, ua.DataChangeTriggerStatusValue
	if p.Filter != nil && p.Filter.Value != nil {
		f, ok := p.Filter.Value.(*ua.DataChangeFilter)
		if !ok {
			return ua.StatusBadMonitoredItemFilterUnsupported
		}
		trigger = f.Trigger
		number := it.signal >= 0 && s.u.space.image.defs[it.signal].Kind == tag.KindFloat
		switch ua.DeadbandType(f.DeadbandType) {
		case ua.DeadbandTypeNone:
		case ua.DeadbandTypeAbsolute:
			band = f.DeadbandValue
		case ua.DeadbandTypePercent:
			d := tag.Def{}
			if number {
				d = s.u.space.image.defs[it.signal]
			}
			if number = d.HasRange(); number {
				band = f.DeadbandValue / 100 * (d.Hi - d.Lo)
			}
		default:
			return ua.StatusBadDeadbandFilterInvalid
		}
		if f.DeadbandType != uint32(ua.DeadbandTypeNone) && !number {
			return ua.StatusBadFilterNotAllowed
		}
		if band < 0 || math.IsNaN(band) {
			return ua.StatusBadDeadbandFilterInvalid
		}
	}
	it.band, it.trigger = band, trigger
	it.handle, it.oldest = p.ClientHandle, p.DiscardOldest
	ms := p.SamplingInterval
	if ms < 0 || math.IsNaN(ms) {
		ms = it.sub.revised() // "the publishing interval", OPC 10000-4, 7.21
	}
	it.rate = time.Duration(min(ms, 3.6e6) * float64(time.Millisecond))
	it.size = int(max(1, min(p.QueueSize, maxQueue)))
	switch {
	case it.signal < 0:
		it.rate = max(it.rate, 100*time.Millisecond)
	case s.every:
		it.rate, it.size = 0, max(it.size, everyQueue)
	}
	return ua.StatusOK
}

// report hears of a signal's new reading; the image's lock is held.
func (s *subscriptions) report(i int, v reading) {
	past := s.u.space.pasts[i]
	if past == nil {
		return // not on this server
	}
	now := time.Now()
	past.add(v, now)
	for _, it := range s.watch[i] {
		it.take(s, v, now)
	}
}

// take samples a reading, now or when it is due.
func (it *item) take(s *subscriptions, v reading, now time.Time) {
	if it.mode == ua.MonitoringModeDisabled {
		return
	}
	if now.Before(it.due) {
		it.held = &v
		return
	}
	it.held = nil
	it.due = now.Add(it.rate)
	if !it.first && !s.every && !it.changed(v) {
		return
	}
	it.last, it.first = v, false
	it.enqueue(stamped(dataValue(s.u.space.image.defs[it.signal], v), it.stamps))
}

func (it *item) changed(v reading) bool {
	if v.quality != it.last.quality {
		return true
	}
	if it.trigger == ua.DataChangeTriggerStatus {
		return false
	}
	if it.trigger == ua.DataChangeTriggerStatusValueTimestamp && !v.source.Equal(it.last.source) {
		return true
	}
	a, isA := v.value.Float()
	b, isB := it.last.value.Float()
	if it.band > 0 && isA && isB && !math.IsNaN(a) && !math.IsNaN(b) {
		return math.Abs(a-b) > it.band
	}
	return v.value != it.last.value
}

// poll looks at what is not pushed, and at what waited for its time.
func (it *item) poll(s *subscriptions, now time.Time) {
	if now.Before(it.due) || it.mode == ua.MonitoringModeDisabled {
		return
	}
	if it.signal >= 0 {
		if it.held != nil {
			it.take(s, *it.held, now)
		}
		return
	}
	it.due = now.Add(it.rate)
	v := s.u.attribute(it.node)
	var seen any = v.Status
	if v.Value != nil {
		seen = v.Value.Value()
	}
	if !it.first && reflect.DeepEqual(seen, it.seen) {
		return
	}
	it.seen, it.first = seen, false
	w := *v
	if w.EncodingMask&ua.DataValueSourceTimestamp == 0 {
		w.SourceTimestamp = now.UTC()
		w.EncodingMask |= ua.DataValueSourceTimestamp
	}
	if w.EncodingMask&ua.DataValueServerTimestamp == 0 {
		w.ServerTimestamp = now.UTC()
		w.EncodingMask |= ua.DataValueServerTimestamp
	}
	it.enqueue(stamped(&w, it.stamps))
}

// enqueue puts a value into the queue; what is lost is said in the value next
// to it, where there is one.
func (it *item) enqueue(v *ua.DataValue) {
	if len(it.queue) < it.size {
		it.queue = append(it.queue, v)
		return
	}
	mark := func(v *ua.DataValue) *ua.DataValue {
		if it.size == 1 {
			return v
		}
		w := *v
		w.Status |= overflow
		w.EncodingMask |= ua.DataValueStatusCode
		return &w
	}
	if it.oldest {
		it.queue = append(it.queue[1:], v)
		it.queue[0] = mark(it.queue[0])
	} else {
		it.queue[len(it.queue)-1] = mark(v)
	}
}

func (s *subscriptions) unwatch(it *item) {
	if it.signal >= 0 {
		s.watch[it.signal] = slices.DeleteFunc(s.watch[it.signal], func(o *item) bool { return o == it })
	}
}

// find returns an item of a subscription and its place there.
func (sub *subscription) find(id uint32) (int, *item) {
	for i, it := range sub.items {
		if it.id == id {
			return i, it
		}
	}
	return -1, nil
}

func (s *subscriptions) modifyItems(r *ua.ModifyMonitoredItemsRequest) (ua.Response, error) {
	defer s.lock()()
	sub, err := s.own(r, r.SubscriptionID)
	if err != nil {
		return nil, err
	}
	out := &ua.ModifyMonitoredItemsResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, c := range r.ItemsToModify {
		one := &ua.MonitoredItemModifyResult{StatusCode: ua.StatusBadMonitoredItemIDInvalid, FilterResult: ua.NewExtensionObject(nil)}
		if _, it := sub.find(c.MonitoredItemID); it != nil && c.RequestedParameters != nil {
			one.StatusCode = s.adjust(it, c.RequestedParameters)
			one.RevisedSamplingInterval = float64(it.rate) / float64(time.Millisecond)
			one.RevisedQueueSize = uint32(it.size)
			it.stamps = r.TimestampsToReturn
			if n := len(it.queue) - it.size; n > 0 {
				it.queue = it.queue[n:]
			}
		}
		out.Results = append(out.Results, one)
	}
	return out, nil
}

func (s *subscriptions) setMode(r *ua.SetMonitoringModeRequest) (ua.Response, error) {
	defer s.lock()()
	sub, err := s.own(r, r.SubscriptionID)
	if err != nil {
		return nil, err
	}
	out := &ua.SetMonitoringModeResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, n := range r.MonitoredItemIDs {
		_, it := sub.find(n)
		if it == nil {
			out.Results = append(out.Results, ua.StatusBadMonitoredItemIDInvalid)
			continue
		}
		woken := it.mode == ua.MonitoringModeDisabled && r.MonitoringMode != ua.MonitoringModeDisabled
		it.mode = r.MonitoringMode
		if it.mode == ua.MonitoringModeDisabled {
			it.queue, it.held = nil, nil
		}
		if woken {
			it.first, it.due = true, time.Time{}
			if it.signal >= 0 {
				it.take(s, s.u.space.image.newest[it.signal], time.Now())
			}
		}
		out.Results = append(out.Results, ua.StatusOK)
	}
	return out, nil
}

func (s *subscriptions) unmonitor(r *ua.DeleteMonitoredItemsRequest) (ua.Response, error) {
	defer s.lock()()
	sub, err := s.own(r, r.SubscriptionID)
	if err != nil {
		return nil, err
	}
	out := &ua.DeleteMonitoredItemsResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, n := range r.MonitoredItemIDs {
		i, it := sub.find(n)
		if it == nil {
			out.Results = append(out.Results, ua.StatusBadMonitoredItemIDInvalid)
			continue
		}
		s.unwatch(it)
		sub.items = slices.Delete(sub.items, i, i+1)
		out.Results = append(out.Results, ua.StatusOK)
	}
	return out, nil
}
