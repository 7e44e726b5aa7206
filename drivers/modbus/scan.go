package modbus

import (
	"context"
	"errors"
	"time"

	"penstock/drivers"
	"penstock/drivers/modbus/reg"
	"penstock/drivers/modbus/survey"
	"penstock/drivers/modbus/wire"
)

// ScanOptions say what a Scanner reads and how fast.
type ScanOptions struct {
	Tables []reg.Table   // nil: holding and input
	From   uint16        // first offset on the wire
	Count  int           // registers of each table; 0: 500
	Every  time.Duration // least time between two requests; 0: 50 ms
}

const (
	scanCount = 500
	scanEvery = 50 * time.Millisecond
	// scanGrain is the length below which a refused stretch is not halved any
	// more when all of it is refused.
	scanGrain = 16
)

// Scanner reads whole tables of one unit, again and again. It only reads,
// and no faster than it was told. It is used by one goroutine.
type Scanner struct {
	c    *conn
	opts ScanOptions
	todo []survey.Run // stretches that are read; found in the first pass
	next time.Time    // when the next request may go
}

// Scan connects to a unit to look at its registers.
func (d *Driver) Scan(ctx context.Context, dev drivers.Device, opts ScanOptions) (*Scanner, error) {
	c, err := d.dial(ctx, dev)
	if err != nil {
		return nil, err
	}
	if opts.Tables == nil {
		opts.Tables = []reg.Table{reg.Holding, reg.Input}
	}
	if opts.Count <= 0 {
		opts.Count = scanCount
	}
	if opts.Every <= 0 {
		opts.Every = scanEvery
	}
	return &Scanner{c: c, opts: opts}, nil
}

// Base is the number of the first address in classic notation.
func (s *Scanner) Base() int { return s.c.set.mapping.Base }

// Close ends the connection.
func (s *Scanner) Close() error { return s.c.Close() }

// Pass reads everything once. The first pass finds out what the unit has; the
// later ones read only that.
func (s *Scanner) Pass(ctx context.Context) (survey.Snapshot, error) {
	ctx, done := s.c.bound(ctx)
	defer done()
	var out survey.Snapshot
	if s.todo == nil {
		for _, t := range s.opts.Tables {
			end := min(int(s.opts.From)+s.opts.Count, 0x10000)
			step := s.c.set.maxRead
			if t.IsBits() {
				step = s.c.set.maxReadBits
			}
			for at := int(s.opts.From); at < end; at += step {
				if err := s.find(ctx, t, at, min(step, end-at), &out); err != nil {
					return nil, err
				}
			}
		}
		s.todo = out
		return out, nil
	}
	for _, r := range s.todo {
		data, err := s.read(ctx, r.Table, r.At, len(r.Data)/2)
		if absent(err) {
			continue // it comes and goes
		}
		if err != nil {
			return nil, err
		}
		out = append(out, survey.Run{Table: r.Table, At: r.At, Data: data})
	}
	return out, nil
}

// find reads a stretch and halves it where it is refused. Refused stretches
// shorter than the grain are looked into only beside one that is there.
func (s *Scanner) find(ctx context.Context, t reg.Table, at, n int, out *survey.Snapshot) error {
	data, err := s.read(ctx, t, at, n)
	switch {
	case err == nil:
		*out = append(*out, survey.Run{Table: t, At: at, Data: data})
		return nil
	case !absent(err):
		return err
	case n == 1 || exceptionOf(err) == illegalFunction:
		return nil
	}
	had := len(*out)
	half := (n + 1) / 2
	if err := s.find(ctx, t, at, half, out); err != nil {
		return err
	}
	if n <= scanGrain && len(*out) == had {
		return s.edge(ctx, t, at+half, n-half, out)
	}
	return s.find(ctx, t, at+half, n-half, out)
}

// edge looks at the second half of a short stretch whose first half has
// nothing, as a whole only.
func (s *Scanner) edge(ctx context.Context, t reg.Table, at, n int, out *survey.Snapshot) error {
	if n == 0 {
		return nil
	}
	data, err := s.read(ctx, t, at, n)
	if err == nil {
		*out = append(*out, survey.Run{Table: t, At: at, Data: data})
	}
	if absent(err) {
		return nil
	}
	return err
}

// absent reports whether a unit does not have what it was asked for.
func absent(err error) bool { return refusal(exceptionOf(err)) || errors.Is(err, errIgnored) }

// read waits for its time and makes one request. What a unit ignores while
// it answers the probe is absent.
func (s *Scanner) read(ctx context.Context, t reg.Table, at, n int) ([]byte, error) {
	if err := sleep(ctx, time.Until(s.next)); err != nil {
		return nil, err
	}
	s.next = time.Now().Add(s.opts.Every)
	l := s.c.lanes[0]
	data, err := l.again(ctx, probing, 1+s.c.set.retries, read(t, at, n))
	if errors.Is(err, wire.ErrTimeout) {
		if _, probed := l.once(ctx, probing, s.c.probe()); answered(probed) {
			return nil, errIgnored
		}
	}
	if err == nil && t.IsBits() {
		return spread(data, n), nil
	}
	if err == nil || absent(err) {
		return data, err
	}
	return nil, words(s.c.set, err)
}

// spread makes two bytes of each of n bits.
func spread(bits []byte, n int) []byte {
	out := make([]byte, 2*n)
	for i := range n {
		out[2*i+1] = bits[i/8] >> (i % 8) & 1
	}
	return out
}
