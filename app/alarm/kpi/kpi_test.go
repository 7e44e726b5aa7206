package kpi

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/historian/journal"
)

var day0 = time.Date(2030, 6, 3, 0, 0, 0, 0, time.UTC).UnixNano()

// log writes a journal by hand.
type log struct {
	entries []journal.Entry
	n       map[string]int
	facts   map[string]string
}

func (l *log) add(at time.Duration, id string, a alarm.Action, facts string, with ...func(*journal.Entry)) {
	if l.n == nil {
		l.n, l.facts = map[string]int{}, map[string]string{}
	}
	if a == alarm.Annunciated {
		l.n[id]++
	}
	e := journal.Entry{Seq: int64(len(l.entries) + 1), At: day0 + int64(at), Kind: journal.Alarm, Action: a.String(), On: id, Area: "HL", Level: 3,
		Old: l.facts[id], New: facts, Ref: alarm.OccurrenceID(id, int64(l.n[id]))}
	for _, w := range with {
		w(&e)
	}
	l.facts[id] = facts
	l.entries = append(l.entries, e)
}

func (l *log) comes(at time.Duration, id string, with ...func(*journal.Entry)) {
	l.add(at, id, alarm.Annunciated, "unacknowledged", with...)
}

// whole is one alarm that comes, is acknowledged after 20 s and goes after 5 min.
func (l *log) whole(at time.Duration, id string, with ...func(*journal.Entry)) {
	l.comes(at, id, with...)
	l.add(at+20*time.Second, id, alarm.Acknowledged, "acknowledged", append(with, who("anna"))...)
	l.add(at+5*time.Minute, id, alarm.Went, "normal", with...)
}

func level(n int) func(*journal.Entry)   { return func(e *journal.Entry) { e.Level = n } }
func area(a string) func(*journal.Entry) { return func(e *journal.Entry) { e.Area = a } }
func who(w string) func(*journal.Entry)  { return func(e *journal.Entry) { e.Who = w } }
func note(w string) func(*journal.Entry) { return func(e *journal.Entry) { e.Note = w } }

func (l *log) report(from, to time.Duration, change ...func(*Options)) *Report {
	slices.SortStableFunc(l.entries, func(a, b journal.Entry) int { return int(a.At - b.At) })
	o := Options{From: day0 + int64(from), To: day0 + int64(to)}
	for _, c := range change {
		c(&o)
	}
	return Compute(slices.Values(l.entries), o)
}

func get(t *testing.T, r *Report, name string) Figure {
	t.Helper()
	for _, f := range r.Figures() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no figure %q", name)
	return Figure{}
}

func is(t *testing.T, r *Report, name string, value float64, g Grade) {
	t.Helper()
	f := get(t, r, name)
	if math.Abs(f.Value-value) > 1e-9 && !(math.IsNaN(value) && math.IsNaN(f.Value)) || f.Grade != g {
		t.Errorf("%s is %v (%v), want %v (%v)", name, f.Value, f.Grade, value, g)
	}
}

const h = time.Hour

