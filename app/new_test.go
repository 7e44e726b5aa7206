package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"penstock/app/project"
	"penstock/assets"
	"penstock/drivers/host"
)

// callVerb runs a verb and returns what it prints, and its exit code.
func callVerb(t *testing.T, args ...string) (out, errOut string, code int) {
	t.Helper()
	var o, e strings.Builder
	code = dispatch(t.Context(), verbs(), args, &o, &e)
	return o.String(), e.String(), code
}

// A project that was begun is without a mistake, and the copy of the demo
// takes the advice this program gives about displays.
func TestNewProjects(t *testing.T) {
	if testing.Short() {
		t.Skip("paints every display of the demo several times, on one goroutine")
	}
	for _, c := range []struct {
		name string
		args []string
		from fs.FS
	}{{"starter", nil, assets.Starter()}, {"demo", []string{"--demo"}, assets.Demo()}} {
		dir := filepath.Join(t.TempDir(), "plant")
		if out, errOut, code := callVerb(t, append([]string{"new", dir}, c.args...)...); code != exitOK || !strings.Contains(out, "penstock --project "+dir) {
			t.Fatalf("%s: %d, %s%s", c.name, code, out, errOut)
		}
		out, errOut, code := callVerb(t, "check", "--advice", "--project", dir)
		if code != exitOK || strings.Contains(out, "displays") && strings.Contains(out, "advice: displays") {
			t.Errorf("%s: %d, %s%s", c.name, code, out, errOut)
		}
		p, err := project.Load(dir, host.Wrap(inside()))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range p.Displays { // as the editor writes them
			file := "displays/" + d.Name + ".json"
			have, err := fs.ReadFile(c.from, file)
			if err != nil {
				t.Fatal(err)
			}
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(filepath.Join("../assets", c.name, file), d.Text(), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if !bytes.Equal(have, d.Text()) {
				t.Errorf("assets/%s/%s is not as the program writes it; run this test with UPDATE=1", c.name, file)
			}
		}
		if _, errOut, code := callVerb(t, "new", dir); code != exitFailed || !strings.Contains(errOut, "is not empty") {
			t.Errorf("%s again: %d, %s", c.name, code, errOut)
		}
	}
	if _, errOut, code := callVerb(t, "new"); code != exitUsage || !strings.Contains(errOut, "name the folder") {
		t.Errorf("without a folder: %d, %s", code, errOut)
	}
}

var lineNumber = regexp.MustCompile(`\.json:[0-9]+:`)

func TestWhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plant")
	if err := begin(dir, assets.Starter()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, want string }{
		{"PS.LT1", "tags.csv: PS.VOL is worked out from it\nalarms.csv: PS.LT1.H is an alarm of it\nalarms.csv: PS.LT1.L is an alarm of it\ndisplays/overview.json: level shows it as value\n"},
		{"PS.P2.RUN", "displays/station.json: out2 works flow out from it\n"},
		{"PS.P2.RUN", "displays/station.json: P2/pump shows it as run\n"},
		{"pump", "displays/station.json: P1 shows it as a template\ndisplays/station.json: P2 shows it as a template\n"},
		{"station", "alarms.csv: PS.LT1.H leads to it\nalarms.csv: PS.LT1.L leads to it\ndisplays/overview.json: go leads to it\n"},
		{"overview", "displays/station.json: the display is one level below it\n"},
	} {
		out, errOut, code := callVerb(t, "check", "--project", dir, "--where", c.name)
		out = lineNumber.ReplaceAllString(out, ".json:") // lines move when the starter is edited
		if code != exitOK || !strings.Contains(out, c.want) {
			t.Errorf("%s: %d\n%s%swant\n%s", c.name, code, out, errOut, c.want)
		}
	}
	if _, errOut, code := callVerb(t, "check", "--project", dir, "--where", "PS.XX"); code != exitFailed || !strings.Contains(errOut, "nothing in "+dir+" uses PS.XX") {
		t.Errorf("of nothing: %d, %s", code, errOut)
	}
}
