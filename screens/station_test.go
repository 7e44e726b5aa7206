package screens

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"penstock/app/alarm"
	"penstock/app/auth"
	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/toolbar"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

// plantOfLevels is the small plant with displays of four levels.
func plantOfLevels(t testing.TB) *smallPlant {
	t.Helper()
	p := newSmallPlant(t)
	for _, d := range []struct{ name, text string }{
		{"overview", `{"format": 1, "title": "All", "level": 1, "size": [400, 300], "items": [{"id": "v", "kind": "value", "box": [20, 20, 160, 40], "tags": {"value": "HL.PT103"}}]}`},
		{"highlift", `{"format": 1, "title": "High lift", "level": 2, "parent": "overview", "size": [400, 300], "items": [{"id": "v", "kind": "value", "box": [20, 20, 160, 40], "tags": {"value": "HL.PT103"}}]}`},
		{"filters", `{"format": 1, "title": "Filters", "level": 2, "parent": "overview", "size": [400, 300], "items": []}`},
		{"pump", `{"format": 1, "title": "Pump 1", "level": 3, "parent": "highlift", "size": [400, 300], "items": []}`},
		{"drive", `{"format": 1, "title": "Drive of pump 1", "level": 4, "parent": "pump", "size": [400, 300], "items": []}`},
	} {
		m, err := mimic.Parse(d.name, []byte(d.text))
		if err != nil {
			t.Fatal(err)
		}
		p.project.Displays = append(p.project.Displays, m)
	}
	return p
}

func (g *stage) chord(mods view.Mods, name string) {
	g.t.Helper()
	g.key(view.Key{Name: name, Mods: mods})
	g.frames(1)
}

// where is the place in sight, such as "Mimics highlift".
func (g *stage) where() string {
	p, ok := g.here()
	if !ok {
		return "editor"
	}
	return strings.TrimSpace(p.Page + " " + p.Display)
}

func (g *stage) at(want string) {
	g.t.Helper()
	if got := g.where(); got != want {
		g.t.Errorf("in sight is %q, want %q", got, want)
	}
}

func TestBackAndForwardAndUp(t *testing.T) {
	p := plantOfLevels(t)
	g := openRoom(t, desk, operator(), p, p)
	g.openDisplay("drive")
	g.frames(1)
	var crumbs []string
	for _, it := range g.location.bar.Items() {
		if it.Text == "All" || strings.HasPrefix(it.ID, displayCrumb) || it.Text == "Drive of pump 1" {
			crumbs = append(crumbs, it.Text)
		}
	}
	if got := strings.Join(crumbs, "/"); got != "All/High lift/Pump 1/Drive of pump 1" {
		t.Errorf("the way down is %q", got)
	}
	g.location.do(displayCrumb + "highlift")
	g.at("Mimics highlift")
	g.press("F4")
	g.chord(view.Alt, view.KeyLeft)
	g.at("Mimics highlift")
	g.press("Backspace")
	g.at("Mimics drive")
	g.chord(view.Alt, view.KeyUp)
	g.at("Mimics pump") // a new way: what was forward is gone
	g.chord(view.Alt, view.KeyRight)
	g.at("Mimics pump")
	g.chord(view.Alt, view.KeyLeft)
	g.chord(view.Alt, view.KeyLeft)
	g.chord(view.Alt, view.KeyLeft) // there is nothing before the first
	g.at("Overview")
	g.chord(view.Alt, view.KeyRight)
	g.chord(view.Alt, view.KeyRight)
	g.at("Mimics pump")
	g.chord(view.Alt, view.KeyUp)
	g.chord(view.Alt, view.KeyUp)
	g.at("Overview")
	beside, below := g.mimics().near()
	if g.mimics().current != "highlift" || len(beside) != 2 || len(below) != 1 {
		t.Errorf("beside %s stand %d displays, below %d", g.mimics().current, len(beside), len(below))
	}
}

