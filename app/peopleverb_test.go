package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/app/auth"
	"penstock/app/plant"
	"penstock/historian/journal"
)

// The forgotten password of the only administrator is not the end: who has the
// data folder at hand gives a new one, and the journal says so.
func TestTheAdministratorIsRecovered(t *testing.T) {
	ctx, data := t.Context(), plant.DataDir(t.TempDir())
	gate := func(do func(*auth.Gate)) {
		t.Helper()
		j, err := journal.Open(journal.Options{Path: data.JournalPath()})
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		g, err := auth.Open(j, auth.Options{})
		if err != nil {
			t.Fatal(err)
		}
		do(g)
	}
	call := func(typed string, args ...string) (int, string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "typed")
		if err := os.WriteFile(file, []byte(typed), 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		v := peopleVerb
		v.run = func(ctx context.Context, c *call) error { return peopleOf(ctx, c, in) }
		var out strings.Builder
		code := dispatch(ctx, []verb{v}, append([]string{"people"}, args...), &out, &out)
		return code, out.String()
	}
	if code, say := call("", "--data", string(data)); code != exitFailed || !strings.Contains(say, "no data folder that a plant ran on") {
		t.Errorf("of an empty folder: %d %s", code, say)
	}
	gate(func(g *auth.Gate) {
		if err := g.First(ctx, "anna", "Anna Berg", "lake-Rhein-77x"); err != nil {
			t.Fatal(err)
		}
	})
	if code, say := call("", "--data", string(data)); code != exitOK || !strings.Contains(say, "Anna Berg") || !strings.Contains(say, "never logged in") {
		t.Errorf("the list: %d %s", code, say)
	}
	if code, say := call("short\n", "recover", "anna", "--data", string(data)); code != exitFailed || !strings.Contains(say, "this one has 5") {
		t.Errorf("a short password: %d %s", code, say)
	}
	if code, say := call("hill-Main-31y\n", "recover", "bert", "--data", string(data)); code != exitFailed {
		t.Errorf("of somebody who is not there: %d %s", code, say)
	}
	lock, err := data.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if code, say := call("hill-Main-31y\n", "recover", "anna", "--data", string(data)); code != exitFailed || !strings.Contains(say, "runs on this data folder") {
		t.Errorf("while the station runs: %d %s", code, say)
	}
	lock.Close()
	if code, say := call("hill-Main-31y\n", "recover", "anna", "--data", string(data)); code != exitOK {
		t.Fatalf("recovered: %d %s", code, say)
	}
	gate(func(g *auth.Gate) {
		if _, err := g.Login(ctx, "anna", "lake-Rhein-77x", ""); err == nil {
			t.Error("the old password still counts")
		}
		if _, err := g.Login(ctx, "anna", "hill-Main-31y", ""); err != nil {
			t.Error(err)
		}
		if u, ok := g.User("anna"); !ok || !u.MustChange {
			t.Errorf("she need not change it: %+v", u)
		}
	})
	j, err := journal.Open(journal.Options{Path: data.JournalPath(), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	told, err := j.Query(ctx, journal.Filter{Actions: []string{"recovered"}})
	if err != nil || len(told) != 1 || !strings.Contains(told[0].Who, "the data folder at hand") {
		t.Errorf("the journal has %+v, %v", told, err)
	}
	if code, _ := call("", "drop", "anna", "--data", string(data)); code != exitUsage {
		t.Error("another word is taken")
	}
}
