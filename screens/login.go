package screens

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// askLogin opens the login dialog, or asks whether to log out.
func (s *Station) askLogin() {
	if len(s.dialogs) > 0 {
		return
	}
	if s.session == nil && s.people != nil && s.people.NeedsFirst() {
		s.askFirst(s.people)
		return
	}
	if s.session != nil {
		s.ask("Log out "+s.session.User()+"?", widget.NewLabel("The plant stays on the screen. To act, somebody has to log in."), "Log out", nil, func(*dialog) string {
			s.logout()
			return ""
		})
		return
	}
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	name, pass, code := newEntry(key), newPasswordEntry(key), newCodeField(&d)
	form := container.NewVBox(worded("Name", name), worded("Password", pass), code.box)
	d = s.ask("Log in", form, "Log in", name, func(d *dialog) string {
		if name.Text == "" {
			return "Type your name."
		}
		s.login(d, name.Text, pass.Text, code.text(), func(err error) {
			code.asked(err, pass)
			d.fail(sentence(err))
		})
		return stillOpen
	})
	name.OnSubmitted = func(string) { s.win.Canvas().Focus(fyne.Focusable(pass)) }
	pass.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// login checks a password in the background: it is meant to be slow.
func (s *Station) login(d *dialog, name, pass, code string, failed func(error)) {
	d.wait()
	var in Session
	var err error
	s.act(func(ctx context.Context) { in, err = s.room.Login(ctx, name, pass, code) }, func() {
		if err != nil {
			failed(err)
			return
		}
		s.enter(in)
		s.status.tell(s.opts.Now(), in.User()+" has logged in.", false)
		d.close()
		s.mustChange(in)
	})
}

func (s *Station) logout() { s.logoutBecause(s.session.User() + " has logged out.") }

// logoutBecause ends the session and says so.
func (s *Station) logoutBecause(say string) {
	who := s.session
	s.enter(nil)
	var err error
	s.act(func(ctx context.Context) { err = s.room.Logout(ctx, who) }, func() {
		if err != nil {
			s.status.tell(s.opts.Now(), who.User()+" has logged out, but the journal has no line of it: "+sentence(err), true)
			return
		}
		s.status.tell(s.opts.Now(), say, false)
	})
}
