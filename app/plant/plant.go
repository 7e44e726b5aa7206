// Package plant is the running system: links, live table, historian, alarms
// and journal, joined by one loop.
//
//	link --batch--> loop: tagdb.Apply -> historian.Append -> alarm.Observe -> journal
//	                                                              screens pull
//	screen -> command.Desk -> link.Write -> device -> read-back -> screen
//
// Only the loop writes to the live table and the alarm engine, so neither has
// a lock and what happened has one order. Screens read snapshots.
package plant

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/historian"
	"penstock/historian/journal"
)

// Config is what a plant is made of.
type Config struct {
	Project *project.Project
	Data    DataDir
	Drivers drivers.Set
	Keys    KeyDir // outside Data; empty: no anchors and no one-time codes
	Station string // name of this computer in the journal; empty: the host's name
}

// Plant runs from Start to Stop. Its methods may be called from any goroutine.
type Plant struct {
	History *historian.Store
	Forward *Forward // nil: history is not forwarded
	Journal *journal.Journal
	Desk    *command.Desk

	conf         Config
	watch        bool // look at the plant and keep nothing
	clock        *clock
	lock         *os.File
	running      atomic.Pointer[running]
	swapping     sync.Mutex      // one change of project at a time
	linkUp       map[string]bool // the loop's: as SYS.LINK tags say
	alarms       *alarm.Engine
	foreign      foreign
	theirsNow    atomic.Pointer[map[string]*theirs]
	answered     sync.Map // given -> givenBy: answers to devices' alarms that they have not reported
	seen         int64    // changes of both, when last published
	unkept       unkept
	counted      uint64    // of taken, when the rate was last measured ...
	countedAt    int64     // ... and when that was
	certified    time.Time // when the first certificate runs out ...
	certificates bool      // ... where there is one, ...
	certifiedAt  int64     // ... and when that was looked at
	batches      chan arrival
	calls        chan call

	standing atomic.Pointer[alarm.Snapshot]
	taken    atomic.Uint64 // samples the loop has taken
	steps    atomic.Int64  // ns the wall clock was last set by
	stepAt   atomic.Int64

	unkeptWorry  atomic.Pointer[Worry]
	versionWorry atomic.Pointer[Worry]
	codesKey     []byte
	keyWorry     *Worry // of the start; nil: none
	lostWorry    *Worry // the journal that was here is gone; nil: it is here
	crashWorry   *Worry // the station ended without being stopped; nil: it was stopped
	version      string // of the project that runs; changed under swapping
	regimes      regimes

	ctx  context.Context // done when the plant stops
	stop context.CancelFunc
	wg   sync.WaitGroup
	once sync.Once
}

// arrival is a batch on its way from a link to the loop.
type arrival struct {
	device string
	batch  []tag.Sample
}

const (
	// tickEvery is how often delays, shelves and staleness are looked at, and
	// how old a published alarm list may be.
	tickEvery = 100 * time.Millisecond
	// systemEvery is how often the station measures itself.
	systemEvery = time.Second
	// queued is how many batches may wait for the loop; then links wait.
	queued = 64
)

// Start takes the data folder, brings back what was kept, and starts the
// links and the loop. Nothing is left running when it fails.
func Start(conf Config) (*Plant, error) { return launch(conf, false) }

// Watch is Start for somebody who only looks, beside a station that runs or
// without one: it reads the data folder where there is one, connects to the
// devices, and keeps nothing. History and Journal are nil where there is none.
func Watch(conf Config) (*Plant, error) { return launch(conf, true) }

func launch(conf Config, watch bool) (*Plant, error) {
	if conf.Station == "" {
		conf.Station, _ = os.Hostname()
	}
	p := &Plant{conf: conf, watch: watch, clock: systemClock(), linkUp: map[string]bool{}, foreign: foreign{all: map[string]*theirs{}},
		batches: make(chan arrival, queued), calls: make(chan call)}
	p.ctx, p.stop = context.WithCancel(context.Background())
	if err := p.start(); err != nil {
		p.close()
		return nil, err
	}
	for _, l := range p.running.Load().lines {
		p.open(l)
	}
	p.startForward() // before the loop tells others how it stands
	p.wg.Go(p.loop)
	return p, nil
}

// start takes the data folder and brings back what was kept. What it has
// opened when it fails is for close.
func (p *Plant) start() (err error) {
	if p.watch {
		if err := p.look(); err != nil {
			return err
		}
		return p.build()
	}
	if p.lock, err = p.conf.Data.Lock(); err != nil {
		return err
	}
	if p.Journal, err = journal.Open(journal.Options{Path: p.conf.Data.JournalPath(), Anchors: p.conf.anchorFiles(), AnchorKey: p.takeKeys()}); err != nil {
		return damaged(err)
	}
	p.lostWorry = p.lost()
	if p.History, err = historian.Open(historian.Options{Dir: p.conf.Data.HistoryDir()}); err != nil {
		return err
	}
	if err := p.build(); err != nil {
		return err
	}
	p.configureHistory()
	p.version = p.keepVersion(p.Project())
	if err := p.noteStart(); err != nil {
		return fmt.Errorf("the journal cannot be written: %w", err)
	}
	return nil
}

// look opens what is there to read.
func (p *Plant) look() (err error) {
	if _, err := os.Stat(p.conf.Data.JournalPath()); err == nil {
		if p.Journal, err = journal.Open(journal.Options{Path: p.conf.Data.JournalPath(), ReadOnly: true}); err != nil {
			return err
		}
	}
	if _, err := os.Stat(p.conf.Data.HistoryDir()); err == nil {
		if p.History, err = historian.Open(historian.Options{Dir: p.conf.Data.HistoryDir(), ReadOnly: true}); err != nil {
			return err
		}
	}
	return nil
}

// states is what is kept of the alarms.
func (p *Plant) states() (map[string]alarm.State, error) {
	if p.Journal == nil {
		return nil, nil
	}
	docs, err := p.Journal.Docs(alarm.DocKind)
	if err != nil {
		return nil, err
	}
	return alarm.FromDocs(docs)
}

// Stop stops the links, writes down what is on the way, and gives the data
// folder back. Calling it again does nothing.
func (p *Plant) Stop() (err error) {
	p.once.Do(func() {
		p.stop()
		p.wg.Wait()
		if !p.watch {
			err = p.note(stationStopped, "")
		}
		err = errors.Join(err, p.close())
	})
	return err
}

// close frees what Start took.
func (p *Plant) close() (err error) {
	p.stop()
	if p.History != nil {
		err = errors.Join(err, p.History.Close())
	}
	if p.Journal != nil {
		err = errors.Join(err, p.Journal.Close())
	}
	if p.lock != nil {
		err = errors.Join(err, p.lock.Close())
	}
	return err
}

// note writes a line about the station itself.
func (p *Plant) note(action, outcome string) error {
	return p.Journal.Record(context.Background(), []journal.Entry{{At: p.clock.ns(), Kind: journal.System, Action: action, New: p.version, Station: p.conf.Station, Outcome: outcome, Note: p.Project().Name}}, nil)
}

// Station is the name of this computer in the journal.
func (p *Plant) Station() string { return p.conf.Station }

// Alarms is the alarm list, at most a tenth of a second old.
func (p *Plant) Alarms() *alarm.Snapshot { return p.standing.Load() }

// Taken counts the samples that have come through the loop.
func (p *Plant) Taken() uint64 { return p.taken.Load() }

// Now is the plant's time, ns since 1970 UTC; it never runs backwards.
func (p *Plant) Now() int64 { return p.clock.ns() }
