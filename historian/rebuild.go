package historian

import (
	"context"
	"fmt"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// isHotLost reports whether hot.db does not know what the sealed files do: it was
// deleted, or is older than they are.
func (s *Store) isHotLost() bool {
	if len(s.names.ids) == 0 {
		for kind := range kinds {
			if len(s.shelf.list(kind)) > 0 {
				return true
			}
		}
	}
	for _, p := range s.shelf.list("day") {
		if s.appliedTo(p.n) > s.hot.seq {
			return true
		}
	}
	return false
}

// rebuild brings back out of the sealed files what hot.db should know: the
// numbers of the tags, so that no tag is given another's, how far commits had
// come, so that new ones do not pass for sealed, and the newest samples. What
// was not sealed, and the trail of corrections, are lost with it.
func (s *Store) rebuild(ctx context.Context) error {
	reach := s.hot.seq
	for _, kind := range []string{"hour", "minute", "raw", "day"} {
		for _, p := range s.shelf.list(kind) {
			upTo, err := s.relearn(p)
			if err := s.setAside(ctx, err, p); err != nil {
				return fmt.Errorf("rebuild hot.db from %s: %w", p.name(), err)
			}
			reach = max(reach, upTo)
		}
	}
	if s.o.ReadOnly {
		return nil
	}
	s.names.saved = 0 // the next commit writes them
	var last []block.Point
	for num, id := range s.names.ids {
		if id == "" {
			continue
		}
		p, ok, err := s.before(ctx, uint32(num), maxTime)
		if err != nil {
			return fmt.Errorf("rebuild hot.db: newest sample of %s: %w", id, err)
		}
		if ok {
			p.Num = uint32(num)
			last = append(last, p)
		}
	}
	s.note(last)
	if s.live.Len() > 0 {
		// Its log counts: what is sealed of it next is newer than what the
		// files have.
		s.hot.seq = reach + 1
		return nil
	}
	if err := s.hot.markSealed(reach, last); err != nil {
		return fmt.Errorf("rebuild hot.db: %w", err)
	}
	s.hot.seq = reach
	return nil
}

// relearn takes the names that a file knows, and returns the newest commit it
// has anything of.
func (s *Store) relearn(p period) (reach int64, err error) {
	f, err := s.shelf.take(p)
	if err != nil || f == nil {
		return 0, err
	}
	defer s.shelf.put(f)
	name := func(num uint32, id tag.ID) {
		if _, known := s.names.of(id); id != "" && !known && s.names.id(num) == "" {
			s.names.set(num, id)
		}
	}
	told := func(table string, id int64, err error) { s.damage.add(f.Path, table, id, err) }
	if err := readNames(f.Reader, name, told); err != nil {
		return 0, err
	}
	if p.kind != "day" && p.kind != "raw" {
		return 0, nil
	}
	rows, err := idsOf(f.Reader, fmt.Sprintf("SELECT id FROM meta WHERE id = %d OR id >= %d AND id < %d", metaApplied, metaSeals, metaGens))
	if err != nil {
		return 0, err
	}
	for _, id := range rows {
		n, err := metaInt(f.Reader, id)
		if err != nil {
			told("meta", id, err)
			continue
		}
		reach = max(reach, n)
	}
	return reach, nil
}
