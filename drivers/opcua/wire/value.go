package wire

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"penstock/app/tag"
)

// Type is one of the built-in types of OPC 10000-6, table 1.
type Type byte

// The built-in types.
const (
	Null Type = iota
	Boolean
	SByte
	Byte
	Int16
	UInt16
	Int32
	UInt32
	Int64
	UInt64
	Float
	Double
	String
	DateTime
	GUID
	ByteString
	XMLElement
	NodeID
	ExpandedNodeID
	StatusCode
	QualifiedName
	LocalizedText
	ExtensionObject
	DataValueType
	VariantType
	DiagnosticInfo
)

var typeNames = [...]string{"Null", "Boolean", "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double", "String",
	"DateTime", "Guid", "ByteString", "XmlElement", "NodeId", "ExpandedNodeId", "StatusCode", "QualifiedName", "LocalizedText", "Structure", "DataValue", "Variant", "DiagnosticInfo"}

func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "type " + strconv.Itoa(int(t))
}

// ParseType reads the word that String writes.
func ParseType(s string) (Type, bool) {
	for i, n := range typeNames {
		if strings.EqualFold(n, s) {
			return Type(i), true
		}
	}
	return 0, false
}

// leastSize is the least number of bytes a value takes.
var leastSize = [...]int{0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 8, 16, 4, 4, 2, 2, 4, 6, 1, 3, 1, 1, 1}

// fixedSize is 0 where the size depends on the value.
var fixedSize = [...]int{0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 8, 16, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0}

// Skip passes over one value of type t.
func (c *Cursor) Skip(t Type) { c.skip(t, maxDepth) }

func (c *Cursor) skip(t Type, depth int) {
	if depth == 0 || int(t) >= len(fixedSize) {
		c.fail()
		return
	}
	if n := fixedSize[t]; n > 0 {
		c.Take(n)
		return
	}
	switch t {
	case Null:
	case String, ByteString, XMLElement:
		c.ByteString()
	case NodeID, ExpandedNodeID:
		c.NodeID()
	case QualifiedName:
		c.Take(2)
		c.ByteString()
	case LocalizedText:
		mask := c.U8()
		if mask&1 != 0 {
			c.ByteString()
		}
		if mask&2 != 0 {
			c.ByteString()
		}
	case ExtensionObject:
		c.Object()
	case DataValueType:
		c.dataValue(depth - 1)
	case VariantType:
		c.variant(depth - 1)
	case DiagnosticInfo:
		c.diagnostic(depth)
	}
}

// Value is a decoded Variant: the type and the bytes it was encoded in, which
// remain those of the message. The zero Value is a null.
type Value struct {
	Type  Type
	Array bool
	Len   int     // elements of an array, all dimensions together; -1: a null array
	Dims  []int32 // of a matrix
	Body  []byte  // the elements, one after the other

	// Inline: an ExtensionObject without its envelope, as structures are
	// encoded in structures. Sizer then passes over one element of an array.
	Inline bool
	Sizer  func(*Cursor)
}

// Variant reads a Variant.
func (c *Cursor) Variant() Value { return c.variant(maxDepth) }

func (c *Cursor) variant(depth int) (v Value) {
	mask := c.U8()
	v.Type = Type(mask & 0x3F)
	if int(v.Type) >= len(fixedSize) || depth <= 0 {
		c.fail()
		return Value{}
	}
	if v.Type == Null {
		return v
	}
	n := 1
	if v.Array = mask&0x80 != 0; v.Array {
		if n = int(int32(c.U32())); n == -1 {
			v.Len, n = -1, 0
		} else if n < 0 || n > len(c.Rest())/leastSize[v.Type] {
			c.fail()
			return Value{}
		} else {
			v.Len = n
		}
	}
	start := c.off
	if size := fixedSize[v.Type]; size > 0 {
		c.Take(n * size)
	} else {
		for i := 0; i < n && c.err == nil; i++ {
			c.skip(v.Type, depth)
		}
	}
	if c.err != nil {
		return Value{}
	}
	v.Body = c.b[start:c.off]
	if mask&0x40 != 0 {
		v.Dims = c.dims(v.Len)
	}
	return v
}

// dims reads the dimensions of a matrix of n elements. Dimensions that do not
// multiply to n are a fault.
func (c *Cursor) dims(n int) []int32 {
	k := c.Len(4)
	out := make([]int32, k)
	product := int64(1)
	for i := range out {
		out[i] = int32(c.U32())
		if product *= int64(out[i]); out[i] < 0 || product > math.MaxInt32 {
			c.fail()
			return nil
		}
	}
	if k > 0 && product != int64(max(n, 0)) {
		c.fail()
	}
	return out
}

