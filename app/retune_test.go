package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/drivers"
	"penstock/historian/journal"
	"penstock/screens"
)

// mute is a driver whose devices do not answer.
type mute struct{}

func (mute) CheckDevice(drivers.Device) error               { return nil }
func (mute) CheckPoint(drivers.Device, drivers.Point) error { return nil }
func (mute) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	return nil, errors.New("nobody is there")
}

// colleague may do anything but what no says.
type colleague struct{ name, no string }

func (c colleague) User() string             { return c.name }
func (c colleague) May(right, _ string) bool { return right != c.no }
func (colleague) Ended() bool                { return false }

func TestRetuneIsWrittenRunAndJournalled(t *testing.T) {
	dir := t.TempDir()
	const alarms = "id,tag,kind,limit,on_delay,message,rationalised_by,rationalised_on\nT.H,T,high,80,,hot,,\nT.HH,T,high-high,90,1s,very hot,,\n"
	for name, text := range map[string]string{"project.toml": "format = 1\nname = \"Test\"\n", "devices.toml": "[device.D]\ndriver = \"mute\"\nendpoint = \"x\"\n",
		"tags.csv": "id,device,address,lo,hi\nT,D,1,0,100\n", "alarms.csv": alarms} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set := drivers.Set{"mute": mute{}}
	proj, err := project.Load(dir, set)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plant.Start(plant.Config{Project: proj, Data: plant.DataDir(t.TempDir()), Drivers: set, Station: "station 1"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	r, err := newRoom(p)
	if err != nil {
		t.Fatal(err)
	}
	vera := colleague{name: "vera"}
	was := proj.Alarms[0].Tuning()
	better := screens.Review{Alarm: "T.H", Was: was, Is: was, Why: "it chatters"}
	better.Is.Limit, better.Is.OnDelay = 85, 5*time.Second
	ctx := t.Context()
	if err := r.Retune(ctx, vera, better); !errors.Is(err, errDemoAlarms) || r.Untunable() == nil {
		t.Errorf("without a folder: %v", err)
	}
	r.shop = &workshop{folder: dir, drivers: set}
	for _, who := range []screens.Session{nil, colleague{"ana", plant.RightConfigure}} {
		if err := r.Retune(ctx, who, better); !errors.Is(err, command.ErrNotAllowed) {
			t.Errorf("%v may retune: %v", who, err)
		}
	}
	stale := better
	stale.Was.Limit = 79
	if err := r.Retune(ctx, vera, stale); !errors.Is(err, errMeanwhile) {
		t.Errorf("an alarm that is not as it was: %v", err)
	}
	bad := better
	bad.Is.Deadband = alarm.Band{Size: -1}
	if err := r.Retune(ctx, vera, bad); err == nil {
		t.Error("a deadband below 0 was taken")
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "alarms.csv")); string(text) != alarms {
		t.Fatalf("a refused change is in the file:\n%s", text)
	}

	if err := r.Retune(ctx, vera, better); err != nil {
		t.Fatal(err)
	}
	if got := p.Project().Alarms[0].Tuning(); got != better.Is {
		t.Errorf("the plant runs %+v", got)
	}
	day := time.Now().Format(time.DateOnly)
	want := strings.Replace(alarms, "T.H,T,high,80,,hot,,", "T.H,T,high,85,5s,hot,vera,"+day, 1)
	if text, _ := os.ReadFile(filepath.Join(dir, "alarms.csv")); string(text) != want {
		t.Errorf("the file is\n%s\nwant\n%s", text, want)
	}
	entries, err := p.Journal.Query(ctx, journal.Filter{Kinds: []journal.Kind{journal.Config}, OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	var applied, changed bool
	for _, e := range entries {
		applied = applied || e.Action == "project applied" && e.Who == "vera" && e.Note == "alarm T.H tuned: it chatters"
		changed = changed || e.Action == "alarm changed" && e.On == "T.H" && strings.Contains(e.Old, "limit=80") && strings.Contains(e.New, "limit=85") && strings.Contains(e.New, "on_delay=5s")
	}
	if !applied || !changed {
		t.Errorf("the journal says %+v", entries)
	}
}
