package historian

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// shelf is the sealed files of a store by the period they are of. They are
// opened when first needed and then stay open.
type shelf struct {
	dir      string
	readOnly bool
	mu       sync.Mutex
	gone     sync.Cond // on mu: a dropped file was removed
	open     map[period]*file
	uses     int64
	there    map[period]bool // files on the disk
	going    map[period]bool // dropped, but a reader is still at it
}

func openShelf(dir string, readOnly bool) (*shelf, error) {
	h := &shelf{dir: dir, readOnly: readOnly, open: map[period]*file{}, there: map[period]bool{}, going: map[period]bool{}}
	h.gone.L = &h.mu
	return h, h.look()
}

// look adds the files that another process has made since.
func (h *shelf) look() error {
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range entries {
		if p, ok := parsePeriod(e.Name()); ok && !h.going[p] {
			h.there[p] = true
		}
	}
	return nil
}

// has reports whether there is a file for p.
func (h *shelf) has(p period) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.there[p]
}

// list returns the periods of a kind, rising.
func (h *shelf) list(kind string) []period {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []period
	for p := range h.there {
		if p.kind == kind {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b period) int { return int(a.n - b.n) })
	return out
}

// take returns the file of p, opened, for use until put; nil when there is none.
func (h *shelf) take(p period) (*file, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.there[p] {
		return nil, nil
	}
	f, err := h.takeLocked(p)
	if errors.Is(err, errBlank) || errors.Is(err, os.ErrNotExist) {
		// Blank, or another process has compacted it since it was listed.
		return nil, nil
	}
	return f, err
}

// make is take for writing: a file that is not there is made.
func (h *shelf) make(p period) (*file, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	// SQLite removes a file's WAL by name when it closes: a new file may not
	// have the name while the old one is open. Readers hold a file only while
	// they copy a day out of it.
	for h.going[p] {
		h.gone.Wait()
	}
	h.there[p] = true
	f, err := h.takeLocked(p)
	if err != nil {
		if _, e := os.Stat(h.path(p)); os.IsNotExist(e) {
			delete(h.there, p)
		}
	}
	return f, err
}

func (h *shelf) path(p period) string { return filepath.Join(h.dir, p.name()) }

func (h *shelf) takeLocked(p period) (*file, error) {
	f := h.open[p]
	if f == nil {
		var err error
		if f, err = openFile(h.path(p), kinds[p.kind], h.readOnly); err != nil {
			return nil, err
		}
		f.refs, f.period = 1, p // the shelf's own
		h.open[p] = f
		h.closeIdle()
	}
	f.refs++
	h.uses++
	f.used = h.uses
	return f, nil
}

// mostOpen is how many files stay open; each has connections and a cache.
const mostOpen = 48

// closeIdle closes the file that was not used for longest, when too many are
// open.
func (h *shelf) closeIdle() {
	if len(h.open) <= mostOpen {
		return
	}
	var oldest *file
	for _, f := range h.open {
		if f.refs == 1 && f.used > 0 && (oldest == nil || f.used < oldest.used) {
			oldest = f
		}
	}
	if oldest != nil {
		delete(h.open, oldest.period)
		oldest.refs--
		oldest.close()
	}
}

// put ends the use of a file.
func (h *shelf) put(f *file) {
	if f == nil {
		return
	}
	h.mu.Lock()
	f.refs--
	last := f.refs == 0
	h.mu.Unlock()
	if !last {
		return
	}
	f.close()
	if f.dropped {
		remove(f.Path)
		h.mu.Lock()
		delete(h.going, f.period)
		h.gone.Broadcast()
		h.mu.Unlock()
	}
}

// drop removes the file of p as soon as nobody reads it any more. What was in
// it is somewhere else, or is no longer wanted.
func (h *shelf) drop(p period) error {
	h.mu.Lock()
	f := h.open[p]
	delete(h.open, p)
	delete(h.there, p)
	if f != nil {
		f.dropped = true
		h.going[p] = true
	}
	h.mu.Unlock()
	if f == nil {
		return remove(h.path(p))
	}
	h.put(f)
	return nil
}

// sizes is what the files take on the disk, by kind, bytes.
func (h *shelf) sizes() map[string]int64 {
	out := map[string]int64{}
	h.mu.Lock()
	there := slices.Collect(maps.Keys(h.there))
	h.mu.Unlock()
	for _, p := range there {
		out[p.kind] += size(h.path(p))
	}
	return out
}

func (h *shelf) close() error {
	h.mu.Lock()
	open := slices.Collect(maps.Values(h.open))
	h.open = map[period]*file{}
	h.mu.Unlock()
	var first error
	for _, f := range open {
		h.mu.Lock()
		f.refs--
		last := f.refs == 0
		h.mu.Unlock()
		if !last {
			continue // a reader is still at it and closes the file
		}
		if err := f.close(); err != nil && first == nil {
			first = fmt.Errorf("close: %w", err)
		}
	}
	return first
}
