package auth

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/historian/journal"
)

// station is a data folder and a clock; it can be restarted.
type station struct {
	t    *testing.T
	path string
	now  time.Time
	j    *journal.Journal
	g    *Gate
}

var cheap = cost{Time: 1, Memory: 64, Threads: 1}

const (
	good  = "correct horse battery"
	other = "staple staples stapled"
)

func newStation(t *testing.T) *station {
	s := &station{t: t, path: filepath.Join(t.TempDir(), "ops.db"), now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	s.start()
	t.Cleanup(func() { s.j.Close() })
	return s
}

func (s *station) start() {
	s.t.Helper()
	var err error
	if s.j, err = journal.Open(journal.Options{Path: s.path}); err != nil {
		s.t.Fatal(err)
	}
	parents := map[string]string{"HL": "site", "HL1": "HL", "loop": "loop"}
	s.g, err = Open(s.j, Options{Now: func() time.Time { return s.now }, Parent: func(a string) string { return parents[a] },
		Station: "desk 1", Key: make([]byte, keySize), cost: cheap})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) restart() {
	s.t.Helper()
	if err := s.j.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

func (s *station) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) login(name, password string) *Session {
	s.t.Helper()
	ses, err := s.g.Login(context.Background(), name, password, "")
	s.must(err)
	return ses
}

// admin makes the first administrator and logs in.
func (s *station) admin() *Session {
	s.t.Helper()
	s.must(s.g.First(context.Background(), "Ada", "Ada Lovelace", good))
	return s.login("ada", good)
}

func (s *station) add(by *Session, name string, grants ...Grant) {
	s.t.Helper()
	const given = "from the administrator"
	s.must(s.g.Add(context.Background(), by, NewUser{Name: name, Password: given, Grants: grants}))
	in := s.login(name, given)
	if in.May(Ack, "") || in.May(Write, "HL") || in.May(ManageUsers, "") {
		s.t.Errorf("%s acts under a password that somebody else knows", name)
	}
	s.must(s.g.ChangePassword(context.Background(), in, given, good))
	s.must(in.Logout(context.Background()))
}

func (s *station) entries(action string) []journal.Entry {
	s.t.Helper()
	out, err := s.j.Query(context.Background(), journal.Filter{Actions: []string{action}, OldestFirst: true})
	s.must(err)
	return out
}

func TestANewFolderHasNoDoor(t *testing.T) {
	s := newStation(t)
	ctx := t.Context()
	if !s.g.NeedsFirst() || len(s.g.Users()) != 0 {
		t.Fatal("there is a user in a new folder")
	}
	for _, name := range []string{"admin", "administrator", "root", "operator", "", "penstock"} {
		for _, password := range []string{"", "admin", "password", name} {
			s.now = s.now.Add(time.Minute)
			if _, err := s.g.Login(ctx, name, password, ""); err == nil {
				t.Fatalf("%q with %q came in", name, password)
			}
		}
		if _, err := s.g.Enter(ctx, name); err == nil {
			t.Fatalf("%q entered", name)
		}
	}
	var nobody *Session
	if err := s.g.Add(ctx, nobody, NewUser{Name: "eve", Password: good}); !errors.Is(err, ErrForbidden) {
		t.Errorf("nobody made a user: %v", err)
	}
	ada := s.admin()
	if !ada.May(ManageUsers, "") || ada.May(Shelve, "nowhere") != true {
		t.Error("the first administrator cannot manage users")
	}
	for range 2 {
		if err := s.g.First(ctx, "eve", "", good); !errors.Is(err, ErrNotFirst) {
			t.Errorf("a second first administrator: %v", err)
		}
		s.restart()
	}
}

func TestTheDoorStaysShutWhenTheAdministratorIsGone(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	s.add(ada, "bert", Grant{Role: "administrator"})
	bert := s.login("bert", good)
	s.must(s.g.Delete(t.Context(), bert, "ada"))
	s.restart()
	if s.g.NeedsFirst() {
		t.Error("deleting an administrator opened the door")
	}
	if err := s.g.Add(t.Context(), s.login("bert", good), NewUser{Name: "ADA", Password: good}); !errors.Is(err, ErrTaken) {
		t.Errorf("the name of a deleted user was given out again: %v", err)
	}
}

func TestTwoPeopleCannotBothBeFirst(t *testing.T) {
	s := newStation(t)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { errs[i] = s.g.First(context.Background(), string(rune('a'+i))+"dmin", "", good) })
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, ErrNotFirst) {
			t.Error(err)
		}
	}
	if made != 1 || len(s.g.Users()) != 1 {
		t.Errorf("%d first administrators, %d users", made, len(s.g.Users()))
	}
}

