package trend

import "time"

// Span lengths a window is kept within.
const (
	minSpan = int64(100 * time.Millisecond)
	maxSpan = int64(20 * 366 * 24 * time.Hour)
)

// leadShare is the part of a live window kept free to the right of now, so
// the newest value is not glued to the frame.
const leadShare = 0.02

// Window is the stretch of time in view. The zero Window is not usable.
type Window struct {
	Span int64 // length, ns
	End  int64 // right edge, ns; while Live it follows now
	Live bool
}

// at returns the window as it is at time now: a live one ends a little after.
func (w Window) at(now int64) Window {
	if w.Live {
		w.End = now + int64(float64(w.Span)*leadShare)
	}
	return w
}

// From is the left edge.
func (w Window) From() int64 { return w.End - w.Span }

// pan moves the window by d ns and stops it following now. A window moved
// back onto now follows it again.
func (w Window) pan(d, now int64) Window {
	w = w.at(now)
	w.End += d
	w.Live = false
	return w.settle(now)
}

// settle keeps the window out of the future: where it reaches past now it is
// live.
func (w Window) settle(now int64) Window {
	live := Window{Span: w.Span, Live: true}.at(now)
	if w.End >= live.End {
		return live
	}
	return w
}

// zoom makes the window k times as long around time t, which stays in place.
// A live window that is zoomed at its right edge stays live.
func (w Window) zoom(k float64, t, now int64) Window {
	w = w.at(now)
	span := min(max(int64(float64(w.Span)*k), minSpan), maxSpan)
	share := float64(t-w.From()) / float64(w.Span)
	out := Window{Span: span, End: t + int64((1-share)*float64(span))}
	if w.Live && t >= now-w.Span/50 {
		out.Live = true
	}
	if out.Live {
		return out.at(now)
	}
	return out.settle(now)
}

// spanTo changes the length and keeps the right edge.
func (w Window) spanTo(span, now int64) Window {
	w = w.at(now)
	w.Span = min(max(span, minSpan), maxSpan)
	return w.at(now)
}

// between makes the window from a to b.
func between(a, b, now int64) Window {
	if b < a {
		a, b = b, a
	}
	span := min(max(b-a, minSpan), maxSpan)
	return Window{Span: span, End: a + span}.settle(now)
}
