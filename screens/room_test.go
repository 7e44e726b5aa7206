package screens

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/auth"
	"penstock/app/command"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/drivers"
	"penstock/historian"
	"penstock/historian/journal"
)

var morning = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

// smallPlant is a Room without devices: a real tag table and alarm engine
// that a test feeds, a history of sine waves, and a journal in memory. The
// station answers alarms and writes from goroutines of their own: a test reads
// what mu guards through methods only.
type smallPlant struct {
	t       testing.TB
	project *project.Project
	db      *tagdb.DB

	mu      sync.Mutex
	engine  *alarm.Engine
	now     time.Time
	snap    *alarm.Snapshot
	entries []journal.Entry
	links   []drivers.Status
	worries []Worry
	written []command.Request
	outcome command.Outcome
	asked   []journal.Filter
	printed [][]byte
	summed  int            // stretches that were aggregated
	regimes []alarm.Regime // rules of the past; none: those of now ran always
}

func (p *smallPlant) tell(kind journal.Kind, e journal.Entry) {
	e.Kind, e.Seq, e.At = kind, int64(len(p.entries)+1), p.now.UnixNano()
	p.entries = append(p.entries, e)
}

func level(id string, t tag.ID, area string, k alarm.Kind, limit float64, priority int, message string) alarm.Rule {
	return alarm.Rule{ID: id, Tag: t, Area: area, Kind: k, Limit: limit, Priority: priority, Message: message,
		Deadband: alarm.Band{Size: 0.1}, Cause: "A pump has tripped, or demand is far above the forecast.",
		Consequence:   "The high zone loses supply; hydrants are without pressure within minutes.",
		Response:      "Start the standby pump. If it does not start, open the cross-connection valve V-612 and call the duty engineer.",
		RespondWithin: 10 * time.Minute, Display: "highlift"}
}

// newSmallPlant has six areas of a waterworks with eight measurements, two
// pumps and a set point each.
func newSmallPlant(t testing.TB) *smallPlant {
	t.Helper()
	p := &smallPlant{t: t, now: morning}
	pr := &project.Project{Name: "Weir Lane Waterworks", Text: "demo plant"}
	p.project = pr
	areas := []struct{ name, text string }{{"IN", "Intake"}, {"RW", "Raw water pumping"}, {"DO", "Dosing and settling"}, {"FI", "Filters"}, {"CW", "Clear water"}, {"HL", "High lift"}}
	meas := []struct {
		code, text, unit string
		lo, hi           float64
		dec              int
	}{
		{"LT101", "level", "m", 0, 6, 2}, {"FT102", "flow", "m3/h", 0, 1000, 0}, {"PT103", "pressure", "bar", 0, 10, 2}, {"AT104", "turbidity", "NTU", 0, 5, 3},
		{"AT105", "pH", "pH", 4, 10, 2}, {"TT106", "water temperature", "degC", 0, 40, 1}, {"JT107", "electrical power", "kW", 0, 400, 0}, {"AT108", "free chlorine", "mg/l", 0, 2, 2},
	}
	for _, a := range areas {
		pr.Areas = append(pr.Areas, project.Area{Name: a.name, Text: a.text})
		for _, m := range meas {
			id := tag.ID(a.name + "." + m.code)
			pr.Tags = append(pr.Tags, tag.Def{ID: id, Text: a.text + " " + m.text, Area: a.name, Device: "PLC1", Address: "nsu=urn:penstock:waterworks;s=" + string(id),
				Kind: tag.KindFloat, Unit: m.unit, Lo: m.lo, Hi: m.hi, Decimals: m.dec, Scan: "normal", Period: time.Second})
		}
		for i := 1; i <= 2; i++ {
			pr.Tags = append(pr.Tags, tag.Def{ID: tag.ID(fmt.Sprintf("%s.P%d.RUN", a.name, i)), Text: fmt.Sprintf("%s pump %d", a.text, i), Area: a.name, Device: "PLC2", Kind: tag.KindBool,
				States: []tag.State{{Value: 0, Text: "Stopped"}, {Value: 1, Text: "Running"}}})
		}
		pr.Tags = append(pr.Tags,
			tag.Def{ID: tag.ID(a.name + ".PIC103.SP"), Text: a.text + " pressure set point", Area: a.name, Device: "PLC1", Kind: tag.KindFloat, Unit: "bar", Lo: 0, Hi: 10, Decimals: 2,
				Writable: true, WriteLo: 2, WriteHi: 6.5},
			tag.Def{ID: tag.ID(a.name + ".P1.MODE"), Text: a.text + " pump 1 selector", Area: a.name, Device: "PLC2", Kind: tag.KindInt, Writable: true,
				States: []tag.State{{Value: 0, Text: "Off"}, {Value: 1, Text: "Hand"}, {Value: 2, Text: "Auto"}}})
		pr.Alarms = append(pr.Alarms,
			level(a.name+".PT103.LL", tag.ID(a.name+".PT103"), a.name, alarm.LowLow, 2, 1, a.text+": pressure very low"),
			level(a.name+".PT103.L", tag.ID(a.name+".PT103"), a.name, alarm.Low, 3, 2, a.text+": pressure low"),
			level(a.name+".PT103.H", tag.ID(a.name+".PT103"), a.name, alarm.High, 8, 3, a.text+": pressure high"),
			level(a.name+".LT101.H", tag.ID(a.name+".LT101"), a.name, alarm.High, 5, 2, a.text+": level high"),
			level(a.name+".AT104.H", tag.ID(a.name+".AT104"), a.name, alarm.High, 4, 3, a.text+": turbidity high"),
			level(a.name+".AT108.L", tag.ID(a.name+".AT108"), a.name, alarm.Low, 0.3, 4, a.text+": free chlorine low"))
	}
	var err error
	if p.db, err = tagdb.New(pr.Tags, tagdb.Options{}); err != nil {
		t.Fatal(err)
	}
	if p.engine, err = alarm.NewEngine(pr.Alarms, alarm.Options{Now: p.now.UnixNano()}); err != nil {
		t.Fatal(err)
	}
	p.links = []drivers.Status{
		{Device: "PLC1", Driver: "opcua", Endpoint: "opc.tcp://127.0.0.1:4840", State: drivers.Up, Words: "connected for 3 h, 120 points subscribed", Since: p.now.Add(-3 * time.Hour), LastData: p.now, Mode: "subscribed", Points: 120},
		{Device: "PLC2", Driver: "modbus", Endpoint: "modbus://127.0.0.1:502?unit=1", State: drivers.Up, Words: "connected for 3 h, 43 points polled", Since: p.now.Add(-3 * time.Hour), LastData: p.now, Mode: "polled", Points: 43,
			Cycles: []drivers.Cycle{{Period: time.Second, Actual: 1002 * time.Millisecond, Worst: 1090 * time.Millisecond, Took: 12 * time.Millisecond, Points: 43}}},
	}
	p.snap = p.engine.Standing()
	p.run(time.Second)
	return p
}

