package journal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func opened(t testing.TB) *Journal {
	t.Helper()
	j, err := Open(Options{Path: filepath.Join(t.TempDir(), "ops.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func record(t testing.TB, j *Journal, e Entry, docs ...Doc) {
	t.Helper()
	if err := j.Record(context.Background(), []Entry{e}, docs); err != nil {
		t.Fatal(err)
	}
}

func verify(t testing.TB, j *Journal) Report {
	t.Helper()
	rep, err := j.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestWhatIsRecordedIsThereAfterwards(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ops.db")
	j, err := Open(Options{Path: path, Now: func() time.Time { return time.Unix(9, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	full := Entry{At: 5, Source: 4, Kind: Command, Action: "set", On: "HL.PT601.SP", Area: "HL", Who: "anna", Station: "desk 1",
		Old: "4.0", New: "4.5", Outcome: "asked", Note: "night \"mode\"\nsecond line", Ref: "c1", Level: 2}
	record(t, j, full, Doc{Kind: "alarm", ID: "a", Body: []byte("one")}, Doc{Kind: "alarm", ID: "b", Body: []byte("two")})
	record(t, j, Entry{Kind: System, Action: "started"}, Doc{Kind: "alarm", ID: "a"}, Doc{Kind: "alarm", ID: "b", Body: []byte("three")})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{true, false} {
		j, err := Open(Options{Path: path, ReadOnly: readOnly})
		if err != nil {
			t.Fatal(err)
		}
		full.Seq = 1
		want := []Entry{full, {Seq: 2, At: 9e9, Kind: System, Action: "started"}}
		got, err := j.Query(t.Context(), Filter{OldestFirst: true})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("have %+v (%v), want %+v", got, err, want)
		}
		docs, err := j.Docs("alarm")
		if err != nil || len(docs) != 1 || docs[0].ID != "b" || string(docs[0].Body) != "three" {
			t.Errorf("documents %+v, %v", docs, err)
		}
		if rep := verify(t, j); !rep.OK() || rep.Entries != 2 || rep.Docs != 1 {
			t.Errorf("%+v", rep)
		}
		j.Close()
	}
}

func TestRefusals(t *testing.T) {
	j := opened(t)
	if err := j.Record(t.Context(), nil, []Doc{{Kind: "a", ID: "b", Body: []byte("x")}}); !errors.Is(err, ErrNoEntry) {
		t.Errorf("a document without an entry: %v", err)
	}
	if err := j.Record(t.Context(), nil, nil); err != nil {
		t.Errorf("nothing at all: %v", err)
	}
	j.Close()
	if err := j.Record(t.Context(), []Entry{{Kind: System}}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := Open(Options{Path: filepath.Join(t.TempDir(), "none.db"), ReadOnly: true}); err == nil {
		t.Error("opened a journal that is not there for reading")
	}
	r, err := Open(Options{Path: j.file.Path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Record(t.Context(), []Entry{{Kind: System}}, nil); err == nil {
		t.Error("recorded in a journal opened for reading")
	}
}

func TestQuery(t *testing.T) {
	j := opened(t)
	// The clock is set back between 3 and 4.
	for _, e := range []Entry{
		{At: 10, Kind: Alarm, Action: "annunciated", On: "A1", Area: "HL", Level: 1, Note: "Pressure LOW 50%"},
		{At: 20, Kind: Alarm, Action: "acknowledged", On: "A1", Area: "HL", Who: "anna", Level: 1},
		{At: 30, Kind: Command, Action: "set", On: "SP", Area: "RW", Who: "bert", New: "under_score"},
		{At: 15, Kind: System, Action: "clock set", Old: "30", New: "15"},
		{At: 25, Kind: Alarm, Action: "returned", On: "A2", Area: "RW", Level: 3, Ref: "A2#1"},
	} {
		record(t, j, e)
	}
	for _, c := range []struct {
		name string
		f    Filter
		want string
	}{
		{"all, newest first", Filter{}, "5 4 3 2 1"},
		{"oldest first", Filter{OldestFirst: true}, "1 2 3 4 5"},
		{"limit", Filter{Limit: 2}, "5 4"},
		{"from", Filter{From: 20}, "5 3 2"},
		{"from to, half open", Filter{From: 15, To: 25, OldestFirst: true}, "2 4"},
		{"nothing in the span", Filter{From: 100}, ""},
		{"kinds", Filter{Kinds: []Kind{Command, System}}, "4 3"},
		{"areas", Filter{Areas: []string{"RW"}}, "5 3"},
		{"actions", Filter{Actions: []string{"returned", "set"}}, "5 3"},
		{"on", Filter{On: "A1"}, "2 1"},
		{"who", Filter{Who: "bert"}, "3"},
		{"ref", Filter{Ref: "A2#1"}, "5"},
		{"level", Filter{Level: 1}, "2 1"},
		{"text, any case", Filter{Text: "pressure low"}, "1"},
		{"text is no pattern", Filter{Text: "%"}, "1"},
		{"text is no pattern either", Filter{Text: "_"}, "3"},
		{"text is no SQL", Filter{Text: "' OR 1=1 --"}, ""},
		{"after and before", Filter{After: 1, Before: 4}, "3 2"},
		{"all together", Filter{From: 10, To: 21, Kinds: []Kind{Alarm}, Who: "anna"}, "2"},
	} {
		got, err := j.Query(t.Context(), c.f)
		var seqs []string
		for _, e := range got {
			seqs = append(seqs, fmt.Sprint(e.Seq))
		}
		if s := strings.Join(seqs, " "); s != c.want || err != nil {
			t.Errorf("%s: %q (%v), want %q", c.name, s, err, c.want)
		}
	}
}

func TestEachPages(t *testing.T) {
	j := opened(t)
	const n = 2*page + 7
	var entries []Entry
	for i := range n {
		entries = append(entries, Entry{At: int64(i + 1), Kind: System, Action: "x"})
	}
	if err := j.Record(t.Context(), entries, nil); err != nil {
		t.Fatal(err)
	}
	for _, f := range []Filter{{}, {OldestFirst: true}, {From: 1}, {Limit: page + 1}, {Limit: page}} {
		want := n
		if f.Limit > 0 {
			want = f.Limit
		}
		var last int64
		got := 0
		if err := j.Each(t.Context(), f, func(e *Entry) error {
			if got > 0 && ((e.Seq > last) != f.OldestFirst || (e.Seq-last)*(e.Seq-last) != 1) {
				t.Fatalf("%+v: %d after %d", f, e.Seq, last)
			}
			last, got = e.Seq, got+1
			return nil
		}); err != nil || got != want {
			t.Errorf("%+v: %d entries (%v), want %d", f, got, err, want)
		}
	}
	stop := errors.New("enough")
	if err := j.Each(t.Context(), Filter{}, func(*Entry) error { return stop }); err != stop {
		t.Errorf("stopped with %v", err)
	}
}

// What many callers record at once comes out whole: every call's entries
// together and in order, numbers without holes.
func TestManyCallers(t *testing.T) {
	j := opened(t)
	var wg sync.WaitGroup
	for c := range 20 {
		wg.Go(func() {
			for i := range 20 {
				e := Entry{At: 1, Kind: Alarm, Action: "first", Ref: fmt.Sprintf("%d.%d", c, i)}
				if c%4 == 0 {
					e.Who = "anna"
				}
				second := e
				second.Action = "second"
				doc := Doc{Kind: "n", ID: fmt.Sprint(c), Body: fmt.Appendf(nil, "%d", i)}
				if err := j.Record(context.Background(), []Entry{e, second}, []Doc{doc}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if rep := verify(t, j); !rep.OK() || rep.Entries != 800 || rep.Docs != 20 {
		t.Fatalf("%+v", rep)
	}
	all, err := j.Query(t.Context(), Filter{OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(all); i += 2 {
		if all[i].Ref != all[i+1].Ref || all[i].Action != "first" || all[i+1].Action != "second" {
			t.Fatalf("torn: %+v %+v", all[i], all[i+1])
		}
	}
	docs, _ := j.Docs("n")
	for _, d := range docs {
		if string(d.Body) != "19" {
			t.Errorf("document %s is %s: an older one came last", d.ID, d.Body)
		}
	}
	if s := j.Stats(); s.Entries != 800 || s.Transactions >= 400 {
		t.Errorf("%+v: nothing shared a transaction", s)
	}
}

// An action of a person goes first, but never before what it follows from.
func TestUrgentGoesFirstButNotAheadOfItsOwnDocument(t *testing.T) {
	j := &Journal{held: map[docKey]int{}}
	j.wake.L = &j.mu
	req := func(who, doc string) *request {
		r := &request{entries: []Entry{{Who: who}}}
		if doc != "" {
			r.docs = []Doc{{Kind: "alarm", ID: doc}}
		}
		if err := j.queue(r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	raised, other := req("", "a"), req("", "b")
	login := req("anna", "")
	if got := j.take(true); len(got) != 1 || got[0] != login {
		t.Fatal("the person's action was not first")
	}
	acked := req("anna", "a")
	if got := j.take(true); !slices.Equal(got, []*request{raised, other, acked}) {
		t.Fatalf("took %v: the acknowledgement must follow what it acknowledges", got)
	}
	if len(j.held) != 0 {
		t.Errorf("still held: %v", j.held)
	}
	late := req("", "c")
	if !j.unqueue(late) || len(j.held) != 0 || len(j.patient) != 0 {
		t.Error("a call that was given up is still queued")
	}
}

// tamper runs SQL on the file as somebody with the sqlite3 shell would.
func tamper(t *testing.T, j *Journal, queries ...string) {
	t.Helper()
	for _, q := range slices.Concat([]string{"DROP TRIGGER IF EXISTS entries_stay", "DROP TRIGGER IF EXISTS entries_are", "DROP TRIGGER IF EXISTS entries_follow",
		"DROP TRIGGER IF EXISTS meta_is"}, queries) {
		if _, err := j.file.Writer.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func TestTriggersStopAMistake(t *testing.T) {
	j := opened(t)
	record(t, j, Entry{Kind: System, Action: "started"})
	for _, q := range []string{
		"UPDATE entries SET note = 'x'", "DELETE FROM entries", "INSERT INTO entries SELECT 7, at, source, kind, action, subject, area, who, station, old, new, outcome, note, ref, level, docs, hash FROM entries",
		"UPDATE meta SET value = x'00'", "DELETE FROM meta",
	} {
		if _, err := j.file.Writer.Exec(q); err == nil {
			t.Errorf("%s went through", q)
		}
	}
}

func TestTampering(t *testing.T) {
	const move = "UPDATE entries SET seq = %d WHERE seq = %d"
	insert := func(at int) []string {
		var out []string
		for i := 10; i >= at; i-- {
			out = append(out, fmt.Sprintf(move, i+1, i))
		}
		return append(out, fmt.Sprintf("INSERT INTO entries SELECT %d, at, source, kind, action, subject, area, who, station, old, new, outcome, note, ref, level, docs, hash FROM entries WHERE seq = 1", at))
	}
	for name, c := range map[string]struct {
		do   []string
		bad  int64
		docs string
	}{
		"untouched":            {nil, 0, ""},
		"edited":               {[]string{"UPDATE entries SET note = 'nothing happened' WHERE seq = 4"}, 4, ""},
		"person changed":       {[]string{"UPDATE entries SET who = 'bert' WHERE seq = 1"}, 1, ""},
		"time changed":         {[]string{"UPDATE entries SET at = at - 1 WHERE seq = 10"}, 10, ""},
		"text moved a column":  {[]string{"UPDATE entries SET old = '', new = old || new WHERE seq = 5"}, 5, ""},
		"separator added":      {[]string{"UPDATE entries SET old = old || x'00' || new, new = '' WHERE seq = 5"}, 5, ""},
		"columns run together": {[]string{"UPDATE entries SET new = x'00' || new, old = substr(old, 1, 1) WHERE seq = 6"}, 6, ""},
		"time is a word":       {[]string{"UPDATE entries SET at = 'yesterday' WHERE seq = 4"}, 4, ""},
		"deleted":              {[]string{"DELETE FROM entries WHERE seq = 3"}, 3, ""},
		"first deleted":        {[]string{"DELETE FROM entries WHERE seq = 1"}, 1, ""},
		"deleted and closed up": {[]string{"DELETE FROM entries WHERE seq = 3", fmt.Sprintf(move, 3, 4), fmt.Sprintf(move, 4, 5), fmt.Sprintf(move, 5, 6),
			fmt.Sprintf(move, 6, 7), fmt.Sprintf(move, 7, 8), fmt.Sprintf(move, 8, 9), fmt.Sprintf(move, 9, 10)}, 3, ""},
		"inserted":         {insert(6), 6, ""},
		"swapped":          {[]string{fmt.Sprintf(move, 99, 7), fmt.Sprintf(move, 7, 8), fmt.Sprintf(move, 8, 99)}, 7, ""},
		"hash changed":     {[]string{"UPDATE entries SET hash = zeroblob(32) WHERE seq = 2"}, 2, ""},
		"genesis changed":  {[]string{"UPDATE meta SET value = zeroblob(32) WHERE key = 'genesis'"}, 1, ""},
		"digest changed":   {[]string{"UPDATE entries SET docs = NULL WHERE seq = 9"}, 9, ""},
		"document edited":  {[]string{"UPDATE docs SET body = 'admin' WHERE id = 'd7'"}, 0, "d7"},
		"document deleted": {[]string{"DELETE FROM docs WHERE id = 'd7'"}, 0, "d7"},
		"document added":   {[]string{"INSERT INTO docs VALUES ('user', 'eve', 'admin')"}, 0, "eve"},
		"document revived": {[]string{"INSERT INTO docs VALUES ('user', 'd9', 'x')"}, 0, "d9"},
	} {
		t.Run(name, func(t *testing.T) {
			j := opened(t)
			for i := range 10 {
				id := fmt.Sprintf("d%d", i)
				doc := Doc{Kind: "user", ID: id, Body: []byte("body " + id)}
				if i == 9 {
					record(t, j, Entry{At: 100, Kind: User, Action: "made", On: id}, doc)
					doc.Body = nil
				}
				if i < 9 {
					record(t, j, Entry{At: int64(i), Kind: User, Action: "changed", On: id, Who: "anna", Old: "ol", New: "ne"}, doc)
				}
				if i == 9 {
					record(t, j, Entry{At: 101, Kind: User, Action: "deleted", On: id}, doc)
					// ten entries keep the numbers above short
				}
			}
			if name == "untouched" {
				if rep := verify(t, j); !rep.OK() || rep.Entries != 11 || rep.Docs != 9 {
					t.Fatalf("%v", rep)
				}
				return
			}
			if strings.HasPrefix(name, "inserted") || strings.Contains(name, "closed") {
				tamper(t, j, "UPDATE entries SET seq = 1000 WHERE seq = 11") // out of the way; found later than what is looked for
			}
			tamper(t, j, c.do...)
			rep := verify(t, j)
			if rep.OK() || rep.FirstBad != c.bad {
				t.Fatalf("%v, want entry %d", rep.String(), c.bad)
			}
			if strings.HasSuffix(name, "deleted") && c.docs == "" && !strings.Contains(rep.What, "is missing") {
				t.Errorf("it says %q", rep.What)
			}
			if c.docs != "" && (len(rep.BadDocs) != 1 || rep.BadDocs[0].ID != c.docs) {
				t.Errorf("%+v, want %s", rep.BadDocs, c.docs)
			}
		})
	}
}

// Verify reads the texts of an entry in one piece, with a byte of 0 between
// them, which texts may hold as well.
func TestTextsWithTheSeparatorAreVerified(t *testing.T) {
	j := opened(t)
	for _, text := range []string{"", "\x00", "a\x00b", "plain", "\x00\x00\x00", "\xff\xfe", "end\x00"} {
		record(t, j, Entry{At: -5, Kind: User, Action: "said", On: text, Who: text, Note: text, Ref: text})
	}
	record(t, j, Entry{At: 1<<63 - 1, Source: -1 << 63, Kind: User, Action: "said", Level: -3})
	if rep := verify(t, j); !rep.OK() || rep.Entries != 8 {
		t.Errorf("%v", rep)
	}
	tamper(t, j, "UPDATE entries SET who = '', subject = x'00' || x'00' WHERE seq = 2")
	if rep := verify(t, j); rep.FirstBad != 2 {
		t.Errorf("tampered with: %v", rep)
	}
}

func TestANewerJournalIsRefused(t *testing.T) {
	j := opened(t)
	tamper(t, j, "UPDATE meta SET value = '2' WHERE key = 'version'")
	j.Close()
	if _, err := Open(Options{Path: j.file.Path}); !errors.Is(err, ErrVersion) {
		t.Errorf("opened: %v", err)
	}
}

// A failed transaction leaves nothing behind, and the chain goes on.
func TestAFailedTransactionKeepsNothing(t *testing.T) {
	j := opened(t)
	record(t, j, Entry{Kind: System, Action: "before"})
	if _, err := j.file.Writer.Exec("CREATE TRIGGER refuse BEFORE INSERT ON docs WHEN NEW.id = 'bad' BEGIN SELECT RAISE(ABORT, 'disk on fire'); END"); err != nil {
		t.Fatal(err)
	}
	err := j.Record(t.Context(), []Entry{{Kind: System, Action: "lost"}}, []Doc{{Kind: "x", ID: "good", Body: []byte("1")}, {Kind: "x", ID: "bad", Body: []byte("1")}})
	if err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Fatalf("recorded: %v", err)
	}
	record(t, j, Entry{Kind: System, Action: "after"})
	if rep := verify(t, j); !rep.OK() || rep.Entries != 2 || rep.Docs != 0 {
		t.Errorf("%v", rep)
	}
}

func FuzzUndigest(f *testing.F) {
	f.Add(digest([]Doc{{Kind: "alarm", ID: "a", Body: []byte("x")}, {Kind: "user", ID: "b"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		marks, ok := undigest(b)
		if !ok {
			return
		}
		var back []byte
		for _, m := range marks {
			back = appendText(appendText(back, m.kind), m.id)
			if m.there {
				back = append(append(back, 1), m.hash[:]...)
			} else {
				back = append(back, 0)
			}
		}
		if again, ok := undigest(back); !ok || !slices.Equal(again, marks) {
			t.Fatalf("%x reads otherwise written anew", b)
		}
	})
}
