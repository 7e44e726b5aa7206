package screens

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// People is a Room that keeps its own users. Its methods are called from
// goroutines of the screens', but for NeedsFirst and Users, which return at
// once. Errors are sentences for the person.
type People interface {
	// NeedsFirst reports whether nobody was ever able to manage users, so
	// that First makes the first administrator.
	NeedsFirst() bool
	First(ctx context.Context, name, fullName, password string) error
	Users() []auth.User
	AddUser(ctx context.Context, by Session, n auth.NewUser) error
	SetGrants(ctx context.Context, by Session, name string, grants []auth.Grant) error
	SetDisabled(ctx context.Context, by Session, name string, disabled bool) error
	Unlock(ctx context.Context, by Session, name string) error
	ResetPassword(ctx context.Context, by Session, name, password string) error
	ChangePassword(ctx context.Context, s Session, old, new string) error
	// Enroll makes a new secret for one-time codes of the person of a session,
	// and the link that authenticator programs take. It counts once ProveCode
	// was given a code made with it.
	Enroll(ctx context.Context, s Session) (secret, uri string, err error)
	// It returns the recovery codes, which are shown this once.
	ProveCode(ctx context.Context, s Session, code string) (recovery []string, err error)
	// RenewRecovery makes new recovery codes; those before are void.
	RenewRecovery(ctx context.Context, s Session, password, code string) (recovery []string, err error)
	// DropCode lets a person log in without codes, whose authenticator is lost.
	DropCode(ctx context.Context, by Session, name string) error
	// Resume gives a session its rights back that nobody used for too long.
	Resume(ctx context.Context, s Session, password, code string) error
}

// peoplePage lists who may do what, for administrators to change.
type peoplePage struct {
	s      *Station
	people People
	bar    *toolbar.Bar
	tools  *widgets.Surface
	list   *rows.View[string]
	grid   *widgets.Surface
	root   *fyne.Container
	users  map[string]auth.User
	second int64
	now    time.Time
}

func newPeople(s *Station, people People) *peoplePage {
	p := &peoplePage{s: s, people: people, users: map[string]auth.User{}}
	p.bar, p.tools = s.newBar(p.do)
	p.bar.Denied = func(id string) { s.status.tell(s.opts.Now(), p.bars(id), true) }
	p.list = rows.New[string](s.style, p,
		rows.Column{Title: "Name", Width: 150},
		rows.Column{Title: "Full name", Width: 220, Rank: 2},
		rows.Column{Title: "May"},
		rows.Column{Title: "State", Width: 220},
		rows.Column{Title: "Last login", Width: 140, Rank: 1})
	p.list.Empty = "Nobody yet."
	p.list.OnOpen = func(name string) { p.askGrants(p.users[name]) }
	p.list.Choices = func(names []string) []view.Choice {
		u := p.users[names[0]]
		return []view.Choice{
			{Text: "Change rights ...", Do: func() { p.askGrants(u) }, Disabled: p.bars("grants") != ""},
			{Text: "New password ...", Do: func() { p.askReset(u) }, Disabled: p.bars("password") != ""},
			{Text: "Unlock", Do: func() { p.do("unlock") }, Disabled: p.bars("unlock") != ""},
			{Text: barWord(u), Do: func() { p.do("bar") }, Disabled: p.bars("bar") != ""},
		}
	}
	p.grid = s.surface(p.list)
	p.root = container.New(&upright{1}, p.tools, p.grid)
	return p
}

func barWord(u auth.User) string {
	if u.Disabled {
		return "Let in again"
	}
	return "Bar"
}

func (p *peoplePage) object() fyne.CanvasObject { return p.root }
func (p *peoplePage) focus() fyne.Focusable     { return p.grid }
func (p *peoplePage) open()                     { p.second = 0 }

func (p *peoplePage) frame(now time.Time) {
	p.now = now
	if now.Unix() != p.second {
		p.second = now.Unix()
		p.reload()
	}
	name, _ := p.list.Focused()
	items := []toolbar.Item{
		{ID: "add", Icon: toolbar.Plus, Text: "Add", Hint: "A"},
		{ID: "grants", Text: "Rights", Hint: "Return"},
		{ID: "password", Text: "New password"},
		{ID: "unlock", Text: "Unlock"},
		{ID: "bar", Text: barWord(p.users[name])},
		{ID: "drop", Text: "Drop codes"},
		{ID: "own", Text: "My password", Gap: true},
		{ID: "codes", Text: "My codes"},
	}
	for i := range items {
		items[i].Off = p.bars(items[i].ID) != ""
	}
	p.bar.Set(items)
	p.tools.Frame(now)
	p.grid.Frame(now)
}