// Two days with 288 alarms: one every ten minutes.
func TestRates(t *testing.T) {
	var l log
	for i := range 288 {
		l.whole(time.Duration(i)*10*time.Minute+time.Minute, fmt.Sprint("A", i))
	}
	r := l.report(0, 48*h)
	if r.Annunciated != 288 || len(r.Buckets) != 288 || len(r.Hours) != 48 || r.Days != 2 {
		t.Fatalf("%d alarms, %d buckets, %d hours", r.Annunciated, len(r.Buckets), len(r.Hours))
	}
	is(t, r, "annunciated alarms a day", 144, Acceptable)
	is(t, r, "annunciated alarms an hour", 6, Acceptable)
	is(t, r, "annunciated alarms in 10 minutes", 1, Acceptable)
	is(t, r, "most alarms in 10 minutes", 1, Acceptable)
	is(t, r, "share of the 10 most frequent alarms", 100*10.0/288, Manageable)
	is(t, r, "time to acknowledge, half of all", 20, NoGrade)
	if c := r.Class(); c != Robust {
		t.Errorf("class %v: one in ten minutes is no longer below one", c)
	}

	half := l.report(0, 24*h)
	is(t, half, "annunciated alarms a day", 144, Acceptable)
	empty := l.report(72*h, 96*h)
	is(t, empty, "annunciated alarms a day", 0, Acceptable)
	is(t, empty, "share of the 10 most frequent alarms", math.NaN(), NoGrade)
	is(t, empty, "annunciated alarms of priority urgent", math.NaN(), NoGrade)
	is(t, empty, "time to acknowledge, half of all", math.NaN(), NoGrade)
	if len(empty.Buckets) != 144 || empty.Class() != Predictive {
		t.Errorf("%d buckets, %v", len(empty.Buckets), empty.Class())
	}
	// Twice as many, and one more than that.
	for i := range 288 {
		l.whole(time.Duration(i)*10*time.Minute+2*time.Minute, fmt.Sprint("B", i))
	}
	is(t, l.report(0, 48*h), "annunciated alarms a day", 288, Manageable)
	l.whole(3*time.Minute, "C")
	l.whole(3*time.Minute, "D")
	is(t, l.report(0, 48*h), "annunciated alarms a day", 289, TooMuch)
}

// Eleven in one bucket, then four: one flood of exactly one bucket.
func TestOneFloodOfOneBucket(t *testing.T) {
	var l log
	for i := range 11 {
		l.whole(h+time.Duration(i)*time.Second, fmt.Sprint("A", i))
	}
	for i := range 4 {
		l.whole(h+10*time.Minute+time.Duration(i)*time.Second, fmt.Sprint("B", i))
	}
	r := l.report(0, 24*h)
	want := Flood{From: day0 + int64(h), To: day0 + int64(h+10*time.Minute), N: 11, Peak: 11}
	if len(r.Floods) != 1 || r.Floods[0] != want {
		t.Fatalf("%+v", r.Floods)
	}
	is(t, r, "time in flood", 100.0/144, Acceptable)
	is(t, r, "10 minutes with more than 10 alarms", 100.0/144, Acceptable)
	is(t, r, "most alarms in 10 minutes", 11, TooMuch)
	if c := r.Class(); c != Robust { // a peak of 11, and 0.7 % above 5
		t.Errorf("class %v", c)
	}
	// Five keep it in flood; ten would not have begun one.
	l.whole(h+10*time.Minute+30*time.Second, "B9")
	for i := range 10 {
		l.whole(5*h+time.Duration(i)*time.Second, fmt.Sprint("C", i))
	}
	r = l.report(0, 24*h)
	if len(r.Floods) != 1 || r.Floods[0].To != day0+int64(h+20*time.Minute) || r.Floods[0].N != 16 {
		t.Errorf("%+v", r.Floods)
	}
	is(t, r, "time in flood", 200.0/144, TooMuch)
}

func TestBusyHours(t *testing.T) {
	var l log
	for i := range 31 {
		l.whole(3*h+time.Duration(i)*90*time.Second, fmt.Sprint("A", i))
	}
	for i := range 30 {
		l.whole(6*h+time.Duration(i)*90*time.Second, fmt.Sprint("B", i))
	}
	r := l.report(0, 24*h)
	is(t, r, "hours with more than 30 alarms", 100.0/24, TooMuch)
	if r.Hours[3] != 31 || r.Hours[6] != 30 {
		t.Errorf("%v", r.Hours)
	}
}

