package host

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"

	"penstock/drivers"
)

// sentinels are the errors that decide something, or that drivers.Words has
// words for; an error keeps what it is when it comes out of a child. Their order
// is part of the protocol between a binary and itself.
var sentinels = []error{
	drivers.ErrAddress, drivers.ErrRefused, drivers.ErrUnknown, drivers.ErrDown, drivers.ErrNoAbility, drivers.ErrQuiet, drivers.ErrHung,
	context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded,
	io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, fs.ErrNotExist, fs.ErrPermission,
}

// remote is an error that came out of a child.
type remote struct {
	text string
	is   []error
}

func (e *remote) Error() string   { return e.text }
func (e *remote) Unwrap() []error { return e.is }

// putError writes err; nil is one byte.
func putError(b []byte, err error) []byte {
	if err == nil {
		return putBool(b, false)
	}
	b = putText(putBool(b, true), err.Error())
	var mask uint64
	for i, s := range sentinels {
		if errors.Is(err, s) {
			mask |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, mask)
	var errno syscall.Errno
	errors.As(err, &errno)
	b = binary.AppendUvarint(b, uint64(errno))
	var dns *net.DNSError
	host := ""
	if errors.As(err, &dns) {
		host = dns.Name
	}
	b = putText(b, host)
	var plain *drivers.PlainError
	words := ""
	if errors.As(err, &plain) {
		words = plain.Words
	}
	return putText(b, words)
}

func (r *reader) error() error {
	if !r.bool() {
		return nil
	}
	e := &remote{text: r.text()}
	mask := r.uint()
	for i, s := range sentinels {
		if mask&(1<<i) != 0 {
			e.is = append(e.is, s)
		}
	}
	if errno := r.uint(); errno != 0 {
		e.is = append(e.is, syscall.Errno(errno))
	}
	if host := r.text(); host != "" {
		e.is = append(e.is, &net.DNSError{Name: host, Err: e.text})
	}
	if words := r.text(); words != "" {
		return &drivers.PlainError{Words: words, Err: e}
	}
	return e
}
