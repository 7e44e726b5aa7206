package plant

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
)

// alarmStory is what an engineer wrote into the sheets, what then happened on
// the plant, and what the alarm list showed.
type alarmStory struct {
	name   string
	tags   string // rows of id,address,kind,lo,hi,expression
	alarms string // alarms.csv
	steps  []alarmStep
	// journal is what one alarm did in all, as "ID: action, action".
	journal string
	check   func(*testing.T, *alarm.Snapshot) // of the list at the end; may be nil
}

// alarmStep sets registers, "1=5 2=0", all of them before the next poll, or is
// "ack ID". Then the list must get to where every alarm named in want is so, at
// one and the same moment: what must not have happened stands beside something
// that the same reading has made happen.
type alarmStep struct{ do, want string }

const never = "1h" // a delay that does not run out while a test runs

var alarmStories = []alarmStory{
	{
		name:   "the deadband is a part of the span",
		tags:   "L,1,float,0,200,",
		alarms: "id,tag,kind,limit,deadband,priority\nBARE,L,high,100,,3\nBAND,L,high,100,5%,2\n", // 5 % of 200 are 10
		steps: []alarmStep{
			{"1=99", "BARE normal, BAND normal"},
			{"1=100", "BARE unacknowledged, BAND unacknowledged"},
			{"1=90", "BARE returned, BAND unacknowledged"},
			{"1=89.9", "BARE returned, BAND returned"},
		},
		journal: "BAND: annunciated, returned",
	},
	{
		name:   "an alarm comes after its on-delay only",
		tags:   "L,1,float,0,10,",
		alarms: "id,tag,kind,limit,on_delay,priority\nNOW,L,high,8,,3\nSOON,L,high,8,150ms,3\nLATE,L,high,8," + never + ",3\n",
		steps: []alarmStep{
			{"1=9", "NOW unacknowledged, SOON unacknowledged, LATE normal"},
			{"1=5", "NOW returned, SOON returned, LATE normal"},
		},
		journal: "SOON: annunciated, returned",
		check: func(t *testing.T, list *alarm.Snapshot) {
			if waited := time.Duration(list.Row("SOON").State.ActiveAt - list.Row("NOW").State.ActiveAt); waited < 150*time.Millisecond {
				t.Errorf("it came after %v", waited)
			}
		},
	},
	{
		name:   "an alarm goes after its off-delay only",
		tags:   "L,1,float,0,10,",
		alarms: "id,tag,kind,limit,off_delay,priority\nNOW,L,low,2,,3\nSOON,L,low,2,150ms,3\nLATE,L,low,2," + never + ",3\n",
		steps: []alarmStep{
			{"1=1", "NOW unacknowledged, SOON unacknowledged, LATE unacknowledged"},
			{"1=5", "NOW returned, SOON returned, LATE unacknowledged"},
		},
		journal: "SOON: annunciated, returned",
		check: func(t *testing.T, list *alarm.Snapshot) {
			if waited := time.Duration(list.Row("SOON").ReturnedAt - list.Row("NOW").ReturnedAt); waited < 150*time.Millisecond {
				t.Errorf("it went after %v", waited)
			}
		},
	},
	{
		name:   "what is acknowledged and stays is told again",
		tags:   "L,1,float,0,10,",
		alarms: "id,tag,kind,limit,re_alarm,priority\nONCE,L,high,8,,3\nAGAIN,L,high,8,200ms,2\n",
		steps: []alarmStep{
			{"1=9", "ONCE unacknowledged, AGAIN unacknowledged"},
			{"ack ONCE", "ONCE acknowledged, AGAIN unacknowledged"},
			{"ack AGAIN", "ONCE acknowledged, AGAIN unacknowledged again"},
		},
		journal: "AGAIN: annunciated, acknowledged, annunciated again",
		check: func(t *testing.T, list *alarm.Snapshot) {
			if r := list.Row("AGAIN"); r.ReAlarms != 1 || r.Notice != 2 || r.Occurrence != 1 {
				t.Errorf("%d times again, notice %d of occurrence %d", r.ReAlarms, r.Notice, r.Occurrence)
			}
		},
	},
	{
		name:   "a limit follows a set point, or what is worked out from several",
		tags:   "P,1,float,0,10,\nSP,2,float,0,10,\nSPARE,3,float,0,10,\nALLOWED,,float,0,20,SP + SPARE\n",
		alarms: "id,tag,kind,limit,setpoint,priority\nABOVE,P,high,2,SP,3\nBELOW,P,low,-2,SP,3\nTOP,P,high-high,0,ALLOWED,1\nAWAY,P,deviation,2,SP,3\n",
		steps: []alarmStep{
			{"1=5 2=5 3=4", "ABOVE normal, BELOW normal, TOP normal, AWAY normal"},
			{"1=7", "ABOVE unacknowledged, BELOW normal, TOP normal, AWAY unacknowledged"},         // 2 above 5
			{"2=6", "ABOVE returned, BELOW normal, TOP normal, AWAY returned"},                     // the limit went up to 8
			{"2=9", "ABOVE returned, BELOW unacknowledged, TOP normal, AWAY unacknowledged again"}, // 2 below 9
			{"2=7 3=0", "ABOVE returned, BELOW returned, TOP unacknowledged, AWAY returned again"}, // nothing to spare over 7
			{"3=1", "ABOVE returned, BELOW returned, TOP returned, AWAY returned again"},           // and then something
			{"1=9 2=7", "ABOVE unacknowledged again, BELOW returned, TOP unacknowledged again, AWAY unacknowledged again"},
		},
		journal: "TOP: annunciated, returned, annunciated again",
		check: func(t *testing.T, list *alarm.Snapshot) {
			if r := list.Row("TOP"); r.LimitNow != 8 {
				t.Errorf("it was held against %g, not against 8", r.LimitNow)
			}
		},
	},
	{
		name:   "several switches make a pattern, and so do the bits of a word",
		tags:   "OPEN,1,bool,,,\nSHUT,2,bool,,,\nRUN,3,bool,,,\nWORD,4,int,,,\n",
		alarms: "id,tag,kind,pattern,priority\nBOTH,OPEN SHUT,pattern,11,2\nDEADHEAD,OPEN SHUT RUN,pattern,0x1,1\nBITS,WORD,pattern,1x0,3\n",
		steps: []alarmStep{
			{"1=1 2=0 3=1 4=0", "BOTH normal, DEADHEAD normal, BITS normal"},
			{"2=1 4=6", "BOTH unacknowledged, DEADHEAD normal, BITS unacknowledged"},
			{"1=0 4=5", "BOTH returned, DEADHEAD unacknowledged, BITS returned"},        // SHUT does not matter
			{"3=0 4=12", "BOTH returned, DEADHEAD returned, BITS unacknowledged again"}, // bit 3 does not matter
		},
		journal: "DEADHEAD: annunciated, returned",
	},
	{
		name:   "the mode of the plant suppresses what it explains",
		tags:   "P,1,float,0,10,\nMODE,2,int,0,3,\n", // 1: production, 2: cleaning
		alarms: "id,tag,kind,limit,suppress_when,priority\nLOW,P,low,2,MODE == 2,2\nVERYLOW,P,low-low,1,,1\n",
		steps: []alarmStep{
			{"1=5 2=1", "LOW normal, VERYLOW normal"},
			{"1=0.5 2=2", "LOW suppressed, VERYLOW unacknowledged"}, // the pressure falls together with the news of the mode
			{"2=1", "LOW unacknowledged, VERYLOW unacknowledged"},   // production, and still none
			{"1=5", "LOW returned, VERYLOW returned"},
		},
		journal: "LOW: suppressed, came hidden, unsuppressed, annunciated, returned",
	},
	{
		name:   "the first of a group is marked until the group is quiet",
		tags:   "TRIP,1,bool,,,\nF,2,float,0,10,\nP,3,float,0,10,\n",
		alarms: "id,tag,kind,limit,first_out,priority\nTRIP,TRIP,discrete,1,PUMP,2\nNOFLOW,F,low,1,PUMP,3\nNOPRESSURE,P,low,1,PUMP,1\nALONE,P,low-low,1,,3\n",
		steps: []alarmStep{
			{"1=0 2=5 3=5", "TRIP normal, NOFLOW normal, NOPRESSURE normal"},
			{"1=1", "TRIP unacknowledged first"},
			{"2=0 3=0", "TRIP unacknowledged first, NOFLOW unacknowledged, NOPRESSURE unacknowledged, ALONE unacknowledged"},
			{"1=0 3=5", "TRIP returned first, NOFLOW unacknowledged, NOPRESSURE returned"},
			{"ack TRIP", "TRIP normal, NOFLOW unacknowledged"},
			{"1=1", "TRIP unacknowledged, NOFLOW unacknowledged"}, // the flow was gone before
			{"1=0 2=5", "TRIP returned, NOFLOW returned, NOPRESSURE returned"},
			{"ack NOPRESSURE", "TRIP returned, NOFLOW returned, NOPRESSURE normal"},
			{"3=0", "TRIP returned, NOFLOW returned, NOPRESSURE unacknowledged first, ALONE unacknowledged again"},
		},
		journal: "NOFLOW: annunciated, returned",
	},
}