// value is what a tag of the calm plant is worth at a time.
func (p *smallPlant) value(d *tag.Def, t int64) tag.Scalar {
	h := 0.0
	for _, c := range d.ID {
		h = h*1.7 + float64(c)
	}
	if len(d.States) > 0 {
		on := (t/1e9+int64(h))/900%3 != 0
		if d.Kind == tag.KindBool {
			return tag.Bool(on)
		}
		return tag.Int(2)
	}
	mid, amp := d.Lo+(d.Hi-d.Lo)*0.55, (d.Hi-d.Lo)*0.14
	s := float64(t) / 1e9
	if d.Writable {
		return tag.Float(4.2)
	}
	return tag.Float(mid + amp*math.Sin(s/700+h) + amp*0.12*math.Sin(s/9+h*3) + amp*0.04*math.Sin(s/2+h))
}

// run lets the calm plant go on for a while and delivers its values.
func (p *smallPlant) run(d time.Duration, override ...tag.Sample) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
	var batch []tag.Sample
	for _, c := range p.db.Cells() {
		def := c.Def()
		if i := slices.IndexFunc(override, func(s tag.Sample) bool { return s.ID == def.ID }); i >= 0 {
			s := override[i]
			s.Source, s.Received = p.now.UnixNano()-2e6, p.now.UnixNano()
			batch = append(batch, s)
			continue
		}
		batch = append(batch, tag.Sample{ID: def.ID, Value: tag.Value{Source: p.now.UnixNano() - 2e6, Received: p.now.UnixNano(), Value: p.value(def, p.now.UnixNano()), Quality: tag.Good}})
	}
	p.observe(p.db.Apply(p.now.UnixNano(), batch))
}

// give delivers some samples only.
func (p *smallPlant) give(samples ...tag.Sample) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(100 * time.Millisecond)
	for i := range samples {
		samples[i].Source, samples[i].Received = p.now.UnixNano()-2e6, p.now.UnixNano()
	}
	p.observe(p.db.Apply(p.now.UnixNano(), samples))
}

