package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
)

type person struct {
	name string
	area string // may write here
}

func (p person) User() string                { return p.name }
func (p person) May(right, area string) bool { return right == RightWrite && area == p.area }

// rig is a desk with one device register behind each tag.
type rig struct {
	Desk
	mu      sync.Mutex
	now     time.Time
	present map[tag.ID]tag.Value
	sent    []string
	lines   []string
	full    bool // the journal's disk
	reply   func(raw tag.Scalar) Outcome
}

func newRig(defs ...tag.Def) *rig {
	r := &rig{now: time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC), present: map[tag.ID]tag.Value{},
		reply: func(raw tag.Scalar) Outcome { return Outcome{Stage: Verified, Read: raw} }}
	byID := map[tag.ID]tag.Def{}
	for _, d := range defs {
		byID[d.ID] = d
		r.present[d.ID] = tag.Value{Value: tag.Float(50), Quality: tag.Good}
	}
	r.Look = func(id tag.ID) (tag.Def, tag.Value, bool) { d, ok := byID[id]; return d, r.present[id], ok }
	r.Send = func(_ context.Context, id tag.ID, raw tag.Scalar) Outcome {
		r.mu.Lock()
		r.sent = append(r.sent, fmt.Sprintf("%s=%v", id, raw))
		r.mu.Unlock()
		return r.reply(raw)
	}
	r.Record = func(_ context.Context, e Entry) error {
		if r.full {
			return errors.New("disk full")
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.lines = append(r.lines, fmt.Sprintf("%s %s %s->%s %s", e.Who, e.On, e.Old, e.New, e.Outcome))
		return nil
	}
	r.Now = func() time.Time { return r.now }
	return r
}

var setPoint = tag.Def{ID: "SP", Area: "HL", Kind: tag.KindFloat, Unit: "bar", Decimals: 1, Writable: true, WriteLo: 0, WriteHi: 80}

func TestSetIsCheckedJournalledSentAndReadBack(t *testing.T) {
	r := newRig(setPoint)
	out := r.Set(t.Context(), person{"ann", "HL"}, Request{Tag: "SP", Value: tag.Float(62.5)})
	if out.Stage != Verified || out.Err != nil || out.Read != tag.Float(62.5) {
		t.Errorf("outcome %+v", out)
	}
	if want := []string{"ann SP 50.0->62.5 asked", "ann SP 50.0->62.5 done"}; !slices.Equal(r.lines, want) {
		t.Errorf("journal %q, want %q", r.lines, want)
	}
	if want := []string{"SP=62.5"}; !slices.Equal(r.sent, want) {
		t.Errorf("sent %q, want %q", r.sent, want)
	}
}

func TestWhatIsRefusedIsJournalledAndNeverSent(t *testing.T) {
	scaled := setPoint
	scaled.ID, scaled.Type, scaled.Scale = "COUNTS", "uint16", tag.Scale{RawLo: 0, RawHi: 27648, EngLo: 0, EngHi: 100}
	ro := setPoint
	ro.ID, ro.Writable = "RO", false
	mode := tag.Def{ID: "MODE", Area: "HL", Kind: tag.KindInt, Writable: true, States: []tag.State{{Value: 0, Text: "Off"}, {Value: 1, Text: "Auto"}}}
	clamped := tag.Def{ID: "CLAMPED", Area: "HL", Kind: tag.KindFloat, Writable: true, Scale: tag.Scale{RawHi: 27648, EngLo: 150, EngHi: -50, Clamp: true}}
	lost := setPoint
	lost.ID = "LOST"
	ann := person{"ann", "HL"}
	for name, c := range map[string]struct {
		who  person
		req  Request
		want error
	}{
		"no such tag":        {ann, Request{Tag: "X", Value: tag.Float(1)}, ErrNoTag},
		"another area":       {person{"bob", "RW"}, Request{Tag: "SP", Value: tag.Float(1)}, ErrNotAllowed},
		"read only":          {ann, Request{Tag: "RO", Value: tag.Float(1)}, ErrReadOnly},
		"too high":           {ann, Request{Tag: "SP", Value: tag.Float(80.01)}, ErrRange},
		"too low":            {ann, Request{Tag: "SP", Value: tag.Float(-0.01)}, ErrRange},
		"beyond its scale":   {ann, Request{Tag: "CLAMPED", Value: tag.Float(151)}, ErrRange},
		"not a number":       {ann, Request{Tag: "SP", Value: tag.Float(math.NaN())}, ErrType},
		"text for a number":  {ann, Request{Tag: "SP", Value: tag.Text("off")}, ErrType},
		"unnamed state":      {ann, Request{Tag: "MODE", Value: tag.Int(2)}, ErrRange},
		"fraction of a mode": {ann, Request{Tag: "MODE", Value: tag.Float(0.5)}, ErrType},
		"moved since shown":  {ann, Request{Tag: "SP", Value: tag.Float(60), Shown: tag.Float(49)}, ErrChanged},
		"present is bad":     {ann, Request{Tag: "LOST", Value: tag.Float(60)}, ErrNotUsable},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(setPoint, scaled, ro, mode, clamped, lost)
			r.present["LOST"] = tag.Value{Value: tag.Float(50), Quality: tag.BadCommunicationError}
			out := r.Set(t.Context(), c.who, c.req)
			if !errors.Is(out.Err, c.want) || out.Stage != Refused {
				t.Errorf("got %v %v, want %v", out.Stage, out.Err, c.want)
			}
			if len(r.sent) != 0 || len(r.lines) != 1 {
				t.Errorf("sent %q, journal %q; want nothing sent and one line", r.sent, r.lines)
			}
		})
	}
}

