package e2e

import (
	"encoding/csv"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/assets"
	"penstock/historian"
	"penstock/historian/journal"
)

// An hour of history in which the pressure is high twice and low once, and an
// edited alarms.csv that would have missed the one and told the other.
func TestWhatOtherAlarmsWouldHaveTold(t *testing.T) {
	data := t.TempDir()
	begin := time.Now().Add(-2 * time.Hour).Truncate(time.Second)
	h, err := historian.Open(historian.Options{Dir: plant.DataDir(data).HistoryDir()})
	if err != nil {
		t.Fatal(err)
	}
	for s := range 3600 {
		v := 4.5
		switch {
		case s >= 600 && s < 660:
			v = 5.6
		case s >= 1200 && s < 1220:
			v = 5.45
		case s >= 1800 && s < 1808:
			v = 3
		}
		at := begin.Add(time.Duration(s) * time.Second).UnixNano()
		h.Append([]tag.Sample{{ID: "HL.PT601", Value: tag.Value{Source: at, Received: at, Value: tag.Float(v), Quality: tag.Good}}})
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "alarms.csv")
	editAlarms(t, file, map[string]map[string]string{"HL.PT601.H": {"limit": "5.5"}, "HL.PT601.L": {"on_delay": "5s"}})
	out := run(t, 0, "whatif", "--data", data, "--alarms", file, "--from", begin.Format(time.RFC3339), "--to", begin.Add(time.Hour).Format(time.RFC3339))
	for _, want := range []string{
		"alarm,before,after,missed,longest_missed_s,longest_missed_at,added,late_s\n",
		"HL.PT601.H,2,1,1,20," + begin.Add(1215*time.Second).UTC().Format(time.RFC3339Nano) + ",0,0\n",
		"HL.PT601.L,0,1,0,,,1,0\n",
		"before: 2 annunciations, 48 a day; 0 floods, 0s in all; 3600 samples replayed",
		"after: 2 annunciations,",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "HL.PT601.LL") {
		t.Errorf("an alarm that does not differ is printed:\n%s", out)
	}
	editAlarms(t, file, map[string]map[string]string{"HL.PT601.H": {"limit": "high"}})
	if out := run(t, 1, "whatif", "--data", data, "--alarms", file); !strings.Contains(out, "alarms.csv:") || !strings.Contains(out, "high") {
		t.Errorf("a mistake is not told with its line:\n%s", out)
	}
	run(t, 2, "whatif", "--data", data, "--alarms", file+".none")
}

// editAlarms writes the demo's alarms with other cells.
func editAlarms(t *testing.T, to string, cells map[string]map[string]string) {
	t.Helper()
	text, err := fs.ReadFile(assets.Demo(), "alarms.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, columns := range cells {
		left += len(columns)
	}
	for _, row := range rows {
		for column, v := range cells[row[0]] {
			row[slices.Index(rows[0], column)] = v
			left--
		}
	}
	if left != 0 {
		t.Fatalf("the demo lacks %d of %v", left, cells)
	}
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
}

