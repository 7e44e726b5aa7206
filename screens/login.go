package screens

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
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
	name, pass, code := newEntry(key), newPasswordEntry(key), newEntry(key)
	name.SetPlaceHolder("name")
	pass.SetPlaceHolder("password")
	code.SetPlaceHolder("six digits")
	second := container.NewVBox(widget.NewLabel("One-time code"), code)
	second.Hide()
	form := container.NewVBox(widget.NewLabel("Name"), name, widget.NewLabel("Password"), pass, second)
	d = s.ask("Log in", form, "Log in", name, func(d *dialog) string {
		if name.Text == "" {
			return "Type your name."
		}
		s.login(d, name.Text, pass.Text, code.Text, func(err error) {
			if errors.Is(err, auth.ErrCode) { // the password was right
				second.Show()
				d.first = code
			} else {
				pass.SetText("")
				d.first = pass
			}
			d.fail(sentence(err))
		})
		return stillOpen
	})
	code.OnSubmitted = func(string) { d.yes.OnTapped() }
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
		s.session = in
		s.status.tell(s.opts.Now(), in.User()+" has logged in.", false)
		d.close()
		s.mustChange(in)
	})
}

// mustChange asks a person whose password somebody else has set for a new one.
func (s *Station) mustChange(in Session) {
	if s.people == nil {
		return
	}
	for _, u := range s.people.Users() {
		if u.Name == in.User() && u.MustChange {
			s.askPassword(s.people)
		}
	}
}

func (s *Station) logout() {
	who := s.session
	s.session = nil
	var err error
	s.act(func(ctx context.Context) { err = s.room.Logout(ctx, who) }, func() {
		if err != nil {
			s.status.tell(s.opts.Now(), who.User()+" has logged out, but the journal has no line of it: "+sentence(err), true)
			return
		}
		s.status.tell(s.opts.Now(), who.User()+" has logged out.", false)
	})
}
