// Package forward copies what the historian stores to a PostgreSQL database,
// and reads it back where local history has ended. It is the only package that
// names the database's driver.
//
// How far it has come is a row in the database that moves in the transaction
// that stores the samples, so that whatever is killed, each sample is there
// once. It reads the store's files as any reader does: nothing waits for it.
package forward

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"penstock/historian"
)

// Options say where samples go. Zero fields have the defaults given.
type Options struct {
	URL     string // connection string, with or without the password; see ReadURL
	Station string // name of this station in the database
	Batch   int    // samples of one transaction, about; 10,000
	Rate    int    // most samples a second; 50,000. It leaves the computer to the plant while catching up

	Idle       time.Duration // how often to look for new samples; 1 s
	FirstRetry time.Duration // wait after an error, doubled until LastRetry; 1 s
	LastRetry  time.Duration // 1 min
	Timeout    time.Duration // of connecting, and of one transaction; 1 min
}

func (o *Options) fill() {
	set(&o.Batch, 10_000)
	set(&o.Rate, 50_000)
	set(&o.Idle, time.Second)
	set(&o.FirstRetry, time.Second)
	set(&o.LastRetry, time.Minute)
	set(&o.Timeout, time.Minute)
}

func set[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// Forwarder sends one store's samples. Its methods are safe for concurrent use.
type Forwarder struct {
	o      Options
	conf   *pgx.ConnConfig
	store  *historian.Store
	source string

	mu     sync.Mutex
	status Status
}

// Status is how forwarding stands.
type Status struct {
	Connected bool
	Place     historian.Place // all commits up to Place.Seq are in the database; Upto > 0: catching up out of files
	Waiting   int64           // commits that are not
	Lag       time.Duration   // by how much the newest sample stored is younger than the newest sent; 0: none waits
	Sent      int64           // samples since the database knows this store
	Rate      float64         // samples a second, of the last transactions
	Retries   int             // failures since the last transaction that worked
	Err       string          // of the last failure; "" once a transaction has worked since
	Since     time.Time       // of the first failure of those; zero: none
}

// New makes a forwarder for a store; source is the store's identity, which no
// other store of the same station's name may have (see Source). It does
// nothing before Run.
func New(store *historian.Store, source string, o Options) (*Forwarder, error) {
	o.fill()
	if o.Station == "" || source == "" {
		return nil, errors.New("forwarding needs the name of the station and of its store")
	}
	conf, err := configure(o.URL, o.Timeout)
	if err != nil {
		return nil, err
	}
	return &Forwarder{o: o, conf: conf, store: store, source: source}, nil
}

func configure(url string, timeout time.Duration) (*pgx.ConnConfig, error) {
	conf, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("connection string: %w", err) // pgx takes the password out
	}
	conf.ConnectTimeout = min(timeout, 10*time.Second)
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "penstock"
	}
	return conf, nil
}

// Status says how forwarding stands.
func (f *Forwarder) Status() Status {
	seq, at := f.store.Newest()
	f.mu.Lock()
	defer f.mu.Unlock()
	st := f.status
	st.Waiting = st.Place.Behind(seq)
	if st.Waiting > 0 {
		st.Lag = max(time.Duration(at)-st.Lag, 0)
	} else {
		st.Lag = 0
	}
	return st
}

// Run forwards until ctx ends. It returns only then: whatever fails is tried
// again, and is in Status meanwhile.
func (f *Forwarder) Run(ctx context.Context) {
	wait := f.o.FirstRetry
	for ctx.Err() == nil {
		worked, err := f.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if worked {
			wait = f.o.FirstRetry
		}
		f.failed(err)
		pause(ctx, wait)
		wait = min(2*wait, f.o.LastRetry)
	}
}

// session forwards over one connection until something fails.
func (f *Forwarder) session(ctx context.Context) (worked bool, err error) {
	opening, cancel := context.WithTimeout(ctx, f.o.Timeout)
	s, err := open(opening, f.conf, f.o.Station, f.source, f.o.Timeout)
	cancel()
	if err != nil {
		return false, err
	}
	defer s.close()
	f.note(&s.cursor, 0, 0)
	for {
		start := time.Now()
		samples, next, err := f.store.Follow(ctx, s.cursor.place, f.o.Batch)
		if err != nil {
			return worked, err
		}
		if next == s.cursor.place {
			if err := f.idle(ctx, s); err != nil {
				return worked, err
			}
			worked = true
			continue
		}
		sending, cancel := context.WithTimeout(ctx, f.o.Timeout)
		err = s.send(sending, samples, next)
		cancel()
		if err != nil {
			return worked, err
		}
		worked = true
		least := time.Duration(float64(len(samples)) / float64(f.o.Rate) * float64(time.Second))
		pause(ctx, least-time.Since(start))
		f.note(&s.cursor, len(samples), time.Since(start))
	}
}

// idle waits for new samples, and sees now and then that the database is still
// there.
func (f *Forwarder) idle(ctx context.Context, s *session) error {
	pause(ctx, f.o.Idle)
	asking, cancel := context.WithTimeout(ctx, f.o.Timeout)
	defer cancel()
	err := s.db.Ping(asking)
	if err == nil {
		f.note(&s.cursor, 0, f.o.Idle)
	}
	return err
}

// note brings a finished step into the status.
func (f *Forwarder) note(c *cursor, n int, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	st := &f.status
	st.Connected, st.Place, st.Sent = true, c.place, c.sent
	st.Lag = time.Duration(c.newest) // Status makes a difference of it
	if took > 0 {
		st.Rate += (float64(n)/took.Seconds() - st.Rate) / 4
		st.Retries, st.Err, st.Since = 0, "", time.Time{}
	}
}

func (f *Forwarder) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	st := &f.status
	if st.Err == "" {
		st.Since = time.Now()
	}
	st.Connected, st.Rate, st.Err = false, 0, err.Error()
	st.Retries++
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
