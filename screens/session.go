package screens

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
)

// working is a Session that wants to know that somebody is there: roles that
// can change the plant's project rest when nobody works at the station.
type working interface {
	Touch()
	Idle() bool
}

// codeless is a Session of a person who may have to set one-time codes up
// before a role counts.
type codeless interface{ NeedsCode() bool }

// worked tells the session that somebody moved the mouse or pressed a key.
func (s *Station) worked() {
	if w, ok := s.session.(working); ok {
		w.Touch()
	}
}

// may reports whether the person who is logged in has a right; if not, the
// status line says what to do about it, or a dialog asks for it.
func (s *Station) may(right, area string) bool {
	s.worked()
	switch {
	case s.machine.on:
		s.status.tell(s.opts.Now(), "The past is shown, and commands are off. Escape goes back to now.", true)
		return false
	case s.session == nil:
		s.status.tell(s.opts.Now(), "Nobody is logged in. Press F12 to log in, then try again.", true)
		s.askLogin()
		return false
	case !s.session.May(right, area):
		s.refused(area)
		return false
	}
	return true
}

// refused says why the person may not, and asks for what would change that.
func (s *Station) refused(area string) {
	now, name := s.opts.Now(), s.session.User()
	if len(s.dialogs) == 0 {
		switch {
		case s.idle():
			s.status.tell(now, "Nobody worked here for a while. Show that you are "+name+", then try again.", true)
			s.askAgain(s.people)
			return
		case s.needsCode():
			s.status.tell(now, "This needs one-time codes. Set them up, then try again.", true)
			s.askCodes(s.people, true)
			return
		}
	}
	where := ""
	if area != "" {
		where = " in area " + area
	}
	s.status.tell(now, name+" does not have the right for this"+where+".", true)
}

// idle reports whether the rights of a session rest because nobody worked.
func (s *Station) idle() bool {
	w, ok := s.session.(working)
	return ok && s.people != nil && w.Idle()
}

// needsCode reports whether rights of a session wait for one-time codes.
func (s *Station) needsCode() bool {
	c, ok := s.session.(codeless)
	return ok && s.people != nil && c.NeedsCode()
}

