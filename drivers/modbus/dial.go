package modbus

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/goburrow/serial"
)

// open opens the physical line.
func (l *lineSettings) open(ctx context.Context) (c io.ReadWriteCloser, err error) {
	switch l.carrier {
	case rtuSerial, asciiSerial:
		c, err = l.openPort()
	case overTLS:
		c, err = l.dialTLS(ctx)
	default:
		c, err = new(net.Dialer).DialContext(ctx, "tcp", l.address)
	}
	if err != nil {
		return nil, err
	}
	if l.settle > 0 {
		select {
		case <-time.After(l.settle):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), c.Close())
		}
	}
	return c, nil
}

func (l *lineSettings) dialTLS(ctx context.Context) (net.Conn, error) {
	conf, err := l.tls.config()
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{Config: conf}).DialContext(ctx, "tcp", l.address)
}

// config makes a client's TLS settings. A pinned certificate is trusted for
// itself, whatever it says; without a pin the usual checks are made, against
// ca where it is given and the system's roots where it is not.
func (t *tlsSettings) config() (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.name}
	if t.cert != "" {
		pair, err := tls.LoadX509KeyPair(t.cert, t.key)
		if err != nil {
			return nil, fmt.Errorf("own certificate: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	if t.ca != "" {
		pem, err := os.ReadFile(t.ca)
		if err != nil {
			return nil, fmt.Errorf("certificate authority: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", t.ca)
		}
	}
	if t.pin != "" {
		want, err := parsePin(t.pin)
		if err != nil {
			return nil, err
		}
		conf.InsecureSkipVerify = true // VerifyConnection does it instead
		conf.VerifyConnection = func(s tls.ConnectionState) error {
			have := sha256.Sum256(s.PeerCertificates[0].Raw)
			if have != want {
				return fmt.Errorf("the device shows a certificate with fingerprint %x, and %x is pinned", have, want)
			}
			return nil
		}
	}
	return conf, nil
}

// parsePin reads a SHA-256 fingerprint, with or without colons.
func parsePin(text string) (pin [sha256.Size]byte, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(b) != len(pin) {
		return pin, errors.New("pin: want the SHA-256 fingerprint of the device's certificate, 64 hexadecimal digits")
	}
	return [sha256.Size]byte(b), nil
}

func (l *lineSettings) openPort() (io.ReadWriteCloser, error) {
	p, err := serial.Open(&serial.Config{
		Address:  l.address,
		BaudRate: l.baud,
		DataBits: l.data,
		StopBits: l.stop,
		Parity:   l.parity,
		Timeout:  portWait(),
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", l.address, err)
	}
	return &port{Port: p, ask: make(chan struct{}), left: make(chan struct{})}, nil
}

// portWait is how long one read of a serial port blocks, and so the time it
// takes to close one. On Windows a read also keeps writes waiting.
func portWait() time.Duration {
	if runtime.GOOS == "windows" {
		return 5 * time.Millisecond
	}
	return 50 * time.Millisecond
}

// port makes of a serial port what a transport wants: reads that block until
// there is data. Closing under a read would hand the library a dead file
// descriptor, so Close waits for the reader to leave. There is one reader.
type port struct {
	serial.Port
	ask, left chan struct{}
}

func (p *port) Read(b []byte) (int, error) {
	for {
		select {
		case <-p.ask:
			close(p.left)
			return 0, io.EOF
		default:
		}
		n, err := p.Port.Read(b)
		if errors.Is(err, serial.ErrTimeout) {
			continue
		}
		if err != nil || n == 0 { // a pulled adapter reads as nothing for ever
			close(p.left)
			return 0, errors.Join(err, io.ErrUnexpectedEOF)
		}
		return n, nil
	}
}

func (p *port) Close() error {
	close(p.ask)
	select {
	case <-p.left:
	case <-time.After(time.Second): // the reader is inside the driver; leave the descriptor to it
		return errors.New("the serial port did not let go")
	}
	return p.Port.Close()
}
