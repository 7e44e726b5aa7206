// Package auth knows who may do what, and where: users with roles in areas of
// the plant, passwords, sessions, one-time codes.
//
// There is no built-in account and no default password: in a new data folder
// only First works, which makes the first administrator. Users are documents
// of the journal, so every change of one and every login is an entry of the
// hash chain. A right is looked up when it is used, never remembered: who is
// demoted or disabled can do nothing more from that moment on.
package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"penstock/historian/journal"
)

// Why something was refused. Screens say these in words of their own.
var (
	ErrLogin     = errors.New("the name, the password or the code is wrong")
	ErrLocked    = errors.New("too many wrong tries; wait, or ask an administrator")
	ErrTooMany   = errors.New("too many wrong tries at this station; wait a minute")
	ErrCode      = errors.New("a one-time code is needed")
	ErrHasCodes  = errors.New("one-time codes are set up already")
	ErrNoCodes   = errors.New("no one-time codes are set up")
	ErrForbidden = errors.New("you do not have the right for this")
	ErrEnded     = errors.New("the session has ended")
	ErrNotFirst  = errors.New("there is an administrator already")
	ErrTaken     = errors.New("the name is or was in use")
	ErrNoUser    = errors.New("there is no such user")
	ErrName      = errors.New("a name has 1 to 40 letters, digits, dots, dashes or underscores")
	ErrPassword  = errors.New("a password has at least 10 characters, is not made of the name, and is not a common one")
	ErrRole      = errors.New("there is no such role")
	ErrLastAdmin = errors.New("somebody must remain who can manage users")
	ErrNotOpen   = errors.New("this user needs a password")
	ErrNoKey     = errors.New("there is no key to keep secrets with")
	ErrMeaning   = errors.New("a signature needs a meaning")
)

// records is the journal.
type records interface {
	Record(ctx context.Context, entries []journal.Entry, docs []journal.Doc) error
	Docs(kind string) ([]journal.Doc, error)
}

// Options say how a Gate works.
type Options struct {
	Now     func() time.Time         // the clock; nil: time.Now
	Parent  func(area string) string // the area that an area is part of, "" at the top; nil: areas have no parts
	Station string                   // name of this computer, for the journal
	Key     []byte                   // 32 bytes that seal one-time secrets; nil: one-time codes cannot be set up
	Codes   []string                 // roles that nobody acts in without one-time codes
	cost    cost                     // of a password hash; the zero cost is the usual one
}

// Gate lets people in. Its methods may be called from any goroutine; those
// that check a password take a tenth of a second or more and must not run on
// the UI's goroutine.
type Gate struct {
	records records
	opts    Options
	hashing chan struct{} // bounds the memory that password hashes take
	dummy   string        // hash that a password of an unknown user is held against

	change sync.Mutex // one change of users at a time

	mu      sync.RWMutex
	users   map[string]*User // never changed in place
	tries   tries
	pending map[string]int // logins that are being checked, by name
}

// Open reads the users from the journal.
func Open(r records, opts Options) (*Gate, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.cost == (cost{}) {
		opts.cost = usualCost
	}
	if opts.Key != nil && len(opts.Key) != keySize {
		return nil, fmt.Errorf("open the users: the key has %d bytes, not %d", len(opts.Key), keySize)
	}
	for _, name := range opts.Codes {
		if roleNamed(name) == nil {
			return nil, fmt.Errorf("one-time codes are asked of %q: %w", name, ErrRole)
		}
	}
	g := &Gate{records: r, opts: opts, hashing: make(chan struct{}, 2), users: map[string]*User{}, pending: map[string]int{},
		tries: tries{locks: map[string]time.Time{}}}
	docs, err := r.Docs(docKind)
	if err != nil {
		return nil, fmt.Errorf("open the users: %w", err)
	}
	for _, d := range docs {
		u, err := fromDoc(d)
		if err != nil {
			return nil, fmt.Errorf("open the users: %w", err)
		}
		g.users[u.Name] = u
	}
	g.dummy = hashPassword(randomText(), opts.cost)
	return g, nil
}

// NeedsFirst reports whether nobody was ever able to manage users here, so
// that First works.
func (g *Gate) NeedsFirst() bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, u := range g.users {
		if u.WasAdmin {
			return false
		}
	}
	return true
}

// User returns a copy of one user, without secrets.
func (g *Gate) User(name string) (User, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	u := g.users[canonical(name)]
	if u == nil || u.Deleted {
		return User{}, false
	}
	return u.public(), true
}

// Users returns a copy of every user, ordered by name, without secrets.
func (g *Gate) Users() []User {
	g.mu.RLock()
	defer g.mu.RUnlock()
	out := make([]User, 0, len(g.users))
	for _, u := range g.users {
		if !u.Deleted {
			out = append(out, u.public())
		}
	}
	sortUsers(out)
	return out
}

func (g *Gate) lookup(name string) *User {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.users[canonical(name)]
}
