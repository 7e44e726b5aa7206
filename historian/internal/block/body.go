package block

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// ErrDamaged says that a body is not what was written.
var ErrDamaged = errors.New("damaged body")

// Table names the kind of row a body belongs to. It goes into the checksum,
// with the row's id, so that a body found under another id or in another table
// does not pass for its own.
type Table byte

// The tables. The numbers are in the checksums of every file: never change one.
const (
	Log     Table = 1  // hot.db: one commit
	Meta    Table = 2  // every file: facts of the file
	Names   Table = 3  // every file: tag numbers and names
	Edits   Table = 4  // hot.db: the correction trail
	Chunks  Table = 5  // day and raw files: samples of one tag
	Times   Table = 6  // day and raw files: a time column shared by chunks
	Minutes Table = 7  // minute files: rollups of one tag and day
	Hours   Table = 8  // hour files: rollups of one tag and month
	Frames  Table = 10 // minute files: the columns of rolls that tags of one scan share
	Carry   Table = 9  // raw files: the newest sample of each tag at the end of a day
)

// crcLen is the length of the checksum in front of every payload.
const crcLen = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Begin appends room for the checksum; the payload is appended after it.
func Begin(b []byte) []byte { return append(b, 0, 0, 0, 0) }

// Finish sets the checksum of the body that starts at b[start].
func Finish(b []byte, start int, t Table, id int64) []byte {
	binary.LittleEndian.PutUint32(b[start:], sum(b[start+crcLen:], t, id))
	return b
}

// Payload checks the body of a row and returns its payload.
func Payload(b []byte, t Table, id int64) ([]byte, error) {
	if len(b) < crcLen || binary.LittleEndian.Uint32(b) != sum(b[crcLen:], t, id) {
		return nil, ErrDamaged
	}
	return b[crcLen:], nil
}

func sum(payload []byte, t Table, id int64) uint32 {
	var head [9]byte
	head[0] = byte(t)
	binary.LittleEndian.PutUint64(head[1:], uint64(id))
	return crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, payload)
}

// Cursor reads a payload from front to end. After the first byte that is not
// there it returns zeroes, and Err says so: a decoder checks once, at the end
// of each loop that the payload could make long.
type Cursor struct {
	b   []byte
	bad bool
}

// Read starts a cursor at the front of a payload.
func Read(payload []byte) Cursor { return Cursor{b: payload} }

// Len is the number of bytes left.
func (c *Cursor) Len() int { return len(c.b) }

// Rest returns the bytes left.
func (c *Cursor) Rest() []byte { return c.b }

// Err is ErrDamaged when the payload was too short or malformed.
func (c *Cursor) Err() error {
	if c.bad {
		return ErrDamaged
	}
	return nil
}

// Fail marks the payload as malformed.
func (c *Cursor) Fail() { c.b, c.bad = nil, true }

// Bytes takes the next n bytes; they belong to the payload.
func (c *Cursor) Bytes(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.Fail()
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

// Byte takes one byte.
func (c *Cursor) Byte() byte {
	if len(c.b) == 0 {
		c.Fail()
		return 0
	}
	v := c.b[0]
	c.b = c.b[1:]
	return v
}

// Uint takes an unsigned variable-length number.
func (c *Cursor) Uint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.Fail()
		return 0
	}
	c.b = c.b[n:]
	return v
}

// Int takes a zigzag variable-length number.
func (c *Cursor) Int() int64 {
	u := c.Uint()
	return int64(u>>1) ^ -int64(u&1)
}

// Uint32 takes four bytes, little endian.
func (c *Cursor) Uint32() uint32 {
	if b := c.Bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// Uint64 takes eight bytes, little endian.
func (c *Cursor) Uint64() uint64 {
	if b := c.Bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// AppendInt appends what Int takes.
func AppendInt(b []byte, v int64) []byte { return binary.AppendUvarint(b, uint64(v<<1)^uint64(v>>63)) }
