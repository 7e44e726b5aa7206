package host

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// maxFrame bounds a frame: 100,000 values of 30 bytes fit.
const maxFrame = 8 << 20

// What a frame is about.
const (
	opHello      = iota + 1 // child: I am a child of this version
	opDial                  // parent: connect; the answer names the abilities
	opRead                  // parent
	opWrite                 // parent
	opSubscribe             // parent
	opBrowse                // parent
	opHistory               // parent
	opConditions            // parent
	opRespond               // parent
	opCall                  // parent
	opProbe                 // parent
	opClose                 // parent
	opCancel                // parent: the caller of this request has given up
	opCredit                // parent: one push has been taken; the id is its op
	opReply                 // child: answers the request of the same id
	opPush                  // child: values of a subscription
	opNotice                // child: alarms of the device
	opEnded                 // child: a feed of the connection is over
	opTrace                 // child: a line for the flight recorder
	opAudit                 // child: a decision on security, before the answer to the dial it was made in
	opWire                  // child: what has gone over the connection's wire so far
	opLast
)

const version = 4

// frame is one message: uint32 length of the rest, op, uint32 id of the
// request, uint32 id of the connection, body. Numbers are little endian.
type frame struct {
	op   byte
	id   uint32
	conn uint32
	body []byte
}

const frameHead = 4 + 1 + 4 + 4

// appendFrame writes a frame behind b.
func appendFrame(b []byte, op byte, id, conn uint32, body []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(frameHead-4+len(body)))
	b = append(b, op)
	b = binary.LittleEndian.AppendUint32(b, id)
	b = binary.LittleEndian.AppendUint32(b, conn)
	return append(b, body...)
}

// readFrame reads one frame. Its body is the caller's.
func readFrame(r *bufio.Reader) (frame, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n < frameHead-4 || n > maxFrame {
		return frame{}, fmt.Errorf("a frame of %d bytes", n)
	}
	f := frame{op: head[4], id: binary.LittleEndian.Uint32(head[5:]), conn: binary.LittleEndian.Uint32(head[9:])}
	if f.op == 0 || f.op >= opLast {
		return frame{}, fmt.Errorf("a frame of kind %d", f.op)
	}
	f.body = make([]byte, n-(frameHead-4))
	_, err := io.ReadFull(r, f.body)
	return f, err
}
