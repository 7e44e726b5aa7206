package plantserver

import (
	"context"
	"slices"
	"time"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uasc"
)

// subscriptions is the whole of the OPC UA subscription services. The
// library's own keep only the newest value, mix up the clients and stop the
// server when one of them is slow. All of it is guarded by the image's lock.
type subscriptions struct {
	u        *uaServer
	every    bool // report every reading, whether it changed or not, whatever the sampling interval
	lastSub  uint32
	lastItem uint32
	subs     map[uint32]*subscription
	watch    [][]*item               // items on a signal, by signal
	waiting  map[string][]publishReq // publish requests, by session
}

// A subscription collects what its items report and sends it once an
// interval, when the client has left a request for it.
type subscription struct {
	id        uint32
	session   string
	interval  time.Duration
	keepAlive uint32 // intervals without news after which it says that it lives
	lifetime  uint32 // intervals without requests after which it ends
	most      int    // notifications a message; 0: no limit
	enabled   bool

	items   []*item
	next    time.Time
	late    bool // has something to say and no request to say it with
	started bool // has said something
	idle    uint32
	alone   uint32 // intervals without requests
	number  uint32 // of the last message
	sent    []*ua.NotificationMessage
	mail    chan letter
}

// A publishReq is a client's request to be told something.
type publishReq struct {
	sc   *uasc.SecureChannel
	id   uint32
	req  *ua.PublishRequest
	acks []ua.StatusCode
}

// A letter is an answer on its way out.
type letter struct {
	sc   *uasc.SecureChannel
	id   uint32
	resp ua.Response
}

const (
	minInterval  = 50 * time.Millisecond
	maxInterval  = time.Minute
	maxWaiting   = 100  // publish requests of a session
	maxSubs      = 100  // subscriptions
	maxItems     = 5000 // monitored items of a subscription
	keptMessages = 20   // for republishing
	mailbox      = 32   // answers to a client that does not take them
)

func newSubscriptions(u *uaServer) *subscriptions {
	m := u.space.image
	s := &subscriptions{u: u, subs: map[uint32]*subscription{}, watch: make([][]*item, len(m.defs)), waiting: map[string][]publishReq{}}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notify = s.report
	for i, v := range m.newest {
		s.report(i, v)
	}
	return s
}

func (s *subscriptions) lock() func() {
	s.u.space.image.mu.Lock()
	return s.u.space.image.mu.Unlock
}

func session(r ua.Request) string { return r.Header().AuthenticationToken.String() }

// own finds a subscription of the request's session.
func (s *subscriptions) own(r ua.Request, id uint32) (*subscription, error) {
	if sub := s.subs[id]; sub != nil && sub.session == session(r) {
		return sub, nil
	}
	return nil, ua.StatusBadSubscriptionIDInvalid
}

func (sub *subscription) set(interval float64, lifetime, keepAlive, most uint32) {
	ms := max(float64(minInterval/time.Millisecond), min(float64(maxInterval/time.Millisecond), interval))
	sub.interval = time.Duration(ms * float64(time.Millisecond))
	sub.keepAlive = max(1, min(keepAlive, 3000))
	sub.lifetime = max(3*sub.keepAlive, min(lifetime, 10_000))
	sub.most = int(most)
}

func (sub *subscription) revised() float64 { return float64(sub.interval) / float64(time.Millisecond) }

func (s *subscriptions) create(_ *uasc.SecureChannel, req ua.Request) (ua.Response, error) {
	r, ok := req.(*ua.CreateSubscriptionRequest)
	if !ok {
		return nil, ua.StatusBadRequestTypeInvalid
	}
	defer s.lock()()
	if len(s.subs) >= maxSubs {
		return nil, ua.StatusBadTooManySubscriptions
	}
	s.lastSub++
	sub := &subscription{id: s.lastSub, session: session(r), enabled: r.PublishingEnabled, mail: make(chan letter, mailbox)}
	sub.set(r.RequestedPublishingInterval, r.RequestedLifetimeCount, r.RequestedMaxKeepAliveCount, r.MaxNotificationsPerPublish)
	sub.next = time.Now().Add(sub.interval)
	s.subs[sub.id] = sub
	go post(sub.mail)
	return &ua.CreateSubscriptionResponse{ResponseHeader: header(r, ua.StatusOK), SubscriptionID: sub.id,
		RevisedPublishingInterval: sub.revised(), RevisedLifetimeCount: sub.lifetime, RevisedMaxKeepAliveCount: sub.keepAlive}, nil
}

