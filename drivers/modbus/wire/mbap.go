package wire

import (
	"encoding/binary"
	"fmt"
	"io"
)

// mbapLen is the length of the header of Modbus TCP: transaction id,
// protocol id (0), length of what follows, unit.
const mbapLen = 7

// readMBAP reads one frame of Modbus TCP. After an error nobody knows where
// the next frame begins: only a new connection is safe.
func readMBAP(r io.Reader) ([]byte, error) {
	var head [mbapLen]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n, err := mbapBody(head[:])
	if err != nil {
		return nil, err
	}
	frame := make([]byte, mbapLen+n)
	copy(frame, head[:])
	_, err = io.ReadFull(r, frame[mbapLen:])
	return frame, err
}

// mbapBody is the length of the PDU a header announces.
func mbapBody(head []byte) (int, error) {
	if p := binary.BigEndian.Uint16(head[2:]); p != 0 {
		return 0, fmt.Errorf("%w: not Modbus TCP (protocol id %d)", ErrReply, p)
	}
	n := int(binary.BigEndian.Uint16(head[4:])) - 1
	if n < 2 || n > maxPDU {
		return 0, fmt.Errorf("%w: a frame of %d bytes", ErrReply, n)
	}
	return n, nil
}
