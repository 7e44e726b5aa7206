package opcua

import (
	"context"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// pick takes a point's value out of that of its node.
type pick struct {
	path   []step
	layout *layout // of the node's structure; nil when the path has no member
}

// pick prepares the path of a point. A member needs the structure's
// description, which is asked for once per Conn.
func (c *Conn) pick(ctx context.Context, s *channel.Session, node *ua.NodeID, path []step) (pick, error) {
	k := pick{path: path}
	for _, st := range path {
		if st.member == "" {
			continue
		}
		var err error
		k.layout, err = c.layoutOf(ctx, s, node)
		return k, err
	}
	return k, nil
}

// value makes a reading of a DataValue. Received is Link's.
func (k *pick) value(dv *wire.DataValue) tag.Value {
	v := tag.Value{Source: dv.At(), Quality: tag.FromStatus(dv.Status)}
	part, ok := dv.Value, true
	if len(k.path) > 0 {
		part, ok = k.follow(part)
	}
	if ok && part.Type == wire.ExtensionObject && !part.Array {
		part, ok = wire.Value{}, false
	}
	var known bool
	v.Value, known = part.Scalar()
	if !known && v.Quality.Usable() {
		v.Quality = tag.BadConfigurationError // no such element or member, or not a single value
		if ok && part.Type == wire.Null {
			v.Quality = tag.NoData // the server has no value yet
		}
	}
	return v
}

// follow walks the path into a value.
func (k *pick) follow(v wire.Value) (wire.Value, bool) {
	l := k.layout
	for _, st := range k.path {
		var ok bool
		if st.member == "" {
			at, fits := flat(st.at, v.Dims, v.Len)
			if !fits {
				return wire.Value{}, false
			}
			v, ok = v.At(at)
		} else {
			v, l, ok = l.member(v, st.member)
		}
		if !ok {
			return wire.Value{}, false
		}
	}
	return v, true
}

// flat is the position of an element among all of a matrix. One index counts
// over all dimensions.
func flat(at, dims []int32, n int) (int, bool) {
	if len(at) == 1 && len(dims) < 2 {
		return int(at[0]), int(at[0]) < n
	}
	if len(at) != len(dims) {
		return 0, false
	}
	i := 0
	for d, x := range at {
		if x >= dims[d] {
			return 0, false
		}
		i = i*int(dims[d]) + int(x)
	}
	return i, i < n
}
