package plant

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"penstock/drivers"
)

// LinkReport is how the links of a plant were doing at one moment. The plant
// that runs writes it into its data folder, so that other programs can know
// without asking it.
type LinkReport struct {
	At      time.Time        `json:"as_of"`
	Running bool             `json:"running"` // false: the last word of one that was stopped
	Station string           `json:"station"`
	Process int              `json:"process"`
	Project string           `json:"project"`
	Links   []drivers.Status `json:"links"`          // in the order of the project
	Copy    *CopyReport      `json:"copy,omitempty"` // of history, in a database; nil: none is made
}

const (
	reportEvery = time.Second
	// reportStale is how old a report is that cannot be by a plant that runs
	// well.
	reportStale = 5 * time.Second
)

// LinksPath is the file of the newest LinkReport.
func (d DataDir) LinksPath() string { return filepath.Join(string(d), "links.json") }

// ErrNoReport says that no plant has told of its links in a data folder.
var ErrNoReport = errors.New("no station has run on this data folder")

// LinkReport reads the newest report.
func (d DataDir) LinkReport() (r LinkReport, err error) {
	text, err := os.ReadFile(d.LinksPath())
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%s: %w", d, ErrNoReport)
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s cannot be read: %w", d.LinksPath(), err)
	}
	return r, nil
}

// Stale says why a report is not how things are at now; "" when it is.
func (r LinkReport) Stale(now time.Time) string {
	switch age := now.Sub(r.At); {
	case !r.Running:
		return "the station was stopped"
	case age > reportStale:
		return "the station does not run any more, or hangs"
	case age < -reportStale:
		return "the clock of this computer was set back, or the station is on another one"
	}
	return ""
}

// tellLinks writes a report every second until the plant stops, and then that
// it has stopped.
func (p *Plant) tellLinks() {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		p.tell(true)
		select {
		case <-tick.C:
		case <-p.ctx.Done():
			for _, l := range p.running.Load().lines {
				<-l.ended
			}
			p.tell(false)
			return
		}
	}
}

// tell replaces the report. One that cannot be written leaves the old one
// there, and whoever reads it sees how old it is.
func (p *Plant) tell(running bool) {
	text, err := json.Marshal(LinkReport{At: time.Now().Round(0), Running: running, Station: p.conf.Station, Process: os.Getpid(),
		Project: p.Project().Name, Links: p.Links(), Copy: p.copyReport()})
	if err != nil {
		return
	}
	name := p.conf.Data.LinksPath()
	if os.WriteFile(name+".new", text, 0o600) == nil {
		os.Rename(name+".new", name)
	}
}

// Recordings reads the flight recordings that were kept of a device, the
// oldest first; of every device for "". Files that cannot be read are told in
// the error, and do not keep the others back.
func (d DataDir) Recordings(device string) (out []drivers.Recording, err error) {
	files, err := os.ReadDir(d.RecordingsDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, file := range files {
		if device != "" && !strings.HasPrefix(file.Name(), plainName(device)+"-") {
			continue
		}
		r, wrong := readRecording(filepath.Join(d.RecordingsDir(), file.Name()))
		switch {
		case wrong != nil:
			err = errors.Join(err, wrong)
		case device == "" || r.Device == device: // two names may have one plain name
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b drivers.Recording) int { return a.At.Compare(b.At) })
	return out, err
}

func readRecording(name string) (drivers.Recording, error) {
	f, err := os.Open(name)
	if err != nil {
		return drivers.Recording{}, err
	}
	defer f.Close()
	r, err := drivers.ReadRecording(f)
	if err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}
