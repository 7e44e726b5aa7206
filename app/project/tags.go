package project

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"penstock/app/spell"
	"penstock/app/tag"
)

// tagColumns are the columns of tags.csv.
var tagColumns = []string{"id", "description", "area", "device", "address", "type", "expression", "kind", "unit", "lo", "hi",
	"decimals", "states", "raw_lo", "raw_hi", "eng_lo", "eng_hi", "clamp", "scan", "stale", "display_band", "store", "store_band", "raw_days", "minute_days",
	"access", "write_lo", "write_hi", "confirm", "related"}

// SystemPrefix begins the ids of the tags by which the station measures
// itself. A project has none of them.
const SystemPrefix = "SYS."

// maxID bounds a tag id; files, screens and the journal hold it whole.
const maxID = 120

// placed is where a thing was read, for later problems with it.
type placed struct {
	file string
	line int
}

// readTags reads tags.csv. What has no usable id is left out; everything else
// is kept even where a cell is wrong, so that later checks see it.
func readTags(text []byte, p *Project, probs *Problems) map[tag.ID]placed {
	s := readCSV(tagsFile, text, tagColumns, []string{"id"}, probs)
	if s == nil {
		return nil
	}
	at := map[tag.ID]placed{}
	var related []relation
	for _, r := range s.rows {
		id := tag.ID(r.text("id"))
		if why := badName(string(id)); why != "" {
			r.wrong(fmt.Sprintf("the id %q %s", id, why), "use letters, digits, and . - _ / as in HL.PT601")
			continue
		}
		if strings.HasPrefix(string(id), SystemPrefix) {
			r.wrong(fmt.Sprintf("the id %s begins with %s", id, SystemPrefix), "those names belong to the station's own tags; choose another")
			continue
		}
		if first, twice := at[id]; twice {
			r.wrong(fmt.Sprintf("tag %s is already on line %d", id, first.line), "remove one of the two or rename it")
			continue
		}
		at[id] = placed{tagsFile, r.line}
		p.Tags = append(p.Tags, r.tag(id, p))
		for part := range strings.SplitSeq(r.text("related"), "|") {
			if other := tag.ID(strings.TrimSpace(part)); other != "" {
				d := &p.Tags[len(p.Tags)-1]
				d.Related = append(d.Related, other)
				related = append(related, relation{r, other})
			}
		}
	}
	for _, l := range related {
		if _, known := at[l.to]; !known && !strings.HasPrefix(string(l.to), SystemPrefix) {
			l.from.wrong(fmt.Sprintf("related names %s, which is no tag", l.to), orElse(spell.Near(string(l.to), idsOf(p.Tags)), "write ids of tags with | between them"))
		}
	}
	return at
}

// relation is a tag that another one's row names.
type relation struct {
	from row
	to   tag.ID
}

func idsOf(defs []tag.Def) (out []string) {
	for i := range defs {
		out = append(out, string(defs[i].ID))
	}
	return out
}

// badName says what is wrong with an id; "" is nothing.
func badName(id string) string {
	switch {
	case id == "":
		return "is empty"
	case len(id) > maxID:
		return fmt.Sprintf("is longer than %d letters", maxID)
	case strings.HasPrefix(id, ".") || strings.HasSuffix(id, "."):
		return "begins or ends with a dot"
	}
	for _, c := range id {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("._-/:#[]", c) {
			return fmt.Sprintf("holds %q", c)
		}
	}
	return ""
}

func (r row) tag(id tag.ID, p *Project) tag.Def {
	d := tag.Def{
		ID: id, Text: r.text("description"), Area: r.text("area"),
		Device: r.text("device"), Address: r.text("address"), Type: r.text("type"), Expr: r.text("expression"),
		Unit: r.text("unit"), Lo: r.number("lo", 0), Hi: r.number("hi", 0),
		Decimals: r.whole("decimals", defaultDecimals, 0, 9),
		Scan:     r.text("scan"), StaleIn: r.duration("stale", 0),
		DisplayBand: r.number("display_band", 0), StoreBand: r.number("store_band", 0),
		RawDays: r.whole("raw_days", 0, 0, 36500), MinuteDays: r.whole("minute_days", 0, 0, 36500),
		WriteLo: r.number("write_lo", 0), WriteHi: r.number("write_hi", 0),
		Scale: tag.Scale{RawLo: r.number("raw_lo", 0), RawHi: r.number("raw_hi", 0), EngLo: r.number("eng_lo", 0), EngHi: r.number("eng_hi", 0)},
	}
	d.Scale.Clamp = r.yes("clamp") && d.Scale != tag.Scale{}
	d.Kind = r.kind()
	d.States = r.states()
	r.choices(&d)
	r.ranges(&d)
	r.source(&d, p)
	return d
}

