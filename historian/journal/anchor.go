package journal

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// Anchor is a link of the chain as it was at some time, kept outside the
// journal. The chain shows what was changed within it; anchors show that its
// end was cut off, that an old copy was put in its place, or that all of it was
// worked out anew. They are worth as much as the place they are kept at is
// out of reach: another disk, another computer, a printer.
type Anchor struct {
	At   time.Time
	Seq  int64
	Hash Hash
}

// How often anchors are written.
const (
	anchorEvery   = time.Minute
	anchorEntries = 1000
)

// String is the line of an anchor file: time, number, hash.
func (a Anchor) String() string {
	return fmt.Sprintf("%s %d %x", a.At.UTC().Format(time.RFC3339), a.Seq, a.Hash)
}

func parseAnchor(line string) (a Anchor, err error) {
	var at, hash string
	if _, err = fmt.Sscanf(line, "%s %d %s", &at, &a.Seq, &hash); err != nil {
		return a, err
	}
	if a.At, err = time.Parse(time.RFC3339, at); err != nil {
		return a, err
	}
	b, err := hex.DecodeString(hash)
	if err == nil && len(b) != hashSize {
		err = fmt.Errorf("the hash has %d bytes", len(b))
	}
	copy(a.Hash[:], b)
	return a, err
}

// ReadAnchors reads an anchor file. A file that is not there has none; a last
// line that was cut off while it was written is left out.
func ReadAnchors(path string) ([]Anchor, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Anchor
	r := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := r.ReadString('\n')
		if err != nil {
			return out, nil
		}
		a, err := parseAnchor(strings.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: not an anchor: %w", path, n, err)
		}
		out = append(out, a)
	}
}

// Head is the newest link of the chain.
func (j *Journal) Head(ctx context.Context) (Anchor, error) {
	seq, h, err := readHead(ctx, j.file.Reader)
	if err != nil {
		return Anchor{}, fmt.Errorf("read the journal: %w", err)
	}
	return Anchor{At: j.now(), Seq: seq, Hash: h}, nil
}

// anchor writes the newest link down when it is time to. An anchor that cannot
// be written is missing and nothing else: the entries are kept.
func (j *Journal) anchor() {
	if j.anchors == "" || j.seq == j.anchored.Seq {
		return
	}
	now := j.now()
	if j.seq-j.anchored.Seq < anchorEntries && now.Sub(j.anchored.At).Abs() < anchorEvery {
		return
	}
	a := Anchor{At: now, Seq: j.seq, Hash: j.head}
	f, err := os.OpenFile(j.anchors, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(f, a)
		err = errors.Join(err, f.Close())
	}
	j.stats.anchored(err)
	j.anchored = a
}

// held compares anchors with the chain.
func (rep *Report) held(ctx context.Context, tx *sql.Tx, anchors []Anchor) error {
	rep.Anchors = len(anchors)
	for _, a := range anchors {
		if rep.FirstBad != 0 && a.Seq >= rep.FirstBad {
			continue
		}
		var b []byte
		switch err := tx.QueryRowContext(ctx, "SELECT hash FROM entries WHERE seq = ?", a.Seq).Scan(&b); {
		case errors.Is(err, sql.ErrNoRows):
			rep.FirstBad, rep.What = a.Seq, "it was there at "+a.At.UTC().Format(time.RFC3339)+" and is not now: the end was cut off, or an old copy put in its place"
		case err != nil:
			return err
		case string(b) != string(a.Hash[:]):
			rep.FirstBad, rep.What = a.Seq, "it was another one at "+a.At.UTC().Format(time.RFC3339)+": the chain was worked out anew, or is that of another journal"
		}
	}
	return nil
}
