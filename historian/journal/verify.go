package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
)

// Report is what Verify found.
type Report struct {
	Entries  int64  // entries read
	Head     Hash   // the newest link that fits
	FirstBad int64  // the first entry that is not as it was written; 0: none
	What     string // what is wrong with it
	Anchors  int    // anchors compared
	Docs     int    // documents read
	BadDocs  []BadDoc
}

// BadDoc is a document that is not as the journal says.
type BadDoc struct {
	Kind, ID string
	Seq      int64 // the entry that last changed it; 0: none did
	What     string
}

// OK reports whether the journal and its documents are as they were written.
func (r *Report) OK() bool { return r.FirstBad == 0 && len(r.BadDocs) == 0 }

// String says in a sentence what was found.
func (r *Report) String() string {
	switch {
	case r.FirstBad != 0:
		return fmt.Sprintf("entry %d: %s", r.FirstBad, r.What)
	case len(r.BadDocs) > 0:
		d := r.BadDocs[0]
		return fmt.Sprintf("%d of %d documents are not as the journal says; the first is %s %s: %s", len(r.BadDocs), r.Docs, d.Kind, d.ID, d.What)
	}
	s := fmt.Sprintf("%d entries and %d documents are as they were written", r.Entries, r.Docs)
	if r.Anchors > 0 {
		s += fmt.Sprintf("; %d anchors agree", r.Anchors)
	}
	return s
}

// Verify works the whole chain out anew: an entry that was changed, removed,
// inserted or moved shows as the first number that does not fit, and a
// document that was changed without an entry shows as well. An error says that
// the journal could not be read.
//
// The chain alone does not show that its end was cut off, nor that somebody
// worked out all hashes anew: anchors that were kept elsewhere do.
func (j *Journal) Verify(ctx context.Context, anchors ...Anchor) (Report, error) {
	rep, err := j.verify(ctx, anchors)
	if err != nil {
		return rep, fmt.Errorf("verify the journal: %w", err)
	}
	return rep, nil
}

// verifiers bounds how many stretches of the chain are worked out at the same
// time: one reader connection is held for the documents, one is left.
const verifiers = 2

func (j *Journal) verify(ctx context.Context, anchors []Anchor) (rep Report, err error) {
	// The transaction holds the moment that documents and the last entry are of.
	tx, err := j.file.Reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return rep, err
	}
	defer tx.Rollback()
	var genesis []byte
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'genesis'").Scan(&genesis); err != nil {
		return rep, fmt.Errorf("read the genesis: %w", err)
	}
	copy(rep.Head[:], genesis)
	var last int64
	if err := tx.QueryRowContext(ctx, "SELECT ifnull(max(seq), 0) FROM entries").Scan(&last); err != nil {
		return rep, err
	}
	parts := make([]stretch, min(verifiers, last))
	var wg sync.WaitGroup
	for i := range parts {
		p := &parts[i]
		p.after, p.to = last*int64(i)/int64(len(parts)), last*int64(i+1)/int64(len(parts))
		p.head, p.marks = rep.Head, map[docKey]lastMark{}
		wg.Go(func() { p.err = p.verify(ctx, j.file.Reader) })
	}
	wg.Wait()
	marks := map[docKey]lastMark{}
	for i := range parts {
		p := &parts[i]
		if p.err != nil {
			return rep, p.err
		}
		rep.Entries += p.entries
		if rep.FirstBad == 0 {
			rep.FirstBad, rep.What, rep.Head = p.bad, p.what, p.head
			maps.Copy(marks, p.marks)
		}
	}
	if err := rep.held(ctx, tx, anchors); err != nil {
		return rep, err
	}
	return rep, rep.docs(ctx, tx, marks)
}

// errOrder says that SQLite hands rows over that are not in their order: a
// damaged page may lead back to itself, and reading would never end.
var errOrder = errors.New("the file is damaged: its rows do not stand in their order")

// lastMark is what the newest entry that changed a document says of it.
type lastMark struct {
	docMark
	seq int64
}

// stretch is a part of the chain. It starts from the hash that the entry
// before it has; whether that one is right, the stretch before says.
type stretch struct {
	after, to int64 // after < seq <= to
	next      int64 // the number the next entry must have
	head      Hash
	entries   int64
	bad       int64
	what      string
	marks     map[docKey]lastMark
	buf       []byte
	err       error
}

func (p *stretch) verify(ctx context.Context, db *sql.DB) error {
	if p.after > 0 {
		var b []byte
		switch err := db.QueryRowContext(ctx, "SELECT hash FROM entries WHERE seq = ?", p.after).Scan(&b); {
		case errors.Is(err, sql.ErrNoRows): // the stretch before finds it missing
		case err != nil:
			return err
		}
		copy(p.head[:], b)
	}
	p.next = p.after + 1
	// In pages: a reader that stays open keeps the WAL from being folded back.
	for from, more := p.after, true; more; {
		var err error
		if more, err = p.page(ctx, db, &from); err != nil {
			return err
		}
	}
	if p.bad == 0 && p.next <= p.to {
		p.bad, p.what = p.next, "it is missing"
	}
	return nil
}

