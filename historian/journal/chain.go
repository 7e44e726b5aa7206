package journal

import (
	"crypto/sha256"
	"encoding/binary"
)

const hashSize = sha256.Size

// Hash is one link of the chain: h[n] = SHA-256(h[n-1] || canonical(entry n)),
// and h[0] is the random genesis of the installation.
type Hash [hashSize]byte

// canonVersion is the first byte of every canonical entry. Fields are only
// ever added under a new version.
const canonVersion = 1

// numbers and texts are an entry as it is hashed, in this order.
type numbers struct{ seq, at, source, level int64 }

const textCount = 11

func (e *Entry) parts() (numbers, [textCount]string) {
	return numbers{e.Seq, e.At, e.Source, int64(e.Level)},
		[textCount]string{string(e.Kind), e.Action, e.On, e.Area, e.Who, e.Station, e.Old, e.New, e.Outcome, e.Note, e.Ref}
}

// link returns the hash of an entry after prev. docs is what changed with it,
// see digest. buf is used again.
func link[T ~string | ~[]byte](prev Hash, n numbers, texts *[textCount]T, docs, buf []byte) (Hash, []byte) {
	b := append(buf[:0], prev[:]...)
	b = append(b, canonVersion)
	for _, v := range [...]int64{n.seq, n.at, n.source, n.level} {
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	for _, s := range texts {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendUvarint(b, uint64(len(docs)))
	b = append(b, docs...)
	return sha256.Sum256(b), b
}

// digest is what an entry keeps of the documents changed with it: of each the
// kind, the id, and the hash of the body, or that it was deleted. So a document
// that was changed without an entry shows.
func digest(docs []Doc) (b []byte) {
	for i := range docs {
		d := &docs[i]
		b = appendText(appendText(b, d.Kind), d.ID)
		if d.Body == nil {
			b = append(b, 0)
			continue
		}
		h := sha256.Sum256(d.Body)
		b = append(append(b, 1), h[:]...)
	}
	return b
}

// docMark is one document in a digest.
type docMark struct {
	kind, id string
	there    bool // false: deleted
	hash     Hash
}

// undigest reads what digest wrote; ok is false when it is damaged.
func undigest(b []byte) (out []docMark, ok bool) {
	for len(b) > 0 {
		var m docMark
		if m.kind, b, ok = cutText(b); !ok {
			return nil, false
		}
		if m.id, b, ok = cutText(b); !ok || len(b) < 1 || b[0] > 1 {
			return nil, false
		}
		m.there, b = b[0] == 1, b[1:]
		if m.there {
			if len(b) < hashSize {
				return nil, false
			}
			b = b[copy(m.hash[:], b):]
		}
		out = append(out, m)
	}
	return out, true
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func cutText(b []byte) (s string, rest []byte, ok bool) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)-w) {
		return "", nil, false
	}
	return string(b[w : w+int(n)]), b[w+int(n):], true
}