// askAgain gives a session its rights back that nobody used for too long.
func (s *Station) askAgain(people People) {
	who := s.session
	var d *dialog
	pass := newPasswordEntry(func(k keyOf) bool { return d.key(k) })
	pass.SetPlaceHolder("password of " + who.User())
	code := newCodeField(&d)
	d = s.ask("Are you still "+who.User()+"?", container.NewVBox(pass, code.box), "Go on", pass, func(d *dialog) string {
		d.wait()
		var err error
		word, digits := pass.Text, code.text() // here: fields belong to this goroutine
		s.act(func(ctx context.Context) { err = people.Resume(ctx, who, word, digits) }, func() {
			if err != nil {
				code.asked(err, pass)
				d.fail(sentence(err))
				return
			}
			s.status.tell(s.opts.Now(), "Welcome back.", false)
			d.close()
		})
		return stillOpen
	})
	pass.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// codeField is a field for a one-time code that stays out of sight until one
// is asked for.
type codeField struct {
	d     **dialog
	box   *fyne.Container
	field *entry
}

func newCodeField(d **dialog) *codeField {
	c := &codeField{d: d, field: newEntry(func(k keyOf) bool { return (*d).key(k) })}
	c.field.SetPlaceHolder("six digits, or a recovery code")
	c.field.OnSubmitted = func(string) { (*d).yes.OnTapped() }
	c.box = container.NewVBox(worded("One-time code", c.field))
	c.box.Hide()
	return c
}

func (c *codeField) text() string { return strings.ReplaceAll(c.field.Text, " ", "") }

// asked puts the focus where what was wrong is typed once more: to the code
// where one is missing, else to the password.
func (c *codeField) asked(err error, pass *entry) {
	if errors.Is(err, auth.ErrCode) { // the password was right
		c.box.Show()
		(*c.d).first = c.field
		return
	}
	pass.SetText("")
	c.field.SetText("")
	(*c.d).first = pass
}

// codePixels is the size of the picture of a secret, in Fyne units.
const codePixels = 200

// askCodes sets one-time codes up for the person who is logged in. With must
// a role of theirs rests until it is done.
func (s *Station) askCodes(people People, must bool) {
	who := s.session
	var secret, uri string
	var err error
	s.act(func(ctx context.Context) { secret, uri, err = people.Enroll(ctx, who) }, func() {
		if err != nil {
			s.status.tell(s.opts.Now(), sentence(err), true)
			return
		}
		s.showCodes(people, who, secret, uri, must)
	})
}

func (s *Station) showCodes(people People, who Session, secret, uri string, must bool) {
	say := "Scan this with an authenticator program, or type the secret into it. It is shown this once."
	if must {
		say = "A role of yours counts only with one-time codes. " + say
	}
	about := widget.NewLabel(say)
	about.Wrapping = fyne.TextWrapWord
	text := widget.NewLabelWithStyle(inFours(secret), fyne.TextAlignCenter, fyne.TextStyle{Monospace: true})
	text.Selectable = true
	var d *dialog
	link := newEntry(func(k keyOf) bool { return d.key(k) }) // to be copied from
	link.SetText(uri)
	code := newEntry(func(k keyOf) bool { return d.key(k) })
	code.SetPlaceHolder("the six digits it shows now")
	box := container.NewVBox(about)
	if pic, err := auth.CodePicture(uri, 3*codePixels); err == nil {
		img := canvas.NewImageFromImage(pic)
		img.FillMode, img.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
		img.SetMinSize(fyne.NewSize(codePixels, codePixels))
		box.Add(img)
	}
	for _, o := range []fyne.CanvasObject{text, link, code} {
		box.Add(o)
	}
	d = s.ask("One-time codes for "+who.User(), box, "Use them", code, func(d *dialog) string {
		given := strings.ReplaceAll(code.Text, " ", "")
		if len(given) != 6 {
			return "Type the six digits that the program shows."
		}
		var recovery []string
		s.change(d, "From now on a code is asked for at every login", func(ctx context.Context) (err error) {
			recovery, err = people.ProveCode(ctx, who, given)
			return err
		}, func() { s.showRecovery(recovery) })
		return stillOpen
	})
	code.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// askRecovery makes new recovery codes for who is logged in, by the password
// and a code.
func (s *Station) askRecovery(people People) {
	who := s.session
	var d *dialog
	about := widget.NewLabel("You log in with codes already. New recovery codes make those you have void. Where the authenticator is lost as well as they are, somebody who manages people drops your codes.")
	about.Wrapping = fyne.TextWrapWord
	pass := newPasswordEntry(func(k keyOf) bool { return d.key(k) })
	pass.SetPlaceHolder("password of " + who.User())
	code := newCodeField(&d)
	code.box.Show()
	d = s.ask("New recovery codes", container.NewVBox(about, pass, code.box), "Make them", pass, func(d *dialog) string {
		var recovery []string
		word, given := pass.Text, code.text()
		s.change(d, "There are new recovery codes, and those before are void", func(ctx context.Context) (err error) {
			recovery, err = people.RenewRecovery(ctx, who, word, given)
			return err
		}, func() { s.showRecovery(recovery) })
		return stillOpen
	})
	pass.OnSubmitted = func(string) { s.win.Canvas().Focus(code.field) }
}

// showRecovery shows recovery codes, this once.
func (s *Station) showRecovery(codes []string) {
	about := widget.NewLabel("Each of these stands in for a code one time, when the authenticator is lost. They are shown this once: write them down, and keep them where only you can find them.")
	about.Wrapping = fyne.TextWrapWord
	grid := container.NewGridWithColumns(2)
	for _, c := range codes {
		text := widget.NewLabelWithStyle(c, fyne.TextAlignCenter, fyne.TextStyle{Monospace: true})
		text.Selectable = true
		grid.Add(text)
	}
	s.askIn(520, "Recovery codes", container.NewVBox(about, grid), "They are written down", nil, func(*dialog) string { return "" })
}

// inFours writes a secret so that it can be typed.
func inFours(secret string) string {
	var out []string
	for len(secret) > 4 {
		out, secret = append(out, secret[:4]), secret[4:]
	}
	return strings.Join(append(out, secret), " ")
}

// mustChange asks a person whose password somebody else has set for a new one,
// and one whose role asks for one-time codes to set them up.
func (s *Station) mustChange(in Session) {
	if s.people == nil {
		return
	}
	for _, u := range s.people.Users() {
		if u.Name == in.User() && u.MustChange {
			s.askPassword(s.people, true)
			return
		}
	}
	if c, ok := in.(codeless); ok && c.NeedsCode() {
		s.askCodes(s.people, true)
	}
}

// logoutUnless logs a person out who did not do what the login asks for.
func (s *Station) logoutUnless(done *bool, why string) func() {
	who := s.session
	return func() {
		if !*done && s.session == who && who != nil {
			s.logoutBecause(fmt.Sprintf("%s has logged out: %s.", who.User(), why))
		}
	}
}