// Handing a column over costs more than hashing it: numbers and texts of an
// entry come as one text, with separators. An entry that has the separator in
// its texts is read once more, column by column.
const (
	separator = "\x00"
	joined    = "at||x'00'||source||x'00'||level||x'00'||kind||x'00'||action||x'00'||subject||x'00'||area||x'00'||who||x'00'||station||x'00'||old||x'00'||new||x'00'||outcome||x'00'||note||x'00'||ref"
	apart     = "at, source, level, kind, action, subject, area, who, station, old, new, outcome, note, ref"
)

// stored is an entry as it lies in the file: at, source and level, and its
// texts.
type stored [3 + textCount][]byte

// page verifies the next page of entries after from; more says that there are
// others.
func (p *stretch) page(ctx context.Context, db *sql.DB, from *int64) (more bool, err error) {
	rows, err := db.QueryContext(ctx, "SELECT seq, docs, hash, "+joined+" FROM entries WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", *from, p.to, page)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var docs, hash, all sql.RawBytes
	n := 0
	for ; rows.Next(); n++ {
		before := *from
		if err := rows.Scan(from, &docs, &hash, &all); err != nil {
			return false, err
		}
		if *from <= before {
			return false, errOrder
		}
		var e stored
		if !e.cut(all) {
			if err := rows.Close(); err != nil { // there is no second connection
				return false, err
			}
			return true, p.alone(ctx, db, *from)
		}
		p.take(*from, &e, docs, hash)
	}
	return n == page, rows.Err()
}

// cut takes a joined entry apart; not ok where a text holds the separator.
func (e *stored) cut(all []byte) (ok bool) {
	last := len(e) - 1
	for i := range last {
		if e[i], all, ok = bytes.Cut(all, []byte(separator)); !ok {
			return false
		}
	}
	e[last] = all
	return !bytes.Contains(all, []byte(separator))
}

// alone verifies one entry, read column by column.
func (p *stretch) alone(ctx context.Context, db *sql.DB, seq int64) error {
	var e stored
	var docs, hash []byte
	into := []any{&docs, &hash}
	for i := range e {
		into = append(into, &e[i])
	}
	if err := db.QueryRowContext(ctx, "SELECT docs, hash, "+apart+" FROM entries WHERE seq = ?", seq).Scan(into...); err != nil {
		return err
	}
	p.take(seq, &e, docs, hash)
	return nil
}

// take verifies the next entry. It keeps none of the slices.
func (p *stretch) take(seq int64, e *stored, docs, hash []byte) {
	p.entries++
	if p.bad != 0 {
		return // counted, but nothing after a broken link can be trusted
	}
	num := numbers{seq: seq}
	whole := true
	for i, to := range []*int64{&num.at, &num.source, &num.level} {
		var err error
		*to, err = strconv.ParseInt(string(e[i]), 10, 64)
		whole = whole && err == nil
	}
	var h Hash
	h, p.buf = link(p.head, num, (*[textCount][]byte)(e[3:]), docs, p.buf)
	changed, ok := undigest(docs)
	switch {
	case seq != p.next:
		p.bad, p.what = p.next, fmt.Sprintf("it is missing; entry %d follows", seq)
	case string(h[:]) != string(hash) || !ok || !whole:
		p.bad, p.what = p.next, "it is not what was written at this place"
	default:
		p.head = h
		for _, m := range changed {
			p.marks[docKey{m.kind, m.id}] = lastMark{m, seq}
		}
	}
	p.next++
}

// docs holds the documents against what the entries say of them. Behind a
// broken link nothing can be said.
func (rep *Report) docs(ctx context.Context, tx *sql.Tx, marks map[docKey]lastMark) error {
	rows, err := tx.QueryContext(ctx, "SELECT kind, id, body FROM docs ORDER BY kind, id")
	if err != nil {
		return err
	}
	defer rows.Close()
	var before docKey
	for rows.Next() {
		var k docKey
		var body sql.RawBytes
		if err := rows.Scan(&k.kind, &k.id, &body); err != nil {
			return err
		}
		if rep.Docs > 0 && (k.kind < before.kind || k.kind == before.kind && k.id <= before.id) {
			return errOrder
		}
		before = k
		rep.Docs++
		m, ok := marks[k]
		delete(marks, k)
		switch {
		case rep.FirstBad != 0:
		case !ok || !m.there:
			rep.BadDocs = append(rep.BadDocs, BadDoc{k.kind, k.id, m.seq, "no entry made it"})
		case Hash(sha256.Sum256(body)) != m.hash:
			rep.BadDocs = append(rep.BadDocs, BadDoc{k.kind, k.id, m.seq, fmt.Sprintf("it is not as entry %d left it", m.seq)})
		}
	}
	if rep.FirstBad == 0 {
		for k, m := range marks {
			if m.there {
				rep.BadDocs = append(rep.BadDocs, BadDoc{k.kind, k.id, m.seq, fmt.Sprintf("entry %d made it and it is gone", m.seq)})
			}
		}
	}
	return rows.Err()
}
