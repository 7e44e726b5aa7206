package opcua

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// limits are how much one request may ask of a server.
type limits struct{ read, write, history, call, browse, translate, monitor int }

// Where a server says nothing, requests stay below what small controllers and
// one chunk of 64 KB take.
const modest = 500

// greet reads the namespaces and limits of a server. It is also the first
// answer that shows the session works.
func greet(ctx context.Context, s *channel.Session) (namespaces []string, l limits, err error) {
	fields := []struct {
		node uint32
		to   *int
	}{
		{id.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead, &l.read},
		{id.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite, &l.write},
		{id.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadData, &l.history},
		{id.Server_ServerCapabilities_OperationLimits_MaxNodesPerMethodCall, &l.call},
		{id.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse, &l.browse},
		{id.Server_ServerCapabilities_OperationLimits_MaxNodesPerTranslateBrowsePathsToNodeIDs, &l.translate},
		{id.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall, &l.monitor},
	}
	want := []*ua.ReadValueID{valueOf(ua.NewNumericNodeID(0, id.Server_NamespaceArray))}
	for _, f := range fields {
		want = append(want, valueOf(ua.NewNumericNodeID(0, f.node)))
	}
	body, err := s.Call(ctx, &ua.ReadRequest{TimestampsToReturn: ua.TimestampsToReturnNeither, NodesToRead: want})
	if err != nil {
		return nil, l, err
	}
	r := wire.NewCursor(body)
	if r.Len(1) != len(want) {
		return nil, l, wire.ErrMalformed
	}
	names := r.DataValue().Value
	for i := range names.Len {
		v, _ := names.At(i)
		text, _ := v.Scalar()
		namespaces = append(namespaces, text.Str())
	}
	for _, f := range fields {
		n := int64(0)
		if dv := r.DataValue(); dv.Status>>30 == 0 {
			v, _ := dv.Value.Scalar()
			n, _ = v.Int()
		}
		if *f.to = modest; n > 0 {
			*f.to = int(min(n, 5000))
		}
	}
	return namespaces, l, r.Err()
}

// portions calls f for pieces of n things, most at a time. A server that says
// a piece was too big gets half of it from then on.
func portions(n, most int, f func(i, j int) error) error {
	for i := 0; i < n; {
		j := min(i+max(most, 1), n)
		err := f(i, j)
		if err != nil && tooBig(err) && j-i > 1 {
			most = (j - i) / 2
			continue
		}
		if err != nil {
			return err
		}
		i = j
	}
	return nil
}

func tooBig(err error) bool {
	for _, s := range []ua.StatusCode{ua.StatusBadTooManyOperations, ua.StatusBadEncodingLimitsExceeded, ua.StatusBadResponseTooLarge, ua.StatusBadRequestTooLarge} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

// keepAlive asks the command session for the time while nobody else asks it
// anything, so that the server does not forget it and a dead line is found
// before somebody wants to write.
func (c *Conn) keepAlive(s *channel.Session) {
	every := s.Timeout / 4
	if every <= 0 || every > 10*time.Second {
		every = 10 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := s.Counts.Answers.Load()
	for {
		select {
		case <-s.Done():
			return
		case <-c.life.Done():
			return
		case <-tick.C:
		}
		if now := s.Counts.Answers.Load(); now != last {
			last = now
			continue
		}
		if _, err := s.Call(c.life, &ua.ReadRequest{TimestampsToReturn: ua.TimestampsToReturnNeither, NodesToRead: []*ua.ReadValueID{valueOf(clock)}}); err != nil {
			s.Channel.Close()
			return
		}
		last = s.Counts.Answers.Load()
	}
}

// clock is the server's CurrentTime: it changes as long as the server lives.
var clock = ua.NewNumericNodeID(0, id.Server_ServerStatus_CurrentTime)

// ErrMoved is how a subscription ends whose server has renumbered its
// namespaces: every NodeId we hold may now mean another thing.
var ErrMoved = errors.New("the server has renumbered its namespaces")

// renames reads the namespaces again. New ones at the end are taken over.
func (f *feed) renames(ctx context.Context) error {
	names, _, err := greet(ctx, f.session)
	if err != nil {
		return err
	}
	f.conn.mu.Lock()
	defer f.conn.mu.Unlock()
	old := f.conn.namespaces
	if len(names) < len(old) || !slices.Equal(names[:len(old)], old) {
		return ErrMoved
	}
	f.conn.namespaces = names
	return nil
}
