package main

import (
	"context"
	"time"

	"penstock/app/alarm"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/historian"
)

// noiseSpan is how much history tells the noise of a signal.
const noiseSpan = 24 * time.Hour

// review is what a rationalisation asks of the alarms of a project. Where there
// is a data folder, deadbands are held against the noise of the last day.
func review(ctx context.Context, p *project.Project, data string) (out project.Problems, err error) {
	defs := make(map[tag.ID]tag.Def, len(p.Tags))
	for _, d := range p.Tags {
		defs[d.ID] = d
	}
	known := alarm.Plant{Def: func(id tag.ID) (tag.Def, bool) { d, ok := defs[id]; return d, ok }}
	say := func() project.Problems {
		for _, f := range alarm.Check(p.Alarms, known) {
			what := f.Column + ": " + f.What
			if f.Alarm != "" {
				what = "alarm " + f.Alarm + ": " + what
			}
			out = append(out, project.Problem{File: "alarms.csv", What: what, Do: f.Remedy})
		}
		return out
	}
	if data == "" {
		return say(), nil
	}
	if err := exists(data, "data"); err != nil {
		return nil, err
	}
	h, err := historian.Open(historian.Options{Dir: plant.DataDir(data).HistoryDir(), ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer h.Close()
	var fault error
	known.Noise = func(id tag.ID) (float64, bool) {
		var values []tag.Value
		now := time.Now()
		err := h.Raw(ctx, id, now.Add(-noiseSpan).UnixNano(), now.UnixNano(), func(v tag.Value) bool {
			values = append(values, v)
			return true
		})
		if fault == nil {
			fault = err
		}
		return alarm.Noise(values)
	}
	return say(), fault
}
