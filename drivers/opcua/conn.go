package opcua

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// Conn is one connection to a server: a session for everything people and
// Link ask, and one more for what is subscribed, so that no request can
// disturb the data. Its methods may be called from any goroutine.
type Conn struct {
	driver   Driver
	dev      drivers.Device
	opt      options
	user     channel.User
	endpoint *ua.EndpointDescription
	security channel.Security
	uri      string // of our application

	life    context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup

	dialling   sync.Mutex // held while cmd is opened
	mu         sync.Mutex
	cmd        *channel.Session
	namespaces []string
	limits     limits
	feeds      []*feed // open subscriptions
	sessions   []*channel.Session
	former     drivers.Wire // of sessions that have ended
	types      map[string]*dataType
	targets    map[string]target

	noTranslate bool // the server cannot translate browse paths
}

var _ interface {
	drivers.Conn
	drivers.Subscriber
	drivers.Browser
	drivers.HistoryReader
	drivers.Caller
	drivers.Alarmer
	drivers.Metered
} = (*Conn)(nil)

// session opens a session of its own channel.
func (c *Conn) session(ctx context.Context, what string) (*channel.Session, error) {
	ch, err := channel.Open(ctx, channel.Config{URL: c.dev.Endpoint, Security: c.security, Timeout: c.dev.Timeout})
	if err != nil {
		return nil, err
	}
	id := channel.Identity{ApplicationURI: c.uri, Name: "Penstock", Session: "Penstock " + c.dev.Name + " " + what}
	s, err := channel.NewSession(ctx, ch, c.endpoint, id, c.user)
	if err == nil {
		c.opened(s)
	}
	return s, err
}

// errClosed is what a Conn answers after Close.
var errClosed = errors.New("the connection was closed")

// command returns the session for requests, opened anew if the last one has
// ended: then nothing of this request was sent yet.
func (c *Conn) command(ctx context.Context) (*channel.Session, error) {
	c.dialling.Lock()
	defer c.dialling.Unlock()
	c.mu.Lock()
	old := c.cmd
	c.mu.Unlock()
	if c.life.Err() != nil {
		return nil, errClosed
	}
	if old != nil && old.Err() == nil {
		return old, nil
	}
	if old != nil {
		old.Close()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	s, err := c.session(ctx, "commands")
	if err != nil {
		return nil, err
	}
	names, lim, err := greet(ctx, s)
	if err != nil {
		s.Close()
		return nil, err
	}
	drivers.Trace(ctx, "<- session open for %v, %d namespaces, limits: read %d, write %d, monitor %d, browse %d", s.Timeout, len(names), lim.read, lim.write, lim.monitor, lim.browse)
	c.mu.Lock()
	c.cmd, c.namespaces, c.limits = s, names, lim
	c.mu.Unlock()
	c.running.Go(func() { c.keepAlive(s) })
	return s, nil
}

// Close implements drivers.Conn.
func (c *Conn) Close() error {
	c.end()
	c.dialling.Lock() // whoever is dialling has been told to stop
	defer c.dialling.Unlock()
	c.mu.Lock()
	s, feeds := c.cmd, c.feeds
	c.cmd, c.feeds = nil, nil
	c.mu.Unlock()
	var all sync.WaitGroup
	if s != nil {
		all.Go(s.Close)
	}
	for _, f := range feeds {
		all.Go(f.session.Close)
	}
	all.Wait()
	c.running.Wait()
	return nil
}

// node finds the NodeId of an address among the server's namespaces; ok is
// false when it has none of that name.
func (c *Conn) node(a *address) (id *ua.NodeID, ok bool) {
	index := a.index
	if a.uri != "" {
		found := false
		c.mu.Lock()
		for i, n := range c.namespaces {
			if n == a.uri {
				index, found = uint16(i), true
				break
			}
		}
		c.mu.Unlock()
		if !found {
			return nil, false
		}
	}
	id, err := a.node(index)
	return id, err == nil
}

// Read implements drivers.Conn.
func (c *Conn) Read(ctx context.Context, points []drivers.Point, vals []tag.Value) error {
	return inWords(c.readPoints(ctx, points, vals))
}

func (c *Conn) readPoints(ctx context.Context, points []drivers.Point, vals []tag.Value) error {
	s, err := c.command(ctx)
	if err != nil {
		return err
	}
	var want []*ua.ReadValueID
	var picks []pick
	var at []int
	for i, p := range points {
		vals[i] = tag.Value{Quality: tag.BadConfigurationError}
		a, err := parseAddress(p.Address)
		if err != nil {
			continue
		}
		id, ok := c.node(&a)
		if !ok {
			continue
		}
		k, err := c.pick(ctx, s, id, a.path)
		if err != nil {
			return err
		}
		want, picks, at = append(want, valueOf(id)), append(picks, k), append(at, i)
	}
	drivers.Trace(ctx, "-> Read %d values", len(want))
	got, err := c.read(ctx, s, want, ua.TimestampsToReturnBoth)
	if err != nil {
		drivers.Trace(ctx, "<- %v", err)
		return err
	}
	bad := 0
	for i, dv := range got {
		vals[at[i]] = picks[i].value(&dv)
		if !vals[at[i]].Quality.Usable() {
			bad++
		}
	}
	drivers.Trace(ctx, "<- %d values, %d of them bad", len(got), bad)
	return nil
}

func valueOf(id *ua.NodeID) *ua.ReadValueID { return attribute(id, ua.AttributeIDValue) }

func attribute(id *ua.NodeID, a ua.AttributeID) *ua.ReadValueID {
	return &ua.ReadValueID{NodeID: id, AttributeID: a, DataEncoding: &ua.QualifiedName{}}
}

// read reads attributes in portions the server takes.
func (c *Conn) read(ctx context.Context, s *channel.Session, want []*ua.ReadValueID, times ua.TimestampsToReturn) ([]wire.DataValue, error) {
	c.mu.Lock()
	most := c.limits.read
	c.mu.Unlock()
	out := make([]wire.DataValue, 0, len(want))
	err := portions(len(want), most, func(i, j int) error {
		body, err := s.Call(ctx, &ua.ReadRequest{TimestampsToReturn: times, NodesToRead: want[i:j]})
		if err != nil {
			return err
		}
		r := wire.NewCursor(body)
		if n := r.Len(1); n != j-i {
			return fmt.Errorf("%w: %d answers to %d questions", wire.ErrMalformed, n, j-i)
		}
		for range j - i {
			out = append(out, r.DataValue())
		}
		return r.Err()
	})
	return out, err
}
