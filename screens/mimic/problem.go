package mimic

import (
	"fmt"
	"strings"
)

// Problem is one mistake in a display: where it is, what is wrong, and what
// to do about it.
type Problem struct {
	File string // as given to Parse
	Line int    // from 1
	What string
	Do   string // may be empty
}

func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.What)
	if p.Do != "" {
		s += "; " + p.Do
	}
	return s
}

// Problems is every mistake of a display, in the order of its lines. It is
// the error of Parse.
type Problems []Problem

// maxShown bounds how many problems Error writes out.
const maxShown = 20

func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i == maxShown {
			fmt.Fprintf(&b, "\n... and %d more", len(ps)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// near returns a hint when got is a likely misspelling of one of known.
func near(got string, known []string) string {
	best, at := "", 3
	for _, k := range known {
		if d := distance(strings.ToLower(got), strings.ToLower(k)); d < at {
			best, at = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance is the number of single letters to change between a and b.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diag+cost)
		}
	}
	return row[len(b)]
}
