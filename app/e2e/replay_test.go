package e2e

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A recording that is replayed by the plant's servers arrives in history row
// for row over OPC UA, and no row is missed over Modbus: values bit for bit,
// source times as far apart as in the file, an empty cell as a bad sample.
func TestARecordingArrivesRowForRow(t *testing.T) {
	if testing.Short() {
		t.Skip("replays for some seconds")
	}
	const rows, speed = 60, 3
	began := time.Now().Add(-time.Second)
	var csv strings.Builder
	csv.WriteString("datetime;Pressure;Volume Flow RateRMS;anomaly\n")
	at := time.Date(2020, 2, 8, 13, 30, 47, 0, time.UTC)
	var times []time.Time
	var pressure []float64
	for i := range rows {
		p := fmt.Sprint(0.382638 + math.Sin(float64(i))/7)
		if i == 20 {
			p = ""
		}
		fmt.Fprintf(&csv, "%s;%s;%d;0.0\n", at.Format(time.DateTime), p, 120+i%3)
		v, err := strconv.ParseFloat(p, 64)
		if err != nil {
			v = math.NaN()
		}
		times, pressure = append(times, at), append(pressure, v)
		at = at.Add(time.Duration(1+i%17/16) * time.Second) // now and then a second is missing
	}
	dir := t.TempDir()
	file, project, data := filepath.Join(dir, "bed.csv"), filepath.Join(dir, "project"), filepath.Join(dir, "data")
	if err := os.WriteFile(file, []byte(csv.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	demoPlant(t, "--replay", file, "--speed", fmt.Sprint(speed), "--project-out", project)
	run(t, 0, "check", "--project", project)
	s := station(t, project, data)
	s.until(patience, fmt.Sprintf("%d good", rows), "get UA.ROW")
	s.until(5*time.Second, fmt.Sprintf("%d good", rows), "get MB.ROW")
	fmt.Fprintln(s.in, "stop")
	<-s.done

	raw := func(id string) []map[string]string {
		return table(t, run(t, 0, "history", "--data", data, "--tag", id, "--raw", "--from", began.Format(time.RFC3339Nano)))
	}
	got := raw("UA.Pressure")
	if len(got) > 0 && got[0]["quality"] != "good" && len(got) == rows+1 {
		got = got[1:] // what was before the first row
	}
	if len(got) != rows {
		t.Fatalf("%d samples of the pressure, want one for each of the %d rows", len(got), rows)
	}
	var first time.Time
	for i, r := range got {
		when, err := time.Parse(time.RFC3339Nano, r["time"])
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = when
		}
		if apart, want := when.Sub(first), times[i].Sub(times[0])/speed; (apart - want).Abs() > time.Millisecond {
			t.Errorf("row %d is %v after the first, want %v", i+1, apart, want)
		}
		v, err := strconv.ParseFloat(r["value"], 64)
		switch empty := math.IsNaN(pressure[i]); {
		case empty && r["quality"] == "good":
			t.Errorf("row %d has no pressure, but history has a good %s", i+1, r["value"])
		case !empty && (err != nil || v != pressure[i] || r["quality"] != "good"):
			t.Errorf("row %d: %s %s, want %v", i+1, r["value"], r["quality"], pressure[i])
		}
	}
	seen := map[string]bool{}
	for _, r := range raw("MB.ROW") {
		seen[r["value"]] = true
	}
	for i := range rows {
		if !seen[strconv.Itoa(i+1)] {
			t.Errorf("row %d was missed over Modbus", i+1)
		}
	}
}