func TestTopTen(t *testing.T) {
	var l log
	for i := range 20 { // A0 once .. A19 twenty times: 210 in all
		for k := range i + 1 {
			l.whole(time.Duration(k)*h+time.Duration(i)*time.Minute, fmt.Sprint("A", i))
		}
	}
	r := l.report(0, 24*h)
	if r.Counts[0].Alarm != "A19" || r.Counts[0].N != 20 || len(r.Counts) != 20 {
		t.Errorf("%+v", r.Counts[:3])
	}
	// The ten most frequent came 11 to 20 times: 155 of 210.
	is(t, r, "share of the 10 most frequent alarms", 100*155.0/210, TooMuch)
}

func TestChatteringAndFleeting(t *testing.T) {
	var l log
	// Three times in 60 s, then once 61 s later: chatters, three counted.
	for _, s := range []int{0, 30, 60, 121} {
		at := time.Duration(s) * time.Second
		l.comes(at, "CHAT")
		l.add(at+5*time.Second, "CHAT", alarm.Acknowledged, "acknowledged", who("anna"))
		l.add(at+6*time.Second, "CHAT", alarm.Went, "normal")
	}
	// Three times in 62 s does not.
	for _, s := range []int{0, 31, 62} {
		l.whole(2*h+time.Duration(s)*time.Second, "SLOW")
	}
	// A line of the journal that stands for 57.
	l.comes(h, "MANY")
	l.add(h+time.Second, "MANY", alarm.Chattered, "returned", note("57 times"))
	// Gone in 59 s, gone in 60 s.
	for _, c := range []struct {
		id   string
		stay time.Duration
	}{{"SHORT", 59 * time.Second}, {"LONG", 60 * time.Second}} {
		l.comes(3*h, c.id)
		l.add(3*h+c.stay, c.id, alarm.Went, "returned")
	}
	r := l.report(0, 24*h)
	if !slices.Equal(r.Chattering, []Count{{"MANY", 58, 58.0 / 67}, {"CHAT", 3, 3.0 / 67}}) {
		t.Errorf("chattering %+v", r.Chattering)
	}
	is(t, r, "chattering alarms", 2, TooMuch)
	if r.Annunciated != 4+3+58+2 {
		t.Errorf("%d annunciated", r.Annunciated)
	}
	var fleeting []string
	for _, c := range r.Fleeting {
		fleeting = append(fleeting, fmt.Sprint(c.Alarm, c.N))
	}
	if s := strings.Join(fleeting, " "); s != "CHAT4 SHORT1" {
		t.Errorf("fleeting %s", s)
	}
}

func TestStale(t *testing.T) {
	var l log
	l.comes(-30*h, "OLD") // stands since before the span: stale from -6 h
	for i := range 4 {
		l.comes(time.Duration(i)*h, fmt.Sprint("S", i)) // stale from 24 h on
	}
	l.comes(0, "DAY")
	l.add(24*h, "DAY", alarm.Went, "returned") // exactly a day
	l.comes(h, "LONG")
	l.add(25*h+time.Second, "LONG", alarm.Went, "returned") // a second longer
	r := l.report(0, 72*h)
	var ids []string
	for _, o := range r.Stale {
		ids = append(ids, o.Alarm)
	}
	if s := strings.Join(ids, " "); s != "OLD S0 LONG S1 S2 S3" {
		t.Errorf("stale: %s", s)
	}
	// On the second day OLD, S0 to S3 and LONG.
	is(t, r, "most stale alarms on a day", 6, TooMuch)
	is(t, l.report(0, 24*h), "most stale alarms on a day", 1, Acceptable)
	if r.StandingNow != 7 { // all but none went to normal: DAY and LONG wait to be acknowledged
		t.Errorf("%d standing", r.StandingNow)
	}
}

func TestPriorities(t *testing.T) {
	var l log
	n := 0
	for p, k := range map[int]int{1: 1, 2: 8, 3: 16, 4: 75} {
		for range k {
			n++
			l.whole(time.Duration(n)*5*time.Minute, fmt.Sprint("A", n), level(p))
		}
	}
	r := l.report(0, 24*h)
	is(t, r, "annunciated alarms of priority urgent", 1, Acceptable)
	is(t, r, "annunciated alarms of priority high", 8, Manageable)
	is(t, r, "annunciated alarms of priority medium", 16, Manageable)
	is(t, r, "annunciated alarms of priority low", 75, NoGrade)
}

