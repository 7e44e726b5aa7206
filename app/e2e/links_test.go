package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/drivers"
)

// linkReport is what `penstock links --json` prints.
type linkReport struct {
	Stale   string           `json:"stale"`
	At      time.Time        `json:"as_of"`
	Running bool             `json:"running"`
	Links   []drivers.Status `json:"links"`
}

// linksOf asks about the links until they are as wanted, and fails when they
// are not in time.
func linksOf(t *testing.T, data, what string, wanted func(linkReport) bool) linkReport {
	t.Helper()
	var out []byte
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		cmd := exec.Command(penstock(t), "links", data, "--json")
		cmd.Env = append(os.Environ(), locale)
		out, _ = cmd.Output() // 1 while there is nothing, or it is stale
		var r linkReport
		if json.Unmarshal(out, &r) == nil && wanted(r) {
			return r
		}
	}
	t.Fatalf("not within a minute: %s\n%s", what, out)
	return linkReport{}
}

// Another program can know how the links of a station are doing, when that was,
// and what went over a line before it was lost; it is told when the station is
// not there any more.
func TestLinksAreToldFromOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole plant")
	}
	waterworks, ua, mb := demoPlant(t)
	project, data := copyDemo(t), filepath.Join(t.TempDir(), "data")
	if got := run(t, 1, "links", t.TempDir()); !strings.Contains(got, "no station has run") {
		t.Errorf("of an empty folder it says %q", got)
	}
	args := []string{"serve", "--project", project, "--data", data, "--endpoint", "PLC1=" + ua, "--endpoint", "RTU1=" + mb}
	s := start(t, nil, penstock(t), args...)
	r := linksOf(t, data, "both links are up, and the unit was read three times", func(r linkReport) bool {
		for _, l := range r.Links {
			if l.State != drivers.Up || l.Device == "RTU1" && l.Counters.Requests < 4 || l.Wire.Received == 0 {
				return false
			}
		}
		return len(r.Links) == 2 && r.Stale == "" && r.Running
	})
	for _, l := range r.Links {
		if want := map[string]string{"PLC1": "subscribed", "RTU1": "polled"}[l.Device]; l.Mode != want || l.Points == 0 || l.BadPoints > 0 {
			t.Errorf("%s is %s with %d points, %d bad; want %s", l.Device, l.Mode, l.Points, l.BadPoints, want)
		}
		if n := l.Latency.Count(); n != l.Counters.Requests || n == 0 {
			t.Errorf("%s: %d times of %d requests", l.Device, n, l.Counters.Requests)
		}
		if w := l.Wire; w.Sent == 0 || w.Received < w.Sent/2 || w.ReceivedBytes <= w.Received {
			t.Errorf("%s: on the wire %+v", l.Device, w)
		}
		if l.Counters.Samples == 0 || l.Words == "" || l.LastData.IsZero() {
			t.Errorf("%s says nothing of its data: %+v", l.Device, l)
		}
		if c := l.Cycles; l.Device == "RTU1" && (len(c) == 0 || c[0].Period <= 0 || c[0].Actual <= 0 || c[0].Took <= 0) {
			t.Errorf("%s: scan periods %+v", l.Device, c)
		}
	}
	text := run(t, 0, "links", data, "RTU1")
	for _, part := range []string{"as of ", "RTU1  up  connected for ", "half within ", "points, read every "} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
	if strings.Contains(text, "PLC1") {
		t.Errorf("asked for RTU1 alone:\n%s", text)
	}

	waterworks.kill()
	r = linksOf(t, data, "the loss of both is told in words", func(r linkReport) bool {
		for _, l := range r.Links {
			if l.State == drivers.Up || l.Error == "" || l.Detail == "" || l.Counters.Outages == 0 {
				return false
			}
		}
		return len(r.Links) == 2
	})
	if words := r.Links[1].Error; !strings.HasSuffix(words, ".") && !strings.HasSuffix(words, "?") {
		t.Errorf("the fault in words is %q", words)
	}
	var kept []drivers.Recording
	for end := time.Now().Add(30 * time.Second); len(kept) < 2 && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if err := json.Unmarshal([]byte(output(t, "", "links", data, "--recording", "--json")), &kept); err != nil {
			t.Fatal(err)
		}
	}
	if len(kept) != 2 {
		t.Fatalf("%d recordings of two lost links", len(kept))
	}
	flight := run(t, 0, "links", data, "RTU1", "--recording")
	for _, part := range []string{"flight recorder of RTU1\n", "because the connection was lost: ", "-> unit 1 FC", "<- unit 1 after "} {
		if !strings.Contains(flight, part) {
			t.Errorf("%q is missing in\n%s", part, flight)
		}
	}

	s.kill()
	linksOf(t, data, "the report is stale", func(r linkReport) bool {
		return r.Running && strings.Contains(r.Stale, "does not run any more")
	})
	if text := run(t, 1, "links", data); !strings.Contains(text, "NOT NOW: ") || !strings.Contains(text, "RTU1") {
		t.Errorf("of a station that was killed it says\n%s", text)
	}
	s = start(t, nil, penstock(t), args...)
	linksOf(t, data, "the next one reports", func(r linkReport) bool { return r.Stale == "" })
	if err := s.stop(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	r = linksOf(t, data, "the stop is told", func(r linkReport) bool { return r.Stale == "the station was stopped" })
	for _, l := range r.Links {
		if l.State != drivers.Stopped {
			t.Errorf("%s is %s after the stop", l.Device, l.State)
		}
	}
}
