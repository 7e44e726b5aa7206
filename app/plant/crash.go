package plant

import (
	"time"

	"penstock/historian/journal"
)

// What the journal calls the beginning and the end of a station's run.
const (
	stationStarted = "station started"
	stationStopped = "station stopped"
)

// crashShown is how long after a start it is worth a word that the station
// before had not been stopped.
const crashShown = 10 * time.Minute

// noteStart journals that the station runs, and whether the one before was
// stopped: where the power failed or the program was ended, people want to
// know since when nobody watched.
func (p *Plant) noteStart() error {
	outcome := ""
	last, err := p.Journal.Query(p.ctx, journal.Filter{Kinds: []journal.Kind{journal.System}, Actions: []string{stationStarted, stationStopped}, Limit: 1})
	if err != nil {
		return err
	}
	if len(last) > 0 && last[0].Action == stationStarted {
		newest, err := p.Journal.Query(p.ctx, journal.Filter{Limit: 1})
		if err != nil {
			return err
		}
		wrote := time.Unix(0, newest[0].At)
		outcome = "the station before had ended without being stopped; it last wrote here at " + wrote.UTC().Format(time.RFC3339)
		p.crashWorry = &Worry{Text: "The station had ended without being stopped; its last event is of " + wrote.Local().Format("2 Jan 15:04:05"),
			Remedy: "What was shown as done is kept. Look at the events, and whether the power failed or the program was ended", Since: time.Unix(0, p.clock.ns())}
	}
	return p.note(stationStarted, outcome)
}