func TestTimeToAcknowledge(t *testing.T) {
	var l log
	for i, s := range []int{10, 20, 30, 40, 50, 60, 70, 80, 90, 1000} {
		at := time.Duration(i) * 20 * time.Minute
		id := fmt.Sprint("A", i)
		l.comes(at, id)
		l.add(at+time.Second, id, alarm.Went, "returned")
		l.add(at+2*time.Second, id, alarm.ReAnnunciated, "unacknowledged") // told again: the time runs from the first
		l.add(at+time.Duration(s)*time.Second, id, alarm.Acknowledged, "acknowledged", who("anna"))
	}
	l.comes(20*h, "NEVER")
	l.comes(20*h, "EVENT")
	l.add(20*h+time.Minute, "EVENT", alarm.Went, "normal") // its class asks for none
	r := l.report(0, 24*h)
	is(t, r, "time to acknowledge, half of all", 50, NoGrade)
	is(t, r, "time to acknowledge, 9 of 10", 90, NoGrade)
	is(t, r, "never acknowledged", 1, NoGrade)
}

func TestHidden(t *testing.T) {
	var l log
	l.comes(h, "A")
	l.add(h+time.Minute, "A", alarm.WasShelved, "unacknowledged, shelved", who("anna"))
	l.add(2*h, "B", alarm.WasSuppressed, "normal, suppressed")
	l.add(3*h, "B", alarm.CameHidden, "acknowledged, suppressed")
	l.add(4*h, "C", alarm.WasRemoved, "normal, out of service", who("ada"))
	r := l.report(0, 24*h)
	is(t, r, "annunciated alarms a day", 1, Acceptable)
	for name, n := range map[string]float64{"came while hidden": 1, "put aside by people": 1, "suppressed by logic": 1, "taken out of service": 1,
		"shelved now": 1, "suppressed now": 1, "out of service now": 1, "standing now": 0} {
		is(t, r, name, n, NoGrade)
	}
}

func TestPositionAndSpan(t *testing.T) {
	var l log
	l.whole(-h, "BEFORE")
	l.whole(h, "HERE")
	l.whole(h, "THERE", area("RW"))
	l.whole(24*h, "AFTER")
	l.entries = append(l.entries, journal.Entry{At: day0 + 1, Kind: journal.Command, Action: "set"}, journal.Entry{At: day0 + 2, Kind: journal.Alarm, Action: "flood began"},
		journal.Entry{At: day0 + 3, Kind: journal.Alarm, Action: "annunciated", On: "X", New: "not a state"})
	if r := l.report(0, 24*h); r.Annunciated != 2 || len(r.Occurrences) != 2 {
		t.Errorf("%d, %+v", r.Annunciated, r.Occurrences)
	}
	r := l.report(0, 24*h, func(o *Options) { o.Position = func(a string) bool { return a == "HL" } })
	if len(r.Occurrences) != 1 {
		t.Fatalf("%+v", r.Occurrences)
	}
	want := Occurrence{Alarm: "HERE", Ref: "HERE#1", Area: "HL", Priority: 3, At: day0 + int64(h), Acked: day0 + int64(h+20*time.Second), AckedBy: "anna",
		Gone: day0 + int64(h+5*time.Minute), Times: 1, Active: 5 * time.Minute}
	if r.Occurrences[0] != want {
		t.Errorf("%+v", r.Occurrences[0])
	}
	// A span that does not begin with a bucket.
	if r := l.report(h-time.Minute, h+time.Minute); len(r.Buckets) != 2 || r.Buckets[1] != 2 || r.BucketsFrom != day0+int64(50*time.Minute) {
		t.Errorf("%v from %v", r.Buckets, time.Unix(0, r.BucketsFrom).UTC())
	}
}

