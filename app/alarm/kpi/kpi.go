// Package kpi works out how well an alarm system serves the people who answer
// it: the performance figures of ISA-18.2 (IEC 62682) and EEMUA 191, from the
// journal alone.
//
// Rates are of one operating position: choose its areas with Options.Position.
// Only what was annunciated counts; returns and acknowledgements do not, nor
// does what came while it was shelved, suppressed or out of service, which is
// counted apart. At least 30 days should be looked at before figures are
// judged.
package kpi

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"

	"penstock/app/alarm"
	"penstock/historian/journal"
)

// Options say what is looked at, and what counts as a nuisance. The standards
// give no numbers for chattering and fleeting: the settings are shown with the
// figures.
type Options struct {
	From, To int64                  // From <= t < To, ns since 1970 UTC
	Since    int64                  // when the journal begins; the span begins no earlier. 0: before From
	Position func(area string) bool // the areas of one operating position; nil: all

	ChatterCount int           // an alarm chatters that is annunciated so often ...; 0: 3
	ChatterSpan  time.Duration // ... in so long; 0: 1 min
	Fleeting     time.Duration // an alarm is fleeting that goes within; 0: 1 min
	Stale        time.Duration // an alarm is stale that stays for longer; 0: 24 h

	Priorities alarm.PriorityNames // as figures call them
}

func (o Options) orUsual() Options {
	if o.ChatterCount < 2 {
		o.ChatterCount = 3
	}
	o.ChatterSpan = orElse(o.ChatterSpan, time.Minute)
	o.Fleeting = orElse(o.Fleeting, time.Minute)
	o.Stale = orElse(o.Stale, 24*time.Hour)
	return o
}

func orElse(d, or time.Duration) time.Duration {
	if d <= 0 {
		return or
	}
	return d
}

const (
	bucket = 10 * time.Minute
	perBig = 6 // buckets in an hour
)

// Occurrence is one time an alarm called for attention.
type Occurrence struct {
	Alarm    string
	Ref      string // joins it to its lines in the journal
	Area     string
	Priority int
	At       int64         // annunciated
	Acked    int64         // 0: not yet
	AckedBy  string        // the person
	NoAck    bool          // went by itself: its class asks for no acknowledgement
	Gone     int64         // 0: not yet
	Times    int           // annunciations, the first one counted
	Active   time.Duration // up to the end of the span where it is not gone
}

// Count is how often something was.
type Count struct {
	Alarm string
	N     int
	Share float64 // of all, 0 to 1
}

// Flood is one time with more alarms than a person can answer: from the first
// ten minutes with more than 10 to the first with fewer than 5.
type Flood struct {
	From, To int64
	N        int // annunciations
	Peak     int // most in ten minutes
}

// Report is what Compute found.
type Report struct {
	Options Options
	Days    float64 // length of the span, as far as the journal reaches

	Annunciated int
	ByPriority  [alarm.Lowest + 1]int // [0]: of no known priority
	Buckets     []int                 // annunciations in each ten minutes of the wall clock, empty ones too; the first may begin before From
	BucketsFrom int64                 // when the first bucket begins
	Hours       []int                 // the same by the hour
	HoursFrom   int64

	Floods  []Flood
	Flooded time.Duration

	Counts      []Count // every alarm that was annunciated, the most frequent first
	Chattering  []Count // annunciations while the alarm chattered
	Fleeting    []Count // times it went within Options.Fleeting, and did not chatter
	Stale       []Occurrence
	StaleWorst  int // most stale alarms on one day (UTC)
	Occurrences []Occurrence

	AckTimes   []time.Duration // from annunciation to acknowledgement, shortest first
	NeverAcked int             // occurrences that nobody has acknowledged, gone or not

	CameHidden   int // came while shelved, suppressed or out of service: not annunciated
	Shelvings    int // times a person put an alarm aside
	Suppressions int // times logic suppressed an alarm
	Removals     int // times an alarm was taken out of service

	StandingNow, ShelvedNow, SuppressedNow, OutNow int // at the end of the span
}

// Short reports whether less than a day was looked at: a rate a day of it is a
// guess, and no figure is judged.
func (r *Report) Short() bool { return r.Days < aDay }

const aDay = 0.99 // days; whoever asks for the last 24 hours means a day

// JudgeDays is how many days should be looked at before figures are judged.
const JudgeDays = 30

