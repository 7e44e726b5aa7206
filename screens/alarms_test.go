package screens

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"penstock/app/alarm"
	"penstock/app/auth"
	"penstock/widgets/rows"
	"penstock/widgets/toolbar"
)

// busy is a station at its alarm list with twelve alarms to acknowledge.
func busy(t *testing.T, opts Options) *stage {
	t.Helper()
	g := openStation(t, fyne.NewSize(1280, 800), opts)
	for _, c := range g.plant.db.Cells() {
		if id := c.Def().ID; strings.HasSuffix(string(id), "PT103") {
			g.plant.give(num(id, 1))
		}
	}
	g.press("F4", "Home")
	if n := g.alarms().list.Len(); n != 12 {
		t.Fatalf("%d alarms are listed, want 12", n)
	}
	return g
}

func (g *stage) focusedAlarm() string {
	id, _ := g.alarms().list.Focused()
	return id
}

// later lets the clock of the plant go on.
func (g *stage) later(d time.Duration) {
	g.plant.mu.Lock()
	g.plant.now = g.plant.now.Add(d)
	g.plant.mu.Unlock()
}

// An operator reads, presses A, reads the next, presses A: in the order of the
// list, each alarm once, and never one that was not in focus.
func TestWorkingDownTheListWithOneKey(t *testing.T) {
	g := busy(t, operator())
	order := slices.Clone(g.alarms().list.Keys())
	for i, want := range order {
		if at := g.focusedAlarm(); at != want {
			t.Fatalf("before the %dth acknowledgement %q is in focus, want %q", i, at, want)
		}
		g.press("A")
		g.until("it is acknowledged", func() bool { return g.phase(want) == alarm.Acked })
		if n := g.plant.Alarms().Unacked[0]; n != len(order)-1-i {
			t.Fatalf("after %d acknowledgements %d wait", i+1, n)
		}
		g.later(time.Second)
		g.frames(1)
	}
	g.press("A")
	if !g.status.wrong || !strings.Contains(g.status.text, "acknowledged already") {
		t.Errorf("with nothing left it says %q", g.status.text)
	}
}

// A key that is held down repeats thirty times a second.
func TestAHeldKeyAcknowledgesOneAlarm(t *testing.T) {
	g := busy(t, operator())
	for range 30 {
		g.press("A")
		g.later(33 * time.Millisecond)
	}
	g.until("one is acknowledged", func() bool { return g.plant.Alarms().Unacked[0] < 12 })
	if n := g.plant.Alarms().Unacked[0]; n != 11 {
		t.Errorf("%d of 12 are left", n)
	}
	if !strings.Contains(g.status.text, "One at a time") && !strings.Contains(g.status.text, "1 alarm acknowledged") {
		t.Errorf("it says %q", g.status.text)
	}
}

// No key and no button does nothing in silence.
func TestKeysSayWhyNothingHappens(t *testing.T) {
	g := busy(t, Options{Session: &person{name: "eve", no: auth.Shelve}})
	p := g.alarms()
	say := func(keys ...string) string {
		g.status.text = ""
		g.press(keys...)
		return g.status.text
	}
	if got := say("S"); !strings.Contains(got, "eve does not have the right to shelve alarms in area") {
		t.Errorf("without the right S says %q", got)
	}
	if got := say("R"); !strings.Contains(got, "still there") {
		t.Errorf("R says %q", got)
	}
	p.list.Clear()
	for _, key := range []string{"A", "S", "C", "T", "M", "W", "O", "U", "R"} {
		if got := say(key); !strings.Contains(got, "No alarm is selected") {
			t.Errorf("with nothing selected %s says %q", key, got)
		}
	}
	p.denied("shelve")
	if !strings.Contains(g.status.text, "No alarm is selected") {
		t.Errorf("a button that is off says %q", g.status.text)
	}
	p.do("shelved")
	if got := say("A"); !strings.Contains(got, "no alarm in this list") {
		t.Errorf("on an empty list A says %q", got)
	}
}

