package wire

import "encoding/binary"

// CRC is the checksum of RTU frames (polynomial 0xA001, start 0xFFFF), sent
// low byte first.
func CRC(b []byte) uint16 {
	c := uint16(0xFFFF)
	for _, x := range b {
		c = c>>8 ^ crcTable[byte(c)^x]
	}
	return c
}

var crcTable = func() (t [256]uint16) {
	for i := range t {
		c := uint16(i)
		for range 8 {
			if c&1 == 1 {
				c = c>>1 ^ 0xA001
			} else {
				c >>= 1
			}
		}
		t[i] = c
	}
	return t
}()

// RTU frames requests as unit, PDU, CRC.
type RTU struct{}

// PDU returns the unit and the PDU of a frame made by the packager.
func (RTU) PDU(frame []byte) (unit byte, pdu []byte) { return frame[0], frame[1 : len(frame)-2] }

// Frame makes a request.
func (RTU) Frame(unit byte, pdu []byte) []byte {
	f := append([]byte{unit}, pdu...)
	return binary.LittleEndian.AppendUint16(f, CRC(f))
}

// Find looks for the reply to request in what has come over the line. Bytes
// before it (noise of a line that was just switched on, a late reply) are
// passed over: only a frame of the right unit and shape with a right
// checksum is taken. A frame that has both but does not answer the request
// is ErrReply.
func (RTU) Find(seen, request []byte) (frame []byte, err error) {
	unit, asked := RTU{}.PDU(request)
	for at := 0; at+4 < len(seen); at++ {
		rest := seen[at:]
		if rest[0] != unit || rest[1]&^exception != asked[0] {
			continue
		}
		n := replyLen(rest[1:])
		if n == 0 || len(rest) < 1+n+2 {
			continue
		}
		f := rest[:1+n+2]
		if CRC(f[:1+n]) != binary.LittleEndian.Uint16(f[1+n:]) {
			continue
		}
		if err = Check(asked, f[1:1+n]); err == nil {
			return f, nil
		}
	}
	return nil, err
}

// replyLen is the length of the reply PDU that pdu begins with; 0 when more
// must come before that is known, or when the function has no known shape.
func replyLen(pdu []byte) int {
	if len(pdu) < 2 {
		return 0
	}
	switch fc := pdu[0]; {
	case fc&exception != 0:
		return 2
	case fc <= readInput || fc == readWrite:
		return 2 + int(pdu[1])
	case fc == writeCoil || fc == writeRegister || fc == writeCoils || fc == writeRegisters:
		return 5
	case fc == maskWrite:
		return 7
	case fc == encapsulated:
		return identityLen(pdu)
	}
	return 0
}

// identityLen is the length of a reply to "read device identification":
// code, 14, id code, conformity, more, next, count, then count times object
// id, length, text.
func identityLen(pdu []byte) int {
	const fixed = 7
	if len(pdu) < fixed {
		return 0
	}
	n := fixed
	for range pdu[fixed-1] {
		if len(pdu) < n+2 {
			return 0
		}
		n += 2 + int(pdu[n+1])
	}
	return n
}