// At returns element i of an array, counted over all dimensions.
func (v Value) At(i int) (Value, bool) {
	if !v.Array || i < 0 || i >= v.Len {
		return Value{}, false
	}
	c := Cursor{b: v.Body}
	skip := v.Sizer
	if skip == nil {
		skip = func(c *Cursor) { c.Skip(v.Type) }
	}
	if size := fixedSize[v.Type]; size > 0 {
		c.off = i * size
	} else {
		for range i {
			skip(&c)
		}
	}
	start := c.off
	skip(&c)
	if c.err != nil {
		return Value{}, false
	}
	e := Value{Type: v.Type, Body: v.Body[start:c.off], Inline: v.Inline}
	if e.Type == VariantType {
		e = NewCursor(e.Body).Variant()
	}
	return e, true
}

// Dims reads the dimensions of a matrix inside a structure and how many
// elements that makes; more than there are bytes left is a fault.
func (c *Cursor) Dims() (dims []int32, n int) {
	dims = make([]int32, c.Len(4))
	product := int64(1)
	for i := range dims {
		dims[i] = int32(c.U32())
		if product *= int64(dims[i]); dims[i] < 0 || product > int64(len(c.Rest())) {
			c.fail()
			return nil, 0
		}
	}
	return dims, int(product)
}

// Scalar returns a single value as the rest of the program knows it. Numbers
// stay whole: an integer is an int, but for a UInt64 above the largest int64,
// which is a float. Times are RFC 3339 in UTC, byte strings hex. ok is false
// for a null, an array and a structure.
func (v Value) Scalar() (s tag.Scalar, ok bool) {
	if v.Array {
		return tag.Scalar{}, false
	}
	c := Cursor{b: v.Body}
	switch v.Type {
	case Boolean:
		s = tag.Bool(c.U8() != 0)
	case SByte:
		s = tag.Int(int64(int8(c.U8())))
	case Byte:
		s = tag.Int(int64(c.U8()))
	case Int16:
		s = tag.Int(int64(int16(c.U16())))
	case UInt16:
		s = tag.Int(int64(c.U16()))
	case Int32:
		s = tag.Int(int64(int32(c.U32())))
	case UInt32, StatusCode:
		s = tag.Int(int64(c.U32()))
	case Int64:
		s = tag.Int(int64(c.U64()))
	case UInt64:
		if u := c.U64(); u > math.MaxInt64 {
			s = tag.Float(float64(u))
		} else {
			s = tag.Int(int64(u))
		}
	case Float:
		s = tag.Float(float64(math.Float32frombits(c.U32())))
	case Double:
		s = tag.Float(math.Float64frombits(c.U64()))
	case String, XMLElement:
		s = tag.Text(c.Text())
	case DateTime:
		s = tag.Text(dateTime(int64(c.U64())))
	case GUID:
		s = tag.Text(guid(c.Take(16)))
	case ByteString:
		s = tag.Text(hex.EncodeToString(c.ByteString()))
	case NodeID, ExpandedNodeID:
		s = tag.Text(nodeText(c.NodeID()))
	case QualifiedName:
		c.Take(2)
		s = tag.Text(c.Text())
	case LocalizedText:
		s = tag.Text(c.LocalizedText())
	case VariantType:
		inner := c.Variant()
		if c.err != nil {
			return tag.Scalar{}, false
		}
		return inner.Scalar()
	case DataValueType:
		return c.DataValue().Value.Scalar()
	default:
		return tag.Scalar{}, false
	}
	return s, c.err == nil
}

func dateTime(ticks int64) string {
	if ticks <= 0 {
		return ""
	}
	sec, frac := ticks/1e7-epoch/1e7, ticks%1e7
	return time.Unix(sec, frac*100).UTC().Format(time.RFC3339Nano)
}

func guid(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	return strings.ToUpper(fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8:10], b[10:16]))
}

func nodeText(b []byte) string {
	c := Cursor{b: b}
	ns, id := uint16(0), ""
	switch c.U8() & 0x3F {
	case 0:
		id = "i=" + strconv.Itoa(int(c.U8()))
	case 1:
		ns = uint16(c.U8())
		id = "i=" + strconv.Itoa(int(c.U16()))
	case 2:
		ns = c.U16()
		id = "i=" + strconv.FormatUint(uint64(c.U32()), 10)
	case 3:
		ns = c.U16()
		id = "s=" + c.Text()
	case 4:
		ns = c.U16()
		id = "g=" + guid(c.Take(16))
	case 5:
		ns = c.U16()
		id = "b=" + hex.EncodeToString(c.ByteString())
	}
	if ns == 0 {
		return id
	}
	return "ns=" + strconv.Itoa(int(ns)) + ";" + id
}
