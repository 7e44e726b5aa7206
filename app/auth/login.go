package auth

import (
	"context"
	"strings"
	"time"

	"penstock/historian/journal"
)

// The bounds of guessing.
const (
	maxFailures  = 5                // wrong tries in a row that lock a user
	lockFor      = 15 * time.Minute // how long
	maxPerMinute = 20               // wrong tries at this station
)

// tries remembers wrong tries that belong to no user. Names that are not there
// lock like names that are, or the lock would tell them apart.
type tries struct {
	recent  []time.Time          // wrong tries of the last minute, whoever it was
	locks   map[string]time.Time // ends of the locks made since the start
	unknown map[string]unknownTry
}

type unknownTry struct {
	failures int
	until    time.Time
}

// maxUnknown bounds the names that are remembered; beyond it the station's
// own limit holds anyway.
const maxUnknown = 1000

// Login checks a name, a password and, where the user has them, a one-time
// code or a recovery code, and begins a session. It takes as long for a name that is not there.
// After 5 wrong tries in a row the user is locked for 15 minutes, whatever is
// restarted in between.
func (g *Gate) Login(ctx context.Context, name, password, code string) (*Session, error) {
	name = canonical(name)
	now := g.opts.Now().UnixNano()
	err := g.prove(ctx, name, password, code, func(u *User) journal.Entry {
		u.LoginAt = now
		return journal.Entry{Action: "login", Who: name}
	})
	if err != nil {
		return nil, err
	}
	return g.session(name), nil
}

// prove checks that somebody is who they say, counts what is wrong, and
// changes and journals what follows from it once it is right.
func (g *Gate) prove(ctx context.Context, name, password, code string, then func(*User) journal.Entry) error {
	if err := g.begin(name); err != nil {
		return err
	}
	defer g.end(name)
	u := g.lookup(name)
	known := u != nil && !u.Deleted && u.Password != ""
	ok, used := g.holds(password, u, known)
	step := int64(0)
	var spent []byte // of the recovery codes
	if ok && u.HasCode() {
		if code == "" {
			return ErrCode // the password was right, and that is not yet a failure
		}
		if step, ok = g.codeFits(u, code); !ok {
			spent = u.TOTP.recovers(name, code)
			ok = spent != nil
		}
	}
	if !ok || u.Disabled {
		return g.failed(ctx, name, known)
	}
	rehash := ""
	if used != g.opts.cost {
		rehash = g.hash(password)
	}
	return g.alter(ctx, name, func(u *User) (journal.Entry, error) {
		switch {
		case u.Disabled || u.Deleted:
			return journal.Entry{}, ErrLogin
		case step != 0 && (u.TOTP == nil || step <= u.TOTP.LastStep):
			return journal.Entry{}, ErrLogin // the same code a second time, at the same moment
		}
		note := ""
		if spent != nil {
			there := false
			if u.TOTP != nil {
				note, there = u.TOTP.spend(spent)
			}
			if !there {
				return journal.Entry{}, ErrLogin
			}
		}
		u.Failures, u.LockedUntil = 0, 0
		if step != 0 {
			u.TOTP.LastStep = step
		}
		if rehash != "" {
			u.Password = rehash
		}
		e := then(u)
		if note != "" {
			e.Note = strings.TrimPrefix(e.Note+"; "+note, "; ")
		}
		return e, nil
	})
}

// begin refuses a try when there were too many. Tries under way count as
// wrong ones, so that trying at the same time gains nothing.
func (g *Gate) begin(name string) error {
	now := g.opts.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	kept := g.tries.recent[:0]
	for _, t := range g.tries.recent {
		if d := now.Sub(t); d < time.Minute && d >= 0 {
			kept = append(kept, t)
		}
	}
	g.tries.recent = kept
	under := 0
	for _, n := range g.pending {
		under += n
	}
	if len(kept)+under >= maxPerMinute {
		return ErrTooMany
	}
	failures, until := 0, time.Time{}
	if u := g.users[name]; u != nil && !u.Deleted && u.Password != "" {
		failures = u.Failures
		if u.LockedUntil != 0 {
			until = time.Unix(0, u.LockedUntil)
			if t, ok := g.tries.locks[name]; ok {
				until = t // by the monotonic clock, which nobody can set
			}
		}
	} else if t, ok := g.tries.unknown[name]; ok {
		failures, until = t.failures, t.until
	}
	if !until.IsZero() {
		if now.Before(until) {
			return ErrLocked
		}
		failures = 0
	}
	if failures+g.pending[name] >= maxFailures {
		return ErrLocked
	}
	g.pending[name]++
	return nil
}

func (g *Gate) end(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pending[name]--; g.pending[name] <= 0 {
		delete(g.pending, name)
	}
}

// holds checks the password. Where there is no user it does the same work.
func (g *Gate) holds(password string, u *User, known bool) (ok bool, used cost) {
	g.hashing <- struct{}{}
	defer func() { <-g.hashing }()
	if len(password) > maxPassword {
		password, known = password[:maxPassword], false
	}
	if !known {
		fits(password, g.dummy)
		return false, used
	}
	return fits(password, u.Password)
}

func (g *Gate) hash(password string) string {
	g.hashing <- struct{}{}
	defer func() { <-g.hashing }()
	return hashPassword(password, g.opts.cost)
}

// failed counts and journals a wrong try before it is told.
func (g *Gate) failed(ctx context.Context, name string, known bool) error {
	now := g.opts.Now()
	g.mu.Lock()
	g.tries.recent = append(g.tries.recent, now)
	g.mu.Unlock()
	if !known {
		return g.failedUnknown(ctx, name, now)
	}
	err := g.alter(ctx, name, func(u *User) (journal.Entry, error) {
		e := journal.Entry{Action: "login refused", Note: "wrong password or code"}
		if u.LockedUntil != 0 { // the lock has ended, or begin had refused
			u.Failures, u.LockedUntil = 0, 0
		}
		if u.Failures++; u.Failures >= maxFailures {
			u.LockedUntil = now.Add(lockFor).UnixNano()
			g.mu.Lock()
			g.tries.locks[name] = now.Add(lockFor)
			g.mu.Unlock()
			e.Action, e.Note = "locked", "too many wrong tries; until "+now.Add(lockFor).UTC().Format(time.RFC3339)
		}
		return e, nil
	})
	if err != nil {
		return err
	}
	return ErrLogin
}

func (g *Gate) failedUnknown(ctx context.Context, name string, now time.Time) error {
	g.mu.Lock()
	if g.tries.unknown == nil || len(g.tries.unknown) >= maxUnknown {
		g.tries.unknown = map[string]unknownTry{}
	}
	t := g.tries.unknown[name]
	if !t.until.IsZero() && !now.Before(t.until) {
		t = unknownTry{}
	}
	if t.failures++; t.failures >= maxFailures {
		t.until = now.Add(lockFor)
	}
	g.tries.unknown[name] = t
	g.mu.Unlock()
	// The name is not written down: it may be a password in the wrong field.
	e := journal.Entry{At: now.UnixNano(), Kind: journal.User, Action: "login refused", Station: g.opts.Station, Note: "a name that is not known"}
	if err := g.records.Record(ctx, []journal.Entry{e}, nil); err != nil {
		return err
	}
	return ErrLogin
}
