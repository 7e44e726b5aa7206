package plant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"penstock/app/command"
	"penstock/drivers"
	"penstock/historian/journal"
)

// Who is trusted is decided by drivers, for the certificates they are shown,
// and by people. Both stand in the journal.

// A link that is refused dials again every few seconds. The same decision is
// journalled once a day, and of each device no more than maxTold a day, so that
// nobody fills the journal by showing one certificate after the other.
const (
	toldAgain = 24 * time.Hour
	maxTold   = 64
)

// told is which decisions about one device stand in the journal already.
type told struct {
	mu   sync.Mutex
	when map[string]int64
}

// news reports whether a line is to be journalled; and how it is worded if it
// is the last for a while.
func (t *told) news(now int64, line string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for l, at := range t.when {
		if now-at >= int64(toldAgain) {
			delete(t.when, l)
		}
	}
	if _, known := t.when[line]; known || len(t.when) == maxTold {
		return "", false
	}
	t.when[line] = now
	if len(t.when) == maxTold {
		line += "; there were many, so further ones are not told for a day"
	}
	return line, true
}

// auditor journals what a device's driver decides.
func (p *Plant) auditor(device string) drivers.Auditor {
	if p.watch {
		return nil
	}
	t := told{when: map[string]int64{}}
	return func(what string) {
		p.inLoop(p.ctx, func(now int64) { // not when the plant stops: it has no line of its own any more
			if line, ok := t.news(now, what); ok {
				p.unkept.entries = append(p.unkept.entries, journal.Entry{At: now, Kind: journal.System, Action: "certificate checked", On: device,
					Station: p.conf.Station, Note: line})
			}
		})
	}
}

// Decide journals what a person with the right to configure does to the
// station itself, and then does it. At, Who and Station are filled in. What is
// not journalled does not happen; what then fails has a second line.
func (p *Plant) Decide(ctx context.Context, s command.Session, e journal.Entry, do func() error) error {
	switch {
	case p.watch:
		return ErrWatching
	case s == nil || !s.May(RightConfigure, ""):
		return command.ErrNotAllowed
	}
	e.At, e.Who, e.Station = p.clock.ns(), s.User(), p.conf.Station
	if err := p.Journal.Record(ctx, []journal.Entry{e}, nil); err != nil {
		return fmt.Errorf("the journal cannot be written, so nothing was done: %w", err)
	}
	err := do()
	if err != nil {
		e.At, e.Outcome = p.clock.ns(), "failed: "+err.Error()
		err = errors.Join(err, p.Journal.Record(ctx, []journal.Entry{e}, nil))
	}
	return err
}

// notesDir is where commands that are run beside the station leave what they
// did to its files.
func (d DataDir) notesDir() string { return filepath.Join(string(d), "notes") }

// Leave notes what a command did, for the station that runs on the folder to
// journal within a second, or for the next one. Call it before it is done.
func (d DataDir) Leave(e journal.Entry) error {
	if err := os.MkdirAll(d.notesDir(), 0o700); err != nil {
		return err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(d.notesDir(), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(d.notesDir(), fmt.Sprintf("%d-%d.json", time.Now().UnixNano(), os.Getpid())))
}

// collect journals what commands left. It is the loop's. A note goes when its
// line is durable, so a station that is killed may tell one twice.
func (p *Plant) collect(now int64) {
	dir := p.conf.Data.notesDir()
	files, err := os.ReadDir(dir) // in the order they were left
	if err != nil || len(files) == 0 || len(p.unkept.entries) > 0 {
		return // nothing was left, or its turn comes when the journal can be written
	}
	var read []string
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".json") {
			continue
		}
		path := filepath.Join(dir, f.Name())
		var e journal.Entry
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &e)
		}
		if err != nil {
			e = journal.Entry{Kind: journal.System, Action: "unreadable note", On: f.Name(), Note: err.Error()}
		}
		e.At, e.Station = now, p.conf.Station
		p.unkept.entries = append(p.unkept.entries, e)
		read = append(read, path)
	}
	if p.retry() != nil {
		return
	}
	for _, path := range read {
		os.Remove(path) // one that stays is told again
	}
}

// Data is the folder the plant keeps everything in.
func (p *Plant) Data() DataDir { return p.conf.Data }
