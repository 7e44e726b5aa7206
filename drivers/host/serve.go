package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// server is the child's side: one driver, the connections the parent dialled.
type server struct {
	driver drivers.Driver

	wmu   sync.Mutex
	w     *bufio.Writer
	buf   []byte
	dirty bool

	mu      sync.Mutex
	conns   map[uint32]*served
	unasked map[uint32]bool // connections closed while they were dialled
	cancels map[uint32]context.CancelFunc
}

// served is one connection in the child.
type served struct {
	conn   drivers.Conn
	mu     sync.Mutex
	lists  map[uint64][]drivers.Point
	credit map[byte]chan struct{} // by op: a token for each push that may be sent
	done   chan struct{}
	once   sync.Once
}

// traceEvery is how long a line for the flight recorder may wait for company.
const traceEvery = 100 * time.Millisecond

// wireEvery is how often the parent is told what went over the wires, in
// times of traceEvery.
const wireEvery = 10

// maxLine is how many bytes of a line for people are sent.
const maxLine = 4096

// serve answers the parent until its output ends.
func serve(drv drivers.Driver, in io.Reader, out io.Writer) error {
	s := &server{driver: drv, w: bufio.NewWriterSize(out, 64<<10), conns: map[uint32]*served{}, unasked: map[uint32]bool{}, cancels: map[uint32]context.CancelFunc{}}
	s.say(opHello, 0, 0, []byte{version}, true)
	stop := make(chan struct{})
	defer close(stop)
	go s.flush(stop)
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		f, err := readFrame(r)
		switch {
		case errors.Is(err, io.EOF):
			return nil // the parent is gone or needs us no more
		case err != nil:
			return fmt.Errorf("from the control room: %w", err)
		}
		s.handle(f)
	}
}

func (s *server) flush(stop chan struct{}) {
	t := time.NewTicker(traceEvery)
	defer t.Stop()
	for n := 1; ; n++ {
		select {
		case <-t.C:
		case <-stop:
			return
		}
		if n%wireEvery == 0 {
			s.mu.Lock()
			conns := maps.Clone(s.conns)
			s.mu.Unlock()
			for id, c := range conns {
				s.metered(id, c.conn)
			}
		}
		s.wmu.Lock()
		if s.dirty {
			s.w.Flush()
			s.dirty = false
		}
		s.wmu.Unlock()
	}
}

// say sends a frame, now or with the next one.
func (s *server) say(op byte, id, conn uint32, body []byte, now bool) {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	if len(body) > maxFrame-frameHead {
		body = putError(nil, fmt.Errorf("an answer of %d bytes is too long", len(body)))
		if op != opReply {
			return
		}
	}
	s.buf = appendFrame(s.buf[:0], op, id, conn, body)
	s.w.Write(s.buf) // an error means that the parent is gone, and reading tells
	s.dirty = !now
	if now {
		s.w.Flush()
	}
}

func (s *server) handle(f frame) {
	r := reader{b: f.body}
	switch f.op {
	case opCancel:
		s.mu.Lock()
		cancel := s.cancels[f.id]
		s.mu.Unlock()
		if cancel != nil {
			cancel()
		}
		return
	case opCredit:
		if c := s.conn(f.conn); c != nil {
			select {
			case c.credit[byte(f.id)] <- struct{}{}:
			default:
			}
		}
		return
	}
	left := time.Duration(r.int())
	ctx, cancel := context.WithCancel(context.Background())
	if left > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), left)
	}
	s.mu.Lock()
	s.cancels[f.id] = cancel
	s.mu.Unlock()
	go func() {
		body := s.answer(ctx, f, &r)
		s.mu.Lock()
		delete(s.cancels, f.id)
		delete(s.unasked, f.id)
		s.mu.Unlock()
		cancel()
		s.say(opReply, f.id, f.conn, body, true)
	}()
}

func (s *server) conn(id uint32) *served {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[id]
}

