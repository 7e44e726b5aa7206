package screens

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/auth"
	"penstock/app/project"
	"penstock/drivers"
)

// wiredPlant is a small plant with a store of certificates and flight
// recorders.
type wiredPlant struct {
	*smallPlant
	papers  []Certificate
	decided []string
}

func (p *wiredPlant) Certificates() ([]Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.papers), nil
}

func (p *wiredPlant) move(by Session, fingerprint, from, to string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.papers {
		if c := &p.papers[i]; c.Fingerprint == fingerprint && c.Place == from {
			c.Place, c.Why = to, ""
			p.decided = append(p.decided, by.User()+" "+to)
			return nil
		}
	}
	return errors.New("there is no such certificate any more")
}

func (p *wiredPlant) Trust(_ context.Context, by Session, f string) error {
	return p.move(by, f, RejectedPlace, TrustedPlace)
}

func (p *wiredPlant) Distrust(_ context.Context, by Session, f string) error {
	return p.move(by, f, TrustedPlace, RejectedPlace)
}

func (p *wiredPlant) FlightRecordings(device string) []drivers.Recording {
	if device != "PLC2" {
		return nil
	}
	at := p.clock()
	return []drivers.Recording{
		{Device: device, At: at, Records: []drivers.Record{{At: at.Add(-2 * time.Second), Line: "-> unit 1 read 10 registers from 0"}, {At: at.Add(-1990 * time.Millisecond), Line: "<- 03 14 00 01"}}},
		{Device: device, At: at.Add(-time.Hour), Why: "the device closed the connection", Records: []drivers.Record{{At: at.Add(-time.Hour), Line: "!  unit 1 after 2s: connection reset"}}},
	}
}

const printOf = "A1B2 C3D4 E5F6 0718 293A 4B5C 6D7E 8F90 1234 5678"

func newWiredPlant(t *testing.T) *wiredPlant {
	t.Helper()
	p := &wiredPlant{smallPlant: newSmallPlant(t)}
	p.papers = []Certificate{
		{Place: OwnPlace, Fingerprint: "0000 1111", Subject: "CN=penstock@station 1", URI: "urn:station:penstock", From: morning.AddDate(-1, 0, 0), To: morning.AddDate(0, 0, 20)},
		{Place: RejectedPlace, Fingerprint: printOf, Subject: "CN=PLC 1, O=Weir Lane", URI: "urn:plc1", Hosts: []string{"plc1.local", "192.0.2.7"},
			From: morning.AddDate(-1, 0, 0), To: morning.AddDate(9, 0, 0), Why: "PLC1 showed it; nobody has trusted it yet"},
		{Place: TrustedPlace, Fingerprint: "2222 3333", Subject: "CN=PLC 2", From: morning.AddDate(-2, 0, 0), To: morning.AddDate(0, 0, -1)},
	}
	return p
}

func (g *stage) devices() *devicesPage { return g.pages[devicePage].(*devicesPage) }

// An engineer sees the fingerprint of a server that was refused, trusts it,
// and takes the trust back; an operator cannot.
func TestTrustIsDecidedAtTheWindow(t *testing.T) {
	plant := newWiredPlant(t)
	g := openRoom(t, desk, operator(), plant.smallPlant, plant)
	g.press("F5", "C")
	p := g.devices()
	g.until("the certificates are listed", func() bool { return p.papers.list.Len() == 3 })
	if n := p.papers.waiting(); n != 1 {
		t.Errorf("%d wait for a decision", n)
	}
	g.press("Home")
	if why := p.bars("trust"); !strings.Contains(why, "waits for a decision") {
		t.Errorf("our own certificate can be trusted: %q", why)
	}
	g.press("Down", "T")
	if len(g.dialogs) != 1 {
		t.Fatal("it is not asked before it is trusted")
	}
	g.press("Escape")
	if len(plant.decided) != 0 {
		t.Fatal("Escape trusts it")
	}
	g.press("T", "Return")
	g.until("it is trusted", func() bool { return strings.Contains(g.status.text, "is trusted") })
	if !slices.Equal(plant.decided, []string{"ana trusted"}) {
		t.Errorf("decided %v", plant.decided)
	}
	g.until("the list says so", func() bool { return p.papers.waiting() == 0 })
	g.keep("certificates")
	p.papers.list.Choose(TrustedPlace + " " + printOf)
	g.press("D", "Return")
	g.until("the trust is taken back", func() bool { return strings.Contains(g.status.text, "is distrusted") })

	g.session = &person{name: "eve", no: auth.Configure}
	g.until("it waits again", func() bool { return p.papers.waiting() == 1 })
	p.papers.list.Choose(RejectedPlace + " " + printOf)
	g.press("T")
	if len(g.dialogs) != 0 || !strings.Contains(g.status.text, "eve does not have the right to decide about certificates") {
		t.Errorf("without the right it says %q", g.status.text)
	}
}

