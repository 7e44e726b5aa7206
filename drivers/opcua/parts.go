package opcua

import (
	"context"
	"fmt"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// maxElements is how many elements of an array are listed.
const maxElements = 1000

// parts lists the elements of an array or the members of a structure that an
// address leads to; nothing for any other node.
func (c *Conn) parts(ctx context.Context, s *channel.Session, node *ua.NodeID, a *address) ([]drivers.Node, error) {
	got, err := c.read(ctx, s, []*ua.ReadValueID{attribute(node, ua.AttributeIDDataType), valueOf(node), attribute(node, ua.AttributeIDUserAccessLevel)}, ua.TimestampsToReturnNeither)
	if err != nil {
		return nil, err
	}
	typ, ok := nodeID(got[0].Value)
	if !ok || got[0].Status>>30 != 0 {
		return nil, nil // not a variable
	}
	t, err := c.dataType(ctx, s, typ, deepest)
	if err != nil {
		return nil, err
	}
	v, l := got[1].Value, t.layout
	for _, st := range a.path {
		k := pick{path: []step{st}, layout: l}
		if st.member != "" {
			if v, l, ok = l.member(v, st.member); !ok {
				return nil, nil
			}
		} else if v, ok = k.follow(v); !ok {
			return nil, nil
		}
	}
	level, _ := got[2].Value.Scalar()
	n, _ := level.Int()
	base := address{uri: a.uri, index: a.index, id: a.id, path: a.path}
	switch {
	case v.Array:
		return elements(&base, v, l != nil, n&accessWrite != 0 && len(a.path) == 0), nil
	case v.Type == wire.ExtensionObject && l != nil:
		return l.members(&base), nil
	}
	return nil, nil
}

func elements(a *address, v wire.Value, structure, writable bool) []drivers.Node {
	var out []drivers.Node
	for i := range min(v.Len, maxElements) {
		st := step{at: unflat(i, v.Dims)}
		n := drivers.Node{Name: "[" + st.indexRange() + "]", Address: a.with(st), Type: v.Type.String(), Leaf: !structure, Parent: structure, Writable: writable && !structure}
		out = append(out, n)
	}
	return out
}

// unflat is where element i of a matrix is.
func unflat(i int, dims []int32) []int32 {
	if len(dims) < 2 {
		return []int32{int32(i)}
	}
	at := make([]int32, len(dims))
	for d := len(dims) - 1; d >= 0; d-- {
		at[d] = int32(i) % dims[d]
		i /= int(dims[d])
	}
	return at
}

func (l *layout) members(a *address) []drivers.Node {
	var out []drivers.Node
	for _, f := range l.fields {
		n := drivers.Node{Name: f.name, Address: a.with(step{member: f.name}), Type: f.typ.String(), Leaf: !f.array && f.layout == nil}
		if n.Parent = !n.Leaf; f.array {
			n.Type += "[]"
		}
		out = append(out, n)
	}
	return out
}

// with is the address of a part of what a leads to.
func (a *address) with(st step) string {
	s := a.String()
	if len(a.path) == 0 {
		s += "#"
	}
	return s + st.String()
}

func (s step) String() string {
	if s.member != "" {
		return "." + s.member
	}
	return "[" + s.indexRange() + "]"
}

// String writes an address as parseAddress reads it.
func (a *address) String() string {
	id := a.id
	if len(id) > 2 && id[:2] == "s=" {
		id = "s=" + escapeMark(id[2:])
	}
	switch {
	case a.uri != "":
		id = "nsu=" + escapeURI(a.uri) + ";" + id
	case a.index > 0:
		id = fmt.Sprintf("ns=%d;%s", a.index, id)
	}
	for i, st := range a.path {
		if i == 0 {
			id += "#"
		}
		id += st.String()
	}
	return id
}
