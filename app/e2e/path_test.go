package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// copyDemo copies the demo project, so that a test may change it.
func copyDemo(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "project")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root(t), "assets", "demo"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The whole job on real protocols: values arrive by OPC UA and Modbus, a set
// point moves the model and is read back, an alarm comes, is acknowledged,
// survives a kill, and returns; and history, alarms and journal agree.
func TestTheWholePath(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole plant")
	}
	began := time.Now().Add(-time.Second)
	_, ua, mb := demoPlant(t, "--speed", "10")
	project, data := copyDemo(t), filepath.Join(t.TempDir(), "data")
	redirect := []string{"PLC1=" + ua, "RTU1=" + mb}
	s := station(t, project, data, redirect...)

	// Both protocols.
	s.until(20*time.Second, "Auto good", "get HL.P601.MODE")
	s.until(20*time.Second, "Auto good", "get FL.F510.MODE")

	// A set point acts on the model and is read back.
	if got := s.ask("set HL.PIC601.SP 5.5"); got != "done" {
		t.Fatalf("set point: %s", got)
	}
	if got := s.ask("set HL.PIC601.SP 99"); !strings.HasPrefix(got, "refused: ") {
		t.Fatalf("set point out of range: %s", got)
	}
	// A write over Modbus.
	if got := s.ask("set FL.F520.MODE 1"); got != "done" {
		t.Fatalf("selector over Modbus: %s", got)
	}
	s.until(10*time.Second, "Hand good", "get FL.F520.MODE")

	// Stop the high-lift pumps: pressure falls, an alarm comes.
	for _, pump := range []string{"HL.P601.MODE", "HL.P602.MODE", "HL.P603.MODE"} {
		if got := s.ask("set %s 0", pump); got != "done" {
			t.Fatalf("%s off: %s", pump, got)
		}
	}
	s.until(90*time.Second, "unacknowledged", "state %s", pressureAlarm)
	if got := s.ask("ack %s pumps stopped for the test", pressureAlarm); got != "acknowledged" {
		t.Fatal(got)
	}
	if got := s.ask("state %s", pressureAlarm); got != "acknowledged" {
		t.Fatal(got)
	}
	if got := s.ask("ack %s again", pressureAlarm); !strings.HasPrefix(got, "already acknowledged by ann") {
		t.Fatalf("second acknowledgement: %s", got)
	}

	// The power fails.
	s.kill()
	if got := run(t, 0, "alarms", "--data", data); !strings.Contains(got, pressureAlarm+",C,acknowledged") {
		t.Fatalf("after the kill the alarm list says\n%s", got)
	}

	s = station(t, project, data, redirect...)
	if got := s.ask("state %s", pressureAlarm); got != "acknowledged" {
		t.Fatalf("after the restart: %s", got)
	}
	for _, pump := range []string{"HL.P601.MODE", "HL.P602.MODE", "HL.P603.MODE"} {
		s.until(20*time.Second, "Off good", "get %s", pump)
		if got := s.ask("set %s 2", pump); got != "done" {
			t.Fatalf("%s auto: %s", pump, got)
		}
	}
	s.until(120*time.Second, "normal", "state %s", pressureAlarm)

	// What is kept agrees with what happened.
	s.ask("get HL.PT601")
	raw := table(t, run(t, 0, "history", "--data", data, "--tag", "HL.PT601", "--raw", "--from", began.Format(time.RFC3339Nano)))
	if len(raw) < 20 {
		t.Errorf("only %d samples of the pressure", len(raw))
	}
	low := 1e9
	for _, r := range raw {
		if f, err := strconv.ParseFloat(r["value"], 64); err == nil {
			low = min(low, f)
		}
		if r["quality"] == "" || !strings.HasPrefix(r["status"], "0x") {
			t.Fatalf("a sample without quality: %v", r)
		}
	}
	if low > 3 {
		t.Errorf("history never saw the pressure fall: lowest %g", low)
	}
	if got := run(t, 0, "alarms", "--data", data); strings.Contains(got, pressureAlarm) {
		t.Errorf("the alarm is still standing:\n%s", got)
	}
	var story []string
	for _, r := range table(t, run(t, 0, "journal", "--data", data, "--format", "csv")) {
		if r["on"] == pressureAlarm {
			story = append(story, r["action"])
			if r["action"] == "acknowledged" && (r["who"] != "ann" || r["note"] != "pumps stopped for the test") {
				t.Errorf("acknowledgement: %v", r)
			}
		}
	}
	text := strings.Join(story, ", ")
	if !strings.HasPrefix(text, "annunciated, acknowledged") || !strings.HasSuffix(text, "returned") {
		t.Errorf("the journal tells of the alarm: %s", text)
	}
	var writes []string
	for _, r := range table(t, run(t, 0, "journal", "--data", data, "--kind", "command")) {
		if r["on"] == "HL.PIC601.SP" {
			writes = append(writes, r["new"]+" "+strings.SplitN(r["outcome"], ":", 2)[0])
		}
	}
	if got := strings.Join(writes, ", "); !strings.HasPrefix(got, "5.5") || !strings.HasSuffix(got, "refused") || strings.Count(got, ",") != 2 {
		t.Errorf("the journal tells of the set point: %s", got)
	}
	if got := run(t, 0, "journal", "verify", "--data", data); got == "" {
		t.Error("verify says nothing")
	}
	fmt.Fprintln(s.in, "stop")
	select {
	case <-s.done:
		if s.err != nil {
			t.Errorf("stop: %v", s.err)
		}
	case <-time.After(5 * time.Second):
		t.Error("did not stop within 5 s")
	}
	if got := run(t, 0, "journal", "verify", "--data", data); !strings.Contains(got, "anchors agree") {
		t.Errorf("of the anchors beside the data folder it says %s", got)
	}
}

