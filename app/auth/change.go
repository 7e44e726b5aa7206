package auth

import (
	"context"
	"fmt"

	"penstock/historian/journal"
)

// NewUser is what is needed to make a user.
type NewUser struct {
	Name, FullName string
	Password       string
	Grants         []Grant
	Open           bool // Provision only: may enter without a password
}

// First makes the first administrator of a new data folder. It works only
// while nobody was ever able to manage users, so it must be reachable at the
// local console alone.
func (g *Gate) First(ctx context.Context, name, fullName, password string) error {
	if !g.NeedsFirst() {
		return ErrNotFirst
	}
	n := NewUser{Name: name, FullName: fullName, Password: password, Grants: []Grant{{Role: "administrator"}, {Role: "engineer"}}}
	return g.add(ctx, n, journal.Entry{Action: "made", Who: canonical(name), Note: "the first administrator, at the console"}, "", ErrNotFirst)
}

// Provision makes a user by a rule rather than by a person, such as "demo
// plant": the rule is in the journal and stays with the user. An open user may
// Enter without a password and so gets no right to manage users, to configure
// or to sign. A user who is there already is left alone.
func (g *Gate) Provision(ctx context.Context, rule string, n NewUser) error {
	if rule == "" {
		return fmt.Errorf("provision %s: a rule is needed", n.Name)
	}
	if u := g.lookup(n.Name); u != nil {
		return nil
	}
	if n.Open {
		for _, grant := range n.Grants {
			if r := roleNamed(grant.Role); r != nil && tooStrong(r) {
				return fmt.Errorf("provision %s: %w: nobody is %s without a password", n.Name, ErrRole, grant.Role)
			}
		}
	}
	return g.add(ctx, n, journal.Entry{Action: "made", Who: "rule: " + rule, Note: "provisioned"}, rule, nil)
}

func tooStrong(r *Role) bool {
	for _, right := range r.Rights {
		if right == ManageUsers || right == Configure || right == Sign {
			return true
		}
	}
	return false
}

// Add makes a user. The user must change the password at the first login.
func (g *Gate) Add(ctx context.Context, by *Session, n NewUser) error {
	if !by.May(ManageUsers, "") {
		return ErrForbidden
	}
	n.Open = false
	return g.add(ctx, n, journal.Entry{Action: "made", Who: by.User()}, "", nil)
}

// add makes a user; onlyFirst, where it is not nil, is the error when there
// has been an administrator.
func (g *Gate) add(ctx context.Context, n NewUser, e journal.Entry, rule string, onlyFirst error) error {
	name := canonical(n.Name)
	if err := checkName(name); err != nil {
		return err
	}
	if err := checkGrants(n.Grants); err != nil {
		return err
	}
	u := &User{Name: name, FullName: n.FullName, Grants: n.Grants, Open: n.Open, Rule: rule, MustChange: e.Who != name && !n.Open}
	if !n.Open || n.Password != "" {
		if err := checkPassword(name, n.Password); err != nil {
			return err
		}
		u.Password = g.hash(n.Password)
	}
	g.change.Lock()
	defer g.change.Unlock()
	if onlyFirst != nil && !g.NeedsFirst() {
		return onlyFirst
	}
	if g.lookup(name) != nil {
		return ErrTaken
	}
	now := g.opts.Now().UnixNano()
	u.MadeAt = now
	if u.Password != "" {
		u.PasswordAt = now
	}
	e.New = u.rights()
	return g.keep(ctx, u, e)
}

// alter changes one user: do changes the copy it is given and says what the
// journal is to keep.
func (g *Gate) alter(ctx context.Context, name string, do func(*User) (journal.Entry, error)) error {
	g.change.Lock()
	defer g.change.Unlock()
	old := g.lookup(name)
	if old == nil {
		return ErrNoUser
	}
	u := *old
	if old.TOTP != nil {
		t := *old.TOTP
		u.TOTP = &t
	}
	e, err := do(&u)
	if err != nil {
		return err
	}
	return g.keep(ctx, &u, e)
}

// keep journals u and, once that is durable, lets it count.
func (g *Gate) keep(ctx context.Context, u *User, e journal.Entry) error {
	u.WasAdmin = u.WasAdmin || g.manages(u, 0)
	if e.At == 0 {
		e.At = g.opts.Now().UnixNano()
	}
	e.Kind, e.On, e.Station = journal.User, u.Name, g.opts.Station
	if err := g.records.Record(ctx, []journal.Entry{e}, []journal.Doc{u.doc()}); err != nil {
		return fmt.Errorf("keep user %s: %w", u.Name, err)
	}
	g.mu.Lock()
	g.users[u.Name] = u
	g.mu.Unlock()
	return nil
}

// manage is alter for those who manage users. It refuses to leave nobody who
// can.
func (g *Gate) manage(ctx context.Context, by *Session, name string, do func(*User) (journal.Entry, error)) error {
	if !by.May(ManageUsers, "") {
		return ErrForbidden
	}
	return g.alter(ctx, canonical(name), func(u *User) (journal.Entry, error) {
		if u.Deleted {
			return journal.Entry{}, ErrNoUser
		}
		e, err := do(u)
		e.Who = by.User()
		if err == nil && !g.somebodyManages(u) {
			err = ErrLastAdmin
		}
		return e, err
	})
}

