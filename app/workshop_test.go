package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/app/command"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/historian/journal"
	"penstock/screens"
)

// A display that is saved is in its file, is run, keeps devices where the
// flags point them, and is in the journal; what is wrong changes nothing.
func TestDisplayIsSavedRunAndJournalled(t *testing.T) {
	r := newSite(t, nil)
	p, proj := r.Plant, r.Project()
	good := []byte(`{"format": 1, "title": "Wells", "level": 1, "size": [1600, 900], "items": [
  {"id": "T", "kind": "value", "box": [0, 0, 90, 40], "tags": {"value": "T"}}]}`)
	ctx, file := t.Context(), filepath.Join(r.dir, "displays", "wells.json")
	if err := r.SaveDisplay(ctx, engineer{}, "wells", good); !errors.Is(err, errBuiltIn) || r.Fixed() == nil {
		t.Errorf("without a folder: %v", err)
	}
	r.open()
	for _, who := range []screens.Session{nil, engineer{plant.RightConfigure}} {
		if err := r.SaveDisplay(ctx, who, "wells", good); !errors.Is(err, command.ErrNotAllowed) {
			t.Errorf("%v may save: %v", who, err)
		}
	}
	bad := strings.Replace(string(good), `"value": "T"`, `"value": "U"`, 1)
	err := r.SaveDisplay(ctx, engineer{}, "wells", []byte(bad))
	if probs, ok := errors.AsType[project.Problems](err); !ok || probs[0].File != "displays/wells.json" || probs[0].Line != 2 {
		t.Errorf("of a tag that is not there: %v", err)
	}
	if err := r.SaveDisplay(ctx, engineer{}, "../wells", good); err == nil {
		t.Error("a display is written outside of its folder")
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) || p.Project() != proj {
		t.Fatalf("something has changed: %v", err)
	}

	if err := r.SaveDisplay(ctx, engineer{}, "wells", good); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != string(good) {
		t.Errorf("the file holds %q, %v", text, err)
	}
	if p.Project().Display("wells") == nil || p.Project().Device("D").Endpoint != "elsewhere" {
		t.Errorf("the plant runs %+v", p.Project())
	}
	told, err := r.Entries(ctx, journal.Filter{Kinds: []journal.Kind{journal.Config}})
	if err != nil || len(told) == 0 || told[0].Who != "eva" || told[0].Note != "display wells saved" {
		t.Errorf("the journal has %+v, %v", told, err)
	}
	kept, err := project.Versions(r.data.VersionsDir())
	if err != nil || len(kept) != 2 || len(told) == 0 || told[0].Old != kept[0].Name || told[0].New != kept[1].Name {
		t.Fatalf("the versions are %v, %v", kept, err)
	}
	if p, err := project.Load(kept[1].Folder, r.set); err != nil || p.Display("wells") == nil {
		t.Errorf("the version with the display is not a project that has it: %v", err)
	}
	var out strings.Builder
	if code := dispatch(ctx, verbs(), []string{"versions", "--data", string(r.data), "--diff", "last"}, &out, io.Discard); code != exitOK || out.String() != "displays/wells.json +\n1 change\n" {
		t.Errorf("versions --diff last: %d %s", code, out.String())
	}
	if err := r.DeleteDisplay(ctx, engineer{}, "wells"); err != nil || p.Project().Display("wells") != nil {
		t.Errorf("deleted: %v", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its file is there: %v", err)
	}
}
