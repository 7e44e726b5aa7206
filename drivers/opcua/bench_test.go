//go:build unix

package opcua

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/wire"
)

// blaster is a server that answers every PublishRequest at once with as many
// data changes as there are items. It costs next to nothing itself, so what is
// measured is the client.
type blaster struct {
	l     net.Listener
	conns sync.WaitGroup
	pace  time.Duration // least time between two answers; 0: none
	sent  atomic.Int64  // updates
	halt  atomic.Bool   // publishes no more
}

func newBlaster(b testing.TB, pace time.Duration) *blaster {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &blaster{l: l, pace: pace}
	s.conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns.Go(func() { (&blast{of: s, conn: c, t: b}).serve() })
		}
	})
	b.Cleanup(func() { l.Close(); s.conns.Wait() })
	return s
}

func (s *blaster) url() string { return "opc.tcp://" + s.l.Addr().String() }

// blast is one connection of a blaster.
type blast struct {
	of      *blaster
	t       testing.TB
	due     time.Time // of the next answer
	conn    net.Conn
	seq     uint32
	sub     uint32
	items   []uint32 // client handles
	message []byte   // body of the PublishResponse, made once
	number  uint32   // of the notification message
}

func (c *blast) serve() {
	defer c.conn.Close()
	for {
		head := make([]byte, 8)
		if _, err := io.ReadFull(c.conn, head); err != nil {
			return
		}
		rest := make([]byte, binary.LittleEndian.Uint32(head[4:])-8)
		if _, err := io.ReadFull(c.conn, rest); err != nil {
			return
		}
		switch string(head[:3]) {
		case "HEL":
			b := []byte("ACKF\x1c\x00\x00\x00\x00\x00\x00\x00")
			for _, n := range []uint32{65535, 65535, 0, 0} {
				b = binary.LittleEndian.AppendUint32(b, n)
			}
			c.conn.Write(b)
		case "OPN":
			r := wire.NewCursor(rest[4:])
			r.Text()
			r.ByteString()
			r.ByteString()
			r.U32()
			clear := ua.NewBuffer(nil)
			clear.WriteString(ua.SecurityPolicyURINone)
			clear.WriteByteString(nil)
			clear.WriteByteString(nil)
			c.send("OPN", clear.Bytes(), r.U32(), encodeResponse(c.t, &ua.OpenSecureChannelResponse{ResponseHeader: goodHeader(), SecurityToken: &ua.ChannelSecurityToken{ChannelID: 1, TokenID: 1, CreatedAt: time.Now(), RevisedLifetime: 3600_000}}))
		case "MSG":
			c.answer(binary.LittleEndian.Uint32(rest[12:]), rest[16:])
		case "CLO":
			return
		}
	}
}

func (c *blast) send(kind string, clear []byte, request uint32, body []byte) {
	for first := true; first || len(body) > 0; first = false {
		n, last := len(body), byte('F')
		if n > 60_000 {
			n, last = 60_000, 'C'
		}
		c.seq++
		b := append([]byte(kind), last, 0, 0, 0, 0, 1, 0, 0, 0)
		b = append(b, clear...)
		b = binary.LittleEndian.AppendUint32(b, c.seq)
		b = binary.LittleEndian.AppendUint32(b, request)
		b = append(b, body[:n]...)
		body = body[n:]
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
		c.conn.Write(b)
	}
}