func TestFiltersByKeyboard(t *testing.T) {
	g := busy(t, operator())
	p := g.alarms()
	count := func(what string, n int) {
		t.Helper()
		g.frames(1)
		if p.list.Len() != n {
			t.Errorf("%s: %d alarms listed, want %d", what, p.list.Len(), n)
		}
	}
	g.press("1")
	count("priority 1", 6)
	if p.hiding != 6 || !slices.ContainsFunc(p.lists.Items(), func(it toolbar.Item) bool { return it.ID == "clear" && it.Text == "Filter hides 6" }) {
		t.Errorf("it does not say that the filter hides 6: %v", p.lists.Items())
	}
	g.press("0")
	count("all priorities", 12)
	pick := func(id, text string) {
		t.Helper()
		for _, c := range p.offer(id) {
			if strings.HasPrefix(c.Text, text) {
				c.Do()
				return
			}
		}
		t.Errorf("%s does not offer %q", id, text)
	}
	pick("area", "HL")
	count("area HL", 2)
	pick("state", "acknowledged")
	count("acknowledged in HL", 0)
	if !strings.Contains(p.list.Empty, "hides 12") {
		t.Errorf("an empty list says %q", p.list.Empty)
	}
	g.press("N")
	count("no filter", 12)
	g.press("F") // the field
	g.typed("clear water")
	count("text", 2)
	g.press("Return")
	g.press("Down")
	if g.focusedAlarm() == "" {
		t.Error("Return in the field does not lead to the list")
	}
	g.press("L")
	if p.which != "new" {
		t.Errorf("L leads to %q", p.which)
	}
	p.reveal("IN.PT103.LL")
	if g.focusedAlarm() != "IN.PT103.LL" || p.list.Len() != 12 {
		t.Errorf("revealing shows %q of %d", g.focusedAlarm(), p.list.Len())
	}
}

// Each column sorts, one way and the other.
func TestEveryColumnSorts(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.press("F4")
	p := g.alarms()
	for _, c := range p.list.Columns {
		if c.ID == "" {
			t.Errorf("the list cannot be sorted by %s", c.Title)
			continue
		}
		p.sort(c.ID, false)
		p.order()
		up := slices.Clone(p.list.Keys())
		for i := 1; i < len(up); i++ {
			if p.compare(p.byID[up[i-1]], p.byID[up[i]]) > 0 {
				t.Errorf("by %s: %s stands before %s", c.Title, up[i-1], up[i])
			}
		}
		p.sort(c.ID, true)
		p.order()
		for i := 1; i < p.list.Len(); i++ {
			if k := p.list.Keys(); p.compare(p.byID[k[i-1]], p.byID[k[i]]) < 0 {
				t.Errorf("by %s, down: %s stands before %s", c.Title, k[i-1], k[i])
			}
		}
	}
}

func TestShelvesCountDown(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.press("F4")
	p := g.alarms()
	p.do("shelved")
	left := func() string {
		var r rows.Row
		r.Cells = make([]string, len(p.list.Columns))
		p.Row("DO.AT108.L", &r)
		return r.Cells[8]
	}
	g.frames(1)
	before := left()
	g.later(2 * time.Second)
	g.frames(1)
	if after := left(); before == after || !strings.HasSuffix(after, " left") {
		t.Errorf("two seconds after %q it says %q", before, after)
	}
	for d, want := range map[time.Duration]string{-time.Second: "0:00", 59 * time.Second: "0:59", 61 * time.Minute: "1:01:00", 72 * time.Hour: "3 days"} {
		if got := countdown(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	g.press("Home", "U")
	g.until("it is off the shelf", func() bool { return g.phase("DO.AT108.L") != alarm.Shelved })
}

func TestOutOfServiceAndBack(t *testing.T) {
	g := busy(t, operator())
	p := g.alarms()
	id := g.focusedAlarm()
	g.press("O")
	g.press("Return")
	if len(g.dialogs) != 1 || g.dialogs[0].note.Text != "A permit or reason is needed." {
		t.Fatal("it can be taken out of service without a permit")
	}
	g.typed("PTW 4711, transmitter removed")
	g.press("Return")
	g.until("it is out of service", func() bool { return g.phase(id) == alarm.OutOfService })
	if g.focusedAlarm() == "" || g.focusedAlarm() == id {
		t.Errorf("after it %q is in focus", g.focusedAlarm())
	}
	p.do("out")
	g.frames(1)
	g.press("Home")
	if p.details.row == nil || !strings.Contains(p.details.story(), "PTW 4711") {
		t.Error("the permit is not shown")
	}
	g.press("U")
	g.until("it is back", func() bool { return g.phase(id) == alarm.Unacked })
}

// The menu, the buttons and the keys do the same.
func TestTheMenuHasEveryDeed(t *testing.T) {
	g := busy(t, operator())
	p := g.alarms()
	texts := []string{}
	for _, c := range p.choices(nil) {
		texts = append(texts, c.Text)
	}
	for _, d := range p.offered() {
		if d != &deedPage && !slices.ContainsFunc(texts, func(s string) bool { return strings.HasPrefix(s, d.text) }) {
			t.Errorf("the menu has no %q: %v", d.text, texts)
		}
		if d.key == "" {
			t.Errorf("%s has no key", d.text)
		}
	}
	if a := p.byID[g.focusedAlarm()]; p.displayOf(a) != "highlift" {
		t.Errorf("its mimic is %q", p.displayOf(a))
	}
}