func TestFavouritesAreKeptForEachPerson(t *testing.T) {
	p := plantOfLevels(t)
	opts := operator()
	opts.Folder = t.TempDir()
	g := openRoom(t, desk, opts, p, p)
	mark := func() {
		t.Helper()
		g.chord(view.Ctrl, "D")
		g.until("it is said", func() bool { return strings.Contains(g.status.text, "favourite") })
		g.status.text = ""
	}
	g.openDisplay("pump")
	mark()
	g.press("F4")
	mark()
	g.enter(&person{name: "vera"})
	g.openDisplay("filters")
	mark()
	g.Close()
	g.work()

	g = openRoom(t, desk, opts, p, p)
	g.press("F5")
	g.chord(view.Ctrl, "1")
	g.at("Mimics pump")
	g.chord(view.Ctrl, "2")
	g.at("Alarms")
	g.chord(view.Ctrl, "3")
	g.at("Alarms")
	mark() // no longer
	g.press("F5")
	g.chord(view.Ctrl, "2")
	g.at("Devices")
	g.find()
	g.typed("favourite")
	g.press("Return")
	g.at("Mimics pump")
	g.enter(&person{name: "vera"})
	g.chord(view.Ctrl, "1")
	g.at("Mimics filters")
}

func TestBrokenFavouritesAreNotWrittenOver(t *testing.T) {
	opts := operator()
	opts.Folder = t.TempDir()
	file := filepath.Join(opts.Folder, favouritesFile)
	if err := os.WriteFile(file, []byte("{oops"), 0o600); err != nil {
		t.Fatal(err)
	}
	g := openStation(t, desk, opts)
	if !g.status.wrong || !strings.Contains(g.status.text, favouritesFile) {
		t.Errorf("it says %q", g.status.text)
	}
	g.chord(view.Ctrl, "D")
	if text, _ := os.ReadFile(file); string(text) != "{oops" {
		t.Errorf("the file holds %q now", text)
	}
}

func TestSeveralWindows(t *testing.T) {
	p := plantOfLevels(t)
	g := openRoom(t, desk, Options{}, p, p)
	g.openDisplay("pump")
	g.chord(view.Ctrl, "N")
	if len(g.all.list) != 2 {
		t.Fatalf("%d windows", len(g.all.list))
	}
	w := g.all.list[1]
	if at, _ := w.here(); at != (spot{"Mimics", "pump"}) {
		t.Errorf("the other window shows %+v", at)
	}
	w.goTo(alarmPage)
	if g.current == alarmPage {
		t.Error("both windows turned")
	}
	p.upset()
	g.frames(1)
	if w.header.have.alarm != "HL.PT103.LL" {
		t.Errorf("the other window's banner shows %q", w.header.have.alarm)
	}
	// Who logs in at one window is there at all of them.
	w.enter(&person{name: "ana"})
	if g.session == nil {
		t.Fatal("only one window knows who is there")
	}
	w.pages[alarmPage].(*alarmsPage).list.Choose("HL.PT103.LL")
	w.pages[alarmPage].(*alarmsPage).do("ack")
	g.until("it is acknowledged", func() bool { return g.phase("HL.PT103.LL") == alarm.Acked })
	g.setDark(true)
	if w.style.Palette != g.style.Palette {
		t.Error("one window is dark")
	}
	w.key(view.Key{Name: "W", Mods: view.Ctrl})
	if len(g.all.list) != 1 || w.ctx.Err() == nil {
		t.Error("Ctrl+W does not close it")
	}
	g.chord(view.Ctrl, "W")
	if g.ctx.Err() != nil {
		t.Error("Ctrl+W closes the main window")
	}
	for range mostWindows + 2 {
		g.openWindow()
	}
	if len(g.all.list) != mostWindows || !g.status.wrong {
		t.Errorf("%d windows; it says %q", len(g.all.list), g.status.text)
	}
}

func TestLeavingIsAsked(t *testing.T) {
	p := newSmallPlant(t)
	left := 0
	opts := operator()
	opts.Quit = func() { left++ }
	g := openRoom(t, desk, opts, p, p)
	g.openWindow()
	g.chord(view.Ctrl, "Q")
	if left != 0 || len(g.dialogs) != 1 {
		t.Fatal("it ends without asking")
	}
	g.press("Escape")
	g.chord(view.Ctrl, "Q")
	g.press("Return")
	if left != 1 {
		t.Error("it does not end")
	}
}

