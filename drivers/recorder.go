package drivers

import (
	"bufio"
	"fmt"
	"io"
	"strings"
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
	line = oneLine.Replace(line)
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

// oneLine keeps what a device says from looking like lines of ours.
var oneLine = strings.NewReplacer("\n", `\n`, "\r", `\r`)

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

// recordTime is the time of a line in a recording: UTC, microseconds.
const recordTime = "2006-01-02T15:04:05.000000Z"

// WriteTo writes the recording for people: a line each, with its time and the
// time since the line before. ReadRecording reads it back.
func (r Recording) WriteTo(w io.Writer) (int64, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "flight recorder of %s\ntaken %s\n", r.Device, r.At.UTC().Format(recordTime))
	if r.Why != "" {
		fmt.Fprintf(&text, "because %s\n", oneLine.Replace(r.Why))
	}
	var before time.Time
	for _, rec := range r.Records {
		since := 0.0
		if !before.IsZero() {
			since = rec.At.Sub(before).Seconds()
		}
		before = rec.At
		fmt.Fprintf(&text, "%s %+10.6fs  %s\n", rec.At.UTC().Format(recordTime), since, rec.Line)
	}
	n, err := io.WriteString(w, text.String())
	return int64(n), err
}

// ReadRecording reads what WriteTo wrote.
func ReadRecording(text io.Reader) (r Recording, err error) {
	s := bufio.NewScanner(text)
	s.Buffer(nil, 64<<10)
	for n := 1; s.Scan(); n++ {
		first, rest, _ := strings.Cut(s.Text(), " ")
		switch {
		case n == 1 && strings.HasPrefix(rest, "recorder of "):
			r.Device = strings.TrimPrefix(rest, "recorder of ")
		case n == 2 && first == "taken":
			r.At, err = time.Parse(recordTime, rest)
		case n == 3 && first == "because":
			r.Why = rest
		default:
			var rec Record
			rec.At, err = time.Parse(recordTime, first)
			_, rec.Line, _ = strings.Cut(strings.TrimLeft(rest, " "), "s  ")
			r.Records = append(r.Records, rec)
		}
		if err != nil || r.Device == "" {
			return r, fmt.Errorf("line %d of a flight recording cannot be read", n)
		}
	}
	return r, s.Err()
}
