package modbus

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"penstock/drivers/modbus/plan"
	"penstock/drivers/modbus/reg"
)

// learnt is what a device has refused so far. Several connections to one
// device, one after the other, share it.
type learnt struct {
	path string // "": memory only

	mu       sync.Mutex
	version  int
	refusals []refusedRange
	most     [2]int // longest request, of registers and of bits, that is not refused for its length; 0: not known
}

// shorten notes that requests of more than most places are refused.
func (l *learnt) shorten(bits bool, most int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most[index(bits)] = most
	l.version++
}

func (l *learnt) longest(bits bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.most[index(bits)]
}

func index(bits bool) int {
	if bits {
		return 1
	}
	return 0
}

// refusedRange is a range that a unit answered with "illegal address".
type refusedRange struct {
	reg.Range
	retry time.Time     // when a point in it is asked for again
	rest  time.Duration // how long it rested last; it doubles
}

// How long a point rests that is refused, or ignored: at first, since the
// unit may be in the middle of something, and at most. Asking for an ignored
// one costs a timeout.
const (
	firstRest   = 5 * time.Second
	refusedRest = time.Minute
	ignoredRest = 10 * time.Minute
)

func (l *learnt) current() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.version
}

func (l *learnt) all() ([]refusedRange, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.refusals), l.version
}

// refusedUntil reports whether a span touches a refused range, and until
// when it rests.
func refusedUntil(known []refusedRange, t reg.Table, s plan.Span) (until time.Time, refused bool) {
	for _, r := range known {
		if r.Table == t && s.At <= int(r.To) && s.At+s.Len > int(r.From) {
			refused = true
			if r.retry.After(until) {
				until = r.retry
			}
		}
	}
	return until, refused
}

// rest notes that a range was refused at now, once more or for the first
// time, and is to be left alone for longer than before, up to most.
func (l *learnt) rest(r reg.Range, now time.Time, most time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.add(r)
	f.rest = min(max(2*f.rest, firstRest), most)
	f.retry = now.Add(f.rest)
}

// avoid notes a hole: a range in which there is no point.
func (l *learnt) avoid(r reg.Range) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(r)
}

func (l *learnt) add(r reg.Range) *refusedRange {
	l.version++
	i, known := slices.BinarySearchFunc(l.refusals, r, func(f refusedRange, r reg.Range) int {
		return cmp.Or(cmp.Compare(f.Table, r.Table), cmp.Compare(f.From, r.From), cmp.Compare(f.To, r.To))
	})
	if !known {
		l.refusals = slices.Insert(l.refusals, i, refusedRange{Range: r})
	}
	return &l.refusals[i]
}

// forget drops the ranges a span touches: it was read after all.
func (l *learnt) forget(t reg.Table, s plan.Span) (any bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.refusals)
	l.refusals = slices.DeleteFunc(l.refusals, func(r refusedRange) bool {
		return r.Table == t && s.At <= int(r.To) && s.At+s.Len > int(r.From)
	})
	if len(l.refusals) != n {
		l.version++
	}
	return len(l.refusals) != n
}

func (l *learnt) ranges() []reg.Range {
	known, _ := l.all()
	out := make([]reg.Range, len(known))
	for i, r := range known {
		out[i] = r.Range
	}
	return out
}

// remember finds what was learnt about a device.
func (d *Driver) remember(name string) *learnt {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l := d.learnt[name]; l != nil {
		return l
	}
	l := new(learnt)
	if d.learnt == nil {
		d.learnt = map[string]*learnt{}
	}
	d.learnt[name] = l
	if d.Dir != "" && name != "" && filepath.Base(name) == name {
		l.path = filepath.Join(d.Dir, name+".refused")
		if text, err := os.ReadFile(l.path); err == nil {
			_ = l.teach(string(text)) // a damaged file is learnt anew
		}
	}
	return l
}

// longestWords begin the lines that say how long a request may be, of registers
// and of bits.
var longestWords = [2]string{"max_read ", "max_read_bits "}

// teach adds ranges as ParseRanges reads them, one or several a line, and how
// long a request may be.
func (l *learnt) teach(text string) (err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		said := false
		for i, words := range longestWords {
			if n, is := strings.CutPrefix(line, words); is {
				most, wrong := number(n, 1, 2000)
				if said, err = true, errors.Join(err, wrong); wrong == nil {
					l.shorten(i == 1, most)
				}
			}
		}
		if said {
			continue
		}
		ranges, wrong := reg.ParseRanges(line, 1)
		for _, r := range ranges {
			l.avoid(r)
		}
		err = errors.Join(err, wrong)
	}
	return err
}

// save writes what was learnt beside its file and renames it.
func (l *learnt) save() error {
	if l.path == "" {
		return nil
	}
	var s strings.Builder
	for _, r := range l.ranges() {
		fmt.Fprintln(&s, r)
	}
	for i, words := range longestWords {
		if n := l.longest(i == 1); n > 0 {
			fmt.Fprintf(&s, "%s%d\n", words, n)
		}
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
		return err
	}
	if s.Len() == 0 {
		if err := os.Remove(l.path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.WriteFile(l.path+".new", []byte(s.String()), 0o644); err != nil {
		return err
	}
	return os.Rename(l.path+".new", l.path)
}

// Refused returns the ranges a device is known to refuse, as never_read of
// devices.toml takes them, such as "HR500-509,IR7".
func (d *Driver) Refused(device string) string {
	var out []string
	for _, r := range d.remember(device).ranges() {
		out = append(out, r.String())
	}
	return strings.Join(out, ",")
}

// Teach adds ranges a device is known to refuse, as Refused returns them.
// They are still tried when a point lies in them.
func (d *Driver) Teach(device, ranges string) error {
	return d.remember(device).teach(ranges)
}
