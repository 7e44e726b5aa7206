package journal

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// How often anchors are written.
const (
	anchorEvery   = time.Minute
	anchorEntries = 1000
)

// anchorWait is how long a closing journal waits for its last anchor.
const anchorWait = 5 * time.Second

// anchoring writes the newest link down outside the journal, once a minute
// while there is a new one, every thousand entries, and at the end. It has a
// goroutine of its own: a place on another disk or computer may hang, and the
// journal must not hang with it. An anchor that cannot be written is missing
// and nothing else.
type anchoring struct {
	files []string
	key   ed25519.PrivateKey // nil: the anchors are bare
	every time.Duration
	last  int64 // number of the newest one written

	nudge  chan struct{} // there are many new entries
	nudged int64         // the journal's: number of the entry at the last nudge
	once   sync.Once
	end    chan struct{}
	ended  chan struct{}
}

// startAnchoring returns nil where there is nowhere to write to.
func (j *Journal) startAnchoring(o Options) *anchoring {
	if len(o.Anchors) == 0 || o.ReadOnly {
		return nil
	}
	a := &anchoring{files: o.Anchors, key: o.AnchorKey, every: o.anchorEvery, nudged: j.seq,
		nudge: make(chan struct{}, 1), end: make(chan struct{}), ended: make(chan struct{})}
	if a.every == 0 {
		a.every = anchorEvery
	}
	go func() {
		defer close(a.ended)
		t := time.NewTicker(a.every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
			case <-a.nudge:
			case <-a.end:
				j.stats.anchored(a.write(j))
				return
			}
			j.stats.anchored(a.write(j))
		}
	}()
	return a
}

// grown tells that the newest entry is number seq.
func (a *anchoring) grown(seq int64) {
	if a == nil || seq-a.nudged < anchorEntries {
		return
	}
	a.nudged = seq
	select {
	case a.nudge <- struct{}{}:
	default:
	}
}

// stop writes the last anchor.
func (a *anchoring) stop() {
	if a == nil {
		return
	}
	a.once.Do(func() { close(a.end) })
	select {
	case <-a.ended:
	case <-time.After(anchorWait):
	}
}

// write appends the newest link to every file.
func (a *anchoring) write(j *Journal) (err error) {
	head, err := j.Head(context.Background())
	if err != nil || head.Seq == a.last || head.Seq == 0 {
		return err
	}
	for _, name := range a.files {
		err = errors.Join(err, a.appendTo(name, head.signed(a.key)))
	}
	if err == nil {
		a.last = head.Seq
	}
	return err
}

// appendTo appends a line to a file, and makes the file with the key it is
// signed by where it is missing.
func (a *anchoring) appendTo(name, line string) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end, err := wholeLines(f)
	if err != nil {
		return err
	}
	text := line + "\n"
	if end == 0 && a.key != nil {
		text = fmt.Sprintf("%s%x\n%s", keyLine, a.key.Public(), text)
	}
	if err = f.Truncate(end); err == nil {
		_, err = f.WriteAt([]byte(text), end)
	}
	return errors.Join(err, f.Sync())
}

// longestLine bounds a line of an anchor file, in bytes.
const longestLine = 512

// wholeLines is where the last line of f ends that was not cut off by a crash.
func wholeLines(f *os.File) (int64, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	tail := make([]byte, min(size, longestLine))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return 0, err
	}
	last := bytes.LastIndexByte(tail, '\n')
	if last < 0 && size >= longestLine {
		return 0, fmt.Errorf("%s is not an anchor file", f.Name())
	}
	return size - int64(len(tail)) + int64(last+1), nil
}