// bars says why something cannot be done now; "" when it can, or when the
// person is asked for what is missing.
func (p *peoplePage) bars(id string) string {
	switch id {
	case "own", "codes":
		return p.barsOwn(id)
	case "add":
		return p.s.lacks(auth.ManageUsers, "", "manage people")
	}
	name, _ := p.list.Focused()
	u, ok := p.users[name]
	switch {
	case !ok:
		return "Nobody is selected. Choose a person with the arrow keys or the mouse."
	case id == "unlock" && u.LockedUntil == 0:
		return u.Name + " is not locked."
	case id == "drop" && !u.HasCode():
		return u.Name + " logs in without codes."
	}
	return p.s.lacks(auth.ManageUsers, "", "manage people")
}

// barsOwn says why somebody cannot change what is their own.
func (p *peoplePage) barsOwn(id string) string {
	if p.s.session == nil {
		return "Nobody is logged in. Press F12 to log in, then try again."
	}
	if _, ok := p.users[p.s.session.User()]; id == "codes" && !ok {
		return "Codes are for people of this list."
	}
	return ""
}

func (p *peoplePage) reload() {
	var names []string
	clear(p.users)
	for _, u := range p.people.Users() {
		if !u.Deleted {
			names = append(names, u.Name)
			p.users[u.Name] = u
		}
	}
	slices.Sort(names)
	p.list.SetOrder(names)
	p.list.Touch()
}

// Row implements rows.Model.
func (p *peoplePage) Row(name string, r *rows.Row) bool {
	u, ok := p.users[name]
	if !ok {
		return false
	}
	var grants []string
	for _, g := range u.Grants {
		grants = append(grants, g.String())
	}
	r.Cells[0], r.Cells[1], r.Cells[2] = u.Name, u.FullName, strings.Join(grants, ", ")
	state := "may log in"
	switch {
	case u.Disabled:
		state, r.Tone = "barred", rows.Dim
	case u.LockedUntil > p.now.UnixNano():
		state, r.Tone = "locked until "+clockTime(nanos(u.LockedUntil), p.now), rows.Wrong
	case u.MustChange:
		state = "must change the password"
	case u.Open:
		state = "enters without a password"
	case u.HasCode():
		state = "may log in, with codes"
	}
	r.Cells[3] = state
	r.Cells[4] = clockTime(nanos(u.LoginAt), p.now)
	return true
}

func (p *peoplePage) key(k view.Key) bool {
	if k.Name == "A" && k.Mods == 0 {
		p.do("add")
		return true
	}
	return false
}

func (p *peoplePage) do(id string) {
	name, _ := p.list.Focused()
	u := p.users[name]
	switch {
	case p.s.session == nil:
	case id == "own":
		p.s.askPassword(p.people, false)
		return
	case id == "codes":
		if me := p.users[p.s.session.User()]; me.HasCode() {
			p.s.askRecovery(p.people)
		} else {
			p.s.askCodes(p.people, false)
		}
		return
	}
	if !p.s.may(auth.ManageUsers, "") {
		return
	}
	switch id {
	case "add":
		p.askAdd()
	case "grants":
		p.askGrants(u)
	case "password":
		p.askReset(u)
	case "unlock":
		p.change(nil, u.Name+" may try again", func(ctx context.Context) error { return p.people.Unlock(ctx, p.s.session, u.Name) })
	case "drop":
		p.change(nil, u.Name+" logs in without codes until new ones are set up", func(ctx context.Context) error { return p.people.DropCode(ctx, p.s.session, u.Name) })
	case "bar":
		say := u.Name + " is barred"
		if u.Disabled {
			say = u.Name + " may log in again"
		}
		p.change(nil, say, func(ctx context.Context) error { return p.people.SetDisabled(ctx, p.s.session, u.Name, !u.Disabled) })
	}
}

// change does something in the background, and tells how it went: in the
// dialog while it is open, and on the status line.
func (p *peoplePage) change(d *dialog, done string, do func(context.Context) error) {
	p.s.change(d, done, do, func() { p.second = 0 })
}

func (s *Station) change(d *dialog, done string, do func(context.Context) error, after func()) {
	if d != nil {
		d.wait()
	}
	var err error
	s.act(func(ctx context.Context) { err = do(ctx) }, func() {
		switch {
		case err != nil && d != nil:
			d.fail(sentence(err))
			return
		case err != nil:
			s.status.tell(s.opts.Now(), sentence(err), true)
			return
		}
		s.status.tell(s.opts.Now(), done+".", false)
		if d != nil {
			d.close()
		}
		after()
	})
}

