package wire

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// ASCII frames requests as ':', then unit, PDU and LRC in hexadecimal, then
// CR LF.
type ASCII struct{}

// PDU returns the unit and the PDU of a frame made by the packager.
func (ASCII) PDU(frame []byte) (unit byte, pdu []byte) {
	b, ok := parseASCII(bytes.TrimSuffix(bytes.TrimPrefix(frame, []byte(":")), []byte("\r\n")))
	if !ok {
		return 0, nil
	}
	return b[0], b[1:]
}

// Frame makes a request.
func (ASCII) Frame(unit byte, pdu []byte) []byte {
	b := append([]byte{unit}, pdu...)
	sum := byte(0)
	for _, x := range b {
		sum -= x
	}
	return fmt.Appendf(nil, ":%X%02X\r\n", b, sum)
}

// parseASCII decodes what stands between the colon and CR LF, and cuts the
// LRC when it is right.
func parseASCII(text []byte) ([]byte, bool) {
	b := make([]byte, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(b, text); err != nil || len(b) < 3 {
		return nil, false
	}
	var sum byte
	for _, x := range b {
		sum += x
	}
	return b[:len(b)-1], sum == 0
}

// Find looks for the reply to request in what has come over the line, as
// RTU.Find does.
func (ASCII) Find(seen, request []byte) (frame []byte, err error) {
	unit, asked := ASCII{}.PDU(request)
	for {
		start := bytes.IndexByte(seen, ':')
		if start < 0 {
			return nil, err
		}
		seen = seen[start:]
		end := bytes.Index(seen, []byte("\r\n"))
		if end < 0 {
			return nil, err
		}
		f := seen[:end+2]
		if again := bytes.LastIndexByte(f, ':'); again > 0 { // an earlier frame was cut short
			f = f[again:]
		}
		seen = seen[end+2:]
		b, ok := parseASCII(f[1 : len(f)-2])
		if !ok || b[0] != unit || b[1]&^exception != asked[0] {
			continue
		}
		if err = Check(asked, b[1:]); err == nil {
			return f, nil
		}
	}
}
