package alarm

import (
	"cmp"
	"slices"
)

// Cluster is a heap of alarms that are likely to have one cause: those of a
// first-out group, or else those of an area. In a flood people read clusters
// before they read alarms.
type Cluster struct {
	Name     string // of the group or the area
	FirstOut bool   // Name is a first-out group
	Rows     []*Row // in the order of MoreUrgent
	First    *Row   // the one that came first
	Unacked  int    // rows that are to be acknowledged
}

// Worst is the most urgent row.
func (c *Cluster) Worst() *Row { return c.Rows[0] }

// Clusters puts the visible rows of the snapshot into heaps, the one with the
// most urgent alarm first. The rows are those of the snapshot.
func (s *Snapshot) Clusters() []Cluster {
	type name struct {
		text  string
		group bool
	}
	at := map[name]int{}
	var out []Cluster
	for i := range s.Rows {
		r := &s.Rows[i]
		if r.Phase.Hidden() {
			continue
		}
		n := name{r.Rule.FirstOut, true}
		if n.text == "" {
			n = name{r.Area, false}
		}
		k, ok := at[n]
		if !ok {
			k = len(out)
			at[n] = k
			out = append(out, Cluster{Name: n.text, FirstOut: n.group})
		}
		c := &out[k]
		c.Rows = append(c.Rows, r)
		if r.Unacked {
			c.Unacked++
		}
		if c.First == nil || earlier(r, c.First) {
			c.First = r
		}
	}
	slices.SortStableFunc(out, func(a, b Cluster) int {
		return cmp.Or(MoreUrgent(a.Worst(), b.Worst()), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// earlier reports whether a came before b, by the clock of the source where
// both have one: two devices may deliver in another order than things happened.
// The engine's own mark decides within a first-out group.
func earlier(a, b *Row) bool {
	if a.State.FirstOut != b.State.FirstOut {
		return a.State.FirstOut
	}
	if a.RaisedSource != 0 && b.RaisedSource != 0 && a.RaisedSource != b.RaisedSource {
		return a.RaisedSource < b.RaisedSource
	}
	return a.RaisedAt < b.RaisedAt
}