func (p *smallPlant) observe(out []tag.Sample) {
	p.note(p.engine.Observe(p.now.UnixNano(), out))
	p.note(p.engine.Tick(p.now.UnixNano()))
	p.snap = p.engine.Standing()
}

func (p *smallPlant) note(ts []alarm.Transition) {
	entries, _ := alarm.Record(ts)
	for _, e := range entries {
		e.Seq = int64(len(p.entries) + 1)
		p.entries = append(p.entries, e)
	}
}

func num(id tag.ID, f float64) tag.Sample {
	return tag.Sample{ID: id, Value: tag.Value{Value: tag.Float(f), Quality: tag.Good}}
}

// state is the engine's state of an alarm.
func (p *smallPlant) state(id string) (alarm.State, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.engine.State(id)
}

// sent is what was asked to be written.
func (p *smallPlant) sent() []command.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.written)
}

func (p *smallPlant) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *smallPlant) Project() *project.Project { return p.project }
func (p *smallPlant) Tags() *tagdb.DB           { return p.db }
func (p *smallPlant) Alarms() *alarm.Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.snap
}
func (p *smallPlant) Links() []drivers.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.links)
}
func (p *smallPlant) Worries() []Worry { return p.worries }

func (p *smallPlant) Explain(id tag.ID) string {
	if c := p.db.Cell(id); c != nil {
		return c.Def().Device + ": " + c.Def().Address
	}
	return ""
}

func (p *smallPlant) Buckets(ctx context.Context, id tag.ID, from, to int64, n int) (out []historian.Bucket, err error) {
	c := p.db.Cell(id)
	now := p.clock().UnixNano()
	width := (to - from) / int64(n)
	step := max(int64(time.Second), width/8)
	for a := from; a < min(to, now); a += width {
		b := historian.Bucket{From: a, To: a + width, Min: math.Inf(1), Max: math.Inf(-1), Good: 1}
		for t := a + (step-a%step)%step; t < min(a+width, now); t += step {
			f, _ := p.value(c.Def(), t).Float()
			if b.Count == 0 {
				b.First, b.FirstAt = f, t
			}
			b.Last, b.LastAt = f, t
			if f < b.Min {
				b.Min, b.MinAt = f, t
			}
			if f > b.Max {
				b.Max, b.MaxAt = f, t
			}
			b.Mean += f
			b.Count++
		}
		if b.Count > 0 {
			b.Mean /= float64(b.Count)
			out = append(out, b)
		}
	}
	return out, ctx.Err()
}

func (p *smallPlant) At(_ context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	out := make([]tag.Value, len(ids))
	for i, id := range ids {
		out[i] = tag.Value{Source: t, Value: p.value(p.db.Cell(id).Def(), t), Quality: tag.Good}
	}
	return out, nil
}

func (p *smallPlant) Entries(_ context.Context, f journal.Filter) (out []journal.Entry, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, f)
	for i := len(p.entries) - 1; i >= 0; i-- {
		e := p.entries[i]
		if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, e.Kind) || f.On != "" && e.On != f.On || e.At < f.From || f.To > 0 && e.At >= f.To || e.Seq <= f.After {
			continue
		}
		if len(f.Actions) > 0 && !slices.Contains(f.Actions, e.Action) {
			continue
		}
		if strings.Contains(strings.ToLower(e.On+e.Action+e.Note+e.Who), strings.ToLower(f.Text)) {
			out = append(out, e)
		}
	}
	if f.OldestFirst {
		slices.Reverse(out)
	}
	if f.Limit > 0 {
		out = out[:min(f.Limit, len(out))]
	}
	return out, nil
}

func (p *smallPlant) Aggregates(ctx context.Context, id tag.ID, bounds []int64) ([]historian.Aggregate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.summed++
	var out []historian.Aggregate
	for i := 1; i < len(bounds); i++ {
		a := historian.Aggregate{From: bounds[i-1], To: bounds[i], Min: math.Inf(1), Max: math.Inf(-1), Good: 1, Usable: time.Duration(bounds[i] - bounds[i-1])}
		for k := range 1000 {
			f, _ := p.value(p.db.Cell(id).Def(), a.From+int64(a.Usable)/1000*int64(k)).Float()
			a.Min, a.Max, a.Mean = min(a.Min, f), max(a.Max, f), a.Mean+f/1000
		}
		a.Integral = a.Mean * a.Usable.Seconds()
		out = append(out, a)
	}
	return out, ctx.Err()
}

