package opcua

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/wire"
)

// pageOfHistory is how many values one answer holds: small enough for any
// server's message limit.
const pageOfHistory = 1000

// ReadHistory implements drivers.HistoryReader.
func (c *Conn) ReadHistory(ctx context.Context, p drivers.Point, from, to int64) ([]tag.Value, error) {
	vals, err := c.history(ctx, p, from, to)
	return vals, inWords(err)
}

func (c *Conn) history(ctx context.Context, p drivers.Point, from, to int64) ([]tag.Value, error) {
	a, err := parseAddress(p.Address)
	if err != nil {
		return nil, err
	}
	s, err := c.command(ctx)
	if err != nil {
		return nil, err
	}
	node, ok := c.node(&a)
	if !ok {
		return nil, fmt.Errorf("history of %s: %w: the server has no namespace of this name", p.Address, drivers.ErrRefused)
	}
	pick, err := c.pick(ctx, s, node, a.path)
	if err != nil {
		return nil, err
	}
	// Times on the wire have 100 ns steps: ask for a little more and cut.
	details := ua.NewExtensionObject(&ua.ReadRawModifiedDetails{StartTime: time.Unix(0, from).UTC(), EndTime: time.Unix(0, to+99).UTC(), NumValuesPerNode: pageOfHistory})
	var out []tag.Value
	var point []byte
	for {
		body, err := s.Call(ctx, &ua.HistoryReadRequest{HistoryReadDetails: details, TimestampsToReturn: ua.TimestampsToReturnBoth,
			NodesToRead: []*ua.HistoryReadValueID{{NodeID: node, DataEncoding: &ua.QualifiedName{}, ContinuationPoint: point}}})
		if err != nil {
			if status, ok := refusal(err); ok {
				return nil, fmt.Errorf("history of %s: %w: %w", p.Address, drivers.ErrRefused, status)
			}
			return nil, err
		}
		vals, next, err := c.historyPage(body)
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", p.Address, err)
		}
		drivers.Trace(ctx, "<- history of %s: %d values", p.Address, len(vals))
		for i := range vals {
			v := pick.value(&vals[i])
			if v.Source >= from && v.Source < to {
				out = append(out, v)
			}
		}
		if point = next; len(point) == 0 {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b tag.Value) int { return int(min(max(a.Source-b.Source, -1), 1)) })
	return out, nil
}

// historyPage reads one HistoryReadResponse of one node.
func (c *Conn) historyPage(body []byte) (vals []wire.DataValue, next []byte, err error) {
	r := wire.NewCursor(body)
	if r.Len(1) != 1 {
		return nil, nil, wire.ErrMalformed
	}
	status := ua.StatusCode(r.U32())
	next = slices.Clone(r.ByteString())
	encoding, data := r.Object()
	switch {
	case r.Err() != nil:
		return nil, nil, r.Err()
	case uint32(status)>>30 == 2 && status != ua.StatusBadNoData:
		return nil, nil, fmt.Errorf("%w: %w", drivers.ErrRefused, status)
	case data == nil:
		return nil, next, nil
	case wire.Numeric(encoding) != id.HistoryData_Encoding_DefaultBinary:
		return nil, nil, wire.ErrMalformed
	}
	d := wire.NewCursor(data)
	n := d.Len(1)
	for i := 0; i < n && d.Err() == nil; i++ {
		vals = append(vals, d.DataValue())
	}
	return vals, next, d.Err()
}
