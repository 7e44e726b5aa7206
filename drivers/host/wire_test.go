package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/sim"
)

// wire is a driver whose device is in the test's process: a simulated plant
// behind a TCP port, so that the test can cut and hang what a child talks to.
// Each message is a line of JSON; a subscription has a connection of its own.
type wire struct{ sim.Driver }

type message struct {
	Op     string              `json:",omitempty"`
	Points []drivers.Point     `json:",omitempty"`
	Values []value             `json:",omitempty"`
	Index  []int               `json:",omitempty"`
	Write  *value              `json:",omitempty"`
	From   int64               `json:",omitempty"`
	To     int64               `json:",omitempty"`
	Nodes  []drivers.Node      `json:",omitempty"`
	Alarms []drivers.Condition `json:",omitempty"`
	All    bool                `json:",omitempty"`
	Answer *drivers.Response   `json:",omitempty"`
	Text   []string            `json:",omitempty"`
	Error  string              `json:",omitempty"`
	Refuse bool                `json:",omitempty"`
}

type value struct {
	Source int64
	Kind   tag.Kind
	Bits   uint64
	Text   string
	Status uint32
}

func pack(vals []tag.Value) (out []value) {
	for _, v := range vals {
		out = append(out, value{v.Source, v.Value.Kind(), v.Value.Bits(), v.Value.Str(), v.Quality.Status()})
	}
	return out
}

func unpack(in []value) (out []tag.Value) {
	for _, v := range in {
		out = append(out, tag.Value{Source: v.Source, Value: tag.FromBits(v.Kind, v.Bits, v.Text), Quality: tag.FromStatus(v.Status)})
	}
	return out
}

// listen serves the plant of a simulated device, and returns its address.
func listen(t testing.TB, d *sim.Driver, dev drivers.Device) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go talk(d, dev, c)
		}
	}()
	return l.Addr().String()
}

func talk(d *sim.Driver, dev drivers.Device, c net.Conn) {
	defer c.Close()
	inner, err := d.Dial(context.Background(), dev)
	if err != nil {
		return
	}
	defer inner.Close()
	in, out := json.NewDecoder(c), json.NewEncoder(c)
	ctx := context.Background()
	for {
		var m, a message
		if in.Decode(&m) != nil {
			return
		}
		switch m.Op {
		case "hello":
			err = nil
		case "read":
			vals := make([]tag.Value, len(m.Points))
			err = inner.Read(ctx, m.Points, vals)
			a.Values = pack(vals)
		case "write":
			err = inner.Write(ctx, m.Points[0], unpack([]value{*m.Write})[0].Value)
		case "probe":
			err = inner.(drivers.Prober).Probe(ctx)
		case "browse":
			a.Nodes, err = inner.(drivers.Browser).Browse(ctx, m.Points[0].Address)
		case "history":
			var vals []tag.Value
			vals, err = inner.(drivers.HistoryReader).ReadHistory(ctx, m.Points[0], m.From, m.To)
			a.Values = pack(vals)
		case "respond":
			err = inner.(drivers.Alarmer).Respond(ctx, *m.Answer)
		case "call":
			var args, results []tag.Scalar
			for _, v := range unpack(m.Values) {
				args = append(args, v.Value)
			}
			results, err = inner.(drivers.Caller).Call(ctx, m.Text[0], m.Text[1], args)
			for _, s := range results {
				a.Values = append(a.Values, pack([]tag.Value{{Value: s}})...)
			}
		case "alarms":
			ended, err := inner.(drivers.Alarmer).Conditions(ctx, func(list []drivers.Condition, all bool) {
				out.Encode(message{Alarms: list, All: all})
			})
			if err == nil {
				go func() { in.Decode(&m); inner.Close() }() // the other side hangs up
				<-ended
			}
			return
		case "subscribe":
			var mu sync.Mutex
			ended, err := inner.(drivers.Subscriber).Subscribe(ctx, m.Points, func(idx []int, vals []tag.Value) {
				mu.Lock()
				defer mu.Unlock()
				out.Encode(message{Index: idx, Values: pack(vals)})
			})
			if err == nil {
				go func() { in.Decode(&m); inner.Close() }() // the other side hangs up
				<-ended
			}
			return
		}
		if a.Refuse = errors.Is(err, drivers.ErrRefused); err != nil {
			a.Error = err.Error()
		}
		if err != nil && !a.Refuse {
			return
		}
		if out.Encode(a) != nil {
			return
		}
	}
}

func (w *wire) CheckDevice(dev drivers.Device) error {
	dev.Endpoint = "sim://" + strings.TrimPrefix(dev.Endpoint, "wire://")
	return w.Driver.CheckDevice(dev)
}

