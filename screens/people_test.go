package screens

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
	"penstock/widgets/view"
)

// From an empty data folder to an operator who acknowledges: the first
// administrator, a person added, a password that must be changed.
func TestPeopleFromNothing(t *testing.T) {
	p := newPeopledPlant(t)
	g := openRoom(t, desk, Options{}, p.smallPlant, p)
	p.upset()
	form := func(texts ...string) {
		t.Helper()
		for i, s := range texts {
			if i > 0 {
				g.win.Canvas().FocusNext()
			}
			g.typed(s)
		}
	}
	g.press("F12")
	if len(g.dialogs) != 1 || !p.NeedsFirst() {
		t.Fatal("nobody is asked to be the first")
	}
	g.keep("first")
	form("vera", "Vera Brandt", "a long enough pass phrase")
	g.win.Canvas().FocusNext()
	g.typed("another")
	g.press("Return")
	if !strings.Contains(g.dialogs[0].note.Text, "differ") {
		t.Fatalf("of two passwords that differ it says %q", g.dialogs[0].note.Text)
	}
	g.dialogs[0].close()
	g.press("F12")
	form("vera", "Vera Brandt", "a long enough pass phrase", "a long enough pass phrase")
	g.press("Return")
	g.until("vera is there, and is asked to log in", func() bool { return !p.NeedsFirst() && len(g.dialogs) == 1 })
	login := func(name, pass string) {
		t.Helper()
		g.typed(name)
		g.press("Return")
		g.typed(pass)
		g.press("Return")
		g.until(name+" is in", func() bool { return g.session != nil && g.session.User() == name })
	}
	login("vera", "a long enough pass phrase")

	g.press("F8", "A")
	form("ana", "Ana Kovac", "first pass phrase for ana")
	g.dialogs[0].yes.OnTapped() // operator of the whole plant is what is offered
	g.until("ana is added", func() bool { return len(g.dialogs) == 0 && len(p.Users()) == 2 })
	g.frames(2)
	g.keep("people")

	g.logout()
	g.until("vera is out", func() bool { return g.session == nil && strings.Contains(g.status.text, "logged out") })
	g.press("F12")
	login("ana", "first pass phrase for ana")
	g.until("ana is asked for a new password", func() bool { return len(g.dialogs) == 1 })
	g.press("Escape") // nobody acts under a password that another person knows
	g.until("ana is out again", func() bool { return g.session == nil && strings.Contains(g.status.text, "must be changed") })
	g.press("F12")
	login("ana", "first pass phrase for ana")
	g.until("ana is asked once more", func() bool { return len(g.dialogs) == 1 })
	form("first pass phrase for ana", "ana's very own phrase", "ana's very own phrase")
	g.press("Return")
	g.until("it is changed", func() bool { return len(g.dialogs) == 0 })
	g.press("F8")
	g.do8("add")
	if len(g.dialogs) != 0 || !strings.Contains(g.status.text, "does not have the right") {
		t.Errorf("an operator adds people; told %q", g.status.text)
	}
	g.frames(1)
	page := g.pages[peoplePageNo].(*peoplePage)
	for _, id := range []string{"add", "grants", "password", "bar"} {
		if why := page.bars(id); !strings.Contains(why, "ana does not have the right to manage people") {
			t.Errorf("%s is offered to an operator, who is told %q", id, why)
		}
	}
	if why := page.bars("own"); why != "" {
		t.Errorf("an operator may not change the own password: %s", why)
	}
	g.status.tell(p.clock(), "", false)
	add, ok := page.bar.Rect("add")
	if !ok {
		t.Fatal("there is no button to add people")
	}
	page.bar.Tap(view.Pointer{At: add.Min.Add(add.Size().Div(2))})
	if !strings.Contains(g.status.text, "does not have the right to manage people") {
		t.Errorf("the grey button says %q", g.status.text)
	}
	if !g.session.May(auth.Ack, "HL") {
		t.Error("an operator may not acknowledge")
	}
}

// do8 presses a button of the page of people.
func (g *stage) do8(id string) { g.pages[peoplePageNo].(*peoplePage).do(id) }