// grantsForm is a choice of role and area. A person has one role in one area
// here; more of them are kept as they are.
func (p *peoplePage) grantsForm(have []auth.Grant) (*fyne.Container, func() []auth.Grant) {
	var roles []string
	for _, r := range auth.Roles() {
		roles = append(roles, r.Name)
	}
	areas := []string{"whole plant"}
	for _, a := range p.s.room.Project().Areas {
		areas = append(areas, a.Name)
	}
	role, area := p.s.newChoice(roles, nil), p.s.newChoice(areas, nil)
	role.SetSelected("operator")
	area.SetSelected(areas[0])
	var rest []auth.Grant
	if len(have) > 0 {
		role.SetSelected(have[0].Role)
		if have[0].Area != "" {
			area.SetSelected(have[0].Area)
		}
		rest = have[1:]
	}
	form := container.NewVBox(worded("Role", role), worded("In", area))
	for _, g := range rest {
		form.Add(widget.NewLabel("and " + g.String()))
	}
	return form, func() []auth.Grant {
		g := auth.Grant{Role: role.Selected, Area: area.Selected}
		if g.Area == areas[0] {
			g.Area = ""
		}
		return append([]auth.Grant{g}, rest...)
	}
}

func (p *peoplePage) askAdd() {
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	name, full, pass := newEntry(key), newEntry(key), newPasswordEntry(key)
	pass.SetPlaceHolder("to be changed at the first login")
	pass.OnSubmitted = func(string) { d.yes.OnTapped() }
	form, grants := p.grantsForm(nil)
	d = p.s.ask("Add a person", container.NewVBox(worded("Name to log in", name), worded("Full name", full), worded("First password", pass), form), "Add", name, func(d *dialog) string {
		n := auth.NewUser{Name: name.Text, FullName: full.Text, Password: pass.Text, Grants: grants()}
		p.change(d, name.Text+" was added", func(ctx context.Context) error { return p.people.AddUser(ctx, p.s.session, n) })
		return stillOpen
	})
}

func (p *peoplePage) askGrants(u auth.User) {
	if u.Name == "" || !p.s.may(auth.ManageUsers, "") {
		return
	}
	form, grants := p.grantsForm(u.Grants)
	p.s.ask("What "+u.Name+" may do", form, "Change", nil, func(d *dialog) string {
		p.change(d, "The rights of "+u.Name+" were changed", func(ctx context.Context) error {
			return p.people.SetGrants(ctx, p.s.session, u.Name, grants())
		})
		return stillOpen
	})
}

func (p *peoplePage) askReset(u auth.User) {
	if u.Name == "" || !p.s.may(auth.ManageUsers, "") {
		return
	}
	var d *dialog
	pass := newPasswordEntry(func(k keyOf) bool { return d.key(k) })
	pass.SetPlaceHolder("new password; it must be changed at the next login")
	d = p.s.ask("New password for "+u.Name, pass, "Set", pass, func(d *dialog) string {
		p.change(d, u.Name+" has a new password", func(ctx context.Context) error {
			return p.people.ResetPassword(ctx, p.s.session, u.Name, pass.Text)
		})
		return stillOpen
	})
	pass.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// askPassword lets the person who is logged in change their own password.
// Somebody who must and does not is logged out: nobody acts under a password
// that another person knows.
func (s *Station) askPassword(people People, must bool) {
	who, changed := s.session, false
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	old, pass, again := newPasswordEntry(key), newPasswordEntry(key), newPasswordEntry(key)
	pass.SetPlaceHolder("at least 10 characters")
	d = s.ask("Change your password", container.NewVBox(worded("Password now", old), worded("New password", pass), worded("Once more", again)), "Change", old, func(d *dialog) string {
		if pass.Text != again.Text {
			return "The new passwords differ."
		}
		s.change(d, "Your password was changed", func(ctx context.Context) error {
			err := people.ChangePassword(ctx, who, old.Text, pass.Text)
			changed = err == nil // before the dialog closes
			return err
		}, func() { s.mustChange(who) })
		return stillOpen
	})
	if must {
		d.ended = s.logoutUnless(&changed, "the password that somebody else has set must be changed")
	}
	again.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// askFirst makes the first administrator of a new data folder.
func (s *Station) askFirst(people People) {
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	name, full, pass, again := newEntry(key), newEntry(key), newPasswordEntry(key), newPasswordEntry(key)
	say := widget.NewLabel("Nobody can act on this plant yet. Name the first administrator; others are added on the page People.")
	say.Wrapping = fyne.TextWrapWord
	pass.SetPlaceHolder("at least 10 characters")
	d = s.ask("First administrator", container.NewVBox(say, worded("Name to log in", name), worded("Full name", full), worded("Password", pass), worded("Once more", again)), "Make", name, func(d *dialog) string {
		if pass.Text != again.Text {
			return "The passwords differ."
		}
		s.change(d, fmt.Sprintf("%s is the first administrator and can log in", name.Text), func(ctx context.Context) error {
			return people.First(ctx, name.Text, full.Text, pass.Text)
		}, s.askLogin)
		return stillOpen
	})
	again.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// worded is a field of a dialog with its word before it, which stays when the
// field is filled.
func worded(word string, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&labelled{120}, widget.NewLabel(word), o)
}
