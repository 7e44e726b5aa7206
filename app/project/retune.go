package project

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/app/alarm"
)

// Retune writes another tuning of one alarm into the text of alarms.csv, and
// who reviewed it on which day where the file keeps that. Only the line of the
// alarm changes, and of it only what differs from was; a column that is
// missing is added at the end. The text is not checked: hand it to Replace.
func Retune(text []byte, id string, was, is alarm.Tuning, by string, on time.Time) ([]byte, error) {
	cells := map[string]string{}
	put := func(col string, differs bool, word string) {
		if differs {
			cells[col] = word
		}
	}
	put("limit", was.Limit != is.Limit, strconv.FormatFloat(is.Limit, 'g', -1, 64))
	put("deadband", was.Deadband != is.Deadband, is.Deadband.String())
	put("on_delay", was.OnDelay != is.OnDelay, delayText(is.OnDelay))
	put("off_delay", was.OffDelay != is.OffDelay, delayText(is.OffDelay))
	if len(cells) == 0 {
		return text, nil
	}
	f, err := openRows(alarmsFile, text)
	if err != nil {
		return nil, err
	}
	row := f.row(id)
	if row == nil {
		return nil, fmt.Errorf("%s has no alarm %s any more", alarmsFile, id)
	}
	for _, col := range slices.Sorted(maps.Keys(cells)) {
		f.set(row, col, cells[col])
	}
	for col, word := range map[string]string{"rationalised_by": by, "rationalised_on": on.Format(time.DateOnly)} {
		if f.column(col) >= 0 {
			f.set(row, col, word)
		}
	}
	return f.bytes(), nil
}

// delayText writes a time as people write it into the file: 1m, not 1m0s.
func delayText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