func TestExpiryIsTold(t *testing.T) {
	c := Certificate{From: morning, To: morning.AddDate(1, 0, 0)}
	for days, want := range map[int]string{-1: "not valid before", 100: "", 340: "expires in", 400: "has expired"} {
		if got := expiry(c, morning.AddDate(0, 0, days)); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("on day %d: %q", days, got)
		}
	}
}

func TestTheFlightRecorderIsReadAndExported(t *testing.T) {
	plant := newWiredPlant(t)
	g := openRoom(t, desk, operator(), plant.smallPlant, plant)
	g.press("F5", "Home", "Return")
	if len(g.dialogs) != 0 || !strings.Contains(g.status.text, "no recording of PLC1") {
		t.Errorf("of a device without a recording it says %q", g.status.text)
	}
	g.press("Down", "Return")
	if len(g.dialogs) != 1 {
		t.Fatal("Return does not open the recorder")
	}
	g.keep("recorder")
	v := &recordings{s: g.Station, all: plant.FlightRecordings("PLC2")}
	to := filepath.Join(t.TempDir(), "flight.txt")
	if err := v.export(to); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := drivers.ReadRecording(f)
	if err != nil || len(r.Records) != 2 || r.Records[1].Line != "<- 03 14 00 01" {
		t.Errorf("read back %+v, %v", r, err)
	}
	if v.export(to) == nil {
		t.Error("an export overwrites a file")
	}
}

func TestLatencyIsDrawnWhereItIs(t *testing.T) {
	var h drivers.Histogram
	for _, d := range []time.Duration{0, 3 * time.Millisecond, 5 * time.Millisecond, 40 * time.Millisecond} {
		h.Add(d)
	}
	if a, b := latencySpan(&h); a != 0 || b != 6 {
		t.Errorf("drawn are the slots %d to %d", a, b)
	}
	h = drivers.Histogram{}
	h.Add(time.Hour)
	if a, b := latencySpan(&h); b != len(h.Counts)-1 || b-a != 5 {
		t.Errorf("drawn are the slots %d to %d", a, b)
	}
	if got := latencyMark(0) + " " + latencyMark(5) + " " + latencyMark(12) + " " + latencyMark(15); got != "1 32 4 s more" {
		t.Errorf("the marks are %s", got)
	}
}

// rewiredPlant is a wired plant whose devices can be changed.
type rewiredPlant struct {
	*wiredPlant
	set     []project.DeviceRow
	dropped []string
	edited  []project.Change
	taken   int
	wrong   error
}

func (p *rewiredPlant) Fixed() error      { return nil }
func (p *rewiredPlant) Drivers() []string { return []string{"modbus", "opcua", "sim"} }
func (p *rewiredPlant) DeviceCells(name string) (map[string]string, error) {
	return map[string]string{"driver": "modbus", "endpoint": "modbus://a:502?unit=1", "options.order": "CDAB", "options.retries": "3"}, nil
}
func (p *rewiredPlant) SetDevice(_ context.Context, _ Session, r project.DeviceRow) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong == nil {
		p.set = append(p.set, r)
	}
	return p.wrong
}
func (p *rewiredPlant) DropDevice(_ context.Context, _ Session, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropped = append(p.dropped, name)
	return nil
}
func (p *rewiredPlant) Edited() ([]project.Change, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.edited, p.wrong
}
func (p *rewiredPlant) TakeUp(_ context.Context, _ Session, n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = n
	return nil
}

// says lets do work with what the plant is told by other goroutines.
func (p *rewiredPlant) says(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
}

func (p *rewiredPlant) row(i int) (r project.DeviceRow) {
	p.says(func() { r = p.set[i] })
	return r
}