func TestLockSurvivesARestart(t *testing.T) {
	s := newStation(t)
	s.admin()
	ctx := t.Context()
	for i := range maxFailures {
		if i == 2 {
			s.restart()
		}
		if _, err := s.g.Login(ctx, "ada", "wrong", ""); !errors.Is(err, ErrLogin) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	for _, back := range []time.Duration{0, 14 * time.Minute, -24 * time.Hour} {
		now := s.now
		s.now = s.now.Add(back)
		if _, err := s.g.Login(ctx, "Ada", good, ""); !errors.Is(err, ErrLocked) {
			t.Errorf("clock moved by %v: %v", back, err)
		}
		s.restart()
		if _, err := s.g.Login(ctx, "ada", good, ""); !errors.Is(err, ErrLocked) {
			t.Errorf("clock moved by %v and restarted: %v", back, err)
		}
		s.now = now
	}
	s.now = s.now.Add(lockFor)
	// Five new tries, not one.
	for i := range maxFailures {
		if _, err := s.g.Login(ctx, "ada", "wrong", ""); !errors.Is(err, ErrLogin) {
			t.Fatalf("new try %d: %v", i, err)
		}
	}
	if _, err := s.g.Login(ctx, "ada", good, ""); !errors.Is(err, ErrLocked) {
		t.Errorf("not locked again: %v", err)
	}
	if n := len(s.entries("locked")); n != 2 {
		t.Errorf("%d locks in the journal, want 2", n)
	}
	s.now = s.now.Add(lockFor)
	s.login("ada", good)
	if _, err := s.g.Login(ctx, "ada", "wrong", ""); !errors.Is(err, ErrLogin) {
		t.Error(err)
	}
	if u, _ := s.g.User("ada"); u.Failures != 1 {
		t.Errorf("%d failures after a right login and a wrong one", u.Failures)
	}
}

// Ten thousand guesses, at the same time, over many names, known and not: per
// name at most five are looked at in a quarter of an hour.
func TestGuessing(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	s.add(ada, "bert", Grant{Role: "operator"})
	names := []string{"ada", "bert", "nobody", "root"}
	var mu sync.Mutex
	looked := map[string]int{}
	for round := range 10 { // two minutes apart, so that the station's own limit does not help
		s.now = s.now.Add(time.Minute)
		var wg sync.WaitGroup
		for i := range 100 {
			name := names[(i+round)%len(names)]
			wg.Go(func() {
				_, err := s.g.Login(context.Background(), name, "guess", "")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					t.Error("a guess came in")
				case errors.Is(err, ErrLogin):
					looked[name]++
				}
			})
		}
		wg.Wait()
	}
	for _, name := range names {
		if looked[name] != maxFailures {
			t.Errorf("%s: %d guesses were looked at, want %d", name, looked[name], maxFailures)
		}
	}
}