func TestPerformanceOfTheAlarms(t *testing.T) {
	data := t.TempDir()
	j, err := journal.Open(journal.Options{Path: plant.DataDir(data).JournalPath()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(-time.Hour).UnixNano()
	r := alarm.Rule{ID: "HL.PT601.H", Tag: "HL.PT601", Area: "HL", Kind: alarm.High, Limit: 5, Priority: 2, Message: "high"}
	e, err := alarm.NewEngine([]alarm.Rule{r}, alarm.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	keep := func(ts []alarm.Transition) {
		entries, docs := alarm.Record(ts)
		if err := j.Record(t.Context(), entries, docs); err != nil {
			t.Fatal(err)
		}
	}
	begun := journal.Entry{At: time.Now().Add(-25 * time.Hour).UnixNano(), Kind: journal.System, Action: "station started"}
	if err := j.Record(t.Context(), []journal.Entry{begun}, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		now += int64(5 * time.Minute)
		keep(e.Observe(now, []tag.Sample{{ID: "HL.PT601", Value: tag.Value{Received: now, Value: tag.Float(6), Quality: tag.Good}}}))
		now += int64(30 * time.Second)
		ts, err := e.Do(r.ID, alarm.Event{At: now, What: alarm.Ack, Who: "anna"})
		if err != nil {
			t.Fatal(err)
		}
		keep(ts)
		keep(e.Observe(now, []tag.Sample{{ID: "HL.PT601", Value: tag.Value{Received: now, Value: tag.Float(4), Quality: tag.Good}}}))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := project.Keep(plant.DataDir(data).VersionsDir(), project.Files{"project.toml": []byte("format = 1\nname = \"Works\"\n[alarms]\npriorities = [\"critique\", \"haute\", \"moyenne\", \"basse\"]\n"),
		"devices.toml": nil, "tags.csv": []byte("id\n"), "alarms.csv": []byte("id,kind\n")}, time.Now()); err != nil {
		t.Fatal(err)
	}
	renamed := t.TempDir()
	for file, text := range map[string]string{"project.toml": "format = 1\nname = \"Works\"\n[alarms]\npriorities = [\"rot\", \"orange\", \"gelb\", \"blau\"]\n",
		"devices.toml": "", "tags.csv": "id\n", "alarms.csv": "id,kind\n"} {
		if err := os.WriteFile(filepath.Join(renamed, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--from", "-24h"}, "annunciated alarms of priority haute,100,%,5,10,too much\n"},
		{[]string{"--from", "-24h", "--project", renamed}, "annunciated alarms of priority orange,100,%,5,10,too much\n"},
		{[]string{"--from", "-24h", "--json", "--project", renamed}, "\"figure\": \"annunciated alarms of priority gelb\""},
		{[]string{"--from", "-24h"}, "annunciated alarms a day,2,,144,288,acceptable\n"},
		{[]string{"--from", "-24h"}, "\"time to acknowledge, half of all\",30,s,,,\n"},
		{[]string{"--from", "-24h", "--areas", "RW"}, "annunciated alarms a day,0,,144,288,acceptable\n"},
		{[]string{"--from", "-24h", "--list", "counts"}, "HL.PT601.H,2,1.0000\n"},
		{[]string{"--from", "-24h", "--list", "occurrences"}, "HL.PT601.H,HL.PT601.H#2,HL,2,"},
		{[]string{"--from", "-24h", "--json"}, "\"verdict\": \"acceptable\""},
		{[]string{"--from", "-2h"}, "time in flood,0,%,1,,too short\n"},
		{[]string{"--from", "-720h"}, "of 1.04 of the 30 days that are needed to judge"},
	} {
		if out := run(t, 0, append([]string{"performance", "--data", data}, c.args...)...); !strings.Contains(out, c.want) {
			t.Errorf("%v: no %q in\n%s", c.args, c.want, out)
		}
	}
	if out := run(t, 0, "journal", "--data", data, "--format", "xlsx"); !strings.HasPrefix(out, "PK\x03\x04") {
		t.Errorf("no workbook but %.60q", out)
	}
	anchors := filepath.Join(t.TempDir(), "anchors")
	if err := os.WriteFile(anchors, []byte("2030-01-01T00:00:00Z 3 "+strings.Repeat("00", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(t, 0, "journal", "verify", "--data", data); !strings.Contains(out, "are as they were written") {
		t.Error(out)
	}
	if out := run(t, 1, "journal", "verify", "--data", data, "--anchors", anchors); !strings.Contains(out, "entry 3: it was another one at 2030-01-01T00:00:00Z") {
		t.Error(out)
	}
	run(t, 2, "journal", "verify", "--data", data, "--anchors", anchors+".none")
	run(t, 2, "performance", "--data", data, "--list", "everything")
	run(t, 1, "performance", "--data", filepath.Join(data, "none"))
}

func TestReviewOfTheAlarms(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	if err := os.CopyFS(dir, assets.Demo()); err != nil {
		t.Fatal(err)
	}
	if out := run(t, 0, "check", "--project", dir, "--advice"); !strings.Contains(out, "no mistakes") || strings.Contains(out, "alarms.csv") {
		t.Errorf("the demo should be an example:\n%s", out)
	}
	file := filepath.Join(dir, "alarms.csv")
	editAlarms(t, file, map[string]map[string]string{"HL.PT601.H": {"limit": "11", "response": ""}, "HL.PT601.L": {"off_delay": ""}})
	// A signal with a noise of 0.2 bar.
	h, err := historian.Open(historian.Options{Dir: plant.DataDir(data).HistoryDir()})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now().Add(-time.Hour)
	for s := range 3600 {
		at := begin.Add(time.Duration(s) * time.Second).UnixNano()
		v := 4.5 + 0.2*math.Sin(float64(s*s)) // as good as random from one second to the next
		h.Append([]tag.Sample{{ID: "HL.PT601", Value: tag.Value{Source: at, Received: at, Value: tag.Float(v), Quality: tag.Good}}})
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	out := run(t, 0, "check", "--project", dir, "--advice", "--data", data)
	for _, want := range []string{
		"advice: alarms.csv: alarm HL.PT601.H: response: it has no response; ",
		"alarm HL.PT601.H: limit: it can never come: HL.PT601 ends at 10; lower the limit\n",
		"alarm HL.PT601.L: deadband: it will chatter: the deadband of 0.1 is small against the noise of HL.PT601 (",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
