package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/plant"
	"penstock/historian/journal"
	"penstock/screens"
)

func TestRetuneIsWrittenRunAndJournalled(t *testing.T) {
	const alarms = "id,tag,kind,limit,on_delay,message,rationalised_by,rationalised_on\nT.H,T,high,80,,hot,,\nT.HH,T,high-high,90,1s,very hot,,\n"
	r := newSite(t, map[string]string{"alarms.csv": alarms})
	p, eva := r.Plant, engineer{}
	was := r.Project().Alarms[0].Tuning()
	better := screens.Review{Alarm: "T.H", Was: was, Is: was, Why: "it chatters"}
	better.Is.Limit, better.Is.OnDelay = 85, 5*time.Second
	ctx := t.Context()
	if err := r.Retune(ctx, eva, better); !errors.Is(err, errDemoAlarms) || r.Untunable() == nil {
		t.Errorf("without a folder: %v", err)
	}
	r.open()
	for _, who := range []screens.Session{nil, engineer{plant.RightConfigure}} {
		if err := r.Retune(ctx, who, better); !errors.Is(err, command.ErrNotAllowed) {
			t.Errorf("%v may retune: %v", who, err)
		}
	}
	stale := better
	stale.Was.Limit = 79
	if err := r.Retune(ctx, eva, stale); !errors.Is(err, errMeanwhile) {
		t.Errorf("an alarm that is not as it was: %v", err)
	}
	bad := better
	bad.Is.Deadband = alarm.Band{Size: -1}
	if err := r.Retune(ctx, eva, bad); err == nil {
		t.Error("a deadband below 0 was taken")
	}
	if text := r.file("alarms.csv"); text != alarms {
		t.Fatalf("a refused change is in the file:\n%s", text)
	}

	if err := r.Retune(ctx, eva, better); err != nil {
		t.Fatal(err)
	}
	if got := p.Project().Alarms[0].Tuning(); got != better.Is {
		t.Errorf("the plant runs %+v", got)
	}
	day := time.Now().Format(time.DateOnly)
	want := strings.Replace(alarms, "T.H,T,high,80,,hot,,", "T.H,T,high,85,5s,hot,eva,"+day, 1)
	if text := r.file("alarms.csv"); text != want {
		t.Errorf("the file is\n%s\nwant\n%s", text, want)
	}
	entries, err := p.Journal.Query(ctx, journal.Filter{Kinds: []journal.Kind{journal.Config}, OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	var applied, changed bool
	for _, e := range entries {
		applied = applied || e.Action == "project applied" && e.Who == "eva" && e.Note == "alarm T.H tuned: it chatters"
		changed = changed || e.Action == "alarm changed" && e.On == "T.H" && strings.Contains(e.Old, "limit=80") && strings.Contains(e.New, "limit=85") && strings.Contains(e.New, "on_delay=5s")
	}
	if !applied || !changed {
		t.Errorf("the journal says %+v", entries)
	}
}