// What alarms.csv says of an alarm is what the operator sees, all the way from
// the sheet over driver, scaling and engine to the list and the journal.
func TestAlarmsAreAsTheSheetSays(t *testing.T) {
	if testing.Short() {
		t.Skip("goes the same way through the plant as the other tests do")
	}
	for _, s := range alarmStories {
		t.Run(s.name, func(t *testing.T) { s.run(t) })
	}
}

func (s *alarmStory) run(t *testing.T) {
	tags := "id,address,kind,lo,hi,expression,device\n"
	for row := range strings.Lines(s.tags) {
		row = strings.TrimSpace(row)
		if !strings.HasPrefix(row[strings.Index(row, ","):], ",,") { // without an address it is worked out
			row += ",R"
		}
		tags += row + "\n"
	}
	r := newRack()
	proj, set := load(t, r, tags, s.alarms)
	kinds := map[string]tag.Kind{}
	for _, d := range proj.Tags {
		kinds[d.Address] = d.Kind
	}
	s.turn(t, r, kinds, s.steps[0].do)
	p := run(t, proj, set, t.TempDir())
	soon(t, "every tag is read", func() bool {
		return !slices.ContainsFunc(proj.Tags, func(d tag.Def) bool { return !p.Tags().Cell(d.ID).Load().Quality.IsGood() })
	})
	for i, step := range s.steps {
		if id, ack := strings.CutPrefix(step.do, "ack "); ack {
			errs := p.Answer(t.Context(), everybody("ann"), []Answer{{Alarm: id, Event: alarm.Event{What: alarm.Ack}}})
			if errs[0] != nil {
				t.Fatalf("step %d: %v", i+1, errs[0])
			}
		} else {
			s.turn(t, r, kinds, step.do)
		}
		var seen string
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("after step %d the list was: %s", i+1, seen)
			}
		})
		soon(t, fmt.Sprintf("step %d: %s: %s", i+1, step.do, step.want), func() bool {
			seen = listed(p, step.want)
			return seen == step.want
		})
	}
	id, want, _ := strings.Cut(s.journal, ": ")
	entries, err := p.Journal.Query(t.Context(), journal.Filter{On: id, Kinds: []journal.Kind{journal.Alarm}, OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range entries {
		told = append(told, e.Action)
	}
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("the journal says of %s: %s, want %s", id, got, want)
	}
	if s.check != nil {
		s.check(t, p.Alarms())
	}
}

// turn sets registers, written "address=value", under one lock.
func (s *alarmStory) turn(t *testing.T, r *rack, kinds map[string]tag.Kind, text string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for word := range strings.FieldsSeq(text) {
		addr, num, _ := strings.Cut(word, "=")
		f, err := strconv.ParseFloat(num, 64)
		if err != nil {
			t.Fatal(err)
		}
		switch kinds[addr] {
		case tag.KindBool:
			r.regs[addr] = tag.Bool(f != 0)
		case tag.KindInt:
			r.regs[addr] = tag.Int(int64(f))
		default:
			r.regs[addr] = tag.Float(f)
		}
	}
}

// listed writes how the alarms named in want are in the list at one moment, in
// the words want has.
func listed(p *Plant, want string) string {
	list := p.Alarms()
	var out []string
	for _, one := range strings.Split(want, ", ") {
		id, _, _ := strings.Cut(one, " ")
		row := list.Row(id)
		if row == nil {
			out = append(out, id+" "+alarm.Normal.String())
			continue
		}
		text := id + " " + row.Phase.String()
		if row.State.FirstOut {
			text += " first"
		}
		if row.ReAlarms > 0 {
			text += " again"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