// A role that asks for one-time codes rests until they are set up; the login
// asks for one from then on, and so does coming back after a pause.
func TestCodesAndPauses(t *testing.T) {
	p := newPeopledPlant(t, "administrator")
	g := openRoom(t, desk, Options{}, p.smallPlant, p)
	if err := p.First(t.Context(), "vera", "Vera Brandt", "a long enough pass phrase"); err != nil {
		t.Fatal(err)
	}
	login := func() {
		t.Helper()
		g.press("F12")
		g.typed("vera")
		g.press("Return")
		g.typed("a long enough pass phrase")
		g.press("Return")
	}
	login()
	g.until("vera is shown a secret", func() bool { return g.session != nil && len(g.dialogs) == 1 })
	g.keep("codes")
	secret := secretOf(t, g.dialogs[0])
	code := func() string {
		c, err := auth.Code(secret, p.clock())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	g.press("Escape")
	if g.session == nil {
		t.Fatal("vera is an engineer as well and needs no code for that")
	}
	g.press("F8")
	g.do8("add")
	g.until("vera is asked again instead of adding people", func() bool { return len(g.dialogs) == 1 && strings.Contains(g.status.text, "one-time codes") })
	secret = secretOf(t, g.dialogs[0])
	g.typed("12345")
	g.press("Return")
	if !strings.Contains(g.dialogs[0].note.Text, "six digits") {
		t.Fatalf("of five digits it says %q", g.dialogs[0].note.Text)
	}
	g.win.Canvas().Focused().(*entry).SetText("")
	g.typed(code())
	g.press("Return")
	g.until("the codes count, and recovery codes are shown", func() bool {
		return len(g.dialogs) == 1 && g.session.May(auth.ManageUsers, "") && len(monospaced(g.dialogs[0])) == 10
	})
	first := monospaced(g.dialogs[0])[0]
	g.keep("recovery")
	g.press("Return")
	p.run(time.Minute)
	g.until("the list knows of it", func() bool {
		u := g.pages[peoplePageNo].(*peoplePage).users["vera"]
		return u.HasCode()
	})
	g.do8("codes") // once more: new recovery codes
	if len(g.dialogs) != 1 || g.dialogs[0].yes.Text != "Make them" {
		t.Fatalf("new recovery codes are not offered: %q", g.status.text)
	}
	g.typed("a long enough pass phrase")
	g.press("Return")
	g.typed(first) // the authenticator is at home
	g.press("Return")
	g.until("there are others", func() bool {
		return len(g.dialogs) == 1 && len(monospaced(g.dialogs[0])) == 10 && monospaced(g.dialogs[0])[0] != first
	})
	g.press("Return")
	if u, _ := p.gate.User("vera"); !u.HasCode() {
		t.Fatal("vera has no codes")
	}

	p.run(11 * time.Minute) // nobody works
	g.do8("add")
	g.until("vera is asked whether it is still her", func() bool { return len(g.dialogs) == 1 && strings.Contains(g.status.text, "a while") })
	g.typed("a long enough pass phrase")
	g.press("Return")
	g.until("a code is asked for", func() bool { return g.dialogs[0].note.Visible() && !g.dialogs[0].yes.Disabled() })
	g.typed(code())
	g.press("Return")
	g.until("vera is back", func() bool { return len(g.dialogs) == 0 && g.session.May(auth.ManageUsers, "") })
	p.run(9 * time.Minute)
	g.press("F7", "F8") // somebody works
	p.run(9 * time.Minute)
	g.do8("add")
	if len(g.dialogs) != 1 || !strings.HasPrefix(g.dialogs[0].yes.Text, "Add") {
		t.Errorf("vera works, and may add nobody: %q", g.status.text)
	}
}

// monospaced are the texts of a dialog that are to be copied letter by letter.
func monospaced(d *dialog) (out []string) {
	var look func(fyne.CanvasObject)
	look = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *fyne.Container:
			for _, c := range o.Objects {
				look(c)
			}
		case *widget.Label:
			if o.TextStyle.Monospace {
				out = append(out, o.Text)
			}
		}
	}
	look(d.pop.Content)
	return out
}

// secretOf reads the secret a dialog shows.
func secretOf(t *testing.T, d *dialog) string {
	t.Helper()
	secret := strings.ReplaceAll(strings.Join(monospaced(d), ""), " ", "")
	if len(secret) != 32 {
		t.Fatalf("the secret is %q", secret)
	}
	return secret
}
