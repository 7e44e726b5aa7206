// Package doctor looks at the computer a control room runs on, and says what
// would trouble it: a clock nobody sets, a slow or full disk, a folder others
// can read, a certificate about to expire.
package doctor

import (
	"fmt"
	"strings"
)

// Level is how bad a finding is.
type Level string

const (
	OK    Level = "ok"
	Look  Level = "look"  // works, but a person should know
	Wrong Level = "wrong" // does not work, or will not for long
)

// Finding is one thing that was looked at.
type Finding struct {
	On    string `json:"on"` // what was looked at: "clock", "disk" ...
	Level Level  `json:"level"`
	What  string `json:"what"`
	Do    string `json:"do,omitempty"` // what to do about it; empty when Level is OK
}

// String is the finding in a line, or in two where there is something to do.
func (f Finding) String() string {
	s := fmt.Sprintf("%-6s %-12s %s", f.Level, f.On, f.What)
	if f.Do != "" {
		s += "\n" + strings.Repeat(" ", 20) + f.Do
	}
	return s
}

func ok(on, format string, args ...any) Finding {
	return Finding{On: on, Level: OK, What: fmt.Sprintf(format, args...)}
}

func look(on, do, format string, args ...any) Finding {
	return Finding{On: on, Level: Look, What: fmt.Sprintf(format, args...), Do: do}
}

func wrong(on, do, format string, args ...any) Finding {
	return Finding{On: on, Level: Wrong, What: fmt.Sprintf(format, args...), Do: do}
}

// Failed reports whether anything is wrong.
func Failed(fs []Finding) bool {
	for _, f := range fs {
		if f.Level == Wrong {
			return true
		}
	}
	return false
}
