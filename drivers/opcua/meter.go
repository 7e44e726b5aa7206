package opcua

import (
	"slices"

	"penstock/drivers"
	"penstock/drivers/opcua/channel"
)

// Wire implements drivers.Metered: the sum over the sessions of the connection.
func (c *Conn) Wire() drivers.Wire {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.former
	for _, s := range c.sessions {
		w = w.Plus(countsOf(s))
	}
	return w
}

func countsOf(s *channel.Session) drivers.Wire {
	n := &s.Counts
	return drivers.Wire{Sent: uint64(n.Requests.Load()), Received: uint64(n.Answers.Load()),
		SentBytes: uint64(n.BytesOut.Load()), ReceivedBytes: uint64(n.BytesIn.Load())}
}

// opened notes a new session, and takes the counts of those that have ended.
func (c *Conn) opened(s *channel.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions = append(slices.DeleteFunc(c.sessions, func(old *channel.Session) bool {
		select {
		case <-old.Done():
			c.former = c.former.Plus(countsOf(old))
			return true
		default:
			return false
		}
	}), s)
}