// post sends a subscription's answers, so that a client that takes none holds
// up nobody else.
func post(mail <-chan letter) {
	for l := range mail {
		ctx, cancel := context.WithTimeout(context.Background(), gateStall)
		l.sc.SendResponseWithContext(ctx, l.id, l.resp) // a client that is gone stops asking, and the subscription ends
		cancel()
	}
}

func (s *subscriptions) modify(r *ua.ModifySubscriptionRequest) (ua.Response, error) {
	defer s.lock()()
	sub, err := s.own(r, r.SubscriptionID)
	if err != nil {
		return nil, err
	}
	sub.set(r.RequestedPublishingInterval, r.RequestedLifetimeCount, r.RequestedMaxKeepAliveCount, r.MaxNotificationsPerPublish)
	return &ua.ModifySubscriptionResponse{ResponseHeader: header(r, ua.StatusOK),
		RevisedPublishingInterval: sub.revised(), RevisedLifetimeCount: sub.lifetime, RevisedMaxKeepAliveCount: sub.keepAlive}, nil
}

func (s *subscriptions) enable(r *ua.SetPublishingModeRequest) (ua.Response, error) {
	defer s.lock()()
	out := &ua.SetPublishingModeResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, id := range r.SubscriptionIDs {
		sub, err := s.own(r, id)
		if err == nil {
			sub.enabled = r.PublishingEnabled
		}
		out.Results = append(out.Results, code(err))
	}
	return out, nil
}

func (s *subscriptions) delete(r *ua.DeleteSubscriptionsRequest) (ua.Response, error) {
	defer s.lock()()
	out := &ua.DeleteSubscriptionsResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, id := range r.SubscriptionIDs {
		sub, err := s.own(r, id)
		if err == nil {
			s.end(sub)
		}
		out.Results = append(out.Results, code(err))
	}
	return out, nil
}

// code is the status of an error of this file.
func code(err error) ua.StatusCode {
	if status, ok := err.(ua.StatusCode); ok {
		return status
	}
	return ua.StatusOK
}

func (s *subscriptions) end(sub *subscription) {
	delete(s.subs, sub.id)
	for _, it := range sub.items {
		s.unwatch(it)
	}
	close(sub.mail)
	for _, other := range s.subs {
		if other.session == sub.session {
			return
		}
	}
	delete(s.waiting, sub.session)
}

func (s *subscriptions) close() {
	defer s.lock()()
	for _, sub := range s.subs {
		s.end(sub)
	}
}

// publish keeps the request until a subscription of its session has something
// to say.
func (s *subscriptions) publish(sc *uasc.SecureChannel, req ua.Request, id uint32) (ua.Response, error) {
	r, ok := req.(*ua.PublishRequest)
	if !ok {
		return nil, ua.StatusBadRequestTypeInvalid
	}
	defer s.lock()()
	name := session(r)
	mine := false
	for _, sub := range s.subs {
		if sub.session == name {
			mine = true
			sub.alone = 0
		}
	}
	switch {
	case !mine:
		return nil, ua.StatusBadNoSubscription
	case len(s.waiting[name]) >= maxWaiting:
		return nil, ua.StatusBadTooManyPublishRequests
	}
	p := publishReq{sc: sc, id: id, req: r, acks: []ua.StatusCode{}}
	for _, a := range r.SubscriptionAcknowledgements {
		p.acks = append(p.acks, s.acknowledge(r, a))
	}
	s.waiting[name] = append(s.waiting[name], p)
	return nil, nil
}

