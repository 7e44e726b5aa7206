package auth

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"penstock/historian/journal"
)

// Session is a person who logged in. What the person may do is looked up each
// time. Its methods may be called from any goroutine.
type Session struct {
	gate  *Gate
	id    string
	name  string
	began time.Time
	used  atomic.Pointer[time.Time] // when the person last did something
	ended atomic.Bool
}

func (g *Gate) session(name string) *Session {
	s := &Session{gate: g, id: randomText(), name: name, began: g.opts.Now()}
	s.used.Store(&s.began)
	return s
}

// quiet is for how long the person did nothing, by the monotonic clock.
func (s *Session) quiet() time.Duration { return s.gate.opts.Now().Sub(*s.used.Load()) }

// Touch says that the person did something: a key, a click. A session that
// has been idle for too long stays so; see Resume.
func (s *Session) Touch() {
	if !s.Idle() {
		now := s.gate.opts.Now()
		s.used.Store(&now)
	}
}

// Idle reports whether the session lost rights because nobody used it.
func (s *Session) Idle() bool {
	u := s.gate.lookup(s.name)
	if u == nil {
		return false
	}
	quiet := s.quiet()
	for _, grant := range u.Grants {
		if r := roleNamed(grant.Role); r != nil && r.Idle > 0 && quiet >= r.Idle {
			return true
		}
	}
	return false
}

// NeedsCode reports whether the person has to set one-time codes up before a
// role of theirs counts.
func (s *Session) NeedsCode() bool { return s.gate.needsCode(s.gate.lookup(s.name)) }

// Resume gives a session its rights back once the person shows the password
// again, and the code where there is one.
func (g *Gate) Resume(ctx context.Context, s *Session, password, code string) error {
	if s == nil || s.ended.Load() {
		return ErrEnded
	}
	err := g.prove(ctx, s.name, password, code, func(*User) journal.Entry { return journal.Entry{Action: "session resumed", Who: s.name} })
	if err == nil {
		now := g.opts.Now()
		s.used.Store(&now)
	}
	return err
}

// User is the name of the person.
func (s *Session) User() string { return s.name }

// FullName is the name of the person as it is printed.
func (s *Session) FullName() string {
	if u := s.gate.lookup(s.name); u != nil && u.FullName != "" {
		return u.FullName
	}
	return s.name
}

// ID is random and unique; it is no secret that grants anything.
func (s *Session) ID() string { return s.id }

// Began is when the person logged in.
func (s *Session) Began() time.Time { return s.began }

// Station is the computer the person sits at.
func (s *Session) Station() string { return s.gate.opts.Station }

// May reports whether the person has a right in an area now. The area "" is
// the whole plant.
func (s *Session) May(right, area string) bool {
	if s == nil || s.ended.Load() {
		return false
	}
	return s.gate.may(s.gate.lookup(s.name), right, area, s.gate.opts.Now().UnixNano(), s.quiet())
}

// Ended reports whether the session is over.
func (s *Session) Ended() bool { return s.ended.Load() }

// Logout ends the session. It is over even when that could not be journalled.
func (s *Session) Logout(ctx context.Context) error {
	if s.ended.Swap(true) {
		return nil
	}
	g := s.gate
	e := journal.Entry{At: g.opts.Now().UnixNano(), Kind: journal.User, Action: "logout", On: s.name, Who: s.name, Station: g.opts.Station}
	return g.records.Record(ctx, []journal.Entry{e}, nil)
}

// Enter begins a session without a password for a user who was provisioned as
// open, such as the operator of the demo plant. The journal says by which
// rule.
func (g *Gate) Enter(ctx context.Context, name string) (*Session, error) {
	name = canonical(name)
	if u := g.lookup(name); u == nil || u.Deleted || u.Disabled {
		return nil, ErrNoUser
	}
	err := g.alter(ctx, name, func(u *User) (journal.Entry, error) {
		if !u.Open || u.Disabled {
			return journal.Entry{}, ErrNotOpen
		}
		u.LoginAt = g.opts.Now().UnixNano()
		return journal.Entry{Action: "login", Who: name, Note: "without a password, by the rule: " + u.Rule}, nil
	})
	if err != nil {
		return nil, err
	}
	return g.session(name), nil
}

// Signature is what a person signed, and when.
type Signature struct {
	Name, FullName string
	At             time.Time
	Meaning        string
	What           string // what was signed, or its hash
}

// Sign asks the person of a session for the password again, and the code
// where there is one, and journals the signature. An open session is no
// signature: wrong tries count and lock as at a login.
func (g *Gate) Sign(ctx context.Context, s *Session, password, code, meaning, what string) (Signature, error) {
	switch {
	case s == nil || s.ended.Load():
		return Signature{}, ErrEnded
	case meaning == "":
		return Signature{}, ErrMeaning
	case !g.mayAnywhere(s.name, Sign):
		return Signature{}, ErrForbidden
	}
	sig := Signature{Name: s.name, FullName: s.FullName(), At: g.opts.Now(), Meaning: meaning, What: what}
	err := g.prove(ctx, s.name, password, code, func(*User) journal.Entry {
		return journal.Entry{At: sig.At.UnixNano(), Action: "signed", Who: s.name, New: meaning, Note: fmt.Sprintf("%s (%s)", what, sig.FullName)}
	})
	if err != nil {
		return Signature{}, err
	}
	return sig, nil
}

func (g *Gate) mayAnywhere(name, right string) bool {
	u := g.lookup(name)
	if u == nil {
		return false
	}
	now := g.opts.Now().UnixNano()
	for _, grant := range u.Grants {
		if g.may(u, right, grant.Area, now, 0) {
			return true
		}
	}
	return false
}
