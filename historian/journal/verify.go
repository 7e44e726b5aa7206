package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
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

// lastMark is what the newest entry that changed a document says of it.
type lastMark struct {
	docMark
	seq int64
}

// stretch is a part of the chain. It starts from the hash that the entry
// before it has; whether that one is right, the stretch before says.
type stretch struct {
	after, to int64 // after < seq <= to
	head      Hash
	entries   int64
	bad       int64
	what      string
	marks     map[docKey]lastMark
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
	// In pages: a reader that stays open keeps the WAL from being folded back.
	for from, want := p.after, p.after+1; ; {
		n, err := p.page(ctx, db, &from, &want)
		if err != nil || n < page {
			if err == nil && p.bad == 0 && want <= p.to {
				p.bad, p.what = want, "it is missing"
			}
			return err
		}
	}
}

// page verifies the next page of entries after from. want is the number the
// next entry must have.
func (p *stretch) page(ctx context.Context, db *sql.DB, from, want *int64) (n int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT seq, at, source, level, kind, action, subject, area, who, station, old, new, outcome, note, ref, docs, hash FROM entries WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", *from, p.to, page)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var num numbers
	var texts [textCount]sql.RawBytes
	var docs, hash sql.RawBytes
	into := []any{&num.seq, &num.at, &num.source, &num.level}
	for i := range texts {
		into = append(into, &texts[i])
	}
	into = append(into, &docs, &hash)
	var buf []byte
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		n++
		p.entries++
		*from = num.seq
		if p.bad != 0 {
			continue // counted, but nothing after a broken link can be trusted
		}
		var h Hash
		h, buf = link(p.head, num, &texts, docs, buf)
		changed, ok := undigest(docs)
		switch {
		case num.seq != *want:
			p.bad, p.what = *want, fmt.Sprintf("it is missing; entry %d follows", num.seq)
		case string(h[:]) != string(hash) || !ok:
			p.bad, p.what = *want, "it is not what was written at this place"
		default:
			p.head = h
			for _, m := range changed {
				p.marks[docKey{m.kind, m.id}] = lastMark{m, num.seq}
			}
		}
		*want++
	}
	return n, rows.Err()
}

// docs holds the documents against what the entries say of them. Behind a
// broken link nothing can be said.
func (rep *Report) docs(ctx context.Context, tx *sql.Tx, marks map[docKey]lastMark) error {
	rows, err := tx.QueryContext(ctx, "SELECT kind, id, body FROM docs ORDER BY kind, id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k docKey
		var body sql.RawBytes
		if err := rows.Scan(&k.kind, &k.id, &body); err != nil {
			return err
		}
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
