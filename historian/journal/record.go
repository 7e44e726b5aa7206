package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// batchEntries bounds how many entries of the plant's own go into one
// transaction, so that a person's action waits for a short one at most.
const batchEntries = 256

// Record keeps entries, in their order, and the documents that change with
// them, in one transaction; when it returns nil they are on the disk. Seq is
// given here, and At where it is 0. Many callers share one transaction. What
// a person did (Who is set) goes before what the plant says, unless both
// change the same document.
//
// Hand in at most a few hundred entries at a time: a transaction is not
// interrupted, and a person may be waiting behind it. Once it is being
// written, Record waits for the outcome even when ctx ends. After an error
// nothing was kept, and the caller may record the same again.
func (j *Journal) Record(ctx context.Context, entries []Entry, docs []Doc) error {
	switch {
	case j.file.Writer == nil:
		return fmt.Errorf("record in the journal: it was opened for reading")
	case len(entries) == 0 && len(docs) == 0:
		return nil
	case len(entries) == 0:
		return fmt.Errorf("record in the journal: %w", ErrNoEntry)
	}
	r := &request{entries: slices.Clone(entries), docs: docs, done: make(chan error, 1)}
	begun := time.Now()
	if err := j.queue(r); err != nil {
		return err
	}
	select {
	case err := <-r.done:
		j.stats.took(r.urgent(), time.Since(begun))
		return err
	case <-ctx.Done():
	}
	if j.unqueue(r) {
		return fmt.Errorf("record in the journal: %w", ctx.Err())
	}
	return <-r.done
}

func (r *request) urgent() bool {
	return slices.ContainsFunc(r.entries, func(e Entry) bool { return e.Who != "" })
}

func (j *Journal) queue(r *request) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return fmt.Errorf("record in the journal: %w", ErrClosed)
	}
	switch {
	case !r.urgent():
		j.patient = append(j.patient, r)
		j.hold(r, 1)
	case slices.ContainsFunc(r.docs, func(d Doc) bool { return j.held[docKey{d.Kind, d.ID}] > 0 }):
		// What waits must not overwrite what follows from it: all that waits
		// goes first.
		for _, p := range j.patient {
			j.hold(p, -1)
		}
		j.urgent = append(append(j.urgent, j.patient...), r)
		j.patient = nil
	default:
		j.urgent = append(j.urgent, r)
	}
	j.wake.Signal()
	return nil
}

func (j *Journal) hold(r *request, n int) {
	for i := range r.docs {
		k := docKey{r.docs[i].Kind, r.docs[i].ID}
		if j.held[k] += n; j.held[k] == 0 {
			delete(j.held, k)
		}
	}
}

// unqueue takes back a request that was not yet begun.
func (j *Journal) unqueue(r *request) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r.taken {
		return false
	}
	if i := slices.Index(j.patient, r); i >= 0 {
		j.patient = slices.Delete(j.patient, i, i+1)
		j.hold(r, -1)
	} else if i := slices.Index(j.urgent, r); i >= 0 {
		j.urgent = slices.Delete(j.urgent, i, i+1)
	}
	return true
}

// write is the one goroutine that writes.
func (j *Journal) write() {
	defer close(j.stopped)
	for urgent := true; ; urgent = !urgent {
		batch := j.take(urgent)
		if batch == nil {
			return
		}
		err := j.commit(batch)
		for _, r := range batch {
			r.done <- err
		}
		j.anchors.grown(j.seq)
	}
}

// take waits for requests and takes those of the next transaction: people's
// and the plant's in turn while there are both, so that neither starves. It
// returns nil when the journal is closed and empty.
func (j *Journal) take(urgent bool) (batch []*request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.urgent) == 0 && len(j.patient) == 0 {
		if j.closed {
			return nil
		}
		j.wake.Wait()
		urgent = true
	}
	from := &j.patient
	if len(j.urgent) > 0 && (urgent || len(j.patient) == 0) {
		from = &j.urgent
	}
	n, size := 0, 0
	for n < len(*from) && (n == 0 || size+len((*from)[n].entries) <= batchEntries) {
		size += len((*from)[n].entries)
		n++
	}
	batch = slices.Clone((*from)[:n])
	*from = slices.Delete(*from, 0, n)
	for _, r := range batch {
		r.taken = true
		if from == &j.patient {
			j.hold(r, -1)
		}
	}
	return batch
}

// commit writes one batch.
func (j *Journal) commit(batch []*request) error {
	seq, head := j.seq, j.head
	ctx := context.Background()
	err := j.file.Write(ctx, func(tx *sql.Tx) error {
		seq, head = j.seq, j.head
		insert, keep, drop := tx.Stmt(j.insert), tx.Stmt(j.keep), tx.Stmt(j.drop)
		for _, r := range batch {
			marks := digest(r.docs)
			for i := range r.entries {
				e := &r.entries[i]
				seq++
				e.Seq = seq
				if e.At == 0 {
					e.At = j.now().UnixNano()
				}
				var docs []byte
				if i == len(r.entries)-1 {
					docs = marks
				}
				n, texts := e.parts()
				head, j.buf = link(head, n, &texts, docs, j.buf)
				if _, err := insert.Exec(e.Seq, e.At, e.Source, string(e.Kind), e.Action, e.On, e.Area, e.Who, e.Station,
					e.Old, e.New, e.Outcome, e.Note, e.Ref, e.Level, docs, head[:]); err != nil {
					return err
				}
			}
			for i := range r.docs {
				d := &r.docs[i]
				var err error
				if d.Body == nil {
					_, err = drop.Exec(d.Kind, d.ID)
				} else {
					_, err = keep.Exec(d.Kind, d.ID, d.Body)
				}
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		// A commit that failed may have reached the disk all the same: what
		// the file says is what counts.
		haveSeq, have, rerr := readHead(ctx, j.file.Reader)
		switch {
		case rerr != nil:
			return fmt.Errorf("record in the journal: %w", errors.Join(err, rerr))
		case haveSeq != seq || have != head || seq == j.seq:
			j.seq, j.head = haveSeq, have
			return fmt.Errorf("record in the journal: %w", err)
		}
	}
	j.seq, j.head = seq, head
	j.stats.wrote(batch)
	return nil
}
