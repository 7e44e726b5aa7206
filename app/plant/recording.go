package plant

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"penstock/historian/journal"
)

// keptRecordings is how many flight recordings of links are kept.
const keptRecordings = 50

// RecordingsDir is the folder of the links' flight recordings: what went over
// a line in the minutes before it was lost, readable.
func (d DataDir) RecordingsDir() string { return filepath.Join(string(d), "recordings") }

// saveRecording writes what a link froze when it was lost. A recording that
// cannot be written is told in the journal, and nothing else is held up.
func (p *Plant) saveRecording(l *line) {
	frozen := l.Recorder().Frozen()
	if p.watch || len(frozen) == 0 {
		return
	}
	r := frozen[len(frozen)-1]
	dir := p.conf.Data.RecordingsDir()
	name := filepath.Join(dir, plainName(l.dev.Name)+"-"+r.At.UTC().Format("20060102T150405.000")+".txt")
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); errors.Is(err, os.ErrExist) {
			return // of this outage already
		}
		if err == nil {
			_, err = r.WriteTo(f)
			err = errors.Join(err, f.Close(), thin(dir))
		}
	}
	if err != nil {
		p.inLoop(p.ctx, func(now int64) {
			p.unkept.entries = append(p.unkept.entries, journal.Entry{At: now, Kind: journal.System, Action: "recording not kept", On: l.dev.Name,
				Station: p.conf.Station, Note: err.Error()})
		})
	}
}

// plainName is a name that every file system takes.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, s)
}

// thin removes the oldest recordings beyond what is kept.
func thin(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) <= keptRecordings {
		return err
	}
	type aged struct {
		name string
		at   time.Time
	}
	var files []aged
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			files = append(files, aged{e.Name(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b aged) int { return a.at.Compare(b.at) })
	for _, f := range files[:max(len(files)-keptRecordings, 0)] {
		if err := os.Remove(filepath.Join(dir, f.name)); err != nil {
			return fmt.Errorf("remove an old recording: %w", err)
		}
	}
	return nil
}