// An engineer adds, changes and removes a device, and takes up what was edited
// in the project's folder; an operator is told why not.
func TestDevicesAreEditedAtTheWindow(t *testing.T) {
	plant := &rewiredPlant{wiredPlant: newWiredPlant(t)}
	g := openRoom(t, desk, operator(), plant.smallPlant, plant)
	g.press("F5", "N")
	if len(g.dialogs) != 1 {
		t.Fatal("N does not open the form")
	}
	g.typed("RTU9")
	g.press("Return")
	g.until("it is added", func() bool { return len(g.dialogs) == 0 && strings.Contains(g.status.text, "RTU9") })
	if r := plant.row(0); r.Name != "RTU9" || r.Cells["driver"] != "opcua" {
		t.Errorf("added %+v", r)
	}
	g.keep("devices-edit")

	plant.says(func() { plant.wrong = errors.New("devices.toml:4: device PLC1: no such option") })
	g.press("Home", "E")
	g.typed("0") // after the 1 of the unit
	g.press("Return")
	g.until("what is wrong is told", func() bool { return len(g.dialogs) == 1 && strings.Contains(g.dialogs[0].note.Text, "devices.toml:4") })
	plant.says(func() { plant.wrong = nil })
	g.press("Return")
	g.until("it is changed", func() bool { return len(g.dialogs) == 0 })
	if r := plant.row(1); len(r.Cells) != 1 || !strings.HasPrefix(r.Cells["endpoint"], "modbus://a:502") && !strings.HasPrefix(r.Cells["endpoint"], "0modbus") {
		t.Errorf("changed %+v", r)
	}

	g.press("Delete", "Return")
	g.until("it is removed", func() (done bool) { plant.says(func() { done = len(plant.dropped) == 1 }); return done })

	g.press("U")
	g.until("nothing was edited", func() bool { return strings.Contains(g.status.text, "as they are now") })
	plant.says(func() {
		plant.edited = []project.Change{{File: "tags.csv", On: "T", Column: "unit", Was: "m", Is: "cm"}}
	})
	g.press("U")
	g.until("the changes are shown", func() bool { return len(g.dialogs) == 1 })
	g.press("Return")
	g.until("they are taken up", func() (done bool) { plant.says(func() { done = plant.taken == 1 }); return done && len(g.dialogs) == 0 })

	g.session = &person{name: "eve", no: auth.Configure}
	g.press("N")
	if len(g.dialogs) != 0 || !strings.Contains(g.status.text, "eve does not have the right to change devices") {
		t.Errorf("without the right it says %q", g.status.text)
	}
}

func TestSettingsAreReadAsTheyAreWritten(t *testing.T) {
	was := map[string]string{"driver": "modbus", "options.order": "CDAB", "options.retries": "3"}
	line := settingsText(was)
	if line != "order = CDAB; retries = 3" {
		t.Fatalf("they are written %q", line)
	}
	for _, c := range []struct {
		line  string
		want  map[string]string
		wrong string
	}{
		{line, map[string]string{}, ""},
		{"order=ABCD", map[string]string{"options.order": "ABCD", "options.retries": ""}, ""},
		{`retries = 3; order = CDAB; user = "x" ;`, map[string]string{"options.user": "x"}, ""},
		{"order", nil, "is no setting"},
		{"order = ", nil, "is no setting"},
		{"order = A; order = B", nil, "twice"},
	} {
		got := map[string]string{}
		wrong := readSettings(c.line, was, got)
		if c.wrong != "" && !strings.Contains(wrong, c.wrong) || c.wrong == "" && (wrong != "" || !maps.Equal(got, c.want)) {
			t.Errorf("%q: %q, %v", c.line, wrong, got)
		}
	}
}

// Whatever field of a dialog has the focus: Escape closes it, Return does what
// it is for.
func TestKeysReachTheDialogFromEveryField(t *testing.T) {
	plant := &rewiredPlant{wiredPlant: newWiredPlant(t)}
	g := openRoom(t, desk, operator(), plant.smallPlant, plant)
	g.press("F5")
	for _, k := range []string{"Escape", "Return"} {
		for n := range 9 {
			g.press("Home", "E")
			if len(g.dialogs) != 1 {
				t.Fatal("E does not open the form")
			}
			for range n {
				g.win.Canvas().FocusNext()
			}
			if _, cancel := g.win.Canvas().Focused().(*button); cancel {
				g.press("Escape")
				continue
			}
			g.press(k)
			g.until(k+" closes it from field "+strconv.Itoa(n), func() bool { return len(g.dialogs) == 0 })
		}
	}
	g.press("Home", "E")
	r := g.newRadio([]string{"a", "b"})
	g.win.Canvas().Unfocus()
	r.SetSelected("b")
	g.press("Escape")
	if len(g.dialogs) != 0 {
		t.Error("after a choice among a few lines Escape does not close it")
	}
}
