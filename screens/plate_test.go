package screens

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/widgets/view"
)

// notedPlant is a small plant that keeps notes and says where values are.
type notedPlant struct{ *smallPlant }

func (p *notedPlant) Note(_ context.Context, s Session, at int64, on tag.ID, text string) error {
	if text == "fail" {
		return errors.New("the journal cannot be written")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell(journal.User, journal.Entry{Source: at, Action: Noted, On: string(on), Who: s.User(), Note: text})
	return nil
}

func (p *notedPlant) Explain(id tag.ID) string {
	return "PLC1: 400103 = HR102 = 0x0066, 2 registers: " + string(id)
}

// What cannot be set is said while it is typed, in words, with the range and
// the unit, and never comes to a confirmation.
func TestASetPointIsCheckedAsItIsTyped(t *testing.T) {
	g := openStation(t, desk, operator())
	g.OpenTag("HL.PIC103.SP")
	g.frames(1)
	p := g.plates.turns
	if p.advice.Text != "May be set: 2.00 to 6.50 bar." || !p.yes.Disabled() {
		t.Errorf("before anything is typed it says %q, the button is off: %v", p.advice.Text, p.yes.Disabled())
	}
	for text, want := range map[string]string{
		"9":       "9.00 bar is too high: at most 6.50 bar may be set.",
		"1,5 bar": "1.50 bar is too low: at least 2.00 bar must be set.",
		"abc":     "not a number",
		"NaN":     "number",
		"1e99":    "too high",
		"4.5":     "May be set",
		"4,5 bar": "May be set",
	} {
		p.field.SetText("")
		g.win.Canvas().Focus(p.field)
		g.typed(text)
		bad := !strings.HasPrefix(want, "May")
		if !strings.Contains(p.advice.Text, want) || p.yes.Disabled() != bad || (p.advice.Importance == widget.DangerImportance) != bad {
			t.Errorf("of %q it says %q, the button is off: %v", text, p.advice.Text, p.yes.Disabled())
		}
		g.press("Return")
		if (len(g.dialogs) == 0) != bad {
			t.Errorf("%q opens %d dialogs", text, len(g.dialogs))
		}
		for len(g.dialogs) > 0 {
			g.press("Escape")
		}
	}
	if len(g.plant.sent()) != 0 {
		t.Error("something was written")
	}
}

// A faceplate shows what belongs to the same equipment and loop, and what the
// project names as related: interlocks and permissives.
func TestAFaceplateShowsItsFamily(t *testing.T) {
	g := openStation(t, desk, operator())
	ids := func(of tag.ID) (out []tag.ID) {
		for _, c := range family(g.plant.db, g.plant.db.Cell(of).Def()) {
			out = append(out, c.Def().ID)
		}
		return out
	}
	if got := ids("HL.P1.RUN"); !slices.Equal(got, []tag.ID{"HL.P1.MODE"}) {
		t.Errorf("beside a pump stand %v", got)
	}
	if got := ids("HL.PIC103.SP"); !slices.Equal(got, []tag.ID{"HL.PT103"}) {
		t.Errorf("beside a controller stand %v, want what it controls", got)
	}
	if got := ids("HL.PT103"); !slices.Equal(got, []tag.ID{"HL.PIC103.SP"}) {
		t.Errorf("beside a transmitter stand %v, want its controller", got)
	}
	d := *g.plant.db.Cell("HL.P1.RUN").Def()
	d.Related = []tag.ID{"CW.LT101", "NO.SUCH"}
	var got []tag.ID
	for _, c := range family(g.plant.db, &d) {
		got = append(got, c.Def().ID)
	}
	if !slices.Equal(got, []tag.ID{"HL.P1.MODE", "CW.LT101"}) {
		t.Errorf("with a related tag stand %v", got)
	}
	for name, want := range map[string]string{"HL.PIC601": "HL.P601", "HL.PT601": "HL.P601", "HL.P601": "", "HL.PSLL601": "", "FT7": "F7", "X": ""} {
		if got := loopOf(name); got != want {
			t.Errorf("the loop of %s is %q, want %q", name, got, want)
		}
	}
}

// Whatever the height, all of a faceplate can be reached, and its lines lead
// on.
func TestAFaceplateIsWhole(t *testing.T) {
	small := newSmallPlant(t)
	g := openRoom(t, fyne.NewSize(1280, 800), operator(), small, &notedPlant{small})
	g.plant.upset()
	g.OpenTag("HL.PT103")
	g.frames(2)
	f := g.plates.turns.face
	if f.tall == 0 || f.where == "" {
		t.Fatalf("the content is %d tall, the address is %q", f.tall, f.where)
	}
	f.Key(view.Key{Name: view.KeyEnd})
	if f.size.Y < f.tall && f.scroll != f.tall-f.size.Y {
		t.Errorf("the end is at %d, the view at %d of %d", f.tall, f.scroll, f.size.Y)
	}
	f.Key(view.Key{Name: view.KeyHome})
	g.frames(1)
	if f.scroll != 0 {
		t.Error("Home does not lead back")
	}
	find := func(menu bool) plateZone {
		for _, z := range f.zones {
			if (z.menu != nil) == menu && z.r.Min.Y > f.head {
				return z
			}
		}
		t.Fatalf("the faceplate has no such line: %d lines", len(f.zones))
		return plateZone{}
	}
	if got := f.Menu(view.Pointer{At: find(true).r.Min.Add(find(true).r.Size().Div(2))}); len(got) != 4 {
		t.Errorf("an alarm offers %v", got)
	}
	f.Tap(view.Pointer{At: find(false).r.Min.Add(find(false).r.Size().Div(2))})
	if g.plates.turns.id != "HL.PIC103.SP" {
		t.Errorf("the line of the controller leads to %s", g.plates.turns.id)
	}
	g.OpenTag("HL.PT103")
	g.frames(1)
	g.win.Canvas().Capture() // it is painted when somebody looks
	find(true).open()
	if id := g.focusedAlarm(); g.current != alarmPage || id == "" || small.db.Cell(g.alarms().byID[id].Tag).Def().ID != "HL.PT103" {
		t.Errorf("the line of an alarm leads to page %d, alarm %q", g.current, id)
	}
}

func TestANoteStaysWithItsTag(t *testing.T) {
	small := newSmallPlant(t)
	g := openRoom(t, desk, operator(), small, &notedPlant{small})
	g.OpenTag("HL.PT103")
	g.plates.turns.do("note")
	g.press("Return")
	if len(g.dialogs) != 1 || g.dialogs[0].note.Text != "Write something, or cancel." {
		t.Fatal("an empty note is kept")
	}
	g.typed("impulse line was flushed")
	g.press("Return")
	g.until("it is kept", func() bool { return strings.Contains(g.status.text, "is in the journal") })
	g.until("it is shown", func() bool { return len(g.plates.turns.face.notes) == 1 })
	if e := g.plates.turns.face.notes[0]; e.Who != "ana" || e.Note != "impulse line was flushed" || e.Source == 0 {
		t.Errorf("the note is %+v", e)
	}
	g.OpenTag("HL.FT102")
	g.until("another tag has none", func() bool { return len(g.plates.turns.face.notes) == 0 })
}

func TestAlarmsInWords(t *testing.T) {
	number := &tag.Def{Unit: "bar", Decimals: 1}
	states := &tag.Def{States: []tag.State{{Value: 1, Text: "Tripped"}}}
	for want, r := range map[string]alarm.Rule{
		"high high 5.0 bar":     {Kind: alarm.HighHigh, Limit: 5},
		"when Tripped":          {Kind: alarm.Discrete, Limit: 1},
		"value lost":            {Kind: alarm.BadQuality},
		"rate 2.0 bar a minute": {Kind: alarm.Rate, Limit: 2},
	} {
		d := number
		if r.Kind == alarm.Discrete {
			d = states
		}
		if got := ruleWords(d, &r); got != want {
			t.Errorf("%v is %q, want %q", r.Kind, got, want)
		}
	}
}
