package project

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"penstock/app/alarm"
	"penstock/app/spell"
	"penstock/app/tag"
)

// alarmColumns are the columns of alarms.csv.
var alarmColumns = []string{"id", "tag", "area", "kind", "limit", "deadband", "setpoint", "expression", "pattern", "on_delay", "off_delay", "re_alarm",
	"priority", "class", "first_out", "suppress_when", "message", "cause", "consequence", "response", "respond_within", "verification",
	"display", "rationalised_by", "rationalised_on"}

// readAlarms reads alarms.csv; see readTags.
func readAlarms(text []byte, p *Project, probs *Problems) map[string]placed {
	s := readCSV(alarmsFile, text, alarmColumns, []string{"id", "kind"}, probs)
	if s == nil {
		return nil
	}
	defs := map[tag.ID]*tag.Def{}
	for i := range p.Tags {
		defs[p.Tags[i].ID] = &p.Tags[i]
	}
	at := map[string]placed{}
	for _, r := range s.rows {
		id := r.text("id")
		if why := badName(id); why != "" {
			r.wrong(fmt.Sprintf("the id %q %s", id, why), "use letters, digits, and . - _ / as in HL.PT601.HI")
			continue
		}
		if first, twice := at[id]; twice {
			r.wrong(fmt.Sprintf("alarm %s is already on line %d", id, first.line), "remove one of the two or rename it")
			continue
		}
		at[id] = placed{alarmsFile, r.line}
		p.Alarms = append(p.Alarms, r.alarm(id, p, defs))
	}
	return at
}

func (r row) alarm(id string, p *Project, defs map[tag.ID]*tag.Def) alarm.Rule {
	a := alarm.Rule{
		ID: id, Area: r.text("area"), Expression: r.text("expression"), Pattern: r.text("pattern"),
		Limit:   r.number("limit", 0),
		OnDelay: r.duration("on_delay", 0), OffDelay: r.duration("off_delay", 0), ReAlarm: r.duration("re_alarm", 0),
		Priority: r.whole("priority", 3, alarm.Urgent, alarm.Lowest), FirstOut: r.text("first_out"), SuppressWhen: r.text("suppress_when"),
		Message: r.text("message"), Cause: r.text("cause"), Consequence: r.text("consequence"), Response: r.text("response"),
		RespondWithin: r.duration("respond_within", 0), Verification: r.text("verification"), Display: strings.TrimSuffix(r.text("display"), ".json"),
		RationalisedBy: r.text("rationalised_by"), RationalisedOn: r.text("rationalised_on"),
	}
	tags := strings.Fields(r.text("tag"))
	if len(tags) > 0 {
		a.Tag, a.MoreTags = tag.ID(tags[0]), strings.Join(tags[1:], " ")
	}
	var ok bool
	if a.Kind, ok = alarm.ParseKind(r.text("kind")); !ok {
		r.wrong(fmt.Sprintf("kind is %q", r.text("kind")), orElse(spell.Near(r.text("kind"), alarm.KindNames()), "write one of "+strings.Join(alarm.KindNames(), ", ")))
		return a
	}
	if a.Kind.NeedsLimit() && r.text("limit") == "" {
		r.wrong(fmt.Sprintf("alarm %s has no limit", id), "write the value it comes at")
	}
	if day := a.RationalisedOn; day != "" {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			r.wrong(fmt.Sprintf("rationalised_on is %q", day), "write the day like 2026-03-29")
		}
	}
	r.moreTags(&a, p, defs)
	def := defs[a.Tag]
	switch {
	case def != nil:
		a.Area = orElse(a.Area, def.Area)
	case a.Tag != "":
		r.wrong(fmt.Sprintf("there is no tag %q", a.Tag), orElse(spell.Near(string(a.Tag), p.tagNames()), "add it to tags.csv"))
		def = &tag.Def{ID: a.Tag, Lo: 0, Hi: 1}
	default:
		def = &tag.Def{}
	}
	if a.Area != "" && !p.hasArea(a.Area) {
		r.wrong(fmt.Sprintf("there is no area %q", a.Area), orElse(spell.Near(a.Area, p.areaNames()), "add it to project.toml"))
	}
	r.setpoint(&a, p, defs)
	var err error
	if a.Deadband, err = alarm.ParseBand(r.text("deadband"), *def); err != nil {
		r.wrong(fmt.Sprintf("deadband: %v", err), "write engineering units, or percent of the tag's lo..hi")
	}
	if name := r.text("class"); name != "" {
		if a.Class, ok = p.Classes[name]; !ok {
			r.wrong(fmt.Sprintf("there is no alarm class %q", name), orElse(spell.Near(name, slices.Sorted(maps.Keys(p.Classes))), "add [class."+name+"] to project.toml"))
		}
	}
	if err := a.Validate(); err != nil {
		r.wrong(err.Error(), "")
	}
	return a
}

