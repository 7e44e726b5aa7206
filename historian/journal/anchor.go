package journal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/base64"
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
// out of reach: another disk, another computer, a printer. Signed ones cannot
// be made up where they are kept.
type Anchor struct {
	At   time.Time
	Seq  int64
	Hash Hash
}

// String is the line of an anchor file: time, number, hash.
func (a Anchor) String() string {
	return fmt.Sprintf("%s %d %x", a.At.UTC().Format(time.RFC3339), a.Seq, a.Hash)
}

// signed is the line with a signature behind it.
func (a Anchor) signed(key ed25519.PrivateKey) string {
	s := a.String()
	if key == nil {
		return s
	}
	return s + " " + base64.RawStdEncoding.EncodeToString(ed25519.Sign(key, anchorText(s)))
}

// anchorText is what is signed: a line, and what it is, so that the signature
// fits nothing else.
func anchorText(line string) []byte { return []byte("penstock journal anchor\n" + line) }

// keyLine is the first line of a file of signed anchors.
const keyLine = "# anchors of a Penstock journal, signed by ed25519 "

// ErrForged says that an anchor is not as it was signed.
var ErrForged = errors.New("this anchor is not as it was signed")

func parseAnchor(line string, key ed25519.PublicKey) (a Anchor, err error) {
	words := strings.Fields(line)
	if len(words) != 3 && len(words) != 4 {
		return a, fmt.Errorf("it has %d words, not time, number, hash and signature", len(words))
	}
	if _, err = fmt.Sscan(words[1], &a.Seq); err != nil {
		return a, err
	}
	if a.At, err = time.Parse(time.RFC3339, words[0]); err != nil {
		return a, err
	}
	b, err := hex.DecodeString(words[2])
	if err == nil && len(b) != hashSize {
		err = fmt.Errorf("the hash has %d bytes", len(b))
	}
	copy(a.Hash[:], b)
	if err != nil || key == nil {
		return a, err
	}
	var sig []byte
	if len(words) == 4 {
		sig, _ = base64.RawStdEncoding.DecodeString(words[3]) // a damaged one fits nothing
	}
	if !ed25519.Verify(key, anchorText(strings.Join(words[:3], " ")), sig) {
		return a, ErrForged
	}
	return a, nil
}

// ReadAnchors reads an anchor file. A file that is not there has none; a last
// line that was cut off while it was written is left out. Every line must be
// signed by key. Where key is nil, the file says itself by which key it is
// signed, and signedBy is that one; a file that does not say has bare anchors,
// and signedBy is nil. An anchor that was tampered with is an ErrForged.
func ReadAnchors(path string, key ed25519.PublicKey) (out []Anchor, signedBy ed25519.PublicKey, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, key, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	signedBy = key
	r := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := r.ReadString('\n')
		if err != nil {
			return out, signedBy, nil
		}
		line = strings.TrimSpace(line)
		if word, ok := strings.CutPrefix(line, keyLine); ok {
			own, err := hex.DecodeString(word)
			switch {
			case err != nil || len(own) != ed25519.PublicKeySize:
				return nil, nil, fmt.Errorf("%s:%d: not a key", path, n)
			case signedBy == nil:
				signedBy = own
			case !bytes.Equal(own, signedBy):
				return nil, nil, fmt.Errorf("%s:%d: signed by another key, %s: %w", path, n, word, ErrForged)
			}
			continue
		}
		a, err := parseAnchor(line, signedBy)
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: not an anchor: %w", path, n, err)
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
