// Package block holds the shapes in which the historian moves samples, and
// the bodies in which its rows keep them. A body is its CRC-32C and a payload;
// the exact bytes are in historian/doc/format.md. Everything here is plain
// values and pure functions; every decoder returns ErrDamaged for bytes that
// no encoder wrote, and never panics.
package block

import (
	"penstock/app/tag"
	"penstock/historian/codec"
)

// Point is one sample on its way to the log.
type Point struct {
	At   int64  // ns since 1970 UTC
	Bits uint64 // as tag.Scalar.Bits
	Text string // as tag.Scalar.Str
	Num  uint32 // the tag's number in the catalogue
	Q    tag.Quality
	Mark Mark
}

// Value is the point as the rest of the program knows it.
func (p *Point) Value() tag.Value {
	return tag.Value{Source: p.At, Received: p.At, Value: tag.FromBits(p.Mark.Kind(), p.Bits, p.Text), Quality: p.Q, Flags: p.Mark.Flags()}
}

// Mark is the kind of a sample's value and its flags.
type Mark uint8

// MarkOf joins kind and flags.
func MarkOf(k tag.Kind, f tag.Flags) Mark { return Mark(k)&7 | Mark(f)<<3 }

// Kind is the kind of the value.
func (m Mark) Kind() tag.Kind { return tag.Kind(m & 7) }

// Flags are the flags of the sample.
func (m Mark) Flags() tag.Flags { return tag.Flags(m >> 3) }

// Series is the samples of one tag in columns of one length. Columns that say
// nothing are nil: a Series of good floats without flags is two columns. The
// zero Series is empty.
type Series struct {
	At    []int64
	Bits  []uint64      // as tag.Scalar.Bits; of a text its index in Texts
	Q     []tag.Quality // nil: all good
	Marks []Mark        // nil: every sample is Mark
	Mark  Mark
	Texts []string
	Same  bool  // every value is the first; false says nothing
	Step  int64 // every time is so many ns after the one before; 0 says nothing

	Places []int64 // instead of Bits, see Chunk.Places
	Line   Line
}

// A Line is what the places of a Series mean.
type Line struct {
	Base, Step float64 // values are Base + place*Step, about
	floats     *codec.Floats
}

// Value is the value at a place.
func (l *Line) Value(place int64) float64 {
	if l.floats == nil {
		return float64(place)
	}
	return l.floats.Place(place)
}

// Len is the number of samples.
func (s *Series) Len() int { return len(s.At) }

// Reset empties s and keeps its memory.
func (s *Series) Reset() {
	*s = Series{At: s.At[:0], Bits: s.Bits[:0], Texts: s.Texts[:0]}
}

// Quality of sample i.
func (s *Series) Quality(i int) tag.Quality {
	if s.Q == nil {
		return tag.Good
	}
	return s.Q[i]
}

// MarkAt is the mark of sample i.
func (s *Series) MarkAt(i int) Mark {
	if s.Marks == nil {
		return s.Mark
	}
	return s.Marks[i]
}

// Scalar is the value of sample i.
func (s *Series) Scalar(i int) tag.Scalar {
	k := s.MarkAt(i).Kind()
	if k == tag.KindText {
		return tag.Text(s.Texts[s.Bits[i]])
	}
	return tag.FromBits(k, s.Bits[i], "")
}

// Value is sample i as the rest of the program knows it. Of the two times of
// a tag.Value only the one it is stored at was kept; both fields have it.
func (s *Series) Value(i int) tag.Value {
	return tag.Value{Source: s.At[i], Received: s.At[i], Value: s.Scalar(i), Quality: s.Quality(i), Flags: s.MarkAt(i).Flags()}
}

// Point is sample i as a Point of tag num.
func (s *Series) Point(num uint32, i int) Point {
	v := s.Scalar(i)
	return Point{At: s.At[i], Bits: v.Bits(), Text: v.Str(), Num: num, Q: s.Quality(i), Mark: s.MarkAt(i)}
}

// Add appends one sample.
func (s *Series) Add(p *Point) {
	n := len(s.At)
	s.Same, s.Step = false, 0
	if s.Q == nil && p.Q != tag.Good {
		s.Q = goods(n)
	}
	if n == 0 {
		s.Mark, s.Marks = p.Mark, nil
	}
	if s.Marks == nil && p.Mark != s.Mark {
		s.Marks = repeat(s.Mark, n)
	}
	s.At = append(s.At, p.At)
	if p.Mark.Kind() == tag.KindText {
		s.Bits = append(s.Bits, s.text(p.Text))
	} else {
		s.Bits = append(s.Bits, p.Bits)
	}
	if s.Q != nil {
		s.Q = append(s.Q, p.Q)
	}
	if s.Marks != nil {
		s.Marks = append(s.Marks, p.Mark)
	}
}

// AddSeries appends samples i to j-1 of o.
func (s *Series) AddSeries(o *Series, i, j int) {
	if i >= j {
		return
	}
	n, at := len(s.At), j-i
	s.Same, s.Step = false, 0
	if s.Q == nil && o.Q != nil {
		s.Q = goods(n)
	}
	if n == 0 {
		s.Mark, s.Marks = o.Mark, nil
		if o.Marks != nil {
			s.Mark = o.Marks[i]
		}
	}
	if s.Marks == nil && (o.Marks != nil || o.Mark != s.Mark) {
		s.Marks = repeat(s.Mark, n)
	}
	s.At = append(s.At, o.At[i:j]...)
	s.Bits = append(s.Bits, o.Bits[i:j]...)
	if s.Q != nil {
		if o.Q != nil {
			s.Q = append(s.Q, o.Q[i:j]...)
		} else {
			s.Q = append(s.Q, goods(at)...)
		}
	}
	if s.Marks != nil {
		if o.Marks != nil {
			s.Marks = append(s.Marks, o.Marks[i:j]...)
		} else {
			s.Marks = append(s.Marks, repeat(o.Mark, at)...)
		}
	}
	if len(o.Texts) > 0 {
		for k := n; k < n+at; k++ {
			if s.MarkAt(k).Kind() == tag.KindText {
				s.Bits[k] = s.text(o.Texts[s.Bits[k]])
			}
		}
	}
}

// text returns the index of t in Texts, where it is added when new. A tag
// says few different words, and mostly the one it said before.
func (s *Series) text(t string) uint64 {
	for i := len(s.Texts) - 1; i >= 0 && i >= len(s.Texts)-64; i-- {
		if s.Texts[i] == t {
			return uint64(i)
		}
	}
	s.Texts = append(s.Texts, t)
	return uint64(len(s.Texts) - 1)
}

// Cut keeps samples i to j-1.
func (s *Series) Cut(i, j int) {
	s.At = s.At[i:j]
	if s.Places != nil {
		s.Places = s.Places[i:j]
	} else {
		s.Bits = s.Bits[i:j]
	}
	if s.Q != nil {
		s.Q = s.Q[i:j]
	}
	if s.Marks != nil {
		s.Marks = s.Marks[i:j]
	}
}

// View returns samples i to j-1, sharing memory with s.
func (s *Series) View(i, j int) Series {
	v := *s
	v.Cut(i, j)
	return v
}

func goods(n int) []tag.Quality { return repeat(tag.Good, n) }

func repeat[T any](v T, n int) []T {
	out := make([]T, n, n+16)
	for i := range out {
		out[i] = v
	}
	return out
}
