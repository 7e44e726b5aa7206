package plantserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/server"
	"github.com/gopcua/opcua/ua"
	"github.com/simonvetter/modbus"

	"penstock/drivers/sim/waterworks"
)

// Options say what is served, and where. The zero Options are the waterworks
// in normal operation on two free ports.
type Options struct {
	OPCUA  string // loopback address and port of the OPC UA server; empty: 127.0.0.1:0, a free port
	Modbus string // the same for Modbus TCP

	// Scenarios are rehearsed, each at once or some time after the start:
	// "burst-main", "pump-trip@2m". Names are those of waterworks.
	Scenarios []string

	Speed float64   // how much faster than the clock the plant or the recording runs; 0: 1
	Seed  int64     // of the waterworks' noise and weather
	At    time.Time // the waterworks' own time at the start; zero: now

	// Past is how long the waterworks has run already when it starts, for
	// clients that read its history. It takes a tenth of a second an hour.
	Past time.Duration

	// Replay is a CSV file that is served instead of the waterworks.
	Replay string
	// ReplayNow starts the recording at once, not when the first client has
	// come.
	ReplayNow bool
}

// longestPast bounds Options.Past: a day takes seconds and some 100 MB.
const longestPast = 24 * time.Hour

// linkCutTime is how long the servers are silent in the scenario link-cut.
// It runs on the wall clock, as a client's patience does.
const linkCutTime = 20 * time.Second

// A Server serves one plant until it is closed. Its methods may be called
// from any goroutine.
type Server struct {
	image *image
	plant *waterworks.Plant // nil for a recording; guarded by image.mu
	ua    *uaServer
	mb    *modbus.ModbusServer
	gates [2]*gate
	stop  context.CancelFunc
	over  chan struct{}
	once  sync.Once
}

// Start opens both servers and returns when clients can connect. The servers
// end with ctx or with Close. Errors name the address, file or scenario that
// is wrong.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Speed == 0 {
		o.Speed = 1
	}
	if !(o.Speed >= 0.01 && o.Speed <= 1000) {
		return nil, fmt.Errorf("speed %g: it must be between 0.01 and 1000", o.Speed)
	}
	if o.Past < 0 || o.Past > longestPast {
		return nil, fmt.Errorf("past %v: it must be between 0 and %v", o.Past, longestPast)
	}
	if o.Past > 0 && o.Replay != "" {
		return nil, errors.New("a past is for the waterworks; a recording is served as it is")
	}
	plans, err := parsePlans(o.Scenarios)
	if err != nil {
		return nil, err
	}
	s := &Server{over: make(chan struct{})}
	src, err := s.source(o)
	if err != nil {
		return nil, err
	}
	s.image = newImage(src)
	var before []past
	if w, ok := src.(*works); ok && o.Past > 0 {
		before = w.before(w.last, o.Past)
	}
	rec, recorded := src.(*recording)
	if recorded {
		if len(plans) > 0 {
			return nil, errors.New("scenarios are for the waterworks; a recording is served as it is")
		}
		s.image.touched = func() { rec.somebodyCame(time.Now().Add(replayLead)) }
		if o.ReplayNow {
			rec.somebodyCame(time.Now())
		}
	} else {
		s.image.clock = s.plant.ClockError
	}
	// Every signal has a reading before the first client can ask.
	s.image.advance(time.Now())
	if err := s.open(o, recorded); err != nil {
		return nil, err
	}
	s.remember(before)
	ctx, s.stop = context.WithCancel(ctx)
	go s.run(ctx, plans)
	return s, nil
}

func (s *Server) source(o Options) (source, error) {
	if o.Replay != "" {
		return openRecording(o.Replay, o.Speed)
	}
	at := o.At
	if at.IsZero() {
		at = time.Now()
	}
	s.plant = waterworks.New(o.Seed, at.Add(-time.Duration(float64(o.Past)*o.Speed)))
	return newWorks(s.plant, o.Speed, time.Now()), nil
}

// remember puts what the plant showed before the start into the history of the
// OPC UA server. A Modbus slave has none.
func (s *Server) remember(before []past) {
	s.image.mu.Lock()
	defer s.image.mu.Unlock()
	for i := range before {
		if p := s.ua.space.pasts[i]; p != nil {
			*p = before[i]
		}
	}
}

