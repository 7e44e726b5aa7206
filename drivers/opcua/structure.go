package opcua

import (
	"context"
	"fmt"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// layout describes how a structure is encoded (OPC 10000-6, 5.2.6 to 5.2.8).
type layout struct {
	encoding string // key of the NodeId its binary encoding is sent under
	optional bool   // a mask tells which optional fields are there
	union    bool   // a switch tells which field it is
	fields   []field
}

// field is one member of a structure.
type field struct {
	name     string
	array    bool
	matrix   bool
	optional bool
	typ      wire.Type
	layout   *layout // of a member that is a structure itself
}

// dataType is what a Conn knows of a DataType node.
type dataType struct {
	builtin wire.Type // how its values are encoded
	layout  *layout   // of a structure
	states  []ua.EnumField
	enum    bool
}

// deepest is how far structures may be nested in structures.
const deepest = 20

// layoutOf returns the layout of a variable's structure; nil when it is none.
func (c *Conn) layoutOf(ctx context.Context, s *channel.Session, node *ua.NodeID) (*layout, error) {
	got, err := c.read(ctx, s, []*ua.ReadValueID{attribute(node, ua.AttributeIDDataType)}, ua.TimestampsToReturnNeither)
	if err != nil {
		return nil, err
	}
	typ, ok := nodeID(got[0].Value)
	if !ok {
		return nil, nil
	}
	t, err := c.dataType(ctx, s, typ, deepest)
	if err != nil {
		return nil, err
	}
	return t.layout, nil
}

// nodeID reads a NodeId out of a value.
func nodeID(v wire.Value) (*ua.NodeID, bool) {
	if v.Type != wire.NodeID || v.Array {
		return nil, false
	}
	n := new(ua.NodeID)
	return n, channel.Decode(v.Body, n) == nil
}

// dataType finds out how values of a DataType are encoded: itself a built-in
// type, described by a DataTypeDefinition, or a subtype of one that is.
func (c *Conn) dataType(ctx context.Context, s *channel.Session, typ *ua.NodeID, depth int) (*dataType, error) {
	k := key(typ)
	c.mu.Lock()
	known := c.types[k]
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	t, err := c.askType(ctx, s, typ, depth)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	if c.types == nil {
		c.types = map[string]*dataType{}
	}
	c.types[k] = t
	c.mu.Unlock()
	return t, nil
}

func (c *Conn) askType(ctx context.Context, s *channel.Session, typ *ua.NodeID, depth int) (*dataType, error) {
	if typ.Namespace() == 0 && typ.IntID() < uint32(wire.ExtensionObject) {
		return &dataType{builtin: wire.Type(typ.IntID())}, nil
	}
	if typ.Namespace() == 0 {
		switch typ.IntID() {
		case id.Structure:
			return &dataType{builtin: wire.ExtensionObject}, nil
		case id.Enumeration:
			return &dataType{builtin: wire.Int32, enum: true}, nil
		case id.Number, id.BaseDataType:
			return &dataType{builtin: wire.VariantType}, nil
		}
	}
	if depth == 0 {
		return nil, fmt.Errorf("data type %s: nested more than %d deep", typ, deepest)
	}
	got, err := c.read(ctx, s, []*ua.ReadValueID{attribute(typ, ua.AttributeIDDataTypeDefinition)}, ua.TimestampsToReturnNeither)
	if err != nil {
		return nil, err
	}
	if got[0].Status>>30 == 0 && got[0].Value.Type == wire.ExtensionObject {
		if t, err := c.define(ctx, s, got[0].Value.Body, depth); t != nil || err != nil {
			return t, err
		}
	}
	up, err := c.supertype(ctx, s, typ)
	if err != nil {
		return nil, err
	}
	if up == nil {
		return &dataType{builtin: wire.Null}, nil
	}
	t, err := c.dataType(ctx, s, up, depth-1)
	if err != nil {
		return nil, err
	}
	// A structure without a description of its own cannot be taken apart by
	// that of its base.
	return &dataType{builtin: t.builtin, enum: t.enum}, nil
}

// define reads a DataTypeDefinition; nil when it is of an unknown kind.
func (c *Conn) define(ctx context.Context, s *channel.Session, object []byte, depth int) (*dataType, error) {
	encoding, body := wire.NewCursor(object).Object()
	switch wire.Numeric(encoding) {
	case id.EnumDefinition_Encoding_DefaultBinary:
		def := new(ua.EnumDefinition)
		if err := channel.Decode(body, def); err != nil {
			return nil, err
		}
		t := &dataType{builtin: wire.Int32, enum: true}
		for _, f := range def.Fields {
			t.states = append(t.states, *f)
		}
		return t, nil
	case id.StructureDefinition_Encoding_DefaultBinary:
		def := new(ua.StructureDefinition)
		if err := channel.Decode(body, def); err != nil {
			return nil, err
		}
		l, err := c.lay(ctx, s, def, depth)
		return &dataType{builtin: wire.ExtensionObject, layout: l}, err
	}
	return nil, nil
}

func (c *Conn) lay(ctx context.Context, s *channel.Session, def *ua.StructureDefinition, depth int) (*layout, error) {
	l := &layout{encoding: key(def.DefaultEncodingID)}
	switch def.StructureType {
	case ua.StructureTypeStructureWithOptionalFields:
		l.optional = true
	case ua.StructureTypeUnion:
		l.union = true
	}
	for _, f := range def.Fields {
		t, err := c.dataType(ctx, s, f.DataType, depth-1)
		if err != nil {
			return nil, err
		}
		if t.builtin == wire.Null {
			return nil, fmt.Errorf("structure member %s: its data type is not known", f.Name)
		}
		l.fields = append(l.fields, field{name: f.Name, array: f.ValueRank >= 1, matrix: f.ValueRank > 1, optional: f.IsOptional, typ: t.builtin, layout: t.layout})
	}
	return l, nil
}

// supertype follows HasSubtype backwards; nil at the root.
func (c *Conn) supertype(ctx context.Context, s *channel.Session, typ *ua.NodeID) (*ua.NodeID, error) {
	refs, err := c.references(ctx, s, []*ua.BrowseDescription{{NodeID: typ, BrowseDirection: ua.BrowseDirectionInverse,
		ReferenceTypeID: ua.NewNumericNodeID(0, id.HasSubtype), IncludeSubtypes: true}})
	if err != nil || len(refs[0]) == 0 {
		return nil, err
	}
	return refs[0][0].NodeID.NodeID, nil
}

// member takes one member out of a structure. A nil layout has none.
func (l *layout) member(v wire.Value, name string) (wire.Value, *layout, bool) {
	if l == nil || v.Array || v.Type != wire.ExtensionObject {
		return wire.Value{}, nil, false
	}
	body := v.Body
	if !v.Inline {
		var encoding []byte
		encoding, body = wire.NewCursor(v.Body).Object()
		if body == nil || !l.sentAs(encoding) {
			return wire.Value{}, nil, false
		}
	}
	r := wire.NewCursor(body)
	var mask uint32
	if l.optional || l.union {
		mask = r.U32()
	}
	bit := 0
	for i := range l.fields {
		f := &l.fields[i]
		switch {
		case l.union:
			if mask != uint32(i+1) {
				continue
			}
		case l.optional && f.optional:
			bit++
			if mask&(1<<(bit-1)) == 0 {
				if f.name == name {
					return wire.Value{}, nil, false
				}
				continue
			}
		}
		got := f.take(r)
		if r.Err() != nil {
			return wire.Value{}, nil, false
		}
		if f.name == name {
			return got, f.layout, true
		}
		if l.union {
			return wire.Value{}, nil, false
		}
	}
	return wire.Value{}, nil, false
}

// sentAs reports whether an object was sent in the encoding we know. Null in
// the description, which some servers leave empty, goes with anything.
func (l *layout) sentAs(encoding []byte) bool {
	n := new(ua.NodeID)
	if channel.Decode(encoding, n) != nil {
		return false
	}
	return l.encoding == nullNode || l.encoding == key(n)
}

var nullNode = key(ua.NewTwoByteNodeID(0))

// take reads a field, or passes over it.
func (f *field) take(r *wire.Cursor) wire.Value {
	v := wire.Value{Type: f.typ, Array: f.array, Len: 1, Inline: f.layout != nil}
	if f.matrix {
		v.Dims, v.Len = r.Dims()
	} else if f.array {
		v.Len = r.Len(1)
	}
	start := r.Rest()
	before := r.Offset()
	for i := 0; i < v.Len && r.Err() == nil; i++ {
		f.skip(r)
	}
	if r.Err() != nil {
		return wire.Value{}
	}
	v.Body = start[:r.Offset()-before]
	if v.Inline && v.Array {
		v.Sizer = f.skip
	}
	if v.Type == wire.VariantType && !v.Array {
		return wire.NewCursor(v.Body).Variant()
	}
	return v
}

// skip passes over one element.
func (f *field) skip(r *wire.Cursor) {
	if f.layout == nil {
		r.Skip(f.typ)
		return
	}
	f.layout.skip(r)
}

func (l *layout) skip(r *wire.Cursor) {
	var mask uint32
	if l.optional || l.union {
		mask = r.U32()
	}
	bit := 0
	for i := range l.fields {
		f := &l.fields[i]
		if l.union && mask != uint32(i+1) {
			continue
		}
		if l.optional && f.optional {
			bit++
			if mask&(1<<(bit-1)) == 0 {
				continue
			}
		}
		f.take(r)
	}
}