const pressureAlarm = "HL.PT601.LL"

// table reads CSV as rows by column name.
func table(t *testing.T, text string) (out []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("not CSV: %v\n%s", err, text)
	}
	for _, r := range all[1:] {
		m := map[string]string{}
		for i, name := range all[0] {
			m[name] = r[i]
		}
		out = append(out, m)
	}
	return out
}

// A station ends within two seconds when the system asks it to, and says so
// in the journal; the data folder belongs to one station at a time.
func TestServeStopsCleanlyAndOwnsItsData(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole plant")
	}
	_, ua, mb := demoPlant(t)
	project, data := copyDemo(t), filepath.Join(t.TempDir(), "data")
	args := []string{"serve", "--project", project, "--data", data, "--endpoint", "PLC1=" + ua, "--endpoint", "RTU1=" + mb}
	s := start(t, nil, penstock(t), args...)
	s.line(20*time.Second, "Penstock Waterworks runs")
	if got := run(t, 1, args...); !strings.Contains(got, "another Penstock runs on this data folder") {
		t.Errorf("a second station on the same data: %s", got)
	}
	time.Sleep(3 * time.Second)
	if err := s.stop(5 * time.Second); err != nil {
		t.Fatalf("SIGTERM: %v", err)
	}
	if got := run(t, 0, "journal", "--data", data, "--kind", "system"); !strings.Contains(got, "station started") || !strings.Contains(got, "station stopped") {
		t.Errorf("the journal says\n%s", got)
	}
}

// What a user gets wrong ends in a sentence and exit code 1 or 2.
func TestWrongCalls(t *testing.T) {
	demo := copyDemo(t)
	broken := copyDemo(t)
	if err := os.WriteFile(filepath.Join(broken, "tags.csv"), []byte("id,device\nA,NOWHERE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	for name, c := range map[string]struct {
		code int
		say  string
		args []string
	}{
		"no such verb":           {2, `there is no "fly"`, []string{"fly"}},
		"no such flag":           {2, "flag provided but not defined", []string{"check", "--projekt", demo}},
		"missing flag":           {2, "--data is missing", []string{"serve", "--project", demo}},
		"missing folder":         {1, "there is no folder", []string{"check", "--project", filepath.Join(empty, "none")}},
		"a file as folder":       {1, "is a file", []string{"check", "--project", file}},
		"empty folder":           {1, "project.toml: the file is missing", []string{"check", "--project", empty}},
		"serve a broken project": {1, "there is no device", []string{"serve", "--project", broken, "--data", filepath.Join(empty, "d")}},
		"data is a file":         {1, "data folder", []string{"serve", "--project", demo, "--data", file}},
		"no such device":         {2, "no device", []string{"serve", "--project", demo, "--data", filepath.Join(empty, "d"), "--endpoint", "X=plc://y"}},
		"history of nothing":     {1, "no such folder", []string{"history", "--data", filepath.Join(empty, "none"), "--tag", "A"}},
		"times turned round":     {2, "is not before", []string{"history", "--data", empty, "--tag", "A", "--from", "-1m", "--to", "-5m"}},
		"not a time":             {2, "write a time", []string{"history", "--data", empty, "--tag", "A", "--from", "yesterday"}},
		"journal of nothing":     {1, "no ops.db", []string{"journal", "--data", empty}},
		"plant not on loopback":  {2, "loopback", []string{"plant", "--opcua", "0.0.0.0:0"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := run(t, c.code, c.args...); !strings.Contains(got, c.say) {
				t.Errorf("said %q, want %q", got, c.say)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(empty, "d")); err == nil {
		t.Error("a call that was refused left a data folder behind")
	}
	for _, v := range []string{"", "serve", "plant", "check", "snapshot", "history", "alarms", "journal"} {
		if got := run(t, 0, strings.Fields(v+" --help")...); !strings.Contains(got, "usage: penstock") {
			t.Errorf("%s --help: %s", v, got)
		}
	}
}
