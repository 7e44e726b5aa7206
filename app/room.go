package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"penstock/app/auth"
	"penstock/app/command"
	"penstock/app/plant"
	"penstock/drivers/opcua/pki"
	"penstock/historian"
	"penstock/historian/journal"
	"penstock/screens"

	"penstock/app/tag"
)

// room is the running plant as the window sees it.
type room struct {
	*plant.Plant
	gate *auth.Gate
	pki  pki.Store // whom the station trusts
	shop *workshop // nil: the project is not changed at this window
}

var _ screens.Room = (*room)(nil)

func newRoom(p *plant.Plant) (*room, error) {
	parents := map[string]string{}
	for _, a := range p.Project().Areas {
		parents[a.Name] = a.Parent
	}
	gate, err := auth.Open(p.Journal, auth.Options{Station: p.Station(), Key: p.CodesKey(), Codes: p.Project().Users.Codes, Parent: func(a string) string { return parents[a] },
		Now: func() time.Time { return time.Unix(0, p.Now()) }})
	if err != nil {
		return nil, fmt.Errorf("read the users: %w", err)
	}
	return &room{Plant: p, gate: gate, pki: pki.Store{Dir: p.Data().PKIDir()}}, nil
}

func (r *room) Worries() (out []screens.Worry) {
	for _, w := range r.Plant.Worries() {
		out = append(out, screens.Worry(w))
	}
	return out
}

func (r *room) Buckets(ctx context.Context, id tag.ID, from, to int64, n int) ([]historian.Bucket, error) {
	if r.History == nil {
		return nil, nil
	}
	return r.Plant.Buckets(ctx, id, from, to, n)
}

func (r *room) Aggregates(ctx context.Context, id tag.ID, bounds []int64) ([]historian.Aggregate, error) {
	switch {
	case r.History == nil:
		return nil, nil
	case r.Forward != nil: // what is older may be in the database alone
		return nil, errors.ErrUnsupported
	}
	return r.History.Aggregates(ctx, id, bounds)
}

func (r *room) At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	if r.History == nil {
		return make([]tag.Value, len(ids)), nil
	}
	return r.History.At(ctx, t, ids)
}

func (r *room) Entries(ctx context.Context, f journal.Filter) ([]journal.Entry, error) {
	if r.Journal == nil {
		return nil, nil
	}
	return r.Journal.Query(ctx, f)
}

func (r *room) Trace(ctx context.Context, kind journal.Kind, t int64, subjects []string, do func(*journal.Entry) bool) error {
	if r.Journal == nil {
		return nil
	}
	return r.Journal.Trace(ctx, kind, t, subjects, do)
}

func (r *room) Set(ctx context.Context, s screens.Session, req command.Request) command.Outcome {
	return r.Desk.Set(ctx, s, req)
}

func (r *room) Answer(ctx context.Context, s screens.Session, answers []screens.Answer) []error {
	in := make([]plant.Answer, len(answers))
	for i, a := range answers {
		in[i] = plant.Answer(a)
	}
	return r.Plant.Answer(ctx, s, in)
}

func (r *room) Login(ctx context.Context, name, password, code string) (screens.Session, error) {
	s, err := r.gate.Login(ctx, name, password, code)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (r *room) Logout(ctx context.Context, s screens.Session) error {
	if s, ok := s.(*auth.Session); ok {
		return s.Logout(ctx)
	}
	return auth.ErrEnded
}

func (r *room) Sign(ctx context.Context, s screens.Session, password, code, meaning, what string) error {
	in, ok := s.(*auth.Session)
	if !ok {
		return auth.ErrEnded
	}
	_, err := r.gate.Sign(ctx, in, password, code, meaning, what)
	return err
}

// demoOperator is who works at the demo plant without logging in. The rule
// that made the user is in the journal.
func (r *room) demoOperator(ctx context.Context) (screens.Session, error) {
	err := r.gate.Provision(ctx, "demo plant: anyone at this computer may operate it", auth.NewUser{
		Name: "operator", FullName: "Demo operator", Open: true, Grants: []auth.Grant{{Role: "operator"}}})
	if err != nil {
		return nil, err
	}
	return r.gate.Enter(ctx, "operator")
}

var roomVerb = verb{
	args: "[--project DIR [--data DIR]] [--dark] [--kiosk DISPLAYS [--turn TIME]]",
	long: `Penstock is a control room: it connects straight to plant equipment over OPC UA and
Modbus, draws mimics and trends, keeps the plant's history, and manages alarms.

Without a project it starts the demo: a simulated waterworks in a process of its own,
and the window on it. With a project it opens the window on that plant.`,
	run: func(ctx context.Context, c *call) error {
		s := c.station()
		dark := c.Bool("dark", false, "start with the dark colours")
		full := c.Bool("full-screen", false, "fill the screen")
		kiosk := c.String("kiosk", "", "show these `DISPLAYS` and nothing else, full screen: names with commas, also of pages such as alarms; to end it takes the right configure")
		turn := c.Duration("turn", 0, "a kiosk goes on to its next display after this `TIME`, such as 20s; without it, by Page Up and Page Down")
		var scenarios words
		c.Var(&scenarios, "scenario", "with the demo: rehearse `NAME[@DELAY]`; see penstock plant --help")
		if err := c.parse(0); err != nil {
			return err
		}
		if s.project == "" {
			end, err := s.useDemo(ctx, c.err, scenarios)
			if err != nil {
				return err
			}
			defer end()
		} else if s.data == "" {
			return usagef("--data is missing: name the folder for this plant's history and journal")
		} else if len(scenarios) > 0 {
			return usagef("--scenario is for the demo plant")
		}
		proj, err := s.load()
		if err != nil {
			return err
		}
		var names []string
		if *kiosk != "" {
			for n := range strings.SplitSeq(*kiosk, ",") {
				names = append(names, strings.TrimSpace(n))
			}
			if err := screens.Kiosk(proj, names); err != nil {
				return usagef("--kiosk: %w", err)
			}
		} else if *turn != 0 {
			return usagef("--turn is for --kiosk")
		}
		p, err := s.start(proj)
		if err != nil {
			return err
		}
		r, err := newRoom(p)
		if err != nil {
			return errors.Join(err, p.Stop())
		}
		r.shop = &workshop{folder: s.project, drivers: s.drivers, endpoints: s.endpoints}
		var who screens.Session
		if s.project == "" {
			if who, err = r.demoOperator(ctx); err != nil {
				return errors.Join(err, p.Stop())
			}
		}
		err = openWindow(ctx, r, window{dark: *dark, full: *full, kiosk: names, turn: *turn, session: who, name: p.Station(), folder: s.data}, p.Stop)
		return errors.Join(err, p.Stop())
	},
}

// useDemo points s at the demo project and a plant that is started for it.
func (s *station) useDemo(ctx context.Context, log io.Writer, scenarios []string) (end func(), err error) {
	if s.data == "" {
		if s.data, err = demoData(); err != nil {
			return nil, err
		}
	}
	if len(s.endpoints) > 0 {
		return func() {}, nil // the plant runs already, somewhere else
	}
	d, err := startDemo(ctx, log, scenarios, s.fresh())
	if err != nil {
		return nil, err
	}
	s.endpoints = d.at
	return d.stop, nil
}
