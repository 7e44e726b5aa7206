package alarm

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"penstock/historian/journal"
)

// FloodID is what the journal calls the plant as a whole in lines about floods.
const FloodID = "alarm flood"

// Regime is the rules a plant ran by for a time. It is not changed once made.
type Regime struct {
	From, Until int64  // From <= t < Until, ns since 1970 UTC
	Rules       []Rule // not to be changed
	Doubt       string // why these are not surely the rules of that time, as a sentence; empty when they are
}

// Chronicle tells which alarms stood at any moment of a stretch of time, as
// the journal has it. It is not changed once made: any goroutine may ask it.
type Chronicle struct {
	entries []journal.Entry // of the stretch, oldest first
	stops   []stop          // one before every stride of them, and one at the end of a full stride
}

// stride is how many entries lie between two stops: what is read anew for a
// moment.
const stride = 1024

// stop is what stood at a moment.
type stop struct {
	alarms map[string]recalled // that were not normal
	flood  Flood
}

// recalled is what the journal tells of an alarm that is not normal.
type recalled struct {
	State
	area      string
	level     int
	message   string // what the operator was told
	chattered int64  // when it was last told to
}

// Earlier reports whether an alarm's line of the journal leaves open how the
// alarm stood after it, so that the line before it is to be looked at as well.
func Earlier(e *journal.Entry) bool {
	a, _ := ParseAction(e.Action)
	f, err := ParseFacts(e.New)
	return err == nil && a != Dropped && f.Phase() != Normal
}

// NewChronicle makes a Chronicle of a stretch: before are the lines that tell
// how alarms stood when it began, each alarm's newest first and back as far as
// Earlier wants; entries are those of the stretch, oldest first, and are the
// Chronicle's from now on.
func NewChronicle(before, entries []journal.Entry) (*Chronicle, error) {
	c := &Chronicle{entries: entries}
	s := stop{alarms: map[string]recalled{}}
	for i := range slices.Backward(before) {
		if err := s.pass(&before[i]); err != nil {
			return nil, err
		}
	}
	for i := range entries {
		if i%stride == 0 {
			c.stops = append(c.stops, stop{maps.Clone(s.alarms), s.flood})
		}
		if err := s.pass(&entries[i]); err != nil {
			return nil, err
		}
	}
	if len(entries)%stride == 0 {
		c.stops = append(c.stops, s)
	}
	return c, nil
}

// Standing is the alarm list at t, under the rules that ran then. Alarms that
// they do not have are left out, unless the rules are in doubt.
func (c *Chronicle) Standing(t int64, rules *Regime) *Snapshot {
	n := sort.Search(len(c.entries), func(i int) bool { return c.entries[i].At > t })
	k := n / stride
	s := stop{maps.Clone(c.stops[k].alarms), c.stops[k].flood}
	for i := k * stride; i < n; i++ {
		_ = s.pass(&c.entries[i]) // it passed when the Chronicle was made
	}
	out := &Snapshot{At: t, Flood: s.flood}
	c.count(&out.Flood, n, t)
	var rows []Row
	for i := range rules.Rules {
		r := &rules.Rules[i]
		if p, ok := s.alarms[r.ID]; ok {
			rows = append(rows, p.row(r, t))
			delete(s.alarms, r.ID)
		}
	}
	if rules.Doubt != "" {
		for id, p := range s.alarms {
			rows = append(rows, p.row(&Rule{ID: id, Area: p.area, Priority: min(max(p.level, Urgent), Lowest), Message: p.message}, t))
		}
	}
	return out.With(rows)
}

// count counts the annunciations before the n-th entry as a flood at t does.
func (c *Chronicle) count(f *Flood, n int, t int64) {
	f.Count, f.Total = 0, 0
	for i := n - 1; i >= 0; i-- {
		at := c.entries[i].At
		recent := at > t-int64(UsualLimits.FloodSpan)
		if !recent && !(f.Active && at > f.Since) {
			return
		}
		k := Annunciations(&c.entries[i])
		if recent {
			f.Count += k
		}
		f.Total += k
	}
}

