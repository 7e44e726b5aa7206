package drivers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// PlainError carries what a fault means in words an electrician understands,
// beside the technical error. A driver returns one where it knows more than
// the network does: a certificate not trusted, a wrong unit number.
type PlainError struct {
	Words string // a sentence: what is wrong and what to look at
	Err   error
}

func (e *PlainError) Error() string { return e.Err.Error() }
func (e *PlainError) Unwrap() error { return e.Err }

// Plain returns err with words for people.
func Plain(err error, format string, args ...any) error {
	return &PlainError{Words: fmt.Sprintf(format, args...), Err: err}
}

// Words says what err means for someone who stands before the cabinet. For no
// error it is empty.
func Words(err error) string {
	var (
		plain *PlainError
		dns   *net.DNSError
		is    = func(targets ...error) bool {
			for _, t := range targets {
				if errors.Is(err, t) {
					return true
				}
			}
			return false
		}
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &plain):
		return plain.Words
	case errors.As(err, &dns):
		return fmt.Sprintf("No computer called %q is known. Check the name in the device's endpoint, or use its address.", dns.Name)
	case is(ErrAddress):
		return "The address of the device or of a point is not written as this driver needs it."
	case is(ErrRefused):
		return "The device is there and refused the request."
	case is(ErrUnknown):
		return "The command was sent, but the device did not confirm it. Look at the feedback before repeating it."
	case is(ErrQuiet):
		return "The connection stands, but nothing comes through it any more. The device may be busy or hanging, or a cable in between is cut."
	case is(ErrHung):
		return "The connection hangs and was given up."
	case is(ErrMismatch):
		return "The device confirmed the command but holds another value."
	case is(syscall.ECONNREFUSED):
		return "The computer is there, but no server answers at this port. Is the device's server switched on, and is the port right?"
	case is(syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.ENETDOWN, syscall.EADDRNOTAVAIL):
		return "There is no way to the device. Check power, cable, switch and the address."
	case is(syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, io.ErrClosedPipe):
		return "The device closed the connection. It may have restarted, or it allows fewer connections than it has."
	case is(fs.ErrNotExist):
		return "This port does not exist on this computer. Is the adapter plugged in?"
	case is(fs.ErrPermission):
		return "This computer does not let the program use the port."
	case is(syscall.EBUSY):
		return "Another program uses the port."
	case is(context.DeadlineExceeded, os.ErrDeadlineExceeded, syscall.ETIMEDOUT):
		return "The device does not answer. Check power, cable and address; it may also be too busy."
	case is(context.Canceled):
		return "The station stopped the request."
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "The device does not answer. Check power, cable and address; it may also be too busy."
	}
	return "The device or the line to it has a fault: " + err.Error()
}