// answer does what a request asks and returns the body of the answer: an
// error, and what follows it when there is none.
func (s *server) answer(ctx context.Context, f frame, r *reader) []byte {
	if f.op == opDial {
		return s.dial(ctx, f.conn, r)
	}
	s.mu.Lock()
	c := s.conns[f.conn]
	if _, dialling := s.cancels[f.conn]; c == nil && dialling && f.op == opClose { // a dial has the number of its connection
		s.unasked[f.conn] = true
	}
	s.mu.Unlock()
	if c == nil {
		return putError(nil, errClosed)
	}
	ctx = drivers.WithTracer(ctx, s.tracer(f.conn))
	switch f.op {
	case opRead:
		points := c.list(r)
		if r.err != nil {
			return putError(nil, r.err)
		}
		vals := make([]tag.Value, len(points))
		if err := c.conn.Read(ctx, points, vals); err != nil {
			return putError(nil, err)
		}
		return putValues(putError(make([]byte, 0, 16+16*len(vals)), nil), vals)
	case opWrite:
		p, v := r.point(), r.scalar()
		if r.err != nil {
			return putError(nil, r.err)
		}
		return putError(nil, c.conn.Write(ctx, p, v))
	case opSubscribe:
		points := r.points()
		if r.err != nil {
			return putError(nil, r.err)
		}
		return putError(nil, s.subscribe(ctx, f.conn, c, points))
	case opConditions:
		return putError(nil, s.conditions(ctx, f.conn, c))
	case opRespond:
		a, ok := drivers.As[drivers.Alarmer](c.conn)
		if !ok {
			return putError(nil, drivers.ErrNoAbility)
		}
		answer := r.response()
		if r.err != nil {
			return putError(nil, r.err)
		}
		return putError(nil, a.Respond(ctx, answer))
	case opCall:
		k, ok := drivers.As[drivers.Caller](c.conn)
		if !ok {
			return putError(nil, drivers.ErrNoAbility)
		}
		object, method, args := r.text(), r.text(), r.scalars()
		if r.err != nil {
			return putError(nil, r.err)
		}
		results, err := k.Call(ctx, object, method, args)
		if err != nil {
			return putError(nil, err)
		}
		return putScalars(putError(nil, nil), results)
	case opBrowse:
		b, ok := drivers.As[drivers.Browser](c.conn)
		if !ok {
			return putError(nil, drivers.ErrNoAbility)
		}
		nodes, err := b.Browse(ctx, r.text())
		if err != nil {
			return putError(nil, err)
		}
		return putNodes(putError(nil, nil), nodes)
	case opHistory:
		h, ok := drivers.As[drivers.HistoryReader](c.conn)
		if !ok {
			return putError(nil, drivers.ErrNoAbility)
		}
		p, from, to := r.point(), r.int(), r.int()
		vals, err := h.ReadHistory(ctx, p, from, to)
		if err != nil {
			return putError(nil, err)
		}
		return putValues(putError(nil, nil), vals)
	case opProbe:
		p, ok := drivers.As[drivers.Prober](c.conn)
		if !ok {
			return putError(nil, drivers.ErrNoAbility)
		}
		return putError(nil, p.Probe(ctx))
	case opClose:
		s.mu.Lock()
		delete(s.conns, f.conn)
		s.mu.Unlock()
		c.once.Do(func() { close(c.done) })
		err := c.conn.Close()
		s.metered(f.conn, c.conn)
		return putError(nil, err)
	}
	return putError(nil, fmt.Errorf("there is no request %d", f.op))
}

func (s *server) tracer(conn uint32) drivers.Tracer {
	return func(line string) {
		s.say(opTrace, 0, conn, putText(nil, line[:min(len(line), maxLine)]), false)
	}
}

// metered tells what went over a connection's wire.
func (s *server) metered(id uint32, c drivers.Conn) {
	if m, ok := drivers.As[drivers.Metered](c); ok {
		w := m.Wire()
		s.say(opWire, 0, id, putWire(nil, w), false)
	}
}

func (s *server) auditor(conn uint32) drivers.Auditor {
	return func(line string) {
		s.say(opAudit, 0, conn, putText(nil, line[:min(len(line), maxLine)]), false)
	}
}

func (s *server) dial(ctx context.Context, id uint32, r *reader) []byte {
	traced, dev := r.bool(), r.device()
	if r.err != nil {
		return putError(nil, r.err)
	}
	if traced {
		ctx = drivers.WithTracer(ctx, s.tracer(id))
	}
	conn, err := s.driver.Dial(drivers.WithAuditor(ctx, s.auditor(id)), dev)
	if err != nil {
		return putError(nil, err)
	}
	c := &served{conn: conn, lists: map[uint64][]drivers.Point{}, done: make(chan struct{}), credit: map[byte]chan struct{}{}}
	for _, op := range []byte{opPush, opNotice} {
		c.credit[op] = make(chan struct{}, credit)
		for range credit {
			c.credit[op] <- struct{}{}
		}
	}
	s.mu.Lock()
	unasked := s.unasked[id]
	if !unasked {
		s.conns[id] = c
	}
	s.mu.Unlock()
	if unasked { // the parent has given up meanwhile
		conn.Close()
		return putError(nil, errClosed)
	}
	return append(putError(nil, nil), abilitiesOf(conn))
}

// list returns the points a request names or brings along.
func (c *served) list(r *reader) []drivers.Point {
	id, brought := r.uint(), r.bool()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !brought {
		l, ok := c.lists[id]
		if !ok {
			r.fail()
		}
		return l
	}
	l := r.points()
	if id > 0 && id <= maxLists && r.err == nil {
		c.lists[id] = l
	}
	return l
}

// feed sends what a connection pushes as fast as the parent takes it.
func (s *server) feed(op byte, id uint32, c *served, fill func(b []byte) []byte) {
	select {
	case <-c.credit[op]:
	case <-c.done:
		return
	}
	s.say(op, 0, id, fill(nil), true)
}

// ends tells the parent when a feed has ended.
func (s *server) ends(id uint32, c *served, ended <-chan error) {
	select {
	case err := <-ended:
		s.say(opEnded, 0, id, putError(nil, err), true)
	case <-c.done:
	}
}

func (s *server) subscribe(ctx context.Context, id uint32, c *served, points []drivers.Point) error {
	sub, ok := drivers.As[drivers.Subscriber](c.conn)
	if !ok {
		return drivers.ErrNoAbility
	}
	ended, err := sub.Subscribe(ctx, points, func(idx []int, vals []tag.Value) {
		s.feed(opPush, id, c, func(b []byte) []byte { return putValues(putIndexes(b, idx), vals) })
	})
	if err == nil {
		go s.ends(id, c, ended)
	}
	return err
}

func (s *server) conditions(ctx context.Context, id uint32, c *served) error {
	a, ok := drivers.As[drivers.Alarmer](c.conn)
	if !ok {
		return drivers.ErrNoAbility
	}
	ended, err := a.Conditions(ctx, func(list []drivers.Condition, all bool) {
		s.feed(opNotice, id, c, func(b []byte) []byte { return putConditions(putBool(b, all), list) })
	})
	if err == nil {
		go s.ends(id, c, ended)
	}
	return err
}
