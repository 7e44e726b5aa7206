package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"penstock/app/plant"
	"penstock/app/project"
	"penstock/drivers"
	"penstock/screens"
)

// silent is a driver whose devices never answer.
type silent struct{}

func (silent) CheckDevice(drivers.Device) error               { return nil }
func (silent) CheckPoint(drivers.Device, drivers.Point) error { return nil }
func (silent) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	return nil, errors.New("nobody answers")
}

// engineer may do anything but what no says.
type engineer struct{ no string }

func (engineer) User() string               { return "eva" }
func (e engineer) May(right, _ string) bool { return right != e.no }
func (engineer) Ended() bool                { return false }

// site is a small project in a folder, with one device D that never answers
// and one tag T, and the room of the plant that runs it.
type site struct {
	*room
	t    *testing.T
	dir  string // of the project
	data plant.DataDir
	shop *workshop // what makes the project one that can be changed here
	set  drivers.Set
}

// newSite starts the plant; files stand for those of the same name.
func newSite(t *testing.T, files map[string]string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), data: plant.DataDir(t.TempDir()), set: drivers.Set{"silent": silent{}}}
	all := map[string]string{"project.toml": "format = 1\nname = \"Test\"\n", "devices.toml": "[device.D]\ndriver = \"silent\"\nendpoint = \"written\"\n",
		"tags.csv": "id,device,address,lo,hi\nT,D,1,0,100\n", "alarms.csv": "id,tag,kind,limit\n"}
	maps.Copy(all, files)
	for name, text := range all {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(s.dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	proj, err := project.Load(s.dir, s.set)
	if err != nil {
		t.Fatal(err)
	}
	at := endpoints{"D": "elsewhere"} // as a flag points it
	if err := proj.Redirect(at); err != nil {
		t.Fatal(err)
	}
	p, err := plant.Start(plant.Config{Project: proj, Data: s.data, Drivers: s.set, Station: "station 1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	if s.room, err = newRoom(p); err != nil {
		t.Fatal(err)
	}
	s.shop = &workshop{folder: s.dir, drivers: s.set, endpoints: at}
	return s
}

// open lets the project be changed.
func (s *site) open() { s.room.shop = s.shop }

// file is what stands in a file of the project; "" where there is none.
func (s *site) file(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return string(text)
}

var _ screens.Session = engineer{}
