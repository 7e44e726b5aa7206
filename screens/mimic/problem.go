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