const defaultDecimals = 2

func (r row) kind() tag.Kind {
	word := r.text("kind")
	if word == "" {
		return tag.None
	}
	for _, k := range []tag.Kind{tag.KindFloat, tag.KindInt, tag.KindBool, tag.KindText} {
		if word == k.String() {
			return k
		}
	}
	r.wrong(fmt.Sprintf("kind is %q", word), "write float, int, bool or text, or leave it empty")
	return tag.None
}

// states reads "0=Stopped|1=Running".
func (r row) states() (out []tag.State) {
	word := r.text("states")
	if word == "" {
		return nil
	}
	seen := map[int64]bool{}
	for part := range strings.SplitSeq(word, "|") {
		num, text, ok := strings.Cut(part, "=")
		v, err := strconv.ParseInt(strings.TrimSpace(num), 10, 64)
		text = strings.TrimSpace(text)
		if strings.Contains(text, "=") { // the next number, after another sign between two
			ok = false
		}
		if !ok || err != nil || text == "" || seen[v] {
			r.wrong(fmt.Sprintf("states has %q", part), "write each number once with its name, like 0=Stopped|1=Running")
			return nil
		}
		seen[v] = true
		out = append(out, tag.State{Value: v, Text: text})
	}
	return out
}

// choices reads the cells that hold one word of a list.
func (r row) choices(d *tag.Def) {
	var ok bool
	if d.Store, ok = tag.ParseStoreClass(r.text("store")); !ok {
		r.wrong(fmt.Sprintf("store is %q", r.text("store")), "write one of "+strings.Join(tag.StoreClassNames(), ", "))
	}
	if d.Confirm, ok = tag.ParseConfirm(r.text("confirm")); !ok {
		r.wrong(fmt.Sprintf("confirm is %q", r.text("confirm")), "write ask, none or sign")
	}
	switch r.text("access") {
	case "", "r":
	case "rw":
		d.Writable = true
	default:
		r.wrong(fmt.Sprintf("access is %q", r.text("access")), "write r for read only or rw for a tag operators may set")
	}
}

// ranges checks that pairs of cells go together.
func (r row) ranges(d *tag.Def) {
	if d.Lo > d.Hi {
		r.wrong(fmt.Sprintf("the range is from %g to %g", d.Lo, d.Hi), "put the lower end into lo")
	}
	if d.WriteLo > d.WriteHi {
		r.wrong(fmt.Sprintf("the write range is from %g to %g", d.WriteLo, d.WriteHi), "put the lower end into write_lo")
	}
	if !d.Scale.Valid() {
		r.wrong("the scaling has an empty span", "raw_lo must differ from raw_hi and eng_lo from eng_hi")
	}
	if d.DisplayBand < 0 || d.StoreBand < 0 {
		r.wrong("a deadband is negative", "write the smallest change that counts, in engineering units")
	}
	if (d.Store == tag.StoreDeadband || d.Store == tag.StoreSwingingDoor) && d.StoreBand == 0 {
		r.wrong(fmt.Sprintf("store is %s but store_band is empty", d.Store), "write the smallest change worth storing, or store = all")
	}
}

// source checks that a tag comes either from a device or from an expression.
func (r row) source(d *tag.Def, p *Project) {
	switch {
	case d.Expr != "" && d.Device != "":
		r.wrong(fmt.Sprintf("tag %s has both a device and an expression", d.ID), "keep one of the two")
	case d.Expr != "" && d.Writable:
		r.wrong(fmt.Sprintf("tag %s is computed and cannot be written", d.ID), "write access = r")
	case d.Expr == "" && d.Device == "":
		r.wrong(fmt.Sprintf("tag %s has neither a device nor an expression", d.ID), "name a device of devices.toml, or write an expression")
	case d.Device != "" && p.Device(d.Device) == nil:
		r.wrong(fmt.Sprintf("there is no device %q", d.Device), orElse(spell.Near(d.Device, p.deviceNames()), "add [device."+d.Device+"] to devices.toml"))
	case d.Device != "" && d.Address == "":
		r.wrong(fmt.Sprintf("tag %s has no address", d.ID), "write where on "+d.Device+" it is")
	}
	if d.Area != "" && !p.hasArea(d.Area) {
		r.wrong(fmt.Sprintf("there is no area %q", d.Area), orElse(spell.Near(d.Area, p.areaNames()), "add it to project.toml"))
	}
	if d.Scan == "" {
		d.Period = p.Scan[defaultScan]
	} else if period, ok := p.Scan[d.Scan]; ok {
		d.Period = period
	} else {
		r.wrong(fmt.Sprintf("there is no scan class %q", d.Scan), orElse(spell.Near(d.Scan, p.scanNames()), "add it to [scan] in project.toml"))
	}
}

func orElse(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