// somebodyManages reports whether somebody can manage users once changed is
// as it is.
func (g *Gate) somebodyManages(changed *User) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	now := g.opts.Now().UnixNano()
	for _, u := range g.users {
		if u.Name == changed.Name {
			u = changed
		}
		if g.manages(u, now) {
			return true
		}
	}
	return false
}

// SetGrants replaces what a user may do.
func (g *Gate) SetGrants(ctx context.Context, by *Session, name string, grants []Grant) error {
	if err := checkGrants(grants); err != nil {
		return err
	}
	return g.manage(ctx, by, name, func(u *User) (journal.Entry, error) {
		old := u.rights()
		u.Grants = grants
		for _, grant := range grants {
			if u.Open && tooStrong(roleNamed(grant.Role)) {
				return journal.Entry{}, fmt.Errorf("%w: nobody is %s without a password", ErrRole, grant.Role)
			}
		}
		return journal.Entry{Action: "rights changed", Old: old, New: u.rights()}, nil
	})
}

// SetDisabled bars a user, or lets the user in again. Sessions of a user who
// is barred can do nothing more.
func (g *Gate) SetDisabled(ctx context.Context, by *Session, name string, disabled bool) error {
	return g.manage(ctx, by, name, func(u *User) (journal.Entry, error) {
		u.Disabled = disabled
		if disabled {
			return journal.Entry{Action: "disabled"}, nil
		}
		return journal.Entry{Action: "enabled"}, nil
	})
}

// Delete bars a user for good. The name is not given out again.
func (g *Gate) Delete(ctx context.Context, by *Session, name string) error {
	return g.manage(ctx, by, name, func(u *User) (journal.Entry, error) {
		e := journal.Entry{Action: "deleted", Old: u.rights()}
		u.Deleted, u.Disabled, u.Open, u.Grants, u.Password, u.TOTP = true, true, false, nil, "", nil
		return e, nil
	})
}

// Unlock lets a user try again who is locked.
func (g *Gate) Unlock(ctx context.Context, by *Session, name string) error {
	return g.manage(ctx, by, name, func(u *User) (journal.Entry, error) {
		u.Failures, u.LockedUntil = 0, 0
		return journal.Entry{Action: "unlocked"}, nil
	})
}

// ResetPassword sets the password of somebody else, who must change it.
func (g *Gate) ResetPassword(ctx context.Context, by *Session, name, password string) error {
	if !by.May(ManageUsers, "") {
		return ErrForbidden
	}
	if err := checkPassword(canonical(name), password); err != nil {
		return err
	}
	hash := g.hash(password)
	return g.manage(ctx, by, name, func(u *User) (journal.Entry, error) {
		u.Password, u.PasswordAt, u.MustChange, u.Open = hash, g.opts.Now().UnixNano(), true, false
		u.Failures, u.LockedUntil = 0, 0
		return journal.Entry{Action: "password reset"}, nil
	})
}

// Recover gives somebody who could manage users a new password, when the only
// one is forgotten. It asks for nothing but the data folder, which is why the
// journal says so; the person must change the password. It is for a command at
// the console, never for a screen.
func (g *Gate) Recover(ctx context.Context, name, password string) error {
	name = canonical(name)
	if err := checkPassword(name, password); err != nil {
		return err
	}
	if u := g.lookup(name); u == nil || u.Deleted || !u.WasAdmin {
		return ErrNoUser
	}
	hash := g.hash(password)
	return g.alter(ctx, name, func(u *User) (journal.Entry, error) {
		u.Password, u.PasswordAt, u.MustChange, u.Disabled = hash, g.opts.Now().UnixNano(), true, false
		u.Failures, u.LockedUntil, u.TOTP = 0, 0, nil
		return journal.Entry{Action: "recovered", Who: "rule: the data folder at hand"}, nil
	})
}

// ChangePassword sets the password of the person of a session, who proves to
// know the old one.
func (g *Gate) ChangePassword(ctx context.Context, s *Session, old, new string) error {
	if s == nil || s.ended.Load() {
		return ErrEnded
	}
	if err := checkPassword(s.name, new); err != nil {
		return err
	}
	if err := g.begin(s.name); err != nil {
		return err
	}
	defer g.end(s.name)
	u := g.lookup(s.name)
	if ok, _ := g.holds(old, u, u.Password != ""); !ok {
		return g.failed(ctx, s.name, true)
	}
	hash := g.hash(new)
	return g.alter(ctx, s.name, func(u *User) (journal.Entry, error) {
		u.Password, u.PasswordAt, u.MustChange, u.Failures = hash, g.opts.Now().UnixNano(), false, 0
		return journal.Entry{Action: "password changed", Who: s.name}, nil
	})
}