func TestWorkspaceComesBack(t *testing.T) {
	p := plantOfLevels(t)
	opts := operator()
	opts.Folder = t.TempDir()
	g := openRoom(t, desk, opts, p, p)
	g.addPens("HL.PT103", "CW.LT101")
	look, set := trend.Look{Colour: 6, Line: trend.Dots, Own: true, Hidden: true}, trend.Arrangement{Axes: "own", XY: true, Across: "CW.LT101", Ranges: map[tag.ID]trend.Range{"CW.LT101": {Lo: 1.5, Hi: 4}}}
	g.pages[trendPage].(*trendsPage).view.SetLook("HL.PT103", look)
	g.pages[trendPage].(*trendsPage).view.SetArrangement(set)
	g.openDisplay("pump")
	w := g.openWindow()
	w.win.Resize(fyne.NewSize(700, 500))
	w.goTo(trendPage)
	g.OpenTag("HL.PIC103.SP")
	g.setDark(true)
	p.run(2 * workspaceEvery)
	g.frames(1)
	g.until("it is written", func() bool { return !g.all.saved.writing && g.all.saved.text != "" })
	g.Close()
	g.work()

	h := openRoom(t, desk, opts, p, p)
	if len(h.all.list) != 2 {
		t.Fatalf("%d windows", len(h.all.list))
	}
	h.at("Mimics pump")
	if h.trail.can(-1) {
		t.Error("there is a way back at the start")
	}
	if at, _ := h.all.list[1].here(); at.Page != "Trend" {
		t.Errorf("the other window shows %+v", at)
	}
	if size := h.all.list[1].win.Canvas().Size(); size != fyne.NewSize(700, 500) {
		t.Errorf("the other window is %v large", size)
	}
	if !h.plates.turns.panel.Visible() || h.plates.turns.id != "HL.PIC103.SP" || h.style.Palette != palette(true) {
		t.Error("faceplate or colours did not come back")
	}
	if pens := h.pages[trendPage].(*trendsPage).view.Pens(); !slices.Equal(pens, g.pages[trendPage].(*trendsPage).view.Pens()) {
		t.Errorf("the pens are %v", pens)
	}
	if v := h.pages[trendPage].(*trendsPage).view; v.LookOf("HL.PT103") != look || !reflect.DeepEqual(v.Arrangement(), set) {
		t.Errorf("a pen is drawn as %+v, set out as %+v", v.LookOf("HL.PT103"), v.Arrangement())
	}
}