func (p *smallPlant) Trace(ctx context.Context, kind journal.Kind, t int64, subjects []string, do func(*journal.Entry) bool) error {
	for _, id := range subjects {
		entries, err := p.Entries(ctx, journal.Filter{Kinds: []journal.Kind{kind}, On: id, To: t + 1})
		if err != nil {
			return err
		}
		for i := range entries {
			if !do(&entries[i]) {
				break
			}
		}
	}
	return nil
}

func (p *smallPlant) RulesAt(t int64) alarm.Regime {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.regimes {
		if t >= r.From && t < r.Until {
			return r
		}
	}
	return alarm.Regime{Until: alarm.Never, Rules: p.project.Alarms}
}

func (p *smallPlant) Set(_ context.Context, s Session, r command.Request) command.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written = append(p.written, r)
	p.tell(journal.Command, journal.Entry{Action: "set", On: string(r.Tag), Who: s.User(), New: r.Value.String(), Outcome: p.outcome.String()})
	o := p.outcome
	if o.Stage == command.Verified {
		o.Read = r.Value
		p.now = p.now.Add(time.Millisecond)
		p.observe(p.db.Apply(p.now.UnixNano(), []tag.Sample{{ID: r.Tag, Value: tag.Value{Source: p.now.UnixNano(), Received: p.now.UnixNano(), Value: r.Value, Quality: tag.Good}}}))
	}
	return o
}

func (p *smallPlant) Answer(_ context.Context, s Session, answers []Answer) []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	errs := make([]error, len(answers))
	for i, a := range answers {
		ev := a.Event
		ev.At, ev.Who, ev.Station = p.now.UnixNano(), s.User(), "station 1"
		ts, err := p.engine.Do(a.Alarm, ev)
		p.note(ts)
		errs[i] = err
	}
	p.snap = p.engine.Standing()
	return errs
}

// person is a session of the small plant.
type person struct {
	name  string
	no    string // a right the person does not have
	ended bool
}

func (q *person) User() string                { return q.name }
func (q *person) May(right, area string) bool { return right != q.no }
func (q *person) Ended() bool                 { return q.ended }

func (p *smallPlant) Login(_ context.Context, name, password, code string) (Session, error) {
	switch {
	case password != "steam":
		return nil, errors.New("name or password is wrong")
	case name == "vera" && code == "":
		return nil, auth.ErrCode
	}
	return &person{name: name}, nil
}

func (p *smallPlant) Logout(context.Context, Session) error { return nil }
func (p *smallPlant) Sign(_ context.Context, _ Session, password, _, meaning, what string) error {
	if password != "steam" {
		return errors.New("the password is wrong")
	}
	return nil
}

// upset makes a busy morning: alarms in all states, one link down.
func (p *smallPlant) upset() {
	ana := &person{name: "ana"}
	ack := func(id string) {
		p.Answer(context.Background(), ana, []Answer{{id, alarm.Event{What: alarm.Ack, Note: "seen"}}})
	}
	p.give(num("FI.AT104", 4.4))
	ack("FI.AT104.H")
	p.run(40*time.Second, num("FI.AT104", 4.4), num("CW.LT101", 5.2))
	p.run(61*time.Second, num("FI.AT104", 4.4))
	p.run(35*time.Second, num("FI.AT104", 4.4), num("DO.AT108", 0.2), num("IN.PT103", 8.6))
	p.Answer(context.Background(), ana, []Answer{{"DO.AT108.L", alarm.Event{What: alarm.Shelve, Note: "analyser is being calibrated", Until: p.clock().Add(time.Hour).UnixNano()}}})
	p.run(12*time.Second, num("FI.AT104", 4.4), num("DO.AT108", 0.2), num("IN.PT103", 8.6), num("HL.PT103", 2.6))
	p.run(9*time.Second, num("FI.AT104", 4.4), num("DO.AT108", 0.2), num("IN.PT103", 8.6), num("HL.PT103", 1.7))
	p.give(tag.Sample{ID: "RW.FT102", Value: tag.Value{Quality: tag.BadSensorFailure}},
		tag.Sample{ID: "FI.TT106", Value: tag.Value{Value: tag.Float(14.2), Quality: tag.SensorNotAccurate}})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell(journal.User, journal.Entry{Action: "login", On: "ana", Who: "ana"})
	p.tell(journal.Command, journal.Entry{Action: "set", On: "HL.PIC103.SP", Area: "HL", Who: "ana", Old: "4.20", New: "4.50", Outcome: "done", Ref: "c1"})
	p.tell(journal.Command, journal.Entry{Action: "set", On: "HL.PIC103.SP", Area: "HL", Who: "ana", Old: "4.50", New: "9.00", Outcome: "refused: the value is out of range", Ref: "c2"})
	p.tell(journal.System, journal.Entry{Action: "clock", Note: "the clock was set forward by 1.2 s"})
	p.links[1].State, p.links[1].Words = drivers.Waiting, "no connection for 14 s, trying again"
	p.links[1].Error, p.links[1].Detail = "the device closed the connection", "read tcp 127.0.0.1:51234->127.0.0.1:502: connection reset by peer"
	p.links[1].ErrorAt, p.links[1].BadPoints = p.now.Add(-14*time.Second), 43
	p.links[1].Counters = drivers.Counters{Samples: 412033, Bad: 43, Requests: 20311, Failed: 4, Dials: 6, Reconnects: 1, Outages: 1}
}

