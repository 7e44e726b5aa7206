package plant

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"penstock/app/command"
	"penstock/drivers"
	"penstock/historian/journal"
)

// strict is a driver that trusts nobody, and says so at every dial.
type strict struct {
	*rack
	dials atomic.Int64
	fresh bool // the device shows another certificate each time
}

func (s *strict) Dial(ctx context.Context, d drivers.Device) (drivers.Conn, error) {
	n := s.dials.Add(1)
	if !s.fresh {
		n = 0
	}
	drivers.Audit(ctx, "refused: certificate %d", n)
	return nil, errors.New("not trusted")
}

func lines(t testing.TB, p *Plant, f journal.Filter) (out []journal.Entry) {
	t.Helper()
	f.OldestFirst = true
	out, err := p.Journal.Query(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A device that is refused every second makes one line, not one a second.
func TestWhatADriverDecidesIsJournalledOnce(t *testing.T) {
	s := &strict{rack: newRack()}
	proj, set := load(t, s, levelTags, levelAlarms)
	p := run(t, proj, set, t.TempDir())
	soon(t, "three dials", func() bool { return s.dials.Load() >= 3 })
	var got []string
	for _, e := range lines(t, p, journal.Filter{On: "R"}) {
		got = append(got, fmt.Sprint(e.Kind, " ", e.Action, " ", e.Note))
	}
	if want := "system certificate checked refused: certificate 0"; len(got) != 1 || got[0] != want {
		t.Errorf("the journal has %q, want one line %q", got, want)
	}
}

// Showing one certificate after the other does not fill the journal.
func TestTellingIsBounded(t *testing.T) {
	told := told{when: map[string]int64{}}
	var n int
	var last string
	for i := range 1000 {
		if line, ok := told.news(int64(i), fmt.Sprint("certificate ", i)); ok {
			n, last = n+1, line
		}
	}
	if n != maxTold || !strings.Contains(last, "further ones are not told") {
		t.Errorf("%d lines were told, the last is %q", n, last)
	}
	if _, ok := told.news(int64(toldAgain), "certificate 0"); !ok {
		t.Error("the next day it is not told again")
	}
}

type nobody struct{}

func (nobody) User() string             { return "guest" }
func (nobody) May(right, _ string) bool { return right == "view" }

func TestDecisionsAreJournalledBeforeTheyHappen(t *testing.T) {
	proj, set := load(t, newRack(), levelTags, levelAlarms)
	p := run(t, proj, set, t.TempDir())
	e := journal.Entry{Kind: journal.Config, Action: "certificate trusted", On: "PLC1"}
	done := 0
	for _, s := range []command.Session{nil, nobody{}} {
		if err := p.Decide(t.Context(), s, e, func() error { done++; return nil }); !errors.Is(err, command.ErrNotAllowed) || done > 0 {
			t.Errorf("%v decided: %v", s, err)
		}
	}
	if err := p.Decide(t.Context(), everybody("ann"), e, func() error {
		if n := len(lines(t, p, journal.Filter{On: "PLC1"})); n != 1 {
			t.Errorf("%d lines stand in the journal when it happens", n)
		}
		return errors.New("the disk is gone")
	}); err == nil {
		t.Error("what failed is no error")
	}
	got := lines(t, p, journal.Filter{On: "PLC1"})
	if len(got) != 2 || got[0].Who != "ann" || got[0].Station != "test" || got[1].Outcome != "failed: the disk is gone" {
		t.Errorf("the journal has %+v", got)
	}
}

// What commands did beside the station is journalled by the one that runs, or
// by the next.
func TestNotesOfCommandsAreJournalled(t *testing.T) {
	proj, set := load(t, newRack(), levelTags, levelAlarms)
	data := DataDir(t.TempDir())
	note := func(on string) {
		if err := data.Leave(journal.Entry{Kind: journal.Config, Action: "certificate trusted", On: on, Who: "ann", Source: 7}); err != nil {
			t.Fatal(err)
		}
	}
	note("before")
	if err := os.WriteFile(data.notesDir()+"/9.json", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := run(t, proj, set, string(data))
	soon(t, "the first note", func() bool { return len(lines(t, p, journal.Filter{On: "before"})) == 1 })
	note("meanwhile")
	soon(t, "the second note", func() bool { return len(lines(t, p, journal.Filter{On: "meanwhile"})) == 1 })
	if e := lines(t, p, journal.Filter{On: "meanwhile"})[0]; e.Who != "ann" || e.Source != 7 || e.At < 1e18 {
		t.Errorf("the line is %+v", e)
	}
	if e := lines(t, p, journal.Filter{On: "9.json"}); len(e) != 1 || e[0].Action != "unreadable note" {
		t.Errorf("of the broken note the journal has %+v", e)
	}
	soon(t, "no note is left", func() bool { left, err := os.ReadDir(data.notesDir()); return err == nil && len(left) == 0 })
}