func TestSprayingIsBounded(t *testing.T) {
	s := newStation(t)
	looked := 0
	for i := range 500 {
		if _, err := s.g.Login(t.Context(), "user"+strings.Repeat("x", i%30)+string(rune('a'+i%26)), "guess", ""); errors.Is(err, ErrLogin) {
			looked++
		}
	}
	if looked != maxPerMinute {
		t.Errorf("%d guesses in a minute, want %d", looked, maxPerMinute)
	}
	// All at the same time as well: they queue for the hash.
	s.now = s.now.Add(time.Minute)
	s.g.dummy = hashPassword("dummy", cost{Time: 3, Memory: 4096, Threads: 1})
	var wg sync.WaitGroup
	var mu sync.Mutex
	looked = 0
	for i := range 200 {
		wg.Go(func() {
			if _, err := s.g.Login(context.Background(), fmt.Sprint("user", i), "guess", ""); errors.Is(err, ErrLogin) {
				mu.Lock()
				looked++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if looked == 0 || looked > maxPerMinute { // fewer, since one that has just failed counts twice until it is told
		t.Errorf("%d guesses at the same time, want %d at most", looked, maxPerMinute)
	}
	for _, e := range s.entries("login refused") {
		if strings.Contains(e.Note+e.On+e.Who, "user") {
			t.Errorf("the journal keeps a name that may be a password: %+v", e)
		}
	}
}

func TestWhoMayDoWhatWhere(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	s.add(ada, "op", Grant{Role: "operator", Area: "HL"}, Grant{Role: "guest", Area: "site"})
	s.add(ada, "sup", Grant{Role: "supervisor", Until: s.now.Add(time.Hour).UnixNano()})
	s.add(ada, "looper", Grant{Role: "operator", Area: "nowhere"})
	op, sup, looper := s.login("op", good), s.login("sup", good), s.login("looper", good)
	for _, c := range []struct {
		who         *Session
		right, area string
		want        bool
	}{
		{op, Write, "HL", true}, {op, Write, "HL1", true}, {op, Write, "site", false}, {op, Write, "", false}, {op, Write, "RW", false},
		{op, View, "site", true}, {op, View, "HL1", true}, {op, View, "RW", false},
		{op, Suppress, "HL", false}, {op, ManageUsers, "HL", false}, {op, "no such right", "HL", false},
		{sup, Suppress, "", true}, {sup, Suppress, "RW", true}, {sup, Configure, "", false},
		{looper, Write, "loop", false}, {nil, View, "", false},
	} {
		if got := c.who.May(c.right, c.area); got != c.want {
			t.Errorf("%v may %s in %q: %v, want %v", c.who, c.right, c.area, got, c.want)
		}
	}
	s.now = s.now.Add(time.Hour)
	if sup.May(View, "") {
		t.Error("a grant that has ended still holds")
	}
}

func TestRightsAreLookedUpWhenTheyAreUsed(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	s.add(ada, "op", Grant{Role: "operator"})
	op := s.login("op", good)
	ctx := t.Context()
	s.must(s.g.SetGrants(ctx, ada, "op", []Grant{{Role: "guest"}}))
	if op.May(Write, "") || !op.May(View, "") {
		t.Error("a demotion did not reach the open session")
	}
	s.must(s.g.SetDisabled(ctx, ada, "op", true))
	if op.May(View, "") {
		t.Error("a disabled user still sees")
	}
	if _, err := s.g.Login(ctx, "op", good, ""); !errors.Is(err, ErrLogin) {
		t.Errorf("a disabled user logged in: %v", err)
	}
	s.must(s.g.SetDisabled(ctx, ada, "op", false))
	before := len(s.entries("logout"))
	s.must(op.Logout(ctx))
	s.must(op.Logout(ctx))
	if op.May(View, "") || len(s.entries("logout")) != before+1 {
		t.Error("a session goes on after its end")
	}
	for _, do := range []func() error{
		func() error { return s.g.SetGrants(ctx, ada, "ada", nil) },
		func() error { return s.g.SetDisabled(ctx, ada, "ada", true) },
		func() error { return s.g.Delete(ctx, ada, "ada") },
	} {
		if err := do(); !errors.Is(err, ErrLastAdmin) {
			t.Errorf("the last administrator went: %v", err)
		}
	}
	if e := s.entries("rights changed"); len(e) != 1 || e[0].Who != "ada" || e[0].On != "op" || e[0].Old != "operator" || e[0].New != "guest" {
		t.Errorf("%+v", e)
	}
}

// Who has no right gets ErrForbidden, and nothing is changed.
func TestOnlyWhoManagesUsersMay(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	for _, r := range Roles() {
		s.add(ada, "u-"+r.Name, Grant{Role: r.Name})
	}
	var before []User
	ctx := t.Context()
	for _, r := range Roles() {
		if slices.Contains(r.Rights, ManageUsers) {
			continue
		}
		s.now = s.now.Add(time.Minute)
		by := s.login("u-"+r.Name, good)
		before = s.g.Users()
		for name, err := range map[string]error{
			"Add":           s.g.Add(ctx, by, NewUser{Name: "eve", Password: good}),
			"SetGrants":     s.g.SetGrants(ctx, by, by.User(), []Grant{{Role: "administrator"}}),
			"SetDisabled":   s.g.SetDisabled(ctx, by, "ada", true),
			"Delete":        s.g.Delete(ctx, by, "ada"),
			"Unlock":        s.g.Unlock(ctx, by, "ada"),
			"ResetPassword": s.g.ResetPassword(ctx, by, "ada", other),
			"DropCode":      s.g.DropCode(ctx, by, "ada"),
		} {
			if !errors.Is(err, ErrForbidden) {
				t.Errorf("%s by a %s: %v", name, r.Name, err)
			}
		}
		if after := s.g.Users(); !slices.EqualFunc(before, after, func(a, b User) bool { return a.Name == b.Name && a.rights() == b.rights() && a.Disabled == b.Disabled }) {
			t.Fatalf("a %s changed the users", r.Name)
		}
	}
}

func TestPasswords(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	for _, p := range []string{"", "short", "aaaaaaaaaaaa", "password12345", "operator-2026", "bert123456!", "Penstock2026", strings.Repeat("long", 300)} {
		if err := s.g.Add(t.Context(), ada, NewUser{Name: "bert", Password: p}); !errors.Is(err, ErrPassword) {
			t.Errorf("%q: %v", p, err)
		}
	}
	for _, n := range []string{"", " ", "a b", "a\nb", "<b>", strings.Repeat("x", 41), "../x", "a\x00", "\xff"} {
		if err := s.g.Add(t.Context(), ada, NewUser{Name: n, Password: good}); !errors.Is(err, ErrName) {
			t.Errorf("name %q: %v", n, err)
		}
	}
	s.must(s.g.Add(t.Context(), ada, NewUser{Name: "Jürgen.M", Password: good, Grants: []Grant{{Role: "operator"}}, Open: true}))
	if _, err := s.g.Enter(t.Context(), "jürgen.m"); !errors.Is(err, ErrNotOpen) {
		t.Errorf("an administrator made a user who needs no password: %v", err)
	}
	j := s.login("JÜRGEN.M", good)
	if u, _ := s.g.User("jürgen.m"); !u.MustChange {
		t.Error("a password that somebody else chose need not be changed")
	}
	if err := s.g.ChangePassword(t.Context(), j, "wrong", other); !errors.Is(err, ErrLogin) {
		t.Errorf("changed with a wrong password: %v", err)
	}
	s.must(s.g.ChangePassword(t.Context(), j, good, other))
	if u, _ := s.g.User("jürgen.m"); u.MustChange {
		t.Error("must change once more")
	}
	if _, err := s.g.Login(t.Context(), "jürgen.m", good, ""); !errors.Is(err, ErrLogin) {
		t.Errorf("the old password still works: %v", err)
	}
	s.must(s.g.ResetPassword(t.Context(), ada, "jürgen.m", good))
	s.login("jürgen.m", good)
}

func TestNoSecretIsInTheFile(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	secret, err := s.g.Enroll(t.Context(), ada)
	s.must(err)
	s.must(s.j.Close())
	defer s.start()
	for _, f := range []string{s.path} {
		b, err := os.ReadFile(f)
		s.must(err)
		for _, x := range []string{good, secret} {
			if strings.Contains(string(b), x) {
				t.Errorf("%s holds %q", f, x)
			}
		}
	}
}

func TestAHashFromAnEarlierDayIsRenewed(t *testing.T) {
	s := newStation(t)
	s.admin()
	s.g.opts.cost = cost{Time: 2, Memory: 128, Threads: 1}
	s.login("ada", good)
	if u := s.g.lookup("ada"); !strings.Contains(u.Password, "m=128,t=2,p=1") {
		t.Errorf("still %s", u.Password)
	}
	s.login("ada", good)
}

func TestParsePHC(t *testing.T) {
	ok := hashPassword("x", cheap)
	if fit, used := fits("x", ok); !fit || used != cheap {
		t.Errorf("%v %v", fit, used)
	}
	for _, bad := range []string{"", "x", strings.Replace(ok, "argon2id", "argon2i", 1), strings.Replace(ok, "v=19", "v=16", 1),
		strings.Replace(ok, "t=1", "t=0", 1), strings.Replace(ok, "m=64", "m=4294967295", 1), strings.Replace(ok, "p=1", "p=0", 1), ok[:len(ok)-40], ok + "$x"} {
		if fit, _ := fits("x", bad); fit {
			t.Errorf("%q fits", bad)
		}
	}
}

func TestProvisioned(t *testing.T) {
	s := newStation(t)
	ctx := t.Context()
	demo := NewUser{Name: "operator", FullName: "Demo operator", Grants: []Grant{{Role: "operator"}}, Open: true}
	if err := s.g.Provision(ctx, "", demo); err == nil {
		t.Error("provisioned without a rule")
	}
	for _, role := range []string{"administrator", "engineer", "supervisor"} {
		n := demo
		n.Grants = []Grant{{Role: role}}
		if err := s.g.Provision(ctx, "demo plant", n); !errors.Is(err, ErrRole) {
			t.Errorf("an open %s: %v", role, err)
		}
	}
	s.must(s.g.Provision(ctx, "demo plant", demo))
	s.must(s.g.Provision(ctx, "demo plant", demo))
	s.restart()
	s.must(s.g.Provision(ctx, "demo plant", demo))
	if e := s.entries("made"); len(e) != 1 || e[0].Who != "rule: demo plant" {
		t.Errorf("%+v", e)
	}
	op, err := s.g.Enter(ctx, "operator")
	s.must(err)
	if !op.May(Ack, "HL") || op.May(ManageUsers, "") || op.FullName() != "Demo operator" {
		t.Error("the demo operator has other rights than those given")
	}
	if e := s.entries("login"); len(e) != 1 || !strings.Contains(e[0].Note, "demo plant") {
		t.Errorf("%+v", e)
	}
	if _, err := s.g.Login(ctx, "operator", "", ""); err == nil {
		t.Error("an open user logged in with an empty password")
	}
	if !s.g.NeedsFirst() {
		t.Error("the demo operator took the place of the first administrator")
	}
	ada := s.admin()
	if err := s.g.SetGrants(ctx, ada, "operator", []Grant{{Role: "engineer"}}); !errors.Is(err, ErrRole) {
		t.Errorf("an open user was promoted: %v", err)
	}
	if _, err := s.g.Enter(ctx, "ada"); !errors.Is(err, ErrNotOpen) {
		t.Errorf("an administrator entered without a password: %v", err)
	}
	s.must(s.g.ResetPassword(ctx, ada, "operator", good))
	if _, err := s.g.Enter(ctx, "operator"); !errors.Is(err, ErrNotOpen) {
		t.Errorf("entered although there is a password now: %v", err)
	}
}

// A login that cannot be journalled does not happen.
func TestNothingHappensUnseen(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	s.must(s.j.Close())
	defer s.start()
	if _, err := s.g.Login(t.Context(), "ada", good, ""); err == nil {
		t.Error("logged in without a journal")
	}
	if err := s.g.Add(t.Context(), ada, NewUser{Name: "bert", Password: good}); err == nil {
		t.Error("made a user without a journal")
	}
	if _, ok := s.g.User("bert"); ok {
		t.Error("the user is there all the same")
	}
}

// The hash people really get, and that an unknown name costs the same time.
func TestUnknownNamesTakeAsLong(t *testing.T) {
	s := newStation(t)
	c := usualCost
	if testing.Short() {
		c.Memory /= 16
	}
	s.g.opts.cost = c
	s.g.dummy = hashPassword("dummy", c)
	s.admin()
	took := func(name string) time.Duration {
		best := time.Hour
		for range 3 {
			begun := time.Now()
			if _, err := s.g.Login(t.Context(), name, "wrong", ""); !errors.Is(err, ErrLogin) {
				t.Fatal(err)
			}
			best = min(best, time.Since(begun))
		}
		return best
	}
	known, unknown := took("ada"), took("nobody")
	if got, _, _, err := parsePHC(s.g.dummy); err != nil || got != c {
		t.Errorf("unknown names cost %v (%v)", got, err)
	}
	if unknown < known/3 { // wide: other tests share the machine, and without the work it would be a thousandth
		t.Errorf("a name that is there takes %v, one that is not %v", known, unknown)
	}
}

func TestRecover(t *testing.T) {
	s := newStation(t)
	ada := s.admin()
	s.add(ada, "op", Grant{Role: "operator"})
	ctx := t.Context()
	for range maxFailures {
		s.g.Login(ctx, "ada", "forgotten", "")
	}
	for _, name := range []string{"op", "nobody"} {
		if err := s.g.Recover(ctx, name, other); !errors.Is(err, ErrNoUser) {
			t.Errorf("recovered %s: %v", name, err)
		}
	}
	if err := s.g.Recover(ctx, "ada", "short"); !errors.Is(err, ErrPassword) {
		t.Errorf("recovered with a short password: %v", err)
	}
	s.must(s.g.Recover(ctx, "Ada", other))
	again := s.login("ada", other)
	if again.May(ManageUsers, "") {
		t.Error("manages users under a password that was read off the console")
	}
	s.must(s.g.ChangePassword(ctx, again, other, good))
	if !again.May(ManageUsers, "") {
		t.Error("recovered, and cannot manage users")
	}
	if e := s.entries("recovered"); len(e) != 1 || e[0].Who != "rule: the data folder at hand" {
		t.Errorf("%+v", e)
	}
}