// Verdict is the class of the alarm system in words, with what it is worth.
func (r *Report) Verdict() string {
	switch {
	case r.Short():
		return fmt.Sprintf("too short to judge: %.0f minutes of the %d days that are needed", r.Days*24*60, JudgeDays)
	case r.Days < JudgeDays:
		return fmt.Sprintf("%s, of %.3g of the %d days that are needed to judge", r.Class(), r.Days, JudgeDays)
	}
	return r.Class().String()
}

// Top is the share that the n most frequent alarms have of all annunciations.
func (r *Report) Top(n int) (share float64) {
	for _, c := range r.Counts[:min(n, len(r.Counts))] {
		share += c.Share
	}
	return share
}

// one is what Compute follows of one alarm.
type one struct {
	facts     alarm.Facts
	activeAt  int64   // 0: not active
	unackedAt int64   // 0: nothing is owed
	now       int     // index of the occurrence in Occurrences, -1: none
	recent    []int64 // the last annunciations
	inChatter bool
	chatter   int
	fleeting  int
	count     int
	wasLong   []stay
	area      string
	priority  int
}

// stay is a time an alarm was active.
type stay struct {
	occ      int
	from, to int64
}

// Compute works the figures out from journal entries, oldest first. Entries
// before Options.From set the scene: hand in some days more, so that alarms
// that stand at From are known.
func Compute(entries iter.Seq[journal.Entry], o Options) *Report {
	o = o.orUsual()
	o.From = min(max(o.From, o.Since), o.To)
	r := &Report{Options: o, Days: float64(o.To-o.From) / float64(24*time.Hour)}
	r.BucketsFrom, r.Buckets = buckets(o, bucket)
	r.HoursFrom, r.Hours = buckets(o, time.Hour)
	all := map[string]*one{}
	for e := range entries {
		if e.At >= o.To {
			continue // later entries may be earlier: the clock may have been set back
		}
		if e.Kind != journal.Alarm || e.New == "" || o.Position != nil && !o.Position(e.Area) {
			continue
		}
		a := all[e.On]
		if a == nil {
			a = &one{now: -1}
			all[e.On] = a
		}
		r.take(a, &e)
	}
	r.finish(all)
	return r
}

// buckets lays the span out in slices of the wall clock.
func buckets(o Options, size time.Duration) (from int64, n []int) {
	s := int64(size)
	from = o.From - o.From%s
	return from, make([]int, max(0, (o.To-from+s-1)/s))
}

func (r *Report) take(a *one, e *journal.Entry) {
	facts, err := alarm.ParseFacts(e.New)
	if err != nil {
		return
	}
	action, _ := alarm.ParseAction(e.Action)
	inside := e.At >= r.Options.From
	a.area, a.priority = e.Area, e.Level
	if n := alarm.Annunciations(e); n > 0 {
		r.told(a, e, n, inside)
		if a.unackedAt == 0 && facts.Unacked {
			a.unackedAt = e.At
		}
	}
	switch {
	case facts.Active && a.activeAt == 0 && !facts.Hidden(): // what came hidden begins when it is told
		a.activeAt = e.At
	case !facts.Active && a.activeAt != 0:
		r.gone(a, e.At)
	}
	if action == alarm.Acknowledged {
		r.acked(a, e, inside)
	}
	if inside {
		switch action {
		case alarm.CameHidden:
			r.CameHidden++
		case alarm.WasShelved:
			r.Shelvings++
		case alarm.WasSuppressed:
			r.Suppressions++
		case alarm.WasRemoved:
			r.Removals++
		}
	}
	if !facts.Unacked {
		if a.unackedAt != 0 && a.now >= 0 {
			r.Occurrences[a.now].NoAck = true
		}
		a.unackedAt = 0
	}
	a.facts = facts
	if action == alarm.Dropped {
		r.gone(a, e.At)
		a.facts, a.unackedAt = alarm.Facts{}, 0
	}
}

