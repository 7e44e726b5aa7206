package drivers

import (
	"context"
	"fmt"
)

// Auditor takes one line about a decision on security that a driver made while
// it dialled: a certificate that was refused, a fault of one that was let pass.
// It is called from one goroutine at a time and may block.
type Auditor func(what string)

type auditorKey struct{}

// WithAuditor returns a context whose dials are audited by a.
func WithAuditor(ctx context.Context, a Auditor) context.Context {
	return context.WithValue(ctx, auditorKey{}, a)
}

// AuditorOf returns the auditor of ctx, or nil.
func AuditorOf(ctx context.Context) Auditor {
	a, _ := ctx.Value(auditorKey{}).(Auditor)
	return a
}

// Audit hands one line to the auditor of ctx, if there is one. Drivers call it
// within Dial alone, every time: what is the same again is left out by whoever
// keeps the lines.
func Audit(ctx context.Context, format string, args ...any) {
	if a := AuditorOf(ctx); a != nil {
		a(fmt.Sprintf(format, args...))
	}
}