// Whatever stands in the file, the station starts.
func TestBadWorkspaceStopsNothing(t *testing.T) {
	good := `{"format": 1, "windows": [{"page": "Mimics", "display": "pump", "width": 700, "height": 500}]}`
	for name, text := range map[string]string{
		"empty": "", "half": good[:40], "no JSON": "\x00\xff", "null": "null", "newer": strings.Replace(good, "1,", "2,", 1), "unknown": strings.Replace(good, "page", "pag", 1),
		"gone": strings.Replace(good, "pump", "removed", 1), "page": strings.Replace(good, "Mimics", "Nothing", 1),
		"large": strings.Replace(good, "700", "1e9", 1), "negative": strings.Replace(good, "700", "-4", 1), "none": `{"format": 1, "windows": []}`,
		"many": `{"format": 1, "windows": [` + strings.Repeat(`{"page":"Alarms","width":300,"height":300},`, 40) + `{"page":"Alarms","width":300,"height":300}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := plantOfLevels(t)
			opts := operator()
			opts.Folder = t.TempDir()
			if err := os.WriteFile(filepath.Join(opts.Folder, workspaceName), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			g := openRoom(t, desk, opts, p, p)
			g.frames(2)
			if n := len(g.all.list); n < 1 || n > mostWindows {
				t.Errorf("%d windows", n)
			}
			g.press("F4")
			g.at("Alarms")
		})
	}
}

func TestKioskKeepsToItsPlaces(t *testing.T) {
	p := plantOfLevels(t)
	left := 0
	opts := Options{Kiosk: []string{"overview", "highlift"}, Turn: 20 * time.Second, Quit: func() { left++ }, Folder: t.TempDir()}
	g := openRoom(t, desk, opts, p, p)
	g.at("Overview")
	g.press("F3", "F4", "E", "H", "Backspace")
	for _, k := range []string{"K", "N", "D", "L"} {
		g.chord(view.Ctrl, k)
	}
	g.chord(view.Alt, view.KeyHome)
	g.openDisplay("pump")
	g.at("Overview")
	if len(g.dialogs) != 0 || len(g.all.list) != 1 || g.machine.on {
		t.Error("a key leads out of the kiosk")
	}
	g.press(view.KeyPageDown)
	g.at("Mimics highlift")
	g.press(view.KeyPageDown)
	g.at("Overview")
	p.run(21 * time.Second)
	g.frames(1)
	g.at("Mimics highlift") // by itself
	if n := len(slices.DeleteFunc(slices.Clone(g.location.bar.Items()), func(it toolbar.Item) bool { return it.Text != "All" && it.Text != "High lift" && it.Text != "Overview" })); n != 2 {
		t.Errorf("the line above offers %+v", g.location.bar.Items())
	}
	g.chord(view.Ctrl, "Q")
	g.quit()
	if left != 0 || len(g.dialogs) != 0 {
		t.Error("anybody can end it")
	}
	g.enter(&person{name: "ana", no: auth.Configure})
	g.chord(view.Ctrl, "Q")
	if left != 0 || len(g.dialogs) != 0 {
		t.Error("an operator can end it")
	}
	g.enter(&person{name: "vera"})
	g.chord(view.Ctrl, "Q")
	g.press("Return")
	if left != 1 {
		t.Error("who may cannot end it")
	}
	if _, err := os.Stat(filepath.Join(opts.Folder, workspaceName)); err == nil {
		t.Error("a kiosk wrote its windows down")
	}
}

func TestKioskNamesAreChecked(t *testing.T) {
	p := plantOfLevels(t).project
	if err := Kiosk(p, []string{"overview", "pump", "alarms", "Trend"}); err != nil {
		t.Error(err)
	}
	if err := Kiosk(p, []string{"pmup"}); err == nil || !strings.Contains(err.Error(), "pump") {
		t.Errorf("of a name that is not there it says %v", err)
	}
}

func TestKeysAndMessagesCanBeRead(t *testing.T) {
	g := openStation(t, desk, operator())
	g.chord(view.Shift, "F1")
	g.typed("horn")
	if len(g.dialogs) != 1 {
		t.Fatal("Shift+F1 does nothing")
	}
	g.keep("keys")
	g.press("Escape")
	for range keptMessages + 20 {
		g.status.tell(g.plant.clock(), "one of many", false)
	}
	g.status.tell(g.plant.clock(), "the last of them", true)
	if n := len(g.status.past); n != keptMessages || g.status.past[n-1].text != "the last of them" {
		t.Errorf("%d messages are kept, the last %+v", n, g.status.past[n-1])
	}
	g.chord(view.Ctrl, "L")
	if len(g.dialogs) != 1 {
		t.Fatal("Ctrl+L does nothing")
	}
	g.keep("messages")
	g.press("Return")
	if len(g.dialogs) != 0 {
		t.Error("Return does not close it")
	}
}

// Every function key that the window answers stands on the sheet.
func TestTheSheetNamesEveryKey(t *testing.T) {
	g := openStation(t, desk, operator())
	var all strings.Builder
	for _, h := range g.keySheet() {
		all.WriteString(h.key + "\n")
	}
	for i := range g.names {
		if k := pageKey(i); k != "" && !strings.Contains(all.String(), k+"\n") {
			t.Errorf("%s is not on the sheet", k)
		}
	}
	for _, k := range chords {
		name := "Ctrl+" + k.Name
		if k.Mods == view.Alt {
			name = "Alt+" + k.Name
		}
		if k.Name >= "1" && k.Name <= "9" {
			name = "Ctrl+1 to Ctrl+9"
		}
		if !strings.Contains(all.String(), name) {
			t.Errorf("%s is not on the sheet", name)
		}
	}
}

// A window that is larger than the screen becomes as large as that; a smaller
// one stays.
func TestAWindowFitsItsScreen(t *testing.T) {
	g := openStation(t, fyne.NewSize(1600, 900), operator())
	g.Fit(1920, 1080)
	if got := g.win.Canvas().Size(); got != fyne.NewSize(1600, 900) {
		t.Errorf("on a large screen it has %v", got)
	}
	g.Fit(1280, 1024)
	if got := g.win.Canvas().Size(); got != fyne.NewSize(1280, 900) {
		t.Errorf("on a narrow screen it has %v", got)
	}
}
