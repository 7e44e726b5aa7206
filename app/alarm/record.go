package alarm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"penstock/app/tag"
	"penstock/historian/journal"
)

// DocKind is the kind of the documents that keep alarm states.
const DocKind = "alarm"

// docVersion is the version of the documents this program writes.
const docVersion = 1

// stateDoc is a State as it is kept.
type stateDoc struct {
	V int `json:"v"`
	State
	Raised *readingDoc `json:"raised,omitempty"`
}

// readingDoc is a tag.Value as it is kept.
type readingDoc struct {
	Source   int64     `json:"source,omitempty"`
	Received int64     `json:"received,omitempty"`
	Kind     tag.Kind  `json:"kind,omitempty"`
	Bits     uint64    `json:"bits,omitempty"`
	Text     string    `json:"text,omitempty"`
	Status   uint32    `json:"status"`
	Flags    tag.Flags `json:"flags,omitempty"`
}

// Doc is the document that keeps s.
func Doc(id string, s State) journal.Doc {
	d := stateDoc{V: docVersion, State: s}
	if v := s.Raised; v != (tag.Value{}) {
		d.Raised = &readingDoc{v.Source, v.Received, v.Value.Kind(), v.Value.Bits(), v.Value.Str(), v.Quality.Status(), v.Flags}
	}
	body, err := json.Marshal(d)
	if err != nil {
		// A State holds nothing JSON cannot: see holds, which keeps no NaN.
		panic(fmt.Sprintf("alarm %s: %v", id, err))
	}
	return journal.Doc{Kind: DocKind, ID: id, Body: body}
}

// FromDoc reads what Doc wrote.
func FromDoc(d journal.Doc) (State, error) {
	var in stateDoc
	dec := json.NewDecoder(bytes.NewReader(d.Body))
	dec.DisallowUnknownFields()
	switch err := dec.Decode(&in); {
	case err != nil:
		return State{}, fmt.Errorf("read the state of alarm %s: %w", d.ID, err)
	case in.V != docVersion:
		return State{}, fmt.Errorf("read the state of alarm %s: it has version %d, this program reads %d", d.ID, in.V, docVersion)
	}
	if r := in.Raised; r != nil {
		in.State.Raised = tag.Value{Source: r.Source, Received: r.Received, Value: tag.FromBits(r.Kind, r.Bits, r.Text),
			Quality: tag.FromStatus(r.Status), Flags: r.Flags}
	}
	return in.State, nil
}

// FromDocs reads the states of all alarms, as Options.States takes them.
// Documents of other kinds are passed over.
func FromDocs(docs []journal.Doc) (map[string]State, error) {
	out := make(map[string]State, len(docs))
	for _, d := range docs {
		if d.Kind != DocKind {
			continue
		}
		s, err := FromDoc(d)
		if err != nil {
			return nil, err
		}
		out[d.ID] = s
	}
	return out, nil
}

// Record turns transitions into what the journal keeps: an entry each, in
// order, and for each alarm the document of its newest state. The two belong
// into one transaction.
func Record(ts []Transition) (entries []journal.Entry, docs []journal.Doc) {
	newest := make(map[string]int, len(ts))
	for i := range ts {
		entries = append(entries, ts[i].Entry())
		if ts[i].Rule != floodRule {
			newest[ts[i].Rule.ID] = i
		}
	}
	for i := range ts {
		t := &ts[i]
		switch {
		case t.Rule == floodRule || newest[t.Rule.ID] != i:
		case t.Action == Dropped:
			docs = append(docs, journal.Doc{Kind: DocKind, ID: t.Rule.ID})
		default:
			docs = append(docs, Doc(t.Rule.ID, t.State))
		}
	}
	return entries, docs
}