func TestCountsAreRoundedToTheNearest(t *testing.T) {
	d := setPoint
	d.Type, d.Scale = "uint16", tag.Scale{RawLo: 0, RawHi: 27648, EngLo: 0, EngHi: 100}
	r := newRig(d)
	out := r.Set(t.Context(), person{"ann", "HL"}, Request{Tag: "SP", Value: tag.Float(33.3)})
	if want := []string{"SP=9207"}; !slices.Equal(r.sent, want) {
		t.Errorf("sent %q, want %q", r.sent, want)
	}
	if f, _ := out.Read.Float(); f < 33.29 || f > 33.31 {
		t.Errorf("read back %v, want about 33.3 in engineering units", f)
	}
}

func TestNothingIsSentThatCannotBeJournalled(t *testing.T) {
	r := newRig(setPoint)
	r.full = true
	out := r.Set(t.Context(), person{"ann", "HL"}, Request{Tag: "SP", Value: tag.Float(60)})
	if !errors.Is(out.Err, ErrJournal) || len(r.sent) != 0 {
		t.Errorf("outcome %+v, sent %q", out, r.sent)
	}
}

func TestASecondClickIsNotASecondCommand(t *testing.T) {
	r := newRig(setPoint)
	ann, req := person{"ann", "HL"}, Request{Tag: "SP", Value: tag.Float(60)}
	r.Set(t.Context(), ann, req)
	r.now = r.now.Add(doubleClick / 2)
	if out := r.Set(t.Context(), ann, req); !errors.Is(out.Err, ErrTooSoon) {
		t.Errorf("second click: %+v", out)
	}
	r.now = r.now.Add(doubleClick)
	if out := r.Set(t.Context(), ann, req); out.Err != nil {
		t.Errorf("later: %+v", out)
	}
	if len(r.sent) != 2 {
		t.Errorf("sent %q", r.sent)
	}
}

func TestTwoPeopleDoNotWriteOneTagAtOnce(t *testing.T) {
	r := newRig(setPoint)
	sending, proceed := make(chan struct{}), make(chan struct{})
	r.reply = func(raw tag.Scalar) Outcome { close(sending); <-proceed; return Outcome{Stage: Verified, Read: raw} }
	first := make(chan Outcome)
	go func() { first <- r.Set(t.Context(), person{"ann", "HL"}, Request{Tag: "SP", Value: tag.Float(60)}) }()
	<-sending
	if out := r.Set(t.Context(), person{"bob", "HL"}, Request{Tag: "SP", Value: tag.Float(70)}); !errors.Is(out.Err, ErrBusy) {
		t.Errorf("second person: %+v", out)
	}
	close(proceed)
	if out := <-first; out.Stage != Verified {
		t.Errorf("first person: %+v", out)
	}
}

func TestAnUnknownOutcomeIsSaidToBeUnknown(t *testing.T) {
	r := newRig(setPoint)
	r.reply = func(tag.Scalar) Outcome {
		return Outcome{Stage: Unknown, Detail: "no answer within 2s", Err: ErrUnproven}
	}
	out := r.Set(t.Context(), person{"ann", "HL"}, Request{Tag: "SP", Value: tag.Float(60)})
	if out.Stage != Unknown || !errors.Is(out.Err, ErrUnproven) {
		t.Errorf("outcome %+v", out)
	}
	if last := r.lines[len(r.lines)-1]; last != "ann SP 50.0->60.0 not confirmed: no answer within 2s" {
		t.Errorf("journal %q", last)
	}
}
