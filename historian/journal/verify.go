package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
)

// Report is what Verify found.
type Report struct {
	Entries  int64  // entries read
	Head     Hash   // the newest link that fits
	FirstBad int64  // the first entry that is not as it was written; 0: none
	What     string // what is wrong with it
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
	return fmt.Sprintf("%d entries and %d documents are as they were written", r.Entries, r.Docs)
}

// Verify works the whole chain out anew: an entry that was changed, removed,
// inserted or moved shows as the first number that does not fit, and a
// document that was changed without an entry shows as well. An error says that
// the journal could not be read.
//
// The chain alone does not show that its end was cut off, nor that somebody
// worked out all hashes anew: compare Head with one that was kept elsewhere.
func (j *Journal) Verify(ctx context.Context) (Report, error) {
	// One transaction, so that entries and documents are of the same moment.
	tx, err := j.file.Reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return Report{}, fmt.Errorf("verify the journal: %w", err)
	}
	defer tx.Rollback()
	var rep Report
	marks, err := rep.entries(ctx, tx)
	if err == nil {
		err = rep.docs(ctx, tx, marks)
	}
	if err != nil {
		return rep, fmt.Errorf("verify the journal: %w", err)
	}
	return rep, nil
}

// lastMark is what the newest entry that changed a document says of it.
type lastMark struct {
	docMark
	seq int64
}

func (rep *Report) entries(ctx context.Context, tx *sql.Tx) (map[docKey]lastMark, error) {
	var genesis []byte
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'genesis'").Scan(&genesis); err != nil {
		return nil, fmt.Errorf("read the genesis: %w", err)
	}
	copy(rep.Head[:], genesis)
	rows, err := tx.QueryContext(ctx, "SELECT "+columns+", docs, hash FROM entries ORDER BY seq")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	marks := map[docKey]lastMark{}
	var buf []byte
	for want := int64(1); rows.Next(); want++ {
		var e Entry
		var docs, hash sql.RawBytes
		if err := e.scan(rows, &docs, &hash); err != nil {
			return nil, err
		}
		rep.Entries++
		if rep.FirstBad != 0 {
			continue // counted, but nothing after a broken link can be trusted
		}
		var h Hash
		h, buf = link(rep.Head, &e, docs, buf)
		changed, ok := undigest(docs)
		switch {
		case e.Seq != want:
			rep.FirstBad, rep.What = want, fmt.Sprintf("it is missing; entry %d follows", e.Seq)
		case string(h[:]) != string(hash) || !ok:
			rep.FirstBad, rep.What = want, "it is not what was written at this place"
		default:
			rep.Head = h
			for _, m := range changed {
				marks[docKey{m.kind, m.id}] = lastMark{m, e.Seq}
			}
		}
	}
	return marks, rows.Err()
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
