package sqlite

import (
	"errors"

	driver "modernc.org/sqlite"
)

// SQLite's primary result codes that call for a decision.
const (
	codeBusy     = 5
	codeReadOnly = 8
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeConflict = 19
	codeNotADB   = 26
)

// IsFull reports whether err says that the disk is full.
func IsFull(err error) bool { return code(err) == codeFull }

// IsDamaged reports whether err says that the file itself is broken, so that
// trying again cannot help.
func IsDamaged(err error) bool { c := code(err); return c == codeCorrupt || c == codeNotADB }

// IsReadOnly reports whether err says that the file or its medium cannot be
// written.
func IsReadOnly(err error) bool { return code(err) == codeReadOnly }

// IsUnreachable reports whether err comes of the disk or the file system: a
// failed read, write or sync, or a file that could not be opened.
func IsUnreachable(err error) bool { c := code(err); return c == codeIO || c == codeCantOpen }

// IsBusy reports whether another process held the lock for too long.
func IsBusy(err error) bool { return code(err) == codeBusy }

// IsConflict reports whether a constraint, such as a unique key, was violated.
func IsConflict(err error) bool { return code(err) == codeConflict }

func code(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}
