package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"penstock/app/command"
	"penstock/app/plant"
	"penstock/app/tag"
	"penstock/historian/journal"
)

// Tags that are deleted leave the project and the plant, with their alarms
// where that is asked for; it is journalled, and what was stored of them stays.
func TestTagsAreDeletedAndTheirHistoryStays(t *testing.T) {
	const tags = "# by hand\nid,device,address,expression\nT,D,1,\nU,D,2,\nV,,,T * 2\n"
	const alarms = "id,tag,kind,limit,message\nT.H,T,high,80,hot\nU.H,U,high,80,hot\nU.HH,U,high-high,90,very hot\n"
	r := newSite(t, map[string]string{"tags.csv": tags, "alarms.csv": alarms})
	r.open()
	ctx := t.Context()
	at := r.Now()
	r.History.Append([]tag.Sample{{ID: "U", Value: tag.Value{Source: at, Received: at, Value: tag.Float(7), Quality: tag.Good}}})
	if _, err := r.DropTags(ctx, engineer{plant.RightConfigure}, []tag.ID{"U"}, true); !errors.Is(err, command.ErrNotAllowed) {
		t.Errorf("without the right: %v", err)
	}
	for what, drop := range map[string]func() ([]string, error){
		"of which another is worked out": func() ([]string, error) { return r.DropTags(ctx, engineer{}, []tag.ID{"T"}, true) },
		"whose alarms stay":              func() ([]string, error) { return r.DropTags(ctx, engineer{}, []tag.ID{"U"}, false) },
		"that is not there":              func() ([]string, error) { return r.DropTags(ctx, engineer{}, []tag.ID{"U", "W"}, true) },
	} {
		if _, err := drop(); err == nil || r.file("tags.csv") != tags || r.file("alarms.csv") != alarms {
			t.Errorf("a tag %s: %v\n%s%s", what, err, r.file("tags.csv"), r.file("alarms.csv"))
		}
	}
	dropped, err := r.DropTags(ctx, engineer{}, []tag.ID{"U"}, true)
	if err != nil || strings.Join(dropped, " ") != "U.H U.HH" {
		t.Fatalf("with it went %v, %v", dropped, err)
	}
	if got := r.file("tags.csv"); got != "# by hand\nid,device,address,expression\nT,D,1,\nV,,,T * 2\n" {
		t.Errorf("tags.csv is\n%s", got)
	}
	if got := r.file("alarms.csv"); got != "id,tag,kind,limit,message\nT.H,T,high,80,hot\n" {
		t.Errorf("alarms.csv is\n%s", got)
	}
	if r.Tags().Cell("U") != nil || len(r.Project().Alarms) != 1 {
		t.Error("the plant runs with it")
	}
	told, err := r.Entries(ctx, journal.Filter{Kinds: []journal.Kind{journal.Config}, Actions: []string{"project applied"}})
	if err != nil || len(told) == 0 || told[0].Who != "eva" || told[0].Note != "tags deleted: U; with them the alarms U.H, U.HH" {
		t.Errorf("the journal says %+v, %v", told, err)
	}
	if err := r.History.Flush(); err != nil {
		t.Fatal(err)
	}
	var kept []float64
	err = r.History.Raw(context.WithoutCancel(ctx), "U", at, at+1, func(v tag.Value) bool {
		f, _ := v.Number()
		kept = append(kept, f)
		return true
	})
	if err != nil || len(kept) != 1 || kept[0] != 7 {
		t.Errorf("of its history is left %v, %v", kept, err)
	}
}