func TestClasses(t *testing.T) {
	for _, c := range []struct {
		buckets []int
		want    Class
	}{
		{[]int{0, 0, 1, 0}, Predictive},
		{[]int{1, 1, 1, 1}, Robust},                         // average 1
		{[]int{0, 0, 10, 0}, Reactive},                      // a quarter above 5
		{[]int{6, 6, 0, 0}, Overloaded},                     // half above 5
		{slices.Concat(make([]int, 99), []int{10}), Robust}, // peak 10, 1 % above 5
		{slices.Concat(make([]int, 199), []int{100}), Stable},
		{slices.Concat(make([]int, 9999), []int{1000}), Reactive},
	} {
		n := 0
		for _, b := range c.buckets {
			n += b
		}
		r := &Report{Buckets: c.buckets, Annunciated: n, Days: float64(len(c.buckets)) / 144}
		if got := r.Class(); got != c.want {
			t.Errorf("%d buckets: %v, want %v", len(c.buckets), got, c.want)
		}
	}
}

func TestWriteCSV(t *testing.T) {
	var l log
	l.whole(h, "A", level(1))
	var b strings.Builder
	if err := l.report(0, 24*h).WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"figure,value,unit,target,limit,verdict\n", "annunciated alarms a day,1,,144,288,acceptable\n",
		"annunciated alarms of priority urgent,100,%,1,2,too much\n", "\"time to acknowledge, half of all\",20,s,,,\n", "class after EEMUA 191,\"predictive, of 1 of the 30 days that are needed to judge\",,,,\n"} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("no line %q in\n%s", line, b.String())
		}
	}
}

// A plant that has run for a minute is not judged, and one that has run for
// less than the span is judged by how long it did.
func TestTooShortToJudge(t *testing.T) {
	var l log
	l.whole(30*24*h-time.Minute, "A")
	r := l.report(0, 30*24*h, func(o *Options) { o.Since = o.To - int64(2*time.Minute) })
	if !r.Short() || r.Verdict() != "too short to judge: 2 minutes of the 30 days that are needed" {
		t.Errorf("of two minutes it says %q", r.Verdict())
	}
	is(t, r, "annunciated alarms a day", math.NaN(), NoGrade)
	is(t, r, "most alarms in 10 minutes", 1, TooShort)
	is(t, r, "never acknowledged", 0, NoGrade)
	l = log{}
	for i := range 3 * 200 {
		l.whole(27*24*h+time.Duration(i)*7*time.Minute, "A")
	}
	r = l.report(0, 30*24*h, func(o *Options) { o.Since = o.To - int64(3*24*h) })
	is(t, r, "annunciated alarms a day", 200, Manageable) // not 20
	if r.Short() || !strings.Contains(r.Verdict(), "of 3 of the 30 days") || len(r.Hours) != 72 {
		t.Errorf("of three days it says %q, %d hours", r.Verdict(), len(r.Hours))
	}
	if r := l.report(0, 30*24*h); r.Verdict() != r.Class().String() {
		t.Errorf("of thirty days it says %q", r.Verdict())
	}
	// The journal begins after the span: nothing is divided by nothing.
	r = l.report(0, 24*h, func(o *Options) { o.Since = o.To + 1 })
	if !r.Short() || r.Days != 0 {
		t.Errorf("of nothing it says %q", r.Verdict())
	}
	is(t, r, "time in flood", math.NaN(), NoGrade)
}

func TestWhatStandsIsNotFleeting(t *testing.T) {
	var l log
	l.comes(24*h-20*time.Second, "NEW")
	if r := l.report(0, 24*h); len(r.Fleeting) != 0 || r.StandingNow != 1 {
		t.Errorf("fleeting %v, %d standing", r.Fleeting, r.StandingNow)
	}
}
