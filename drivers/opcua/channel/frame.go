package channel

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers/opcua/wire"
)

// What we say we can take in the Hello; a server may send no more.
const (
	receiveBuffer = 65535    // bytes of one chunk
	maxMessage    = 16 << 20 // bytes of one message
	maxChunks     = 512      // chunks of one message
	leastBuffer   = 8192     // OPC 10000-6, 7.1.2.3
)

// frame is one message of the connection protocol.
type frame struct {
	kind string // "MSGF", "OPNF", ...
	b    []byte // all of it, header included
}

// reader reads frames from a connection.
type reader struct {
	conn net.Conn
	buf  *bufio.Reader
}

func newReader(conn net.Conn) *reader {
	return &reader{conn, bufio.NewReaderSize(conn, receiveBuffer)}
}

// frame reads one frame. Once its first byte is here the rest must follow
// within the patience (0: the connection's own deadline), so that nobody
// holds us by sending one byte an hour.
func (r *reader) frame(patience time.Duration) (frame, error) {
	if _, err := r.buf.Peek(1); err != nil {
		return frame{}, err
	}
	if patience > 0 {
		if err := r.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return frame{}, err
		}
		defer r.conn.SetReadDeadline(time.Time{})
	}
	head, err := r.buf.Peek(8)
	if err != nil {
		return frame{}, err
	}
	size := int(binary.LittleEndian.Uint32(head[4:]))
	if size < len(head) || size > receiveBuffer {
		return frame{}, fmt.Errorf("%w: a frame of %d bytes", wire.ErrMalformed, size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r.buf, b); err != nil {
		return frame{}, err
	}
	f := frame{kind: string(b[:4]), b: b}
	if f.kind == "ERRF" {
		c := wire.NewCursor(b[8:])
		code, reason := ua.StatusCode(c.U32()), c.Text()
		if reason == "" {
			return frame{}, fmt.Errorf("the server says: %w", code)
		}
		return frame{}, fmt.Errorf("the server says: %w (%s)", code, reason)
	}
	return f, nil
}

// hello introduces us and returns the largest chunk the server takes.
func hello(conn net.Conn, in *reader, endpoint string) (sendBuffer int, err error) {
	b := ua.NewBuffer(nil)
	b.Write([]byte("HELF"))
	b.WriteUint32(uint32(32 + len(endpoint)))
	b.WriteUint32(0) // protocol version
	b.WriteUint32(receiveBuffer)
	b.WriteUint32(receiveBuffer)
	b.WriteUint32(maxMessage)
	b.WriteUint32(maxChunks)
	b.WriteString(endpoint)
	if _, err := conn.Write(b.Bytes()); err != nil {
		return 0, err
	}
	f, err := in.frame(0)
	if err != nil {
		return 0, err
	}
	if f.kind != "ACKF" {
		return 0, fmt.Errorf("%w: %q instead of an acknowledgement", wire.ErrMalformed, f.kind)
	}
	c := wire.NewCursor(f.b[8:])
	c.U32()
	takes := c.U32()
	if c.Err() != nil || takes < leastBuffer {
		return 0, fmt.Errorf("%w: the server takes chunks of %d bytes", wire.ErrMalformed, takes)
	}
	return int(min(takes, receiveBuffer)), nil
}
