package block

import (
	"slices"
	"sort"
)

// Search returns the index of the first sample at or after t in an ordered
// Series.
func (s *Series) Search(t int64) int {
	return sort.Search(len(s.At), func(i int) bool { return s.At[i] >= t })
}

// Clip keeps the samples of an ordered Series in [from, to).
func (s *Series) Clip(from, to int64) {
	if n := len(s.At); n > 0 && (s.At[0] < from || s.At[n-1] >= to) {
		s.Cut(s.Search(from), max(s.Search(from), s.Search(to)))
	}
}

// Ordered reports whether the times of s rise strictly.
func (s *Series) Ordered() bool {
	for i := 1; i < len(s.At); i++ {
		if s.At[i] <= s.At[i-1] {
			return false
		}
	}
	return true
}

// Order sorts s by time. Of samples with one time the last one stays: samples
// are added in the order of their arrival, and a later one corrects.
func (s *Series) Order() {
	if s.Ordered() {
		return
	}
	at := make([]int, len(s.At))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int {
		switch {
		case s.At[a] < s.At[b]:
			return -1
		case s.At[a] > s.At[b]:
			return 1
		}
		return 0
	})
	out := Series{At: make([]int64, 0, len(at)), Bits: make([]uint64, 0, len(at)), Mark: s.Mark, Texts: s.Texts}
	for k, i := range at {
		if k+1 < len(at) && s.At[at[k+1]] == s.At[i] {
			continue
		}
		out.At, out.Bits = append(out.At, s.At[i]), append(out.Bits, s.Bits[i])
		if s.Q != nil {
			out.Q = append(out.Q, s.Q[i])
		}
		if s.Marks != nil {
			out.Marks = append(out.Marks, s.Marks[i])
		}
	}
	*s = out
}
