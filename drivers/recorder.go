package drivers

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Recorder is the flight recorder of one link: the last minutes of what was
// asked and answered, in a bounded ring. Its methods may be called from any
// goroutine.
type Recorder struct {
	mu     sync.Mutex
	ring   []Record
	next   int // where the next one goes once the ring is full
	bytes  int
	frozen []Recording
}

// Record is one line of a recording.
type Record struct {
	At   time.Time `json:"at"`
	Line string    `json:"line"`
}

// Recording is what a Recorder held at one moment.
type Recording struct {
	Device  string    `json:"device"`
	At      time.Time `json:"at"`
	Why     string    `json:"why"` // what froze it; empty: someone asked
	Records []Record  `json:"records"`
}

// The bounds of a Recorder.
const (
	recordCount = 4096
	recordBytes = 512 << 10
	recordLine  = 1024 // longer lines are cut
	recordAge   = 10 * time.Minute
	recordKept  = 3 // frozen recordings
)

// Add records one line.
func (r *Recorder) Add(line string) {
	if len(line) > recordLine {
		line = line[:recordLine] + fmt.Sprintf(" ... %d bytes more", len(line)-recordLine)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := Record{At: time.Now(), Line: line}
	for len(r.ring) > 0 && r.bytes+len(line) > recordBytes && r.dropOldest() {
	}
	r.bytes += len(line)
	if len(r.ring) < recordCount {
		r.ring = append(r.ring, rec)
		return
	}
	r.bytes -= len(r.ring[r.next].Line)
	r.ring[r.next] = rec
	r.next = (r.next + 1) % recordCount
}

// dropOldest empties the oldest record that still has a line.
func (r *Recorder) dropOldest() bool {
	for i := range r.ring {
		if rec := &r.ring[(r.next+i)%len(r.ring)]; rec.Line != "" {
			r.bytes -= len(rec.Line)
			rec.Line = ""
			return true
		}
	}
	return false
}

// Snapshot returns what is in the ring, oldest first.
func (r *Recorder) Snapshot(device, why string) Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.snapshot(device, why)
}

func (r *Recorder) snapshot(device, why string) Recording {
	out := Recording{Device: device, At: time.Now(), Why: why, Records: make([]Record, 0, len(r.ring))}
	for i := range r.ring {
		if rec := r.ring[(r.next+i)%len(r.ring)]; rec.Line != "" && out.At.Sub(rec.At) <= recordAge {
			out.Records = append(out.Records, rec)
		}
	}
	return out
}

// Freeze keeps a copy of the ring, so that what led to a fault is not
// overwritten by what follows. The last three are kept.
func (r *Recorder) Freeze(device, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = append(r.frozen, r.snapshot(device, why))
	if len(r.frozen) > recordKept {
		r.frozen = append(r.frozen[:0:0], r.frozen[len(r.frozen)-recordKept:]...)
	}
}

// Frozen returns the frozen recordings, oldest first.
func (r *Recorder) Frozen() []Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Recording(nil), r.frozen...)
}

// WriteTo writes the recording for people: a line each, with its time and the
// time since the line before.
func (r Recording) WriteTo(w io.Writer) (int64, error) {
	var n int64
	put := func(format string, args ...any) error {
		k, err := fmt.Fprintf(w, format, args...)
		n += int64(k)
		return err
	}
	if err := put("flight recorder of %s, %s\n", r.Device, r.At.UTC().Format(time.RFC3339Nano)); err != nil {
		return n, err
	}
	if r.Why != "" {
		if err := put("frozen because: %s\n", r.Why); err != nil {
			return n, err
		}
	}
	var before time.Time
	for _, rec := range r.Records {
		since := 0.0
		if !before.IsZero() {
			since = rec.At.Sub(before).Seconds()
		}
		before = rec.At
		if err := put("%s %+9.3fs  %s\n", rec.At.UTC().Format("15:04:05.000000"), since, rec.Line); err != nil {
			return n, err
		}
	}
	return n, nil
}
