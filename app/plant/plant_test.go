package plant

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/historian/journal"
)

// rack is a driver with registers that tests can set, and a cable they can pull.
type rack struct {
	mu   sync.Mutex
	regs map[string]tag.Scalar
	cut  bool
}

func newRack() *rack { return &rack{regs: map[string]tag.Scalar{}} }

func (r *rack) set(addr string, v tag.Scalar) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.regs[addr] = v
}

func (r *rack) pull(cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = cut
}

var errCut = errors.New("cable pulled")

func (*rack) CheckDevice(drivers.Device) error               { return nil }
func (*rack) CheckPoint(drivers.Device, drivers.Point) error { return nil }

func (r *rack) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut {
		return nil, errCut
	}
	return rackConn{r}, nil
}

type rackConn struct{ *rack }

func (c rackConn) Read(_ context.Context, points []drivers.Point, vals []tag.Value) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return errCut
	}
	for i, p := range points {
		v, ok := c.regs[p.Address]
		vals[i] = tag.Value{Value: v, Quality: tag.Good}
		if !ok {
			vals[i] = tag.Value{Quality: tag.BadConfigurationError}
		}
	}
	return nil
}

func (c rackConn) Write(_ context.Context, p drivers.Point, v tag.Scalar) error {
	if c.cut {
		return errCut
	}
	c.set(p.Address, v)
	return nil
}

func (rackConn) Close() error { return nil }

// everybody may do everything.
type everybody string

func (e everybody) User() string       { return string(e) }
func (everybody) May(_, _ string) bool { return true }

const (
	projectTOML = "format = 1\nname = \"Test\"\n[scan]\nnormal = \"20ms\"\n"
	devicesTOML = "[device.R]\ndriver = \"rack\"\nendpoint = \"x\"\n"
)

func load(t testing.TB, r drivers.Driver, tags, alarms string) (*project.Project, drivers.Set) {
	t.Helper()
	set := drivers.Set{"rack": r}
	p, err := project.LoadFS(fstest.MapFS{"project.toml": {Data: []byte(projectTOML)}, "devices.toml": {Data: []byte(devicesTOML)},
		"tags.csv": {Data: []byte(tags)}, "alarms.csv": {Data: []byte(alarms)}}, set)
	if err != nil {
		t.Fatal(err)
	}
	return p, set
}

func run(t testing.TB, p *project.Project, set drivers.Set, data string) *Plant {
	t.Helper()
	pl, err := Start(Config{Project: p, Data: DataDir(data), Drivers: set, Station: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pl.Stop() })
	return pl
}

