package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// The file that packages the program and the program agree about what it is.
func TestFyneAppSaysWhatTheProgramSays(t *testing.T) {
	var f struct {
		Details    struct{ Icon, Name, ID, Version string }
		Migrations map[string]bool
	}
	if _, err := toml.DecodeFile("../FyneApp.toml", &f); err != nil {
		t.Fatal(err)
	}
	if f.Details.ID != appID || f.Details.Name != appName || f.Details.Version != appVersion || !f.Migrations["fyneDo"] {
		t.Errorf("FyneApp.toml says %+v, the program %s %s %s", f, appName, appID, appVersion)
	}
	if _, err := os.Stat("../" + f.Details.Icon); err != nil {
		t.Errorf("the icon: %v", err)
	}
}

func TestMoment(t *testing.T) {
	now := time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"-15m": now.Add(-15 * time.Minute), "now": now, "-36h": now.Add(-36 * time.Hour),
		"2026-03-29T08:00:00Z": now.Add(-4 * time.Hour), "2026-03-29T08:00:00.5+02:00": now.Add(-6*time.Hour + 500*time.Millisecond),
	} {
		m := moment{now: func() time.Time { return now }}
		if err := m.Set(text); err != nil || !m.t.Equal(want) {
			t.Errorf("%q is %v (%v), want %v", text, m.t, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "-15", "15m", "12:00", "2026-13-01"} {
		m := moment{now: func() time.Time { return now }}
		if err := m.Set(text); err == nil {
			t.Errorf("%q was taken for %v", text, m.t)
		}
	}
}

func TestCSVHoldsNoFormula(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "@x": "'@x", "-5": "-5", "+3.2": "+3.2", "-cmd": "'-cmd", "pump": "pump", "": ""} {
		if got := safe(in); got != want {
			t.Errorf("%q is written as %q", in, got)
		}
	}
}

// Every verb tells what it is for, in one line and in more.
func TestVerbsAreExplained(t *testing.T) {
	seen := map[string]bool{}
	for i, v := range verbs() {
		if seen[v.name] || (v.name == "") != (i == 0) {
			t.Errorf("verb %d is %q", i, v.name)
		}
		seen[v.name] = true
		if v.long == "" || (v.name != "" && v.short == "") || strings.HasSuffix(v.short, ".") {
			t.Errorf("%q is not explained", v.name)
		}
	}
}

// Only what is empty is dropped: what says something is a person's.
func TestDropEmpty(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "kept": "{}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		dropEmpty(filepath.Join(dir, name))
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != (text != "") {
			t.Errorf("%s: %v", name, err)
		}
	}
	dropEmpty(filepath.Join(dir, "nowhere"))
	dropEmpty(dir)
}

// A display that nothing serves is said in a sentence: the window system
// would end the program with a trace.
func TestNoDisplay(t *testing.T) {
	for _, d := range []struct{ display, wayland, want string }{
		{"", "", "DISPLAY is not set"},
		{"", "wayland-0", ""},
		{":999999", "", "nothing answers on display :999999"},
		{"unix:999999.0", "", "nothing answers on display unix:999999.0"},
		{"localhost:10.0", "", ""}, // forwarded: not ours to judge
	} {
		err := noDisplay(d.display, d.wayland)
		if d.want == "" && err != nil || d.want != "" && (err == nil || !strings.Contains(err.Error(), d.want)) {
			t.Errorf("DISPLAY=%q WAYLAND_DISPLAY=%q: %v, want %q", d.display, d.wayland, err, d.want)
		}
	}
}