// row is a line of the list at t.
func (p *recalled) row(r *Rule, t int64) Row {
	s := p.State
	if r.Kind.level() {
		s.LimitNow = r.SetpointValue + r.Limit
	} else {
		s.LimitNow = r.Limit
	}
	return Row{Rule: r, State: s, Phase: s.Phase(), Chattering: p.chattered != 0 && t-p.chattered <= int64(UsualLimits.ChatterSpan)}
}

// pass lets a line of the journal happen.
func (s *stop) pass(e *journal.Entry) error {
	a, ok := ParseAction(e.Action)
	switch {
	case !ok || e.Kind != journal.Alarm:
		return nil
	case a == FloodBegan || a == FloodEnded:
		s.flood = Flood{Active: a == FloodBegan, Since: e.At}
		return nil
	case e.New == "": // an alarm of a device: the device keeps its state
		return nil
	case a == Dropped:
		delete(s.alarms, e.On)
		return nil
	}
	f, err := ParseFacts(e.New)
	if err != nil {
		return fmt.Errorf("journal entry %d: %w", e.Seq, err)
	}
	if f.Phase() == Normal {
		delete(s.alarms, e.On)
		return nil
	}
	p := s.alarms[e.On]
	p.area, p.level = e.Area, e.Level
	p.happened(a, e, f)
	s.alarms[e.On] = p
	return nil
}

// happened brings what is known of an alarm up to a line of the journal.
func (p *recalled) happened(a Action, e *journal.Entry, is Facts) {
	was := p.Facts
	p.Facts = is
	if _, n, ok := strings.Cut(e.Ref, e.On+"#"); ok {
		p.Occurrence, _ = strconv.ParseInt(n, 10, 64)
	}
	announced := func() {
		p.AnnouncedAt = e.At
		p.AckedAt, p.AckedBy, p.AckedFrom, p.AckedNote = 0, "", "", ""
		p.message, _, _ = strings.Cut(e.Note, " (")
	}
	if is.Active && !was.Active {
		p.ActiveAt = e.At
	}
	switch a {
	case Annunciated:
		announced()
		p.RaisedAt, p.RaisedSource = e.At, e.Source
		p.FirstOut = strings.Contains(e.Note, firstWord)
		p.CommentAt, p.CommentBy, p.Comment = 0, "", ""
	case ReAnnunciated:
		announced()
		p.RaisedAt = cmp.Or(p.RaisedAt, e.At)
	case Went:
		p.ReturnedAt = e.At
	case Acknowledged:
		p.AckedAt, p.AckedBy, p.AckedFrom, p.AckedNote = e.At, e.Who, e.Station, e.Note
	case Commented:
		p.CommentAt, p.CommentBy, p.Comment = e.At, e.Who, e.Note
	case WasShelved:
		p.ShelvedAt, p.ShelvedBy = e.At, e.Who
		p.ShelvedWhy, p.ShelvedUntil = untilOf(e.Note)
	case WasSuppressed:
		p.SuppressedAt, p.SuppressedBy = e.At, e.Note
	case WasRemoved:
		p.OutAt, p.OutBy = e.At, e.Who
		p.OutWhy, p.OutUntil = untilOf(e.Note)
	case Froze, Thawed:
		p.Frozen = a == Froze
	case Chattered: // it came and went more than once since the line before
		p.chattered = e.At
		if is.Active {
			p.ActiveAt = e.At
		} else {
			p.ReturnedAt = e.At
		}
		if is.Unacked {
			p.AnnouncedAt = e.At
			p.RaisedAt = cmp.Or(p.RaisedAt, e.At)
		}
	}
}

// untilOf takes apart what Entry wrote of a shelf or of a time out of service:
// why, and until when.
func untilOf(note string) (why string, until int64) {
	i := strings.LastIndex(note, untilWord)
	if i < 0 {
		return note, 0
	}
	why = note[:i]
	text, _, _ := strings.Cut(note[i+len(untilWord):], ")")
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		until = t.UnixNano()
	}
	return why, until
}
