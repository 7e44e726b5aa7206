package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/screens"
)

var _ screens.Reviewer = (*room)(nil)

var (
	errDemoAlarms = errors.New("this is the demo that is built into the program: it has no folder, so a tuning can be tried but not applied; copy a project into a folder of your own, and open that with penstock --project FOLDER --data FOLDER")
	errMeanwhile  = errors.New("the alarm was changed meanwhile; open it again to see how it is now")
)

// Untunable implements screens.Reviewer.
func (r *room) Untunable() error {
	if r.shop == nil || r.shop.folder == "" {
		return errDemoAlarms
	}
	return nil
}

// Retune implements screens.Reviewer: it changes the line of the alarm in
// alarms.csv and has the plant run the project with it. The journal says what
// changed, by whom and why.
func (r *room) Retune(ctx context.Context, s screens.Session, v screens.Review) error {
	switch err := r.Untunable(); {
	case err != nil:
		return err
	case s == nil || !s.May(plant.RightConfigure, ""):
		return command.ErrNotAllowed
	}
	rules := r.Project().Alarms
	i := slices.IndexFunc(rules, func(a alarm.Rule) bool { return a.ID == v.Alarm })
	if i < 0 || rules[i].Tuning() != v.Was {
		return errMeanwhile
	}
	return r.rewrite(ctx, s, "alarm "+v.Alarm+" tuned: "+v.Why, func() (map[string][]byte, error) {
		text, err := os.ReadFile(filepath.Join(r.shop.folder, alarmsCSV))
		if err != nil {
			return nil, err
		}
		if text, err = project.Retune(text, v.Alarm, v.Was, v.Is, s.User(), time.Unix(0, r.Now())); err != nil {
			return nil, fmt.Errorf("alarm %s: %w", v.Alarm, err)
		}
		return map[string][]byte{alarmsCSV: text}, nil
	})
}

// alarmsCSV is the file of a project that holds its alarms.
const alarmsCSV = "alarms.csv"
