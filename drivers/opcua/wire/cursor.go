// Package wire reads the parts of OPC UA's binary encoding (OPC 10000-6, 5.2)
// that arrive often or from anybody: data changes, events, values. It decodes
// without reflection and with bounds, so that a malformed message is an error
// and never a panic, a huge allocation or an endless recursion. All else is
// decoded by the library's codec.
package wire

import (
	"encoding/binary"
	"errors"
	"math"
)

// ErrMalformed is returned for bytes that are not what they should be.
var ErrMalformed = errors.New("malformed message")

// maxDepth is how deep variants, data values and diagnostics may nest. The
// specification asks for 100 at least; no field device goes beyond 3.
const maxDepth = 100

// Cursor reads little-endian fields one after the other. After the first
// fault every read returns zero and Err tells.
type Cursor struct {
	b   []byte
	off int
	err error
}

// NewCursor reads from b, which it does not copy.
func NewCursor(b []byte) *Cursor { return &Cursor{b: b} }

// Err is the first fault.
func (c *Cursor) Err() error { return c.err }

// Offset is how many bytes were read.
func (c *Cursor) Offset() int { return c.off }

// Rest is what has not been read.
func (c *Cursor) Rest() []byte { return c.b[c.off:] }

func (c *Cursor) fail() { c.off, c.err = len(c.b), ErrMalformed }

// Take returns the next n bytes, which remain the caller's message.
func (c *Cursor) Take(n int) []byte {
	if n < 0 || n > len(c.b)-c.off {
		c.fail()
		return nil
	}
	c.off += n
	return c.b[c.off-n : c.off]
}

// U8 reads a byte.
func (c *Cursor) U8() byte {
	if b := c.Take(1); b != nil {
		return b[0]
	}
	return 0
}

// U16 reads two bytes.
func (c *Cursor) U16() uint16 {
	if b := c.Take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// U32 reads four bytes.
func (c *Cursor) U32() uint32 {
	if b := c.Take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// U64 reads eight bytes.
func (c *Cursor) U64() uint64 {
	if b := c.Take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// ByteString reads a length and so many bytes; nil where the length is -1.
func (c *Cursor) ByteString() []byte {
	n := int32(c.U32())
	if n == -1 || c.err != nil {
		return nil
	}
	return c.Take(int(n))
}

// Text reads a String.
func (c *Cursor) Text() string { return string(c.ByteString()) }

// Len reads the length of an array whose elements take least bytes each at
// the least; a null array is 0. A length that cannot fit is a fault.
func (c *Cursor) Len(least int) int {
	n := int32(c.U32())
	if n == -1 || c.err != nil {
		return 0
	}
	if n < 0 || int(n) > (len(c.b)-c.off)/max(least, 1) {
		c.fail()
		return 0
	}
	return int(n)
}

// epoch is 1 January 1970 in the 100 ns ticks since 1601 that DateTime counts.
const epoch = 116444736000000000

// Time reads a DateTime as ns since 1970 UTC. What lies before 1970 or after
// 2262 is a clock that was never set: 0.
func (c *Cursor) Time() int64 {
	t := int64(c.U64())
	if t <= epoch || t-epoch > math.MaxInt64/100 {
		return 0
	}
	return (t - epoch) * 100
}

// NodeID skips a NodeId or ExpandedNodeId and returns its bytes.
func (c *Cursor) NodeID() []byte {
	start := c.off
	kind := c.U8()
	switch kind & 0x3F {
	case 0:
		c.Take(1)
	case 1:
		c.Take(3)
	case 2:
		c.Take(6)
	case 3, 5:
		c.Take(2)
		c.ByteString()
	case 4:
		c.Take(18)
	default:
		c.fail()
	}
	if kind&0x80 != 0 {
		c.ByteString()
	}
	if kind&0x40 != 0 {
		c.Take(4)
	}
	if c.err != nil {
		return nil
	}
	return c.b[start:c.off]
}

// LocalizedText reads the text without its locale.
func (c *Cursor) LocalizedText() string {
	mask := c.U8()
	if mask&1 != 0 {
		c.ByteString()
	}
	if mask&2 != 0 {
		return c.Text()
	}
	return ""
}

// Diagnostic skips a DiagnosticInfo.
func (c *Cursor) Diagnostic() { c.diagnostic(maxDepth) }

func (c *Cursor) diagnostic(depth int) {
	mask := c.U8()
	for _, bit := range []byte{1, 2, 8, 4} {
		if mask&bit != 0 {
			c.Take(4)
		}
	}
	if mask&0x10 != 0 {
		c.ByteString()
	}
	if mask&0x20 != 0 {
		c.Take(4)
	}
	if mask&0x40 != 0 {
		if depth == 0 {
			c.fail()
			return
		}
		c.diagnostic(depth - 1)
	}
}

// Object reads an ExtensionObject: the NodeId of its encoding and its body,
// which is nil when it has none or is not binary.
func (c *Cursor) Object() (encoding, body []byte) {
	encoding = c.NodeID()
	switch c.U8() {
	case 0:
		return encoding, nil
	case 1:
		return encoding, c.ByteString()
	case 2:
		c.ByteString()
		return encoding, nil
	}
	c.fail()
	return nil, nil
}

// Header reads a ResponseHeader and returns its result.
func (c *Cursor) Header() (status uint32) {
	c.Take(8 + 4) // timestamp, request handle
	status = c.U32()
	c.Diagnostic()
	for range c.Len(4) {
		c.ByteString()
	}
	c.Object()
	return status
}

// F64 reads a Double.
func (c *Cursor) F64() float64 { return math.Float64frombits(c.U64()) }
