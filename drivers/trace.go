package drivers

import (
	"context"
	"fmt"
)

// Tracer takes one line about what goes over the wire: a decoded request, its
// decoded reply, an event. Any goroutine may call it.
type Tracer func(line string)

// replyMark begins the line of a reply.
const replyMark = "<-"

type tracerKey struct{}

// WithTracer returns a context whose calls are traced by t.
func WithTracer(ctx context.Context, t Tracer) context.Context {
	return context.WithValue(ctx, tracerKey{}, t)
}

// TracerOf returns the tracer of ctx, or nil. A Conn that works outside of
// calls (a subscription) keeps the one of its Dial.
func TracerOf(ctx context.Context) Tracer {
	t, _ := ctx.Value(tracerKey{}).(Tracer)
	return t
}

// Trace hands one line to the tracer of ctx, if there is one. Drivers call it
// for every request, every reply, and what came instead of one:
//
//	drivers.Trace(ctx, "-> unit %d read %d registers from %s", unit, n, at)
//	drivers.Trace(ctx, "<- % x", pdu)
//	drivers.Trace(ctx, "!  unit %d after %v: %v", unit, took, err)
//
// A reply also shows a Link that a read of many requests gets on: it begins with
// replyMark, and nothing else does.
func Trace(ctx context.Context, format string, args ...any) {
	if t := TracerOf(ctx); t != nil {
		t(fmt.Sprintf(format, args...))
	}
}