// cabinet keeps what a gate writes down, in memory.
type cabinet struct {
	mu      sync.Mutex
	entries []journal.Entry
	docs    map[string]journal.Doc
}

func (c *cabinet) Record(_ context.Context, entries []journal.Entry, docs []journal.Doc) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = append(c.entries, entries...)
	for _, d := range docs {
		c.docs[d.Kind+"/"+d.ID] = d
	}
	return nil
}

func (c *cabinet) Docs(kind string) (out []journal.Doc, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.docs {
		if d.Kind == kind && d.Body != nil {
			out = append(out, d)
		}
	}
	return out, nil
}

// peopledPlant is a small plant with a gate of its own.
type peopledPlant struct {
	*smallPlant
	gate *auth.Gate
}

func newPeopledPlant(t testing.TB, codes ...string) *peopledPlant {
	t.Helper()
	p := &peopledPlant{smallPlant: newSmallPlant(t)}
	var err error
	if p.gate, err = auth.Open(&cabinet{docs: map[string]journal.Doc{}}, auth.Options{Station: "station 1", Now: p.clock, Key: make([]byte, 32), Codes: codes}); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *peopledPlant) Login(ctx context.Context, name, password, code string) (Session, error) {
	s, err := p.gate.Login(ctx, name, password, code)
	if err != nil {
		return nil, err
	}
	return s, nil
}
func (p *peopledPlant) NeedsFirst() bool { return p.gate.NeedsFirst() }
func (p *peopledPlant) First(ctx context.Context, name, full, password string) error {
	return p.gate.First(ctx, name, full, password)
}
func (p *peopledPlant) Users() []auth.User { return p.gate.Users() }
func (p *peopledPlant) AddUser(ctx context.Context, s Session, n auth.NewUser) error {
	return p.gate.Add(ctx, s.(*auth.Session), n)
}
func (p *peopledPlant) SetGrants(ctx context.Context, s Session, name string, g []auth.Grant) error {
	return p.gate.SetGrants(ctx, s.(*auth.Session), name, g)
}
func (p *peopledPlant) SetDisabled(ctx context.Context, s Session, name string, off bool) error {
	return p.gate.SetDisabled(ctx, s.(*auth.Session), name, off)
}
func (p *peopledPlant) Unlock(ctx context.Context, s Session, name string) error {
	return p.gate.Unlock(ctx, s.(*auth.Session), name)
}
func (p *peopledPlant) ResetPassword(ctx context.Context, s Session, name, password string) error {
	return p.gate.ResetPassword(ctx, s.(*auth.Session), name, password)
}
func (p *peopledPlant) Enroll(ctx context.Context, s Session) (secret, uri string, err error) {
	secret, err = p.gate.Enroll(ctx, s.(*auth.Session))
	return secret, auth.CodeURI("Weir Lane", s.User(), secret), err
}
func (p *peopledPlant) ProveCode(ctx context.Context, s Session, code string) ([]string, error) {
	return p.gate.ProveCode(ctx, s.(*auth.Session), code)
}

func (p *peopledPlant) RenewRecovery(ctx context.Context, s Session, password, code string) ([]string, error) {
	return p.gate.RenewRecovery(ctx, s.(*auth.Session), password, code)
}
func (p *peopledPlant) DropCode(ctx context.Context, s Session, name string) error {
	return p.gate.DropCode(ctx, s.(*auth.Session), name)
}
func (p *peopledPlant) Resume(ctx context.Context, s Session, password, code string) error {
	return p.gate.Resume(ctx, s.(*auth.Session), password, code)
}
func (p *peopledPlant) ChangePassword(ctx context.Context, s Session, old, password string) error {
	return p.gate.ChangePassword(ctx, s.(*auth.Session), old, password)
}
