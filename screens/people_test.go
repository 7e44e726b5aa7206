package screens

import (
	"strings"
	"testing"

	"penstock/app/auth"
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
	form("first pass phrase for ana", "ana's very own phrase", "ana's very own phrase")
	g.press("Return")
	g.until("it is changed", func() bool { return len(g.dialogs) == 0 })
	g.press("F8")
	g.do8("add")
	if len(g.dialogs) != 0 || !strings.Contains(g.status.text, "does not have the right") {
		t.Errorf("an operator adds people; told %q", g.status.text)
	}
	if !g.session.May(auth.Ack, "HL") {
		t.Error("an operator may not acknowledge")
	}
}

// do8 presses a button of the page of people.
func (g *stage) do8(id string) { g.pages[peoplePageNo].(*peoplePage).do(id) }
