package historian

import (
	"slices"
	"sync"

	"penstock/app/tag"
)

// names gives every tag a small number, for good: the number is in the keys of
// every row. It is safe for concurrent use.
type names struct {
	mu    sync.RWMutex
	num   map[tag.ID]uint32
	ids   []tag.ID // by number; "" where a number is not known
	saved int      // numbers below are in hot.db
	next  []uint32 // by number: the tag that followed it last time, a guess that is nearly always right
	last  uint32
}

func newNames() *names { return &names{num: map[tag.ID]uint32{}} }

// maxTags is what fits a row's key.
const maxTags = 1 << 20

// of returns the number of a tag the store has seen.
func (n *names) of(id tag.ID) (uint32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	num, ok := n.num[id]
	return num, ok
}

// guess is of for the tag that most likely comes next: scans repeat, so that
// is the one that came after the last one before, and comparing the same
// string is nearly free. The caller holds mu for reading, and is alone with
// that: Append, Configure and Correct, under the queue's lock.
func (n *names) guess(id tag.ID) (num uint32, ok bool) {
	if int(n.last) < len(n.next) {
		if g := n.next[n.last]; n.ids[g] == id {
			n.last = g
			return g, true
		}
	}
	if num, ok = n.num[id]; ok {
		if int(n.last) < len(n.next) {
			n.next[n.last] = num
		}
		n.last = num
	}
	return num, ok
}

// number returns the number of a tag, a new one when the tag is new; ok is
// false when there are no more. The caller holds the queue's lock.
func (n *names) number(id tag.ID) (num uint32, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if num, ok = n.num[id]; ok {
		return num, true
	}
	if len(n.ids) >= maxTags {
		return 0, false
	}
	num = uint32(len(n.ids))
	n.set(num, id)
	return num, true
}

// set notes a number read from a file or newly given; the caller holds mu or
// is alone.
func (n *names) set(num uint32, id tag.ID) {
	for int(num) >= len(n.ids) {
		n.ids = append(n.ids, "")
		n.next = append(n.next, 0)
	}
	n.ids[num] = id
	n.num[id] = num
}

// reserve makes sure that a number, and those below it, are given to no new
// tag.
func (n *names) reserve(num uint32) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for int(num) >= len(n.ids) {
		n.ids = append(n.ids, "")
		n.next = append(n.next, 0)
	}
}

// unsaved returns the tags numbered since the last call of markSaved, and the
// number of the first.
func (n *names) unsaved() (first uint32, ids []tag.ID) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.saved == len(n.ids) {
		return 0, nil
	}
	return uint32(n.saved), slices.Clone(n.ids[n.saved:])
}

func (n *names) markSaved(count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.saved = max(n.saved, count)
}

// id is the tag of a number, "" when there is none.
func (n *names) id(num uint32) tag.ID {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if int(num) < len(n.ids) {
		return n.ids[num]
	}
	return ""
}

// all lists every tag by number.
func (n *names) all() []tag.ID {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clone(n.ids)
}