// soon waits until want is so.
func soon(t testing.TB, what string, want func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if want() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

func phase(p *Plant, id string) alarm.Phase {
	if r := p.Alarms().Row(id); r != nil {
		return r.Phase
	}
	return alarm.Normal
}

const levelTags = "id,device,address,kind,lo,hi,access\nL,R,1,float,0,10,rw\nM,R,2,float,0,10,r\n"
const levelAlarms = "id,tag,kind,limit,priority,off_delay\nL.HI,L,high,8,2,\nL.BAD,L,bad-quality,,3,1s\nM.BAD,M,bad-quality,,3,3s\n"

func TestAnAlarmIsKeptAcrossARestart(t *testing.T) {
	r := newRack()
	r.set("1", tag.Float(5))
	r.set("2", tag.Float(1))
	proj, set := load(t, r, levelTags, levelAlarms)
	data := t.TempDir()
	p := run(t, proj, set, data)
	if out := p.Desk.Set(t.Context(), everybody("ann"), command.Request{Tag: "L", Value: tag.Float(9)}); out.Err == nil {
		t.Error("written before any value was known")
	}
	soon(t, "L is read", func() bool { return p.Tags().Cell("L").Load().Quality.IsGood() })
	if out := p.Desk.Set(t.Context(), everybody("ann"), command.Request{Tag: "L", Value: tag.Float(9)}); out.Stage != command.Verified {
		t.Fatalf("set: %v", out)
	}
	soon(t, "L.HI comes", func() bool { return phase(p, "L.HI") == alarm.Unacked })
	errs := p.Answer(t.Context(), everybody("ann"), []Answer{{Alarm: "L.HI", Event: alarm.Event{What: alarm.Ack, Note: "seen"}}, {Alarm: "NONE", Event: alarm.Event{What: alarm.Ack}}})
	if errs[0] != nil || !errors.Is(errs[1], alarm.ErrUnknown) {
		t.Fatalf("answers: %v", errs)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}

	p = run(t, proj, set, data)
	if got := phase(p, "L.HI"); got != alarm.Acked {
		t.Errorf("after the restart the alarm is %v", got)
	}
	soon(t, "L is read again", func() bool { return p.Tags().Cell("L").Load().Quality.IsGood() })
	r.set("1", tag.Float(3))
	soon(t, "L.HI returns", func() bool { return phase(p, "L.HI") == alarm.Normal })
	entries, err := p.Journal.Query(t.Context(), journal.Filter{On: "L.HI", OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	var story []string
	for _, e := range entries {
		story = append(story, strings.TrimSpace(e.Action+" "+e.Who))
	}
	if got, want := strings.Join(story, ", "), "annunciated, acknowledged ann, still there after restart, returned"; got != want {
		t.Errorf("journal: %s, want %s", got, want)
	}
}

// An outage is one alarm, not one for each of the device's tags.
func TestALostLinkIsOneAlarm(t *testing.T) {
	r := newRack()
	r.set("1", tag.Float(5))
	r.set("2", tag.Float(1))
	proj, set := load(t, r, levelTags, levelAlarms)
	p := run(t, proj, set, t.TempDir())
	soon(t, "M is read", func() bool { return p.Tags().Cell("M").Load().Quality.IsGood() })
	r.pull(true)
	soon(t, "the link's alarm comes", func() bool { return phase(p, "SYS.LINK.R") == alarm.Unacked })
	if q := p.Tags().Cell("L").Load().Quality; q.Usable() {
		t.Errorf("L is %v over a pulled cable", q)
	}
	if f, ok := p.Tags().Cell("L").Load().Value.Value.Float(); !ok || f != 5 {
		t.Errorf("the last value is gone: %v", f)
	}
	for _, row := range p.Alarms().Rows {
		if !row.Phase.Hidden() && row.Rule.ID != "SYS.LINK.R" {
			t.Errorf("alarm %s is %v beside the link's", row.Rule.ID, row.Phase)
		}
	}
	if out := p.Desk.Set(t.Context(), everybody("ann"), command.Request{Tag: "L", Value: tag.Float(2), Blind: true}); out.Stage != command.Refused {
		t.Errorf("set over a pulled cable: %v", out)
	}
	soon(t, "the flight recording is kept", func() bool {
		files, _ := filepath.Glob(filepath.Join(p.conf.Data.RecordingsDir(), "R-*.txt"))
		if len(files) == 0 {
			return false
		}
		text, err := os.ReadFile(files[0])
		return err == nil && strings.Contains(string(text), "cable pulled")
	})
	r.pull(false)
	soon(t, "the values are back", func() bool { return p.Tags().Cell("L").Load().Quality.IsGood() })
	if f, _ := p.Tags().Cell("L").Load().Value.Value.Float(); f != 5 {
		t.Errorf("L is %v: a write that was refused has been done", f)
	}
	soon(t, "the link's alarm returns", func() bool { return phase(p, "SYS.LINK.R") == alarm.Returned })
	for _, id := range []string{"L.BAD", "M.BAD"} {
		entries, err := p.Journal.Query(t.Context(), journal.Filter{On: id, Actions: []string{alarm.Annunciated.String()}})
		if err != nil || len(entries) > 0 {
			t.Errorf("%s rang for the outage of the whole link: %v, %v", id, entries, err)
		}
	}
}

// hose is a driver that pushes as fast as it is taken from it.
type hose struct {
	rack
	batches int
	done    chan struct{}
}

func (h *hose) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	return &hoseConn{rackConn{&h.rack}, h}, nil
}

type hoseConn struct {
	rackConn
	h *hose
}

func (c *hoseConn) Subscribe(ctx context.Context, points []drivers.Point, push func([]int, []tag.Value)) (<-chan error, error) {
	go func() {
		idx, vals := make([]int, len(points)), make([]tag.Value, len(points))
		for n := range c.h.batches {
			now := time.Now().UnixNano()
			for i := range idx {
				idx[i] = i
				vals[i] = tag.Value{Source: now, Value: tag.Float(float64(n%100) + float64(i)), Quality: tag.Good}
			}
			push(idx, vals)
		}
		close(c.h.done)
		for ctx.Err() == nil {
			push(nil, nil)
			time.Sleep(100 * time.Millisecond)
		}
	}()
	return make(chan error), nil
}

// BenchmarkLoop is the way of a value from a driver to history: scaled,
// judged, stored durably, held against its alarms. samples/s is what one loop
// sustains; nothing is lost.
func BenchmarkLoop(b *testing.B) {
	const tags = 1000
	var text, alarms strings.Builder
	text.WriteString("id,device,address,kind,lo,hi\n")
	alarms.WriteString("id,tag,kind,limit,priority\n")
	for i := range tags {
		fmt.Fprintf(&text, "T%d,R,%d,float,0,2000\n", i, i)
		fmt.Fprintf(&alarms, "T%d.HI,T%d,high,5000,3\n", i, i)
	}
	for b.Loop() {
		h := &hose{batches: 200, done: make(chan struct{})}
		h.regs = map[string]tag.Scalar{}
		proj, set := load(b, h, text.String(), alarms.String())
		start := time.Now()
		p := run(b, proj, set, b.TempDir())
		<-h.done
		soon(b, "all taken", func() bool { return p.Taken() >= uint64(h.batches*tags) })
		if err := p.History.Flush(); err != nil {
			b.Fatal(err)
		}
		st := p.History.Stats()
		if st.Stored+uint64(st.Waiting) < uint64(h.batches*tags) || len(st.Lost) > 0 {
			b.Fatalf("%d sent, %d stored, lost %d tags", h.batches*tags, st.Stored, len(st.Lost))
		}
		b.ReportMetric(float64(h.batches*tags)/time.Since(start).Seconds(), "samples/s")
		p.Stop()
	}
}

// A plant that cannot start says why and gives back what it had taken.
func TestAPlantThatCannotStartLeavesNothingBehind(t *testing.T) {
	proj, set := load(t, newRack(), levelTags, levelAlarms)
	data := t.TempDir()
	if err := os.Mkdir(DataDir(data).JournalPath(), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(Config{Project: proj, Data: DataDir(data), Drivers: set}); err == nil {
		t.Fatal("started on a folder in place of the journal")
	}
	if err := os.Remove(DataDir(data).JournalPath()); err != nil {
		t.Fatal(err)
	}
	run(t, proj, set, data)
	if _, err := Start(Config{Project: proj, Data: DataDir(data), Drivers: set}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second plant on the same data: %v", err)
	}
}

// A project is exchanged while it runs: values and acknowledged alarms stay,
// what is new comes, and a wrong one changes nothing.
func TestSwapKeepsValuesAndAlarms(t *testing.T) {
	r := newRack()
	r.set("1", tag.Float(9))
	r.set("2", tag.Float(1))
	r.set("3", tag.Float(7))
	proj, set := load(t, r, levelTags, levelAlarms)
	p := run(t, proj, set, t.TempDir())
	soon(t, "L.HI comes", func() bool { return phase(p, "L.HI") == alarm.Unacked })
	p.Answer(t.Context(), everybody("ann"), []Answer{{Alarm: "L.HI", Event: alarm.Event{What: alarm.Ack}}})

	next, _ := load(t, r, levelTags+"N,R,3,float,0,10,r\n", strings.Replace(levelAlarms, "L.HI,L,high,8,2", "L.HI,L,high,8.5,1", 1)+"N.HI,N,high,6,3,\n")
	before := p.Tags().Cell("L").Load()
	if err := p.Swap(t.Context(), everybody("eve"), next, "a new level"); err != nil {
		t.Fatal(err)
	}
	if got := p.Tags().Cell("L").Load(); got.Value.Value != before.Value.Value || !got.Quality.Usable() {
		t.Errorf("L was %v, is %v %v", before.Value.Value, got.Value.Value, got.Quality)
	}
	if got := phase(p, "L.HI"); got != alarm.Acked {
		t.Errorf("L.HI is %v", got)
	}
	soon(t, "the new alarm comes", func() bool { return phase(p, "N.HI") == alarm.Unacked })
	entries, err := p.Journal.Query(t.Context(), journal.Filter{Kinds: []journal.Kind{journal.Config}, OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range entries {
		if e.Who != "eve" {
			t.Errorf("changed by %q: %+v", e.Who, e)
		}
		told = append(told, e.Action+" "+e.On)
	}
	if len(told) < 3 || told[0] != "project applied Test" {
		t.Errorf("the journal tells %q", told)
	}

	wrong := *next
	wrong.Tags = append([]tag.Def(nil), wrong.Tags...)
	wrong.Tags = append(wrong.Tags, tag.Def{ID: "BAD", Expr: "NOWHERE + 1"})
	if err := p.Swap(t.Context(), everybody("eve"), &wrong, ""); err == nil {
		t.Error("a project with a wrong expression was applied")
	}
	if p.Project() != next {
		t.Error("a project that was refused runs")
	}
}
