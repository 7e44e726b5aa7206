package project

import (
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
)

func TestRetune(t *testing.T) {
	day := time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)
	was := alarm.Tuning{Limit: 5, Deadband: alarm.Band{Size: 0.1}, OnDelay: time.Second}
	is := alarm.Tuning{Limit: 5.5, Deadband: alarm.Band{Size: 2, Percent: true, Span: 10}, OnDelay: 90 * time.Second, OffDelay: time.Hour}
	for _, c := range []struct {
		name, text, want string
		is               alarm.Tuning
		fails            string
	}{
		{name: "all of it", is: is,
			text: "id,limit,deadband,on_delay,off_delay,message\n# a word\nA,5,0.1,1s,,\"high, and rising\"\nB,5,0.1,1s,,\n",
			want: "id,limit,deadband,on_delay,off_delay,message\n# a word\nA,5.5,2%,1m30s,1h,\"high, and rising\"\nB,5,0.1,1s,,\n"},
		{name: "only what differs", is: alarm.Tuning{Limit: 6, Deadband: was.Deadband, OnDelay: was.OnDelay},
			text: "id,limit,deadband,on_delay\nB,1,,\nA,5.0, 0.10,1000ms", want: "id,limit,deadband,on_delay\nB,1,,\nA,6,\" 0.10\",1000ms"},
		{name: "nothing", is: was, text: "id,limit\nA,5", want: "id,limit\nA,5"},
		{name: "as a spreadsheet writes it", is: alarm.Tuning{Limit: 5, Deadband: was.Deadband, OnDelay: 5 * time.Minute},
			text: "\ufeffid;limit;on_delay\r\nA;5;1s\r\nB;5;1s\r\n", want: "\ufeffid;limit;on_delay\r\nA;5;5m\r\nB;5;1s\r\n"},
		{name: "a column that is missing", is: alarm.Tuning{Limit: 5, Deadband: was.Deadband, OnDelay: time.Second, OffDelay: 2 * time.Second},
			text: "id,limit\nB,1\nA,5\n", want: "id,limit,off_delay\nB,1\nA,5,2s\n"},
		{name: "who reviewed it", is: alarm.Tuning{Limit: 7, Deadband: was.Deadband, OnDelay: time.Second},
			text: "id,rationalised_by,limit,rationalised_on\nA,nobody,5,2020-01-01\n", want: "id,rationalised_by,limit,rationalised_on\nA,vera,7,2026-03-14\n"},
		{name: "a text of several lines before it", is: alarm.Tuning{Limit: 7, Deadband: was.Deadband, OnDelay: time.Second},
			text: "id,message,limit\nB,\"one\ntwo\",1\nA,,5\n", want: "id,message,limit\nB,\"one\ntwo\",1\nA,,7\n"},
		{name: "gone", is: is, text: "id,limit\nB,5\n", fails: "no alarm A any more"},
	} {
		got, err := Retune([]byte(c.text), "A", was, c.is, "vera", day)
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: %v, want %q", c.name, err, c.fails)
			}
			continue
		}
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%q, want\n%q", c.name, err, got, c.want)
		}
	}
}

// Every alarm of a project can be tuned, and nothing else of it differs then.
func TestRetuneChangesOneAlarm(t *testing.T) {
	dir := folder(t)
	before, err := Load(dir, set)
	if err != nil || len(before.Alarms) == 0 {
		t.Fatal(before, err)
	}
	text := content(t, dir, alarmsFile)
	for i := range before.Alarms {
		r := &before.Alarms[i]
		is := r.Tuning()
		is.OnDelay, is.OffDelay = is.OnDelay+7*time.Second, is.OffDelay+90*time.Minute
		out, err := Retune([]byte(text), r.ID, r.Tuning(), is, "vera", time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		after, err := Replace(dir, map[string][]byte{alarmsFile: out}, set)
		if err != nil {
			t.Fatal(err)
		}
		for k := range after.Alarms {
			got, want := after.Alarms[k], before.Alarms[k]
			if k == i {
				want = want.Tuned(is)
				got.RationalisedBy, got.RationalisedOn = want.RationalisedBy, want.RationalisedOn
			}
			if got != want {
				t.Fatalf("tuning %s changed %s to %+v", r.ID, want.ID, got)
			}
		}
	}
}
