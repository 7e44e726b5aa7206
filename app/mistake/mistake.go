// Package mistake is what is wrong in a file that a person wrote, said so that
// the person can put it right: where, what, and what to do.
package mistake

import (
	"fmt"
	"strings"
)

// One is one mistake.
type One struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // from 1; 0: the file as a whole
	What string `json:"what"`
	Do   string `json:"do"` // may be empty
}

// String is the line that `penstock check` prints: "file:line: what; do".
func (m One) String() string {
	at := m.File
	if m.Line > 0 {
		at = fmt.Sprintf("%s:%d", m.File, m.Line)
	}
	text := at + ": " + m.What
	if m.Do != "" {
		text += "; " + m.Do
	}
	return text
}

// List is every mistake that was found, in the order of files and lines. It
// is the error of whatever reads files of people.
type List []One

// maxShown bounds how many mistakes Error writes out.
const maxShown = 20

func (l List) Error() string {
	var b strings.Builder
	for i, m := range l {
		if i == maxShown {
			fmt.Fprintf(&b, "\n... and %d more", len(l)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(m.String())
	}
	return b.String()
}

// Add notes a mistake. What and do are for people; they hold no newline even
// where a name in them does.
func (l *List) Add(file string, line int, what, do string) {
	*l = append(*l, One{file, line, oneLine(what), oneLine(do)})
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' || r == 0 {
			return ' '
		}
		return r
	}, s)
}
