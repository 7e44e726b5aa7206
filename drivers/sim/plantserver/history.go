package plantserver

import (
	"encoding/binary"
	"time"

	"github.com/gopcua/opcua/ua"
)

// historyKept is how much of the past the server remembers at least: enough to
// repair the gap of a cut link, as controllers with a buffer can. What
// Options.Past has made is remembered as long.
const historyKept = 20 * time.Minute

// A past is what one signal showed, oldest first, in the order it came.
type past struct {
	first    int64 // number of kept[0], counted from the start of the server
	kept     []reading
	received []int64 // ns of the wall clock
}

func (p *past) add(v reading, now time.Time) {
	p.kept = append(p.kept, v)
	p.received = append(p.received, now.UnixNano())
	// Cut off by the third, so that adding stays cheap.
	if n := len(p.kept); n > 64 && now.UnixNano()-p.received[n/3] > int64(historyKept) {
		p.first += int64(n / 3)
		p.kept = append(p.kept[:0:0], p.kept[n/3:]...)
		p.received = append(p.received[:0:0], p.received[n/3:]...)
	}
}

// A span is the part of the past that is asked for: from the start up to, but
// not including, the end; backwards where the start is the later one.
type span struct {
	start, end time.Time
	most       int // values an answer; 0: all
}

func (s *span) check() ua.StatusCode {
	// Of start, end and the number of values two must be given
	// (OPC 10000-11, 6.5.3.2).
	given := 0
	for _, is := range []bool{!unset(s.start), !unset(s.end), s.most > 0} {
		if is {
			given++
		}
	}
	if given < 2 {
		return ua.StatusBadInvalidTimestampArgument
	}
	return ua.StatusOK
}

// unset reports whether a time is the zero of OPC UA or of Go.
func unset(t time.Time) bool { return t.Year() <= 1601 }

func (s *span) backwards() bool {
	return unset(s.start) || !unset(s.end) && s.end.Before(s.start)
}

func (s *span) holds(t time.Time) bool {
	lo, hi := s.start, s.end
	if s.backwards() {
		return (unset(hi) || t.After(hi)) && (unset(lo) || !t.After(lo))
	}
	return !t.Before(lo) && (unset(hi) || t.Before(hi))
}

// read returns readings of the span, from number on where a page before ended;
// next is where the next page begins, ok whether there is one.
func (p *past) read(s span, from int64, resumed bool) (out []reading, next int64, ok bool) {
	step, i := 1, 0
	if s.backwards() {
		step, i = -1, len(p.kept)-1
	}
	if resumed {
		i = int(from - p.first)
		if step > 0 {
			i = max(i, 0) // what was there has been forgotten since
		}
	}
	for ; i >= 0 && i < len(p.kept); i += step {
		if !s.holds(p.kept[i].source) {
			continue
		}
		if s.most > 0 && len(out) == s.most {
			return out, p.first + int64(i), true
		}
		out = append(out, p.kept[i])
	}
	return out, 0, false
}

func (u *uaServer) historyRead(r *ua.HistoryReadRequest) (ua.Response, error) {
	if len(r.NodesToRead) == 0 {
		return nil, ua.StatusBadNothingToDo
	}
	if r.HistoryReadDetails == nil {
		return nil, ua.StatusBadHistoryOperationInvalid
	}
	d, ok := r.HistoryReadDetails.Value.(*ua.ReadRawModifiedDetails)
	if !ok || d.IsReadModified {
		return nil, ua.StatusBadHistoryOperationUnsupported
	}
	s := span{d.StartTime, d.EndTime, int(d.NumValuesPerNode)}
	if status := s.check(); status != ua.StatusOK {
		return nil, status
	}
	out := &ua.HistoryReadResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, n := range r.NodesToRead {
		out.Results = append(out.Results, u.historyOf(n, s, r))
	}
	return out, nil
}

func (u *uaServer) historyOf(n *ua.HistoryReadValueID, s span, r *ua.HistoryReadRequest) *ua.HistoryReadResult {
	one := &ua.HistoryReadResult{HistoryData: ua.NewExtensionObject(nil)}
	if n == nil || n.NodeID == nil {
		one.StatusCode = ua.StatusBadNodeIDInvalid
		return one
	}
	i, ok := u.space.signalOf(n.NodeID)
	switch {
	case !ok && u.attribute(&ua.ReadValueID{NodeID: n.NodeID, AttributeID: ua.AttributeIDNodeClass}).Status != ua.StatusOK:
		one.StatusCode = ua.StatusBadNodeIDUnknown
	case !ok:
		one.StatusCode = ua.StatusBadHistoryOperationUnsupported
	case len(n.ContinuationPoint) != 0 && len(n.ContinuationPoint) != 8:
		one.StatusCode = ua.StatusBadContinuationPointInvalid
	}
	if one.StatusCode != ua.StatusOK || r.ReleaseContinuationPoints {
		return one
	}
	var from int64
	resumed := len(n.ContinuationPoint) == 8
	if resumed {
		from = int64(binary.LittleEndian.Uint64(n.ContinuationPoint))
	}
	m := u.space.image
	m.mu.Lock()
	list, next, more := u.space.pasts[i].read(s, from, resumed)
	m.mu.Unlock()
	data := &ua.HistoryData{DataValues: make([]*ua.DataValue, len(list))}
	for k, v := range list {
		data.DataValues[k] = stamped(dataValue(m.defs[i], v), r.TimestampsToReturn)
	}
	one.HistoryData = ua.NewExtensionObject(data)
	one.HistoryData.UpdateMask()
	if len(list) == 0 {
		one.StatusCode = ua.StatusGoodNoData
	}
	if more {
		one.ContinuationPoint = binary.LittleEndian.AppendUint64(nil, uint64(next))
	}
	return one
}