// Entry is the journal's line for t. Old and New are Facts in full, so that
// the states can be worked out from the journal alone; see Rebuild.
func (t *Transition) Entry() journal.Entry {
	e := journal.Entry{
		At: t.At, Kind: journal.Alarm, Action: t.Action.String(), On: t.Rule.ID, Area: t.Rule.Area, Level: t.Rule.Priority,
		Who: t.Event.Who, Station: t.Event.Station, Note: t.Event.Note,
	}
	if t.Rule == floodRule {
		e.Note = strconv.Itoa(t.Count) + " annunciations"
		return e
	}
	e.Old, e.New = t.From.String(), t.State.Facts.String()
	if t.State.Occurrence > 0 {
		e.Ref = OccurrenceID(t.Rule.ID, t.State.Occurrence)
	}
	switch t.Action {
	case Annunciated, ReAnnunciated, CameHidden:
		e.Source = t.State.CondSource
		e.Note = t.telling()
	case Went:
		e.Source = t.State.CondSource
		if t.Event.What == Observe {
			e.Note = reading(t.Event.Value)
		}
	case Froze, Thawed:
		e.Note = reading(t.Event.Value)
	case WasShelved, WasRemoved:
		e.Note += untilWord + clock(t.Event.Until) + ")"
		if t.State.Shelved == OneShot && t.Action == WasShelved {
			e.Note += ", or until it returns"
		}
	case WasUnshelved, WasRestored:
		if e.Who == "" {
			e.Note = "the time is over"
			if t.From.Shelved == OneShot && t.From.Active && !t.State.Active {
				e.Note = "it returned"
			}
		}
	case Chattered:
		e.Note = strconv.Itoa(t.Count) + chatterWord
	}
	return e
}

// telling says what an operator was told, and on what reading.
func (t *Transition) telling() string {
	if t.Event.What.Personal() {
		return t.Rule.Message // what the person did is a line of its own
	}
	s := t.Rule.Message
	if v := t.State.Raised; v != (tag.Value{}) {
		s += " (" + reading(v) + t.limit() + ")"
	}
	if t.State.FirstOut {
		s += firstWord + t.Rule.FirstOut
	}
	return s
}

// limit says what the reading was held against, where there is such a thing.
func (t *Transition) limit() string {
	if !t.Rule.Kind.NeedsLimit() {
		return ""
	}
	return ", limit " + strconv.FormatFloat(t.State.LimitNow, 'g', 6, 64)
}

// reading writes a value with its quality where that is not good.
func reading(v tag.Value) string {
	s := v.Value.String()
	if f, ok := v.Value.Float(); ok && v.Value.Kind() == tag.KindFloat {
		s = strconv.FormatFloat(f, 'g', 6, 64)
	}
	if !v.Quality.IsGood() {
		s = strings.TrimSpace(s + " " + v.Quality.String())
	}
	return s
}

func clock(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339) }

// Words by which lines of the journal are read back.
const (
	chatterWord = " times"
	untilWord   = " (until "
	firstWord   = ", first of "
)

// Annunciations is how many annunciations a line of the journal stands for: 1
// for a common one, more for a line of a chattering alarm, 0 for any other.
func Annunciations(e *journal.Entry) int {
	if e.Kind != journal.Alarm {
		return 0
	}
	switch a, _ := ParseAction(e.Action); a {
	case Annunciated, ReAnnunciated:
		return 1
	case Chattered:
		n, err := strconv.Atoi(strings.TrimSuffix(e.Note, chatterWord))
		if err == nil && n > 0 {
			return n
		}
	}
	return 0
}

// Rebuild works the facts of every alarm out from the journal alone, oldest
// entry first. It must agree with the documents.
func Rebuild(entries []journal.Entry) (map[string]Facts, error) {
	out := map[string]Facts{}
	for i := range entries {
		e := &entries[i]
		if e.Kind != journal.Alarm || e.New == "" {
			continue
		}
		a, ok := ParseAction(e.Action)
		if !ok {
			continue
		}
		if a == Dropped {
			delete(out, e.On)
			continue
		}
		f, err := ParseFacts(e.New)
		if err != nil {
			return nil, fmt.Errorf("journal entry %d: %w", e.Seq, err)
		}
		out[e.On] = f
	}
	return out, nil
}
