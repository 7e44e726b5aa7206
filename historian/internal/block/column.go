package block

import "slices"

// AddColumn appends good samples of one mark that is not a text's: their times,
// and their bits, which are every step-th of cells.
func (s *Series) AddColumn(at []int64, cells []uint64, step int, mark Mark) {
	n := len(s.At)
	s.Same, s.Step = false, 0
	if n == 0 {
		s.Mark, s.Marks = mark, nil
	}
	if s.Marks == nil && mark != s.Mark {
		s.Marks = repeat(s.Mark, n)
	}
	s.At = append(s.At, at...)
	s.Bits = slices.Grow(s.Bits, len(at))[:n+len(at)]
	for i, k := n, 0; i < len(s.Bits); i, k = i+1, k+step {
		s.Bits[i] = cells[k]
	}
	if s.Q != nil {
		s.Q = append(s.Q, goods(len(at))...)
	}
	if s.Marks != nil {
		s.Marks = append(s.Marks, repeat(mark, len(at))...)
	}
}