// open starts the servers and puts the gates before them. On an error nothing
// stays open.
func (s *Server) open(o Options, recorded bool) (err error) {
	var fronts [2]net.Listener
	defer func() {
		if err == nil {
			return
		}
		for _, f := range fronts {
			if f != nil {
				f.Close()
			}
		}
		if s.ua != nil && s.ua.cancel != nil {
			s.ua.close()
		}
		if s.mb != nil {
			s.mb.Stop()
		}
	}()
	if fronts[0], err = listen(o.OPCUA); err != nil {
		return fmt.Errorf("serve OPC UA: %w", err)
	}
	if fronts[1], err = listen(o.Modbus); err != nil {
		return fmt.Errorf("serve Modbus: %w", err)
	}
	s.ua = newUAServer(fronts[0].Addr())
	name, uri, root, device, names := "Penstock waterworks", waterworks.Namespace, "Waterworks", waterworks.PLC, waterworks.Areas()
	if recorded {
		name, uri, root, device, names = "Penstock recording", ReplayNamespace, "Recording", replayUA, map[string]string{}
	}
	port, err := s.ua.start(name, func(lib *server.Server) *space {
		sp := newSpace(lib, uri, root, s.image, device, names)
		if !recorded {
			s.addMethods(sp)
		}
		return sp
	})
	if err != nil {
		return err
	}
	s.ua.subs.every = recorded
	if recorded {
		device = replayMB
	} else {
		device = waterworks.RTU
	}
	mm, err := newModbusMap(s.image, device)
	if err != nil {
		return err
	}
	mbServer, mbPort, err := startModbus(mm)
	if err != nil {
		return err
	}
	s.mb = mbServer
	s.gates[0] = newGate(fronts[0], port, uaHello)
	s.gates[1] = newGate(fronts[1], mbPort, nil)
	return nil
}

// addMethods makes the methods that start and end rehearsals.
func (s *Server) addMethods(sp *space) {
	o := sp.object("Rehearsal", "Rehearsal", "Something goes wrong, to be rehearsed", id.BaseObjectType)
	join(sp.nodes[sp.nodeID("Waterworks").String()], o, id.HasComponent)
	sp.method(o, "Rehearsal.Start", "Start", "Lets something go wrong: "+strings.Join(waterworks.ScenarioNames(), ", "), &ua.Argument{
		Name: "Scenario", DataType: ua.NewNumericNodeID(0, id.String), ValueRank: -1, ArrayDimensions: []uint32{}, Description: plain(strings.Join(waterworks.ScenarioNames(), ", ")),
	})
	sp.method(o, "Rehearsal.Stop", "Stop", "Puts the plant in order again")
	s.ua.methods["Rehearsal.Start"] = func(args []*ua.Variant) ua.StatusCode {
		if len(args) != 1 {
			return ua.StatusBadArgumentsMissing
		}
		name, ok := args[0].Value().(string)
		if !ok {
			return ua.StatusBadTypeMismatch
		}
		if err := s.Rehearse(name); err != nil {
			return ua.StatusBadInvalidArgument
		}
		return ua.StatusOK
	}
	s.ua.methods["Rehearsal.Stop"] = func([]*ua.Variant) ua.StatusCode {
		s.Rehearse(waterworks.NoScenario.String())
		return ua.StatusOK
	}
}

// Rehearse starts a scenario by name; "none" puts the plant in order.
func (s *Server) Rehearse(name string) error {
	sc, err := waterworks.ParseScenario(name)
	if err != nil {
		return err
	}
	if s.plant == nil {
		return errors.New("a recording has no scenarios")
	}
	s.image.mu.Lock()
	defer s.image.mu.Unlock()
	s.plant.Rehearse(sc)
	return nil
}

// run lets time pass until ctx ends.
func (s *Server) run(ctx context.Context, plans []plan) {
	defer close(s.over)
	defer s.shut()
	start := time.Now()
	var cutSince time.Time
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		now := time.Now()
		for len(plans) > 0 && now.Sub(start) >= plans[0].after {
			s.Rehearse(plans[0].scenario.String())
			plans = plans[1:]
		}
		next := s.image.advance(now)
		s.ua.subs.tick(now)
		if s.plant != nil {
			cutSince = s.cut(now, cutSince)
		}
		timer.Reset(min(time.Until(next), minInterval))
	}
}

// cut holds the gates shut while the scenario link-cut goes on.
func (s *Server) cut(now, since time.Time) time.Time {
	s.image.mu.Lock()
	on := s.plant.Rehearsing(waterworks.LinkCut) || !since.IsZero()
	if on && !since.IsZero() && now.Sub(since) >= linkCutTime {
		s.plant.End(waterworks.LinkCut)
		on = false
	}
	s.image.mu.Unlock()
	for _, g := range s.gates {
		g.setCut(on)
	}
	switch {
	case !on:
		return time.Time{}
	case since.IsZero():
		return now
	}
	return since
}

func (s *Server) shut() {
	for _, g := range s.gates {
		g.close()
	}
	s.mb.Stop()
	s.ua.close()
}

// OPCUAEndpoint is where OPC UA clients connect, such as
// "opc.tcp://127.0.0.1:48400".
func (s *Server) OPCUAEndpoint() string { return s.ua.public }

// ModbusEndpoint is where Modbus clients connect, such as
// "modbus://127.0.0.1:15020?unit=1".
func (s *Server) ModbusEndpoint() string {
	return fmt.Sprintf("modbus://%s?unit=%d", s.gates[1].front.Addr(), modbusUnit)
}

// Wait returns when the servers have ended.
func (s *Server) Wait() { <-s.over }

// Close ends the servers and waits for it.
func (s *Server) Close() error {
	s.once.Do(s.stop)
	<-s.over
	return nil
}
