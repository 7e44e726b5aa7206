package alarm

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
)

// base is second 0 of the scripts.
var base = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()

func second(s float64) int64 { return base + int64(s*1e9) }

// TestScripts runs every testdata/*.txt. A line is
//
//	rule word=value ...        the alarm
//	SECOND EVENT [word=value ...] PHASE [word=value ...]
//
// where PHASE is a letter of the standard (A B C D LU LA E F G) and the words
// after it name facts to hold: occ, notice, realarms, by, said, frozen, refused.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) { runScript(t, f) })
	}
}

func runScript(t *testing.T, name string) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r Rule
	var s State
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line, _, _ := strings.Cut(sc.Text(), "#")
		w := strings.Fields(line)
		switch {
		case len(w) == 0:
			continue
		case w[0] == "rule":
			r, s = scriptRule(t, w[1:]), State{}
			if err := r.Validate(); err != nil {
				t.Fatalf("%s:%d: %v", name, n, err)
			}
			continue
		case len(w) < 3:
			t.Fatalf("%s:%d: a line is: second event phase", name, n)
		}
		at, err := strconv.ParseFloat(w[0], 64)
		if err != nil {
			t.Fatalf("%s:%d: %v", name, n, err)
		}
		e := Event{At: second(at)}
		scriptEvent(t, &e, w[1])
		w = w[2:]
		for len(w) > 0 && strings.Contains(w[0], "=") {
			scriptDetail(t, &e, w[0])
			w = w[1:]
		}
		was := Step(&r, s, Event{At: e.At})
		refused := Refuse(&r, &was, &e) != nil
		s = Step(&r, s, e)
		if got := s.Phase().Code(); got != w[0] {
			t.Fatalf("%s:%d: %s: the phase is %s, want %s\n%+v", name, n, line, got, w[0], s)
		}
		for _, fact := range w[1:] {
			if got := scriptFact(s, refused, fact); got != fact {
				t.Fatalf("%s:%d: %s: have %s\n%+v", name, n, line, got, s)
			}
		}
		if strings.Contains(line, "refused") != refused {
			t.Fatalf("%s:%d: %s: refused is %v", name, n, line, refused)
		}
	}
}

func scriptRule(t *testing.T, words []string) Rule {
	t.Helper()
	r := Rule{ID: "A1", Tag: "T1", Priority: 2}
	for _, kv := range words {
		k, v, _ := strings.Cut(kv, "=")
		f, _ := strconv.ParseFloat(v, 64)
		d := time.Duration(f * float64(time.Second))
		if kind, ok := ParseKind(k); ok {
			r.Kind, r.Limit = kind, f
			switch kind {
			case Expression:
				r.Expression = v
			case Pattern:
				r.Pattern, r.Limit = v, 0
			}
			continue
		}
		switch k {
		case "band":
			b, err := ParseBand(v, tag.Def{Lo: 0, Hi: 200})
			if err != nil {
				t.Fatal(err)
			}
			r.Deadband = b
		case "on":
			r.OnDelay = d
		case "off":
			r.OffDelay = d
		case "realarm":
			r.ReAlarm = d
		case "setpoint":
			r.Setpoint = "SP1"
			if v != "" {
				r.Setpoint, r.SetpointValue = "", f
			}
		case "latched":
			r.Class.Latched = true
		case "noack":
			r.Class.NoAck = true
		case "noshelve":
			r.Class.NoShelve = true
		case "maxshelve":
			r.Class.MaxShelve = d
		default:
			t.Fatalf("unknown word %q of a rule", kv)
		}
	}
	return r
}

func scriptEvent(t *testing.T, e *Event, word string) {
	t.Helper()
	k, v, _ := strings.Cut(word, "=")
	f, _ := strconv.ParseFloat(v, 64)
	until := second(f)
	person := func(w What) { e.What, e.Who, e.Station = w, "anna", "desk 1" }
	switch k {
	case "pv":
		e.What, e.Value = Observe, tag.Value{Source: e.At - 1e6, Received: e.At, Value: tag.Float(f), Quality: tag.Good}
		if v == "high" || v == "low" {
			e.Value.Value = tag.Text(v)
		}
	case "read":
		e.What, e.Value = Observe, tag.Value{Received: e.At, Value: tag.Text(v), Quality: tag.Good}
	case "bad":
		e.What, e.Value = Observe, tag.Value{Received: e.At, Value: tag.Float(f), Quality: tag.BadCommunicationError}
	case "stale":
		e.What, e.Value = Observe, tag.Value{Received: e.At, Value: tag.Float(f), Quality: tag.LastUsable}
	case "uncertain":
		e.What, e.Value = Observe, tag.Value{Received: e.At, Value: tag.Float(f), Quality: tag.EUExceeded}
	case "tick":
	case "ack":
		person(Ack)
	case "reset":
		person(Reset)
	case "shelve":
		person(Shelve)
		e.Until, e.Note = until, "being repaired"
	case "oneshot":
		person(Shelve)
		e.Until, e.Note, e.OneShot = until, "being repaired", true
	case "unshelve":
		person(Unshelve)
	case "remove":
		person(Remove)
		e.Until, e.Note = until, "permit 17"
	case "restore":
		person(Restore)
	case "suppress":
		e.What, e.Note = Suppress, "PUMP.RUN = 0"
	case "unsuppress":
		e.What, e.Note = Unsuppress, "PUMP.RUN = 1"
	case "comment":
		person(Comment)
		e.Note = v
	default:
		t.Fatalf("unknown event %q", word)
	}
}

func scriptDetail(t *testing.T, e *Event, word string) {
	t.Helper()
	k, v, _ := strings.Cut(word, "=")
	f, _ := strconv.ParseFloat(v, 64)
	switch k {
	case "who":
		e.Who = v
	case "note":
		e.Note = v
	case "notice":
		e.Notice = int64(f)
	case "sp":
		e.Setpoint = tag.Value{Received: e.At, Value: tag.Float(f), Quality: tag.Good}
	case "badsp":
		e.Setpoint = tag.Value{Received: e.At, Value: tag.Float(f), Quality: tag.Bad}
	default:
		t.Fatalf("unknown detail %q", word)
	}
}

// scriptFact says how the fact named by want stands.
func scriptFact(s State, refused bool, want string) string {
	k, _, _ := strings.Cut(want, "=")
	number := func(n int64) string { return k + "=" + strconv.FormatInt(n, 10) }
	switch k {
	case "occ":
		return number(s.Occurrence)
	case "notice":
		return number(s.Notice)
	case "realarms":
		return number(int64(s.ReAlarms))
	case "came":
		return number(s.Activations)
	case "by":
		return "by=" + s.AckedBy
	case "said":
		return "said=" + s.Comment
	case "base":
		return "base=" + s.Base().Code()
	case "since":
		return "since=" + strconv.FormatFloat(float64(s.RaisedAt-base)/1e9, 'g', -1, 64)
	case "frozen":
		if s.Frozen {
			return "frozen"
		}
		return "not frozen"
	case "refused":
		if refused {
			return "refused"
		}
		return "not refused"
	}
	return "an unknown fact: " + k
}
