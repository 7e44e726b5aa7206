package plant

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/drivers"
	"penstock/historian"
	"penstock/historian/journal"
)

// RightConfigure is the right to change the project.
const RightConfigure = "configure"

// running is the project that runs and what was made of it. It is not changed
// once it is published; Swap publishes another.
type running struct {
	project *project.Project
	tags    *tagdb.DB
	lines   []*line // in the order of the project's devices
}

// line is a link with what it was made of, and the goroutine it runs in.
type line struct {
	*drivers.Link
	dev    drivers.Device
	points []drivers.Tagged
	ctx    context.Context
	stop   context.CancelFunc
	settle time.Duration // how long it is up before its tag says so
	began  int64         // the loop's: when it was first asked how it is; 0: not yet
	ended  chan struct{}
}

func (r *running) line(device string) *line {
	for _, l := range r.lines {
		if l.dev.Name == device {
			return l
		}
	}
	return nil
}

func (r *running) scope(id tag.ID) (tag.Kind, bool) {
	c := r.tags.Cell(id)
	if c == nil {
		return tag.None, false
	}
	return c.Def().Kind, true
}

// compose makes what runs of a project. Lines that need no change are taken
// over from old; the others are not open yet.
func (p *Plant) compose(proj *project.Project, old *running) (*running, error) {
	r := &running{project: proj}
	var err error
	if r.tags, err = tagdb.New(append(systemTags(proj, p.conf.Data.PKIDir()), proj.Tags...), tagdb.Options{Polled: p.polled}); err != nil {
		return nil, err
	}
	points := map[string][]drivers.Tagged{}
	for i := range proj.Tags {
		if d := &proj.Tags[i]; d.Device != "" {
			points[d.Device] = append(points[d.Device], drivers.Tagged{ID: d.ID, Point: project.Point(d)})
		}
	}
	settle := settles(proj)
	for _, dev := range proj.Devices {
		if old != nil {
			if l := old.line(dev.Name); l != nil && reflect.DeepEqual(l.dev, dev) && slices.Equal(l.points, points[dev.Name]) {
				r.lines = append(r.lines, l)
				continue
			}
		}
		drv := p.conf.Drivers[dev.Driver]
		if drv == nil {
			return nil, fmt.Errorf("device %s: there is no driver %q", dev.Name, dev.Driver)
		}
		l := &line{dev: dev, points: points[dev.Name], settle: settle[dev.Name], ended: make(chan struct{})}
		l.ctx, l.stop = context.WithCancel(p.ctx)
		opts := p.linkOptions()
		opts.Conditions = p.conditions(l)
		opts.Audit = p.auditor(dev.Name)
		l.Link = drivers.NewLink(drv, dev, l.points, opts, p.sink(l))
		r.lines = append(r.lines, l)
	}
	return r, nil
}

// linkOptions let links repair what was missed while nobody was connected.
func (p *Plant) linkOptions() drivers.LinkOptions {
	if p.watch {
		return drivers.LinkOptions{Backfill: -1}
	}
	last := p.History.Last()
	return drivers.LinkOptions{LastSource: func(id tag.ID) int64 { return last[id].Source }}
}

// sink hands a link's batches to the loop. A busy loop holds this link back,
// and no other.
func (p *Plant) sink(l *line) func([]tag.Sample) {
	return func(batch []tag.Sample) {
		select {
		case p.batches <- arrival{l.dev.Name, batch}:
		case <-l.ctx.Done():
		}
	}
}

// open lets a link run.
func (p *Plant) open(l *line) {
	p.wg.Go(func() {
		defer close(l.ended)
		l.Run(l.ctx)
	})
}

// build makes the live table, the alarm engine, the links and the desk.
func (p *Plant) build() error {
	r, err := p.compose(p.conf.Project, nil)
	if err != nil {
		return err
	}
	states, err := p.states()
	if err != nil {
		return err
	}
	p.alarms, err = alarm.NewEngine(systemRules(r.project, r.tags), alarm.Options{Now: p.clock.ns(), States: states, Scope: r.scope})
	if err != nil {
		return err
	}
	p.running.Store(r)
	p.publish()
	p.Desk = &command.Desk{Look: p.tagNow, Send: p.send, Record: p.recordCommand, Now: func() time.Time { return time.Unix(0, p.clock.ns()) }}
	return nil
}

// configureHistory tells the historian what to keep of each tag, and how long.
func (p *Plant) configureHistory() {
	const day = 24 * time.Hour
	r := p.running.Load()
	p.History.SetKeep(historian.Keep{Raw: time.Duration(r.project.Historian.RawDays) * day, Minutes: time.Duration(r.project.Historian.MinuteDays) * day})
	var defs []tag.Def
	for _, c := range r.tags.Cells() {
		defs = append(defs, *c.Def())
	}
	p.History.Configure(defs)
}

// Swap makes the plant run another project. Values of tags that stay, and the
// states of alarms that stay, are kept; links that need no change are not
// touched. On an error nothing has changed. Every alarm that differs is a line
// of the journal.
func (p *Plant) Swap(ctx context.Context, s command.Session, next *project.Project, why string) error {
	switch {
	case p.watch:
		return ErrWatching
	case !s.May(RightConfigure, ""):
		return command.ErrNotAllowed
	}
	p.swapping.Lock()
	defer p.swapping.Unlock()
	was := p.running.Load()
	r, err := p.compose(next, was)
	if err != nil {
		return err
	}
	before := p.version
	version := p.keepVersion(next)
	wait := p.inLoop(ctx, func(now int64) {
		r.tags.Adopt(was.tags)
		var ts []alarm.Transition
		if ts, err = p.alarms.Swap(now, systemRules(next, r.tags), r.scope); err != nil {
			return
		}
		p.running.Store(r)
		for _, l := range was.lines {
			if r.line(l.dev.Name) != l {
				delete(p.linkUp, l.dev.Name)
				p.reported(now, l, nil, true) // its own alarms went with it
			}
		}
		p.unkept.entries = append(p.unkept.entries, journal.Entry{At: now, Kind: journal.Config, Action: "project applied", On: next.Name,
			Old: before, New: version, Who: s.User(), Station: p.conf.Station, Note: why})
		p.unkept.entries = append(p.unkept.entries, alarm.Changes(was.project.Alarms, next.Alarms, now, s.User(), p.conf.Station)...)
		if kerr := p.keep(ts); kerr == nil {
			err = p.retry()
		} else {
			err = kerr
		}
	})
	if wait != nil {
		return wait
	}
	if p.running.Load() != r {
		return err
	}
	p.version = version
	// A device may take one connection only: the old link ends before the
	// new one begins.
	for _, l := range was.lines {
		if r.line(l.dev.Name) != l {
			l.stop()
			<-l.ended
		}
	}
	for _, l := range r.lines {
		if was.line(l.dev.Name) != l {
			p.open(l)
		}
	}
	p.configureHistory()
	return err
}

// Project is what the plant runs. It is not to be changed.
func (p *Plant) Project() *project.Project { return p.running.Load().project }

// Tags is the live table; another one after Swap.
func (p *Plant) Tags() *tagdb.DB { return p.running.Load().tags }

// Links tells how each device's link is doing, in the order of the project.
func (p *Plant) Links() []drivers.Status {
	lines := p.running.Load().lines
	out := make([]drivers.Status, len(lines))
	for i, l := range lines {
		out[i] = l.Status()
	}
	return out
}

// polled reports whether silence of a device means staleness.
func (p *Plant) polled(device string) bool {
	l := p.running.Load().line(device)
	return l != nil && l.Status().Mode == "polled"
}
