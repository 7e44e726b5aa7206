package historian

import (
	"container/list"
	"sync"
)

// rollCacheBytes is how much memory decoded rolls may take: 30 days of eight
// pens.
const rollCacheBytes = 8 << 20

// rollCache keeps the rolls that were read last decoded, for trends that are
// moved and drawn again. A row that is written over is not found any more,
// because the version of its file is in the key.
type rollCache struct {
	mu    sync.Mutex
	bytes int
	by    map[rollKey]*list.Element
	used  list.List // of *cachedRolls, the newest in front
}

// rollKey names a row of one version of a file.
type rollKey struct {
	file, version int64
	frame         bool // else rolls
	row           int64
}

type cachedRolls struct {
	key   rollKey
	value sized
}

// sized is *block.Rolls or *block.Frame.
type sized interface{ Size() int }

// get finds what was put, nil when it is not there any more.
func (c *rollCache) get(key rollKey) sized {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[key]
	if e == nil {
		return nil
	}
	c.used.MoveToFront(e)
	return e.Value.(*cachedRolls).value
}

// put keeps v, which nobody changes any more.
func (c *rollCache) put(key rollKey, v sized) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by[key] != nil {
		return
	}
	if c.by == nil {
		c.by = map[rollKey]*list.Element{}
	}
	c.by[key] = c.used.PushFront(&cachedRolls{key, v})
	for c.bytes += v.Size(); c.bytes > rollCacheBytes; {
		last := c.used.Remove(c.used.Back()).(*cachedRolls)
		delete(c.by, last.key)
		c.bytes -= last.value.Size()
	}
}