// moreTags looks at the tags after the first, which only a pattern has.
func (r row) moreTags(a *alarm.Rule, p *Project, defs map[tag.ID]*tag.Def) {
	if a.MoreTags != "" && a.Kind != alarm.Pattern {
		r.wrong(fmt.Sprintf("alarm %s has several tags: %s %s", a.ID, a.Tag, a.MoreTags), "only the kind pattern watches several; write one tag, or use an expression")
		return
	}
	for _, id := range strings.Fields(a.MoreTags) {
		if defs[tag.ID(id)] == nil {
			r.wrong(fmt.Sprintf("there is no tag %q", id), orElse(spell.Near(id, p.tagNames()), "add it to tags.csv"))
		}
	}
	if a.Pattern != "" && a.Kind != alarm.Pattern {
		r.wrong(fmt.Sprintf("alarm %s is of kind %s and has a pattern", a.ID, a.Kind), "write pattern as its kind, or leave the column empty")
	}
}

// setpoint reads a tag, or a number.
func (r row) setpoint(a *alarm.Rule, p *Project, defs map[tag.ID]*tag.Def) {
	word := r.text("setpoint")
	switch {
	case word == "":
	case defs[tag.ID(word)] != nil:
		a.Setpoint = tag.ID(word)
	default:
		n, err := tag.Parse(tag.KindFloat, word)
		if err != nil {
			r.wrong(fmt.Sprintf("setpoint %q is neither a tag nor a number", word), spell.Near(word, p.tagNames()))
			return
		}
		a.SetpointValue, _ = n.Float()
	}
}

func (p *Project) tagNames() []string {
	out := make([]string, len(p.Tags))
	for i := range p.Tags {
		out[i] = string(p.Tags[i].ID)
	}
	return out
}

// longestPriority is how many characters the name of a priority has at most:
// it stands on buttons and in the middle of sentences.
const longestPriority = 16

// priorities reads what the plant calls its alarm priorities. They are told
// apart by their names as well, so no two are the same.
func (t *table) priorities(key string) (out alarm.PriorityNames) {
	words := t.words(key)
	if words == nil {
		return out
	}
	if len(words) != len(out) {
		t.wrong(key, fmt.Sprintf("%s has %d names and there are %d priorities", key, len(words), len(out)), "write four names, the most urgent first")
		return out
	}
	for i, w := range words {
		w = strings.TrimSpace(w)
		same := func(other string) bool { return strings.EqualFold(other, w) }
		switch {
		case w == "" || utf8.RuneCountInString(w) > longestPriority || strings.ContainsFunc(w, unicode.IsControl):
			t.wrong(key, fmt.Sprintf("priority %d is called %q", i+1, w), fmt.Sprintf("write a name of 1 to %d characters", longestPriority))
			return alarm.PriorityNames{}
		case slices.ContainsFunc(out[:i], same):
			t.wrong(key, fmt.Sprintf("two priorities are called %q", w), "give each a name of its own")
			return alarm.PriorityNames{}
		}
		out[i] = w
	}
	return out
}

// readClasses reads the alarm classes of project.toml.
func (p *Project) readClasses(t *table) {
	all := t.sub("class")
	for _, name := range all.keys() {
		c := all.sub(name)
		c.text("text", "")
		p.Classes[name] = alarm.Class{Name: name, NoAck: c.flag("no_ack"), Latched: c.flag("latched"), NoShelve: c.flag("no_shelve"),
			MaxShelve: c.duration("max_shelve", p.Alarming.MaxShelve)}
		c.done()
	}
}
