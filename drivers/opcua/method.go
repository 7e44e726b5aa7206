package opcua

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// Call implements drivers.Caller.
func (c *Conn) Call(ctx context.Context, object, method string, args []tag.Scalar) ([]tag.Scalar, error) {
	results, err := c.invoke(ctx, object, method, args)
	return results, inWords(err)
}

func (c *Conn) invoke(ctx context.Context, object, method string, args []tag.Scalar) ([]tag.Scalar, error) {
	s, err := c.command(ctx)
	if err != nil {
		return nil, err
	}
	var ids [2]*ua.NodeID
	for i, text := range []string{object, method} {
		a, err := parseAddress(text)
		if err != nil {
			return nil, err
		}
		var ok bool
		if ids[i], ok = c.node(&a); !ok || len(a.path) > 0 {
			return nil, fmt.Errorf("call %s: %w: the server has no node %s", method, drivers.ErrRefused, text)
		}
	}
	in, err := c.arguments(ctx, s, ids[1], args)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", method, err)
	}
	out, err := call(ctx, s, ids[0], ids[1], in...)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", method, err)
	}
	results := make([]tag.Scalar, len(out))
	for i, v := range out {
		results[i], _ = v.Scalar() // an array or a structure has no value of its own here
	}
	return results, nil
}

// arguments gives every argument the type the method declares for it.
func (c *Conn) arguments(ctx context.Context, s *channel.Session, method *ua.NodeID, args []tag.Scalar) ([]*ua.Variant, error) {
	ids, err := c.children(ctx, s, []*ua.NodeID{method}, "InputArguments")
	if err != nil {
		return nil, err
	}
	var declared wire.Value
	if ids[0] != nil {
		got, err := c.read(ctx, s, []*ua.ReadValueID{valueOf(ids[0])}, ua.TimestampsToReturnNeither)
		if err != nil {
			return nil, err
		}
		declared = got[0].Value
	}
	if max(declared.Len, 0) != len(args) {
		return nil, fmt.Errorf("%w: it takes %d arguments, not %d", drivers.ErrRefused, max(declared.Len, 0), len(args))
	}
	out := make([]*ua.Variant, len(args))
	for i, v := range args {
		e, _ := declared.At(i)
		_, body := wire.NewCursor(e.Body).Object()
		arg := new(ua.Argument)
		if err := channel.Decode(body, arg); err != nil {
			return nil, err
		}
		t, err := c.dataType(ctx, s, arg.DataType, deepest)
		if err != nil {
			return nil, err
		}
		if out[i], err = encodeAs(t.builtin, v); err != nil || arg.ValueRank >= 0 {
			return nil, fmt.Errorf("%w: argument %s: %v", drivers.ErrRefused, arg.Name, errors.Join(err, noArray(arg.ValueRank)))
		}
	}
	return out, nil
}

func noArray(rank int32) error {
	if rank >= 0 {
		return errors.New("it is an array")
	}
	return nil
}

// call calls one method. Errors are those of a Write.
func call(ctx context.Context, s *channel.Session, object, method *ua.NodeID, in ...*ua.Variant) ([]wire.Value, error) {
	if in == nil {
		in = []*ua.Variant{}
	}
	body, err := s.Call(ctx, &ua.CallRequest{MethodsToCall: []*ua.CallMethodRequest{{ObjectID: object, MethodID: method, InputArguments: in}}})
	if err != nil {
		return nil, outcome(err)
	}
	r := wire.NewCursor(body)
	if r.Len(1) != 1 {
		return nil, outcome(wire.ErrMalformed)
	}
	status := ua.StatusCode(r.U32())
	for range r.Len(4) {
		r.U32()
	}
	for range r.Len(1) {
		r.Diagnostic()
	}
	n := r.Len(1)
	var out []wire.Value
	for i := 0; i < n && r.Err() == nil; i++ {
		out = append(out, r.Variant())
	}
	if r.Err() != nil {
		return nil, outcome(r.Err())
	}
	return out, judged(status)
}

// refusal is the status of a request that the server answered and did not do.
func refusal(err error) (ua.StatusCode, bool) {
	var sent *channel.SentError
	var status ua.StatusCode
	if errors.As(err, &sent) || !errors.As(err, &status) {
		return 0, false
	}
	return status, true
}
