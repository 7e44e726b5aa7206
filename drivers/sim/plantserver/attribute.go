package plantserver

import (
	"errors"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers/sim/waterworks"
)

// maxNodes is the most nodes of one request.
const maxNodes = 10_000

func bad(status ua.StatusCode) *ua.DataValue {
	return &ua.DataValue{EncodingMask: ua.DataValueStatusCode | ua.DataValueServerTimestamp, Status: status, ServerTimestamp: time.Now().UTC()}
}

// attribute reads one attribute of any node.
func (u *uaServer) attribute(n *ua.ReadValueID) *ua.DataValue {
	if n == nil || n.NodeID == nil {
		return bad(ua.StatusBadNodeIDInvalid)
	}
	ns, err := u.lib.Namespace(int(n.NodeID.Namespace()))
	if err != nil {
		return bad(ua.StatusBadNodeIDUnknown)
	}
	return ns.Attribute(n.NodeID, n.AttributeID)
}

func (u *uaServer) read(r *ua.ReadRequest) (ua.Response, error) {
	switch {
	case len(r.NodesToRead) == 0:
		return nil, ua.StatusBadNothingToDo
	case len(r.NodesToRead) > maxNodes:
		return nil, ua.StatusBadTooManyOperations
	case r.TimestampsToReturn > ua.TimestampsToReturnNeither:
		return nil, ua.StatusBadTimestampsToReturnInvalid
	}
	u.space.image.touch()
	out := &ua.ReadResponse{ResponseHeader: header(r, ua.StatusOK), Results: make([]*ua.DataValue, len(r.NodesToRead)), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for i, n := range r.NodesToRead {
		out.Results[i] = stamped(u.attribute(n), r.TimestampsToReturn)
	}
	return out, nil
}

// stamped leaves only the wanted timestamps on a value.
func stamped(v *ua.DataValue, want ua.TimestampsToReturn) *ua.DataValue {
	drop := byte(0)
	switch want {
	case ua.TimestampsToReturnSource:
		drop = ua.DataValueServerTimestamp
	case ua.TimestampsToReturnServer:
		drop = ua.DataValueSourceTimestamp
	case ua.TimestampsToReturnNeither:
		drop = ua.DataValueServerTimestamp | ua.DataValueSourceTimestamp
	}
	if v.EncodingMask&drop == 0 {
		return v
	}
	w := *v
	w.EncodingMask &^= drop
	return &w
}

func (u *uaServer) write(r *ua.WriteRequest) (ua.Response, error) {
	switch {
	case len(r.NodesToWrite) == 0:
		return nil, ua.StatusBadNothingToDo
	case len(r.NodesToWrite) > maxNodes:
		return nil, ua.StatusBadTooManyOperations
	}
	out := &ua.WriteResponse{ResponseHeader: header(r, ua.StatusOK), Results: make([]ua.StatusCode, len(r.NodesToWrite)), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for i, w := range r.NodesToWrite {
		out.Results[i] = u.writeOne(w)
	}
	return out, nil
}

func (u *uaServer) writeOne(w *ua.WriteValue) ua.StatusCode {
	if w == nil || w.NodeID == nil {
		return ua.StatusBadNodeIDInvalid
	}
	i, ok := u.space.signalOf(w.NodeID)
	switch {
	case !ok && u.attribute(&ua.ReadValueID{NodeID: w.NodeID, AttributeID: ua.AttributeIDNodeClass}).Status != ua.StatusOK:
		return ua.StatusBadNodeIDUnknown
	case w.AttributeID != ua.AttributeIDValue || !ok:
		return ua.StatusBadNotWritable
	case w.IndexRange != "":
		return ua.StatusBadIndexRangeInvalid
	case w.Value == nil || w.Value.Value == nil:
		return ua.StatusBadTypeMismatch
	case w.Value.Status != ua.StatusOK:
		return ua.StatusBadWriteNotSupported // an order has no quality
	}
	v, ok := scalar(u.space.image.defs[i], w.Value.Value)
	if !ok {
		return ua.StatusBadTypeMismatch
	}
	return statusOf(u.space.image.write(i, v))
}

// signalOf finds the signal of a node.
func (sp *space) signalOf(n *ua.NodeID) (i int, ok bool) {
	if n == nil || n.Namespace() != sp.ns.ID() || n.Type() != ua.NodeIDTypeString {
		return 0, false
	}
	i, ok = sp.signal[n.StringID()]
	return i, ok
}

// scalar takes a value of exactly the signal's type, as servers do.
func scalar(d tag.Def, v *ua.Variant) (tag.Scalar, bool) {
	switch x := v.Value().(type) {
	case float64:
		return tag.Float(x), dataType(d) == id.Double
	case bool:
		return tag.Bool(x), dataType(d) == id.Boolean
	case string:
		return tag.Text(x), dataType(d) == id.String
	case uint32:
		return tag.Int(int64(x)), dataType(d) == id.UInt32
	case int64:
		return tag.Int(x), dataType(d) == id.Int64
	}
	return tag.Scalar{}, false
}

// statusOf is the OPC UA status that says why an order was not taken.
func statusOf(err error) ua.StatusCode {
	switch {
	case err == nil:
		return ua.StatusOK
	case errors.Is(err, waterworks.ErrUnknown):
		return ua.StatusBadNodeIDUnknown
	case errors.Is(err, waterworks.ErrReadOnly):
		return ua.StatusBadNotWritable
	case errors.Is(err, waterworks.ErrRange):
		return ua.StatusBadOutOfRange
	case errors.Is(err, waterworks.ErrType):
		return ua.StatusBadTypeMismatch
	case errors.Is(err, waterworks.ErrState):
		return ua.StatusBadInvalidState
	}
	return ua.StatusBadUnexpectedError
}

func (u *uaServer) call(r *ua.CallRequest) (ua.Response, error) {
	out := &ua.CallResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, c := range r.MethodsToCall {
		one := &ua.CallMethodResult{StatusCode: ua.StatusBadMethodInvalid, InputArgumentResults: []ua.StatusCode{}, InputArgumentDiagnosticInfos: []*ua.DiagnosticInfo{}, OutputArguments: []*ua.Variant{}}
		if c != nil && c.MethodID != nil && c.MethodID.Namespace() == u.space.ns.ID() {
			if do := u.methods[c.MethodID.StringID()]; do != nil {
				one.StatusCode = do(c.InputArguments)
			}
		}
		out.Results = append(out.Results, one)
	}
	return out, nil
}