func (c *blast) answer(request uint32, body []byte) {
	_, req, err := ua.DecodeService(body)
	if err != nil {
		return
	}
	var resp any
	switch q := req.(type) {
	case *ua.GetEndpointsRequest:
		resp = &ua.GetEndpointsResponse{ResponseHeader: goodHeader(), Endpoints: []*ua.EndpointDescription{endpoint("", ua.SecurityPolicyURINone, ua.MessageSecurityModeNone, nil)}}
	case *ua.CreateSessionRequest:
		resp = &ua.CreateSessionResponse{ResponseHeader: goodHeader(), SessionID: ua.NewNumericNodeID(1, 1), AuthenticationToken: ua.NewNumericNodeID(1, 2), RevisedSessionTimeout: 60_000, ServerSignature: &ua.SignatureData{}}
	case *ua.ActivateSessionRequest:
		resp = &ua.ActivateSessionResponse{ResponseHeader: goodHeader()}
	case *ua.ReadRequest:
		r := &ua.ReadResponse{ResponseHeader: goodHeader()}
		for range q.NodesToRead {
			r.Results = append(r.Results, &ua.DataValue{EncodingMask: 1, Value: ua.MustVariant([]string{"http://opcfoundation.org/UA/", "urn:blast"})})
		}
		resp = r
	case *ua.CreateSubscriptionRequest:
		c.sub++
		resp = &ua.CreateSubscriptionResponse{ResponseHeader: goodHeader(), SubscriptionID: c.sub, RevisedPublishingInterval: q.RequestedPublishingInterval, RevisedLifetimeCount: q.RequestedLifetimeCount, RevisedMaxKeepAliveCount: q.RequestedMaxKeepAliveCount}
	case *ua.CreateMonitoredItemsRequest:
		r := &ua.CreateMonitoredItemsResponse{ResponseHeader: goodHeader()}
		for _, it := range q.ItemsToCreate {
			c.items = append(c.items, it.RequestedParameters.ClientHandle)
			r.Results = append(r.Results, &ua.MonitoredItemCreateResult{MonitoredItemID: uint32(len(c.items)), RevisedQueueSize: 1, FilterResult: ua.NewExtensionObject(nil)})
		}
		resp, c.message = r, nil
	case *ua.PublishRequest:
		c.publish(request)
		return
	case *ua.CloseSessionRequest:
		resp = &ua.CloseSessionResponse{ResponseHeader: goodHeader()}
	default:
		resp = &ua.ServiceFault{ResponseHeader: &ua.ResponseHeader{ServiceResult: ua.StatusBadServiceUnsupported, ServiceDiagnostics: &ua.DiagnosticInfo{}, AdditionalHeader: ua.NewExtensionObject(nil)}}
	}
	c.send("MSG", []byte{1, 0, 0, 0}, request, encodeResponse(c.t, resp))
}

// publish sends the message it made once, with the next number.
func (c *blast) publish(request uint32) {
	const numberMark = 0xABCDEF01
	if c.message == nil {
		change := &ua.DataChangeNotification{}
		for i, h := range c.items {
			change.MonitoredItems = append(change.MonitoredItems, &ua.MonitoredItemNotification{ClientHandle: h, Value: &ua.DataValue{
				EncodingMask: ua.DataValueValue | ua.DataValueSourceTimestamp | ua.DataValueServerTimestamp, Value: ua.MustVariant(float64(i)), SourceTimestamp: time.Now(), ServerTimestamp: time.Now()}})
		}
		c.message = encodeResponse(c.t, &ua.PublishResponse{ResponseHeader: goodHeader(), SubscriptionID: 1, NotificationMessage: &ua.NotificationMessage{SequenceNumber: numberMark, PublishTime: time.Now(),
			NotificationData: []*ua.ExtensionObject{{EncodingMask: 1, TypeID: ua.NewFourByteExpandedNodeID(0, 811), Value: change}}}})
	}
	mark := binary.LittleEndian.AppendUint32(nil, numberMark)
	if c.number == 0 {
		for i := range c.message {
			if string(c.message[i:i+4]) == string(mark) {
				c.number = uint32(i)
				break
			}
		}
	}
	at := c.number
	b := append([]byte(nil), c.message...)
	if v := binary.LittleEndian.Uint32(c.message[at:]); v == numberMark {
		binary.LittleEndian.PutUint32(b[at:], 1)
	} else {
		binary.LittleEndian.PutUint32(b[at:], v+1)
	}
	copy(c.message[at:], b[at:at+4])
	if pace := c.of.pace; pace > 0 {
		if c.due.IsZero() {
			c.due = time.Now()
		}
		time.Sleep(time.Until(c.due))
		c.due = c.due.Add(pace)
	}
	if c.of.halt.Load() {
		return
	}
	c.of.sent.Add(int64(len(c.items)))
	c.send("MSG", []byte{1, 0, 0, 0}, request, b)
}

// cpu is the processor time the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const blastItems = 1000