func (s *subscriptions) acknowledge(r ua.Request, a *ua.SubscriptionAcknowledgement) ua.StatusCode {
	sub, err := s.own(r, a.SubscriptionID)
	if err != nil {
		return ua.StatusBadSubscriptionIDInvalid
	}
	for i, m := range sub.sent {
		if m.SequenceNumber == a.SequenceNumber {
			sub.sent = slices.Delete(sub.sent, i, i+1)
			return ua.StatusOK
		}
	}
	return ua.StatusBadSequenceNumberUnknown
}

func (s *subscriptions) republish(r *ua.RepublishRequest) (ua.Response, error) {
	defer s.lock()()
	sub, err := s.own(r, r.SubscriptionID)
	if err != nil {
		return nil, err
	}
	for _, m := range sub.sent {
		if m.SequenceNumber == r.RetransmitSequenceNumber {
			return &ua.RepublishResponse{ResponseHeader: header(r, ua.StatusOK), NotificationMessage: m}, nil
		}
	}
	return nil, ua.StatusBadMessageNotAvailable
}

// tick samples what is polled and sends what is due.
func (s *subscriptions) tick(now time.Time) {
	defer s.lock()()
	for _, sub := range s.subs {
		for _, it := range sub.items {
			it.poll(s, now)
		}
		if now.Before(sub.next) && !sub.late {
			continue
		}
		if !now.Before(sub.next) {
			sub.next = sub.next.Add(sub.interval)
			if sub.next.Before(now) {
				sub.next = now.Add(sub.interval)
			}
			sub.idle++
			if sub.alone++; sub.alone > sub.lifetime {
				s.end(sub)
				continue
			}
		}
		s.send(sub, now)
	}
}

// send says what there is to say, as far as there are requests for it.
func (s *subscriptions) send(sub *subscription, now time.Time) {
	for {
		news := sub.enabled && slices.ContainsFunc(sub.items, (*item).pending)
		sub.late = news || !sub.started || sub.idle >= sub.keepAlive
		queue := s.waiting[sub.session]
		if len(queue) > 0 {
			sub.alone = 0
		}
		if !sub.late || len(queue) == 0 {
			return
		}
		req := queue[0]
		s.waiting[sub.session] = queue[1:]
		msg := &ua.NotificationMessage{SequenceNumber: sub.number + 1, PublishTime: now.UTC(), NotificationData: []*ua.ExtensionObject{}}
		more := false
		if news {
			sub.number++
			if sub.number == 0 {
				sub.number = 1
			}
			msg.SequenceNumber = sub.number
			var list []*ua.MonitoredItemNotification
			list, more = sub.take()
			body := ua.NewExtensionObject(&ua.DataChangeNotification{MonitoredItems: list, DiagnosticInfos: []*ua.DiagnosticInfo{}})
			body.UpdateMask()
			msg.NotificationData = append(msg.NotificationData, body)
			sub.sent = append(sub.sent, msg)
			if len(sub.sent) > keptMessages {
				sub.sent = sub.sent[1:]
			}
		}
		sub.started, sub.idle = true, 0
		resp := &ua.PublishResponse{ResponseHeader: header(req.req, ua.StatusOK), SubscriptionID: sub.id, MoreNotifications: more,
			NotificationMessage: msg, AvailableSequenceNumbers: []uint32{}, Results: req.acks, DiagnosticInfos: []*ua.DiagnosticInfo{}}
		for _, m := range sub.sent {
			resp.AvailableSequenceNumbers = append(resp.AvailableSequenceNumbers, m.SequenceNumber)
		}
		select {
		case sub.mail <- letter{req.sc, req.id, resp}:
		default:
			s.end(sub) // the client takes nothing
			return
		}
		if !more {
			sub.late = false
			return
		}
	}
}

// take empties the items' queues into one message.
func (sub *subscription) take() (list []*ua.MonitoredItemNotification, more bool) {
	for _, it := range sub.items {
		for len(it.queue) > 0 && it.mode == ua.MonitoringModeReporting {
			if sub.most > 0 && len(list) == sub.most {
				return list, true
			}
			list = append(list, &ua.MonitoredItemNotification{ClientHandle: it.handle, Value: it.queue[0]})
			it.queue = it.queue[1:]
		}
	}
	return list, false
}
