package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/app/command"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/historian/journal"
)

// Devices are added, changed and removed while the plant runs; what the
// project cannot be without stays, and edited files are taken up when a person
// says so.
func TestDevicesAreChangedWhileThePlantRuns(t *testing.T) {
	r := newSite(t, map[string]string{"devices.toml": "# The pump house.\n[device.D]\ndriver = \"silent\"\nendpoint = \"a\"\n"})
	p := r.Plant
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	added := project.DeviceRow{Name: "E", Cells: map[string]string{"driver": "silent", "endpoint": "b"}}
	if err := r.SetDevice(ctx, engineer{}, added); !errors.Is(err, errBuiltIn) {
		t.Errorf("the demo's devices can be changed: %v", err)
	}
	r.open()
	if err := r.SetDevice(ctx, engineer{plant.RightConfigure}, added); !errors.Is(err, command.ErrNotAllowed) {
		t.Errorf("without the right: %v", err)
	}

	if err := r.SetDevice(ctx, engineer{}, added); err != nil {
		t.Fatal(err)
	}
	if len(p.Links()) != 2 || p.Project().Device("E").Endpoint != "b" {
		t.Errorf("the links are %v", p.Links())
	}
	added.Cells = map[string]string{"endpoint": "c"}
	if err := r.SetDevice(ctx, engineer{}, added); err != nil || p.Project().Device("E").Endpoint != "c" {
		t.Errorf("another endpoint: %v", err)
	}
	wrong := project.DeviceRow{Name: "E", Cells: map[string]string{"driver": "silnt"}}
	if probs, ok := errors.AsType[project.Problems](r.SetDevice(ctx, engineer{}, wrong)); !ok || probs[0].File != devicesTOML || !strings.Contains(probs[0].Do, "silent") {
		t.Errorf("of a driver that is not there: %v", probs)
	}
	if err := r.DropDevice(ctx, engineer{}, "D"); err == nil || !strings.Contains(err.Error(), "tags.csv:2") {
		t.Errorf("a device that a tag names is removed: %v", err)
	}
	if err := r.DropDevice(ctx, engineer{}, "E"); err != nil || p.Project().Device("E") != nil {
		t.Errorf("removed: %v", err)
	}

	if c, err := r.Edited(); err != nil || len(c) != 0 {
		t.Errorf("nobody has edited files: %v, %v", c, err)
	}
	write("tags.csv", "id,device,address,lo,hi\nT,D,1,0,100\nU,D,2,0,10\nU,D,3,0,10\n")
	if _, err := r.Edited(); err == nil || !strings.Contains(err.Error(), "tags.csv:4") {
		t.Errorf("of a tag twice: %v", err)
	}
	if err := r.TakeUp(ctx, engineer{}, 1); err == nil || p.Tags().Cell("U") != nil {
		t.Errorf("a mistake is taken up: %v", err)
	}
	write("tags.csv", "id,device,address,lo,hi\nT,D,1,0,100\nU,D,2,0,10\n")
	if c, err := r.Edited(); err != nil || len(c) != 1 || c[0].On != "U" {
		t.Errorf("a tag came: %v, %v", c, err)
	}
	if err := r.TakeUp(ctx, engineer{}, 1); err != nil || p.Tags().Cell("U") == nil {
		t.Errorf("the new tag: %v", err)
	}
	told, err := r.Entries(ctx, journal.Filter{Kinds: []journal.Kind{journal.Config}})
	if err != nil || len(told) < 4 || told[0].Note != "1 change made in the project's folder" || told[0].Who != "eva" {
		t.Errorf("the journal has %+v, %v", told, err)
	}
	if text := r.file("devices.toml"); !strings.HasPrefix(text, "# The pump house.\n[device.D]") {
		t.Errorf("devices.toml is %q", text)
	}
}
