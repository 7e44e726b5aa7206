package calc

import (
	"fmt"
	"slices"
	"strings"

	"penstock/app/tag"
)

// Order sorts computed tags so that each comes after those it depends on;
// inputs are the tags each one's expression needs. Tags that depend on each
// other in a circle are a *CycleError.
func Order(inputs map[tag.ID][]tag.ID) ([]tag.ID, error) {
	const (
		onPath = 1
		done   = 2
	)
	var (
		out   []tag.ID
		path  []tag.ID
		mark  = make(map[tag.ID]uint8, len(inputs))
		visit func(id tag.ID) error
	)
	visit = func(id tag.ID) error {
		needs, computed := inputs[id]
		switch {
		case !computed || mark[id] == done:
			return nil
		case mark[id] == onPath:
			return &CycleError{Tags: slices.Clone(path[slices.Index(path, id):])}
		}
		mark[id] = onPath
		path = append(path, id)
		for _, n := range needs {
			if err := visit(n); err != nil {
				return err
			}
		}
		path = path[:len(path)-1]
		mark[id] = done
		out = append(out, id)
		return nil
	}
	ids := make([]tag.ID, 0, len(inputs))
	for id := range inputs {
		ids = append(ids, id)
	}
	slices.Sort(ids) // the same project gives the same order and the same error
	for _, id := range ids {
		if err := visit(id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CycleError says that computed tags depend on each other in a circle.
type CycleError struct {
	Tags []tag.ID // each needs the next, and the last the first
}

func (e *CycleError) Error() string {
	var b strings.Builder
	for _, id := range e.Tags {
		b.WriteString(string(id))
		b.WriteString(" -> ")
	}
	return fmt.Sprintf("computed tags depend on each other: %s%s", b.String(), e.Tags[0])
}
