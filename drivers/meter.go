package drivers

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Wire counts what went over the wires of a link: messages of its protocol and
// their bytes, without the network's own. A scan of a thousand points is one
// request of the link and as many messages as the driver needs for it.
type Wire struct {
	Sent          uint64 `json:"sent"`     // requests
	Received      uint64 `json:"received"` // replies and pushes
	SentBytes     uint64 `json:"sent_bytes"`
	ReceivedBytes uint64 `json:"received_bytes"`
	Repeated      uint64 `json:"repeated"` // of Sent: reads that had no answer, or none of use, before
	Unfit         uint64 `json:"unfit"`    // replies that fitted no request, or were broken

	Answers Histogram `json:"answers,omitzero"` // until each reply came, where the driver measures it
}

// Plus returns the sum of both.
func (w Wire) Plus(o Wire) Wire {
	return Wire{w.Sent + o.Sent, w.Received + o.Received, w.SentBytes + o.SentBytes, w.ReceivedBytes + o.ReceivedBytes,
		w.Repeated + o.Repeated, w.Unfit + o.Unfit, w.Answers.plus(&o.Answers)}
}

// Metered is a Conn that counts what goes over its wire.
type Metered interface {
	// Wire returns the counts since Dial. It does not block, and any goroutine
	// may call it, also after Close.
	Wire() Wire
}

// Meter is a Metered to be embedded: the Conn tells it of every message. Its
// methods may be called from any goroutine; the zero Meter is ready.
type Meter struct {
	sent, received, sentBytes, receivedBytes, repeated, unfit atomic.Uint64

	mu      sync.Mutex
	answers Histogram
}

// Sent counts one message that went out.
func (m *Meter) Sent(bytes int) { m.sent.Add(1); m.sentBytes.Add(uint64(bytes)) }

// Received counts one reply that came some time after its request.
func (m *Meter) Received(bytes int, after time.Duration) {
	m.received.Add(1)
	m.receivedBytes.Add(uint64(bytes))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers.Add(after)
}

// Repeats counts one message that is going to be sent again.
func (m *Meter) Repeats() { m.repeated.Add(1) }

// Unfit counts one reply that fitted no request.
func (m *Meter) Unfit() { m.unfit.Add(1) }

// Wire implements Metered.
func (m *Meter) Wire() Wire {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Wire{m.sent.Load(), m.received.Load(), m.sentBytes.Load(), m.receivedBytes.Load(), m.repeated.Load(), m.unfit.Load(), m.answers}
}

// retire takes the last counts of a connection that is closed.
func (l *Link) retire(c Conn) {
	m, ok := As[Metered](c)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.Wire = l.status.Wire.Plus(m.Wire())
	l.meters = slices.DeleteFunc(l.meters, func(x Metered) bool { return x == m })
}
