package screens

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// keysTold are the keys of a page that the sheet of keys speaks of.
func keysTold(page string) map[string]bool {
	out := map[string]bool{}
	for _, h := range keyTable {
		if h.where != page {
			continue
		}
		for _, k := range strings.Split(h.key, ", ") {
			if from, to, ok := strings.Cut(k, " to "); ok {
				for c := from[0]; c <= to[0]; c++ {
					out[string(c)] = true
				}
				continue
			}
			out[k] = true
		}
	}
	return out
}

// The sheet tells every key of the alarm pages, and none that they do not have.
func TestTheSheetOfKeysIsTrue(t *testing.T) {
	alarms := map[string]bool{"F": true, "L": true, "0": true, "1": true, "2": true, "3": true, "4": true}
	for k := range alarmKeys {
		alarms[k] = true
	}
	for _, d := range []*deed{&deedAck, &deedPage, &deedComment, &deedShelve, &deedUnshelve, &deedReset, &deedRemove, &deedRestore, &deedTrend, &deedMimic, &deedPlate, &deedTry} {
		alarms[d.key] = true
	}
	performance := map[string]bool{"L": true}
	for k := range performanceKeys {
		performance[k] = true
	}
	for page, want := range map[string]map[string]bool{"Alarms": alarms, "Performance": performance} {
		if got := keysTold(page); !maps.Equal(got, want) {
			t.Errorf("%s: the sheet tells\n%v, the page has\n%v", page, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}
