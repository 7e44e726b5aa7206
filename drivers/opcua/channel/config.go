// Package channel is the client's side of an OPC UA secure channel and
// session (OPC 10000-6, 6.7; OPC 10000-4, 5.5 and 5.6) over TCP.
//
// It exists beside the library's own because of what was measured there: the
// certificate of any incoming OpenSecureChannel replaces the pinned one before
// it is verified, the policy of the answer replaces the one asked for, a panic
// in a goroutine ends the process, and server error messages are lost. Here
// every OpenSecureChannel is compared with the certificate and policy that
// were trusted, every decode runs under a recover, and a channel never
// reconnects: it ends, with the reason.
package channel

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1" // the specification's thumbprint
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"
)

// Security is how a channel is protected. The zero Security is none.
type Security struct {
	Policy string // URI; empty: none
	Mode   ua.MessageSecurityMode
	Own    []byte // our certificate, DER
	Key    *rsa.PrivateKey
	Server []byte // the server's certificate as it was trusted, DER, maybe with its chain
}

// None reports whether nothing is signed or encrypted.
func (s *Security) None() bool { return s.Policy == "" || s.Policy == ua.SecurityPolicyURINone }

// Config says whom to connect to and how.
type Config struct {
	URL      string // as the server is to see it, such as "opc.tcp://host:4840/path"
	Security Security
	Timeout  time.Duration // for one request; 0: DefaultTimeout
	Lifetime time.Duration // of a security token; 0: an hour
}

// DefaultTimeout is how long a server has to answer one request.
const DefaultTimeout = 4 * time.Second

const defaultPort = "4840"

func (c *Config) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return DefaultTimeout
}

func (c *Config) lifetime() time.Duration {
	if c.Lifetime > 0 {
		return c.Lifetime
	}
	return time.Hour
}

// Address is the host and port an endpoint URL names.
func Address(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "opc.tcp" || u.Hostname() == "" {
		return "", fmt.Errorf("%q is not an endpoint like opc.tcp://host:4840", endpoint)
	}
	port := u.Port()
	if port == "" {
		port = defaultPort
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// ErrImpostor is returned when the one who answers shows another certificate,
// or offers less security, than was trusted.
var ErrImpostor = errors.New("the answer does not come from the trusted server")

// ErrClosed is what a channel that was closed by us ends with.
var ErrClosed = errors.New("channel closed")

// leaf is the first certificate of a chain.
func leaf(der []byte) ([]byte, *rsa.PublicKey, error) {
	cert, err := uapolicy.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("server certificate: %w", err)
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, nil, errors.New("server certificate: not an RSA key")
	}
	return cert.Raw, key, nil
}

// sameCertificate reports whether the one who sent got is the one trusted.
func sameCertificate(trusted, got []byte) bool {
	a, errA := x509.ParseCertificates(trusted)
	b, errB := x509.ParseCertificates(got)
	return errA == nil && errB == nil && len(a) > 0 && len(b) > 0 && bytes.Equal(a[0].Raw, b[0].Raw)
}

func thumbprint(der []byte) []byte {
	sum := sha1.Sum(der)
	return sum[:]
}
