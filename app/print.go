package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"penstock/app/alarm"
	"penstock/app/alarm/kpi"
	"penstock/app/project"
	"penstock/app/report"
	"penstock/screens"
)

var _ screens.Printer = (*room)(nil)

// PrintPerformance implements screens.Printer.
func (r *room) PrintPerformance(w io.Writer, k *kpi.Report, position string) error {
	p := r.Project()
	return report.Performance(w, k, report.About{Plant: p.Name, Position: position, Made: time.Now(), Message: messages(p.Alarms)})
}

// messages looks up what alarms tell.
func messages(rules []alarm.Rule) func(string) string {
	says := make(map[string]string, len(rules))
	for i := range rules {
		says[rules[i].ID] = rules[i].Message
	}
	return func(id string) string { return says[id] }
}

// printPerformance writes the report into a file, which is there whole or not
// at all. Without a project the alarms are named by their ids alone.
func printPerformance(file string, k *kpi.Report, p *project.Project, areas string) (err error) {
	about := report.About{Plant: "alarms of all areas", Position: areas, Made: time.Now()}
	switch {
	case p != nil:
		about.Plant, about.Message = p.Name, messages(p.Alarms)
	case areas != "":
		about.Plant = "alarms of " + areas
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".penstock-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which fails once it is moved to its place
	if err := errors.Join(report.Performance(f, k, about), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
