// Package wire carries Modbus requests over sockets and serial lines and
// brings back the reply to each, or an error: never the reply to another
// request, and never a piece of one. Frames are parsed by pure functions;
// TCP and Stream own the connection around them.
package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrTimeout says that no reply came in time. One may still come; it will be
// dropped.
var ErrTimeout error = timeout{}

type timeout struct{}

func (timeout) Error() string { return "no answer in time" }
func (timeout) Timeout() bool { return true }

var (
	// ErrReply says that something came which is no reply to the request.
	ErrReply = errors.New("the reply does not fit the request")
	// ErrNotSent says that the request never left: nothing has happened.
	ErrNotSent = errors.New("nothing was sent")
	// ErrClosed is returned by a transport after Close.
	ErrClosed = errors.New("the line is closed")
)

// patient reports whether a request that ended with its context had at least
// half of its time: only then its silence says something about the unit.
func patient(ctx context.Context, sent time.Time, limit time.Duration) bool {
	return errors.Is(ctx.Err(), context.DeadlineExceeded) && time.Since(sent) >= limit/2
}

// maxPDU is the longest protocol data unit, function code included.
const maxPDU = 253

// The function codes with a reply of their own shape.
const (
	readCoils      = 1
	readDiscrete   = 2
	readHolding    = 3
	readInput      = 4
	writeCoil      = 5
	writeRegister  = 6
	writeCoils     = 15
	writeRegisters = 16
	maskWrite      = 22
	readWrite      = 23
	encapsulated   = 43
)

// exception is set in the function code of a reply that is a refusal.
const exception = 0x80

// Check reports what is wrong with a reply PDU as the answer to a request
// PDU; nil when nothing is. An exception is a right answer.
func Check(request, reply []byte) error {
	if len(reply) < 2 {
		return fmt.Errorf("%w: only %d bytes long", ErrReply, len(reply))
	}
	if reply[0] == request[0]|exception {
		if len(reply) != 2 {
			return fmt.Errorf("%w: an exception of %d bytes", ErrReply, len(reply))
		}
		return nil
	}
	if reply[0] != request[0] {
		return fmt.Errorf("%w: function %d where %d was asked", ErrReply, reply[0], request[0])
	}
	data := reply[1:]
	switch request[0] {
	case readCoils, readDiscrete:
		return checkCount(data, (quantity(request)+7)/8)
	case readHolding, readInput, readWrite:
		return checkCount(data, 2*quantity(request))
	case writeCoil, writeRegister, maskWrite:
		return checkEcho(request[1:], data)
	case writeCoils, writeRegisters:
		return checkEcho(request[1:5], data)
	}
	return nil
}

// quantity is how many places a read request asks for.
func quantity(request []byte) int {
	if len(request) < 5 {
		return 0
	}
	return int(binary.BigEndian.Uint16(request[3:]))
}

func checkCount(data []byte, want int) error {
	if int(data[0]) != want || len(data) != 1+want {
		return fmt.Errorf("%w: %d bytes of data, said to be %d, where %d were asked", ErrReply, len(data)-1, data[0], want)
	}
	return nil
}

func checkEcho(want, have []byte) error {
	if string(want) != string(have) {
		return fmt.Errorf("%w: it confirms % x where % x was sent", ErrReply, have, want)
	}
	return nil
}