// told counts n annunciations.
func (r *Report) told(a *one, e *journal.Entry, n int, inside bool) {
	fresh := a.now < 0 || r.Occurrences[a.now].Ref != e.Ref
	if fresh {
		a.now = len(r.Occurrences)
		r.Occurrences = append(r.Occurrences, Occurrence{Alarm: e.On, Ref: e.Ref, Area: e.Area, Priority: e.Level, At: e.At})
	}
	occ := &r.Occurrences[a.now]
	occ.Times += n
	occ.Gone, occ.Acked, occ.AckedBy = 0, 0, "" // an annunciation asks anew
	if !inside {
		return
	}
	r.Annunciated += n
	a.count += n
	if e.Level >= alarm.Urgent && e.Level <= alarm.Lowest {
		r.ByPriority[e.Level] += n
	} else {
		r.ByPriority[0] += n
	}
	r.Buckets[(e.At-r.BucketsFrom)/int64(bucket)] += n
	r.Hours[(e.At-r.HoursFrom)/int64(time.Hour)] += n
	for range n {
		a.chatters(e.At, r.Options)
	}
}

// chatters takes one annunciation. The first that makes the alarm chatter
// brings those before it into the count.
func (a *one) chatters(at int64, o Options) {
	a.recent = append(a.recent, at)
	if len(a.recent) > o.ChatterCount {
		a.recent = a.recent[1:]
	}
	switch within := len(a.recent) == o.ChatterCount && at-a.recent[0] <= int64(o.ChatterSpan); {
	case within && a.inChatter:
		a.chatter++
	case within:
		a.inChatter = true
		a.chatter += o.ChatterCount
	default:
		a.inChatter = false
	}
}

func (r *Report) gone(a *one, at int64) {
	if a.activeAt == 0 {
		return
	}
	if a.now >= 0 {
		occ := &r.Occurrences[a.now]
		occ.Gone = at
		occ.Active += time.Duration(at - max(a.activeAt, min(r.Options.From, at)))
		a.wasLong = append(a.wasLong, stay{a.now, a.activeAt, at})
		if at >= r.Options.From && at-a.activeAt < int64(r.Options.Fleeting) && occ.Times == 1 {
			a.fleeting++
		}
	}
	a.activeAt = 0
}

func (r *Report) acked(a *one, e *journal.Entry, inside bool) {
	if a.now >= 0 {
		occ := &r.Occurrences[a.now]
		occ.Acked, occ.AckedBy = e.At, e.Who
	}
	if inside && a.unackedAt != 0 {
		r.AckTimes = append(r.AckTimes, time.Duration(e.At-a.unackedAt))
	}
	a.unackedAt = 0
}

// finish closes what is open at the end of the span, and sums up.
func (r *Report) finish(all map[string]*one) {
	stale := map[int64]int{}
	for id, a := range all {
		if a.activeAt != 0 {
			stands, fleeting := a.activeAt, a.fleeting
			r.gone(a, r.Options.To)
			a.fleeting = fleeting // it has not gone
			if a.now >= 0 {
				r.Occurrences[a.now].Gone = 0
			}
			a.activeAt = stands
		}
		r.stale(a, stale)
		switch p := a.facts.Phase(); {
		case p == alarm.Shelved:
			r.ShelvedNow++
		case p == alarm.Suppressed:
			r.SuppressedNow++
		case p == alarm.OutOfService:
			r.OutNow++
		case p != alarm.Normal:
			r.StandingNow++
		}
		r.Counts = count(r.Counts, id, a.count, r.Annunciated)
		r.Chattering = count(r.Chattering, id, a.chatter, r.Annunciated)
		r.Fleeting = count(r.Fleeting, id, a.fleeting, r.Annunciated)
	}
	for _, n := range stale {
		r.StaleWorst = max(r.StaleWorst, n)
	}
	for _, c := range []*[]Count{&r.Counts, &r.Chattering, &r.Fleeting} {
		slices.SortFunc(*c, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Alarm, b.Alarm)) })
	}
	slices.SortFunc(r.Stale, func(a, b Occurrence) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Alarm, b.Alarm)) })
	slices.Sort(r.AckTimes)
	r.Occurrences = slices.DeleteFunc(r.Occurrences, func(o Occurrence) bool {
		return o.At < r.Options.From && o.Gone != 0 && o.Gone < r.Options.From
	})
	for i := range r.Occurrences {
		if o := &r.Occurrences[i]; o.Acked == 0 && !o.NoAck {
			r.NeverAcked++
		}
	}
	r.floods()
}

func count(to []Count, id string, n, all int) []Count {
	if n == 0 {
		return to
	}
	return append(to, Count{id, n, float64(n) / float64(max(all, 1))})
}