func (w *wire) Dial(ctx context.Context, dev drivers.Device) (drivers.Conn, error) {
	c, err := w.connect(ctx, dev)
	if err != nil {
		return nil, err
	}
	if err := c.ask(ctx, message{Op: "hello"}, &message{}); err != nil {
		c.Close()
		return nil, err
	}
	f := &wireFeed{wireConn: c, wire: w, dev: dev}
	if dev.Options["mode"] == "push" {
		return &wirePush{f}, nil
	}
	return f, nil
}

func (w *wire) connect(ctx context.Context, dev drivers.Device) (*wireConn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(dev.Endpoint, "wire://"))
	if err != nil {
		return nil, err
	}
	return &wireConn{Conn: c, in: json.NewDecoder(c), out: json.NewEncoder(c)}, nil
}

type wireConn struct {
	net.Conn
	in  *json.Decoder
	out *json.Encoder
}

func (c *wireConn) ask(ctx context.Context, m message, a *message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	drivers.Trace(ctx, "-> %s", m.Op)
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Now()) })
	defer stop()
	if err := c.out.Encode(m); err != nil {
		return err
	}
	if err := c.in.Decode(a); err != nil {
		return errors.Join(err, ctx.Err())
	}
	if a.Refuse {
		return fmt.Errorf("%w: %s", drivers.ErrRefused, a.Error)
	}
	return nil
}

func (c *wireConn) Read(ctx context.Context, points []drivers.Point, vals []tag.Value) error {
	var a message
	if err := c.ask(ctx, message{Op: "read", Points: points}, &a); err != nil {
		return err
	}
	copy(vals, unpack(a.Values))
	return nil
}

func (c *wireConn) Write(ctx context.Context, p drivers.Point, v tag.Scalar) error {
	w := pack([]tag.Value{{Value: v}})
	err := c.ask(ctx, message{Op: "write", Points: []drivers.Point{p}, Write: &w[0]}, &message{})
	if err != nil && !errors.Is(err, drivers.ErrRefused) {
		return fmt.Errorf("%w: %w", drivers.ErrUnknown, err)
	}
	return err
}

func (c *wireConn) Probe(ctx context.Context) error {
	return c.ask(ctx, message{Op: "probe"}, &message{})
}

func (c *wireConn) Browse(ctx context.Context, under string) ([]drivers.Node, error) {
	var a message
	err := c.ask(ctx, message{Op: "browse", Points: []drivers.Point{{Address: under}}}, &a)
	return a.Nodes, err
}

func (c *wireConn) ReadHistory(ctx context.Context, p drivers.Point, from, to int64) ([]tag.Value, error) {
	var a message
	err := c.ask(ctx, message{Op: "history", Points: []drivers.Point{p}, From: from, To: to}, &a)
	return unpack(a.Values), err
}

// wireFeed is a wireConn with connections beside it for what is pushed.
type wireFeed struct {
	*wireConn
	wire  *wire
	dev   drivers.Device
	feeds []*wireConn
}

type wirePush struct{ *wireFeed }

func (c *wirePush) Subscribe(ctx context.Context, points []drivers.Point, push func([]int, []tag.Value)) (<-chan error, error) {
	return c.feed(ctx, message{Op: "subscribe", Points: points}, func(m message) { push(m.Index, unpack(m.Values)) })
}

func (c *wireFeed) Conditions(ctx context.Context, push func([]drivers.Condition, bool)) (<-chan error, error) {
	return c.feed(ctx, message{Op: "alarms"}, func(m message) { push(m.Alarms, m.All) })
}

func (c *wireFeed) feed(ctx context.Context, ask message, take func(m message)) (<-chan error, error) {
	feed, err := c.wire.connect(ctx, c.dev)
	if err != nil {
		return nil, err
	}
	c.feeds = append(c.feeds, feed)
	if err := feed.out.Encode(ask); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() {
		for {
			var m message
			if err := feed.in.Decode(&m); err != nil {
				ended <- err
				return
			}
			take(m)
		}
	}()
	return ended, nil
}

func (c *wireFeed) Respond(ctx context.Context, r drivers.Response) error {
	return c.ask(ctx, message{Op: "respond", Answer: &r}, &message{})
}

func (c *wireFeed) Call(ctx context.Context, object, method string, args []tag.Scalar) (results []tag.Scalar, err error) {
	m := message{Op: "call", Text: []string{object, method}}
	for _, s := range args {
		m.Values = append(m.Values, pack([]tag.Value{{Value: s}})...)
	}
	var a message
	err = c.ask(ctx, m, &a)
	for _, v := range unpack(a.Values) {
		results = append(results, v.Value)
	}
	return results, err
}

func (c *wireFeed) Close() error {
	for _, f := range c.feeds {
		f.Close()
	}
	return c.wireConn.Close()
}