// BenchmarkUpdates compares the processor time for a thousand updates, from
// the socket to the values in the hands of the link, with the library's own
// client, from the socket to its channel. The blaster's share is in both; what
// clients alone cost, against a server of another maker, app/e2e measures.
func BenchmarkUpdates(b *testing.B) {
	measure := func(b *testing.B, run func(until func(n int) bool)) {
		n, begun := 0, time.Duration(0)
		b.ReportAllocs()
		run(func(k int) bool {
			if n == 0 {
				b.ResetTimer()
				begun = cpu()
			}
			n += k
			return n < b.N*blastItems
		})
		used := cpu() - begun
		b.StopTimer()
		b.ReportMetric(float64(used.Microseconds())/float64(n)*1000, "cpu-us/1000")
	}
	b.Run("penstock", func(b *testing.B) {
		s := newBlaster(b, 0)
		measure(b, func(more func(int) bool) {
			c, err := Driver{}.Connect(context.Background(), drivers.Device{Endpoint: s.url(), Options: map[string]string{"policy": "None"}})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			points := make([]drivers.Point, blastItems)
			for i := range points {
				points[i] = drivers.Point{Address: "nsu=urn:blast;i=" + tag.Int(int64(i)).String()}
			}
			done := make(chan struct{})
			var once sync.Once
			if _, err := c.Subscribe(context.Background(), points, func(idx []int, _ []tag.Value) {
				if len(idx) > 0 && !more(len(idx)) {
					once.Do(func() { close(done) })
				}
			}); err != nil {
				b.Fatal(err)
			}
			<-done
		})
	})
	b.Run("library", func(b *testing.B) {
		s := newBlaster(b, 0)
		measure(b, func(more func(int) bool) {
			ctx := context.Background()
			c, err := opcua.NewClient(s.url(), opcua.AutoReconnect(false))
			if err != nil {
				b.Fatal(err)
			}
			if err := c.Connect(ctx); err != nil {
				b.Fatal(err)
			}
			defer c.Close(ctx)
			ch := make(chan *opcua.PublishNotificationData, 16)
			sub, err := c.Subscribe(ctx, &opcua.SubscriptionParameters{Interval: 500 * time.Millisecond}, ch)
			if err != nil {
				b.Fatal(err)
			}
			for i := 0; i < blastItems; i += 500 {
				var items []*ua.MonitoredItemCreateRequest
				for k := range 500 {
					items = append(items, opcua.NewMonitoredItemCreateRequestWithDefaults(ua.NewNumericNodeID(1, uint32(i+k)), ua.AttributeIDValue, uint32(i+k)))
				}
				if _, err := sub.Monitor(ctx, ua.TimestampsToReturnBoth, items...); err != nil {
					b.Fatal(err)
				}
			}
			for n := range ch {
				if n.Error != nil {
					b.Fatal(n.Error)
				}
				if d, ok := n.Value.(*ua.DataChangeNotification); ok && len(d.MonitoredItems) == blastItems && !more(len(d.MonitoredItems)) {
					return
				}
			}
		})
	})
}

// Twenty thousand updates a second through driver and link, and none is lost.
func TestTwentyThousandUpdatesASecond(t *testing.T) {
	length := 5 * time.Second
	switch {
	case os.Getenv("PENSTOCK_LONG") != "":
		length = time.Minute
	case testing.Short():
		length = time.Second
	}
	s := newBlaster(t, time.Second*blastItems/20_000)
	var got atomic.Int64
	var points []drivers.Tagged
	for i := range blastItems {
		points = append(points, drivers.Tagged{ID: tag.ID(tag.Int(int64(i)).String()), Point: drivers.Point{Address: "nsu=urn:blast;i=" + tag.Int(int64(i)).String(), Period: beatEvery}})
	}
	l := drivers.NewLink(Driver{}, drivers.Device{Endpoint: s.url(), Options: map[string]string{"policy": "None"}}, points, drivers.LinkOptions{Backfill: -1}, func(batch []tag.Sample) {
		for _, v := range batch {
			if v.Quality.IsGood() {
				got.Add(1)
			}
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { l.Run(ctx); close(over) }()
	within(t, "data", func() bool { return got.Load() > 0 })
	sent, start, used := s.sent.Load(), time.Now(), cpu()
	time.Sleep(length)
	rate, load := float64(s.sent.Load()-sent)/time.Since(start).Seconds(), (cpu()-used).Seconds()/time.Since(start).Seconds()
	s.halt.Store(true)
	// Of every message one update is the server's clock, which is no value.
	want := func() int64 { return s.sent.Load() / (blastItems + 1) * blastItems }
	within(t, "all that was sent", func() bool { return got.Load() == want() })
	if n := l.Status().Counters.Outages; n > 0 {
		t.Errorf("%d outages", n)
	}
	stop()
	<-over
	if rate < 18_000 {
		t.Logf("this machine is too busy to send more than %.0f updates a second", rate)
	}
	fmt.Printf("%.0f updates a second for %v at %.1f %% of a core, none lost\n", rate, length, 100*load)
}
