package historian

import (
	"strings"
	"time"
)

// A period is one sealed file: what it holds, and the UTC day (days since
// 1970), month (year*12+month-1) or year it is of.
type period struct {
	kind string
	n    int64
}

var kinds = map[string]fileKind{"day": dayKind, "raw": rawKind, "minute": minuteKind, "hour": hourKind}

func dayPeriod(d int64) period    { return period{"day", d} }
func rawPeriod(d int64) period    { return period{"raw", monthOf(d)} }
func minutePeriod(d int64) period { return period{"minute", monthOf(d)} }
func hourPeriod(d int64) period   { return period{"hour", monthOf(d) / 12} }

// dayOf is the UTC day of a time; the shift of negative times rounds down too.
func dayOf(at int64) int64 {
	d := at / day
	if at%day < 0 {
		d--
	}
	return d
}

// monthOf is the UTC month of a day.
func monthOf(d int64) int64 {
	y, m, _ := time.Unix(d*day/1e9, 0).UTC().Date()
	return int64(y)*12 + int64(m) - 1
}

// firstDay is the first day of a month.
func firstDay(month int64) int64 {
	return time.Date(int(month/12), time.Month(month%12+1), 1, 0, 0, 0, 0, time.UTC).Unix() * 1e9 / day
}

// The layouts of the dates in file names.
var nameLayout = map[string]string{"day": "20060102", "raw": "200601", "minute": "200601", "hour": "2006"}

func (p period) name() string {
	var t time.Time
	switch p.kind {
	case "day":
		t = time.Unix(p.n*day/1e9, 0).UTC()
	case "hour":
		t = time.Date(int(p.n), 1, 1, 0, 0, 0, 0, time.UTC)
	default:
		t = time.Unix(firstDay(p.n)*day/1e9, 0).UTC()
	}
	return p.kind + "-" + t.Format(nameLayout[p.kind]) + ".db"
}

// begin is the first day of the period.
func (p period) begin() int64 {
	switch p.kind {
	case "day":
		return p.n
	case "hour":
		return firstDay(p.n * 12)
	}
	return firstDay(p.n)
}

// end is the first day after the period.
func (p period) end() int64 {
	switch p.kind {
	case "day":
		return p.n + 1
	case "hour":
		return firstDay((p.n + 1) * 12)
	}
	return firstDay(p.n + 1)
}

// parsePeriod is the inverse of name.
func parsePeriod(name string) (p period, ok bool) {
	word, date, _ := strings.Cut(strings.TrimSuffix(name, ".db"), "-")
	layout, known := nameLayout[word]
	if !known || !strings.HasSuffix(name, ".db") {
		return p, false
	}
	t, err := time.Parse(layout, date)
	if err != nil {
		return p, false
	}
	d := t.Unix() * 1e9 / day
	switch word {
	case "day":
		return dayPeriod(d), true
	case "hour":
		return hourPeriod(d), true
	}
	return period{word, monthOf(d)}, true
}
