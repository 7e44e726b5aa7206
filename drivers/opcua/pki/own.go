package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Own is an application certificate with its key.
type Own struct {
	Cert []byte // DER
	Key  *rsa.PrivateKey
	URI  string // the application URI in it
}

// Entry describes the certificate to a person.
func (o *Own) Entry() Entry {
	c, err := x509.ParseCertificate(o.Cert)
	if err != nil {
		return Entry{Thumbprint: Thumbprint(o.Cert)}
	}
	return entry(c, "")
}

// The certificate we make for ourselves. Its holder is asked to renew it
// before it ends; ten years is what plants expect of a thing installed once.
const (
	ownBits  = 2048
	ownYears = 10
)

// Own returns the program's own certificate, made at the first call. host is
// the name of this computer.
func (s Store) Own(host string, now time.Time) (*Own, error) {
	path := filepath.Join(s.Dir, "own", "penstock.pem")
	o, err := loadOwn(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	made, err := makeOwn(host, now)
	if err != nil {
		return nil, fmt.Errorf("make own certificate: %w", err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(made.Key)})
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Cert})
	// Several links may start at once: the first to link its file in wins, and
	// all use that one.
	tmp := fmt.Sprintf("%s.%d-%d", path, os.Getpid(), time.Now().UnixNano())
	if err := writeFile(tmp, append(key, cert...), 0o600); err != nil {
		return nil, fmt.Errorf("keep own certificate: %w", err)
	}
	defer os.Remove(tmp)
	if err := os.Link(tmp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(tmp, path); err != nil {
			return nil, fmt.Errorf("keep own certificate: %w", err)
		}
	}
	if o, err = loadOwn(path); err != nil {
		return nil, err
	}
	return o, writeFile(filepath.Join(s.Dir, "own", "penstock.der"), o.Cert, 0o644)
}

func loadOwn(path string) (*Own, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return ParsePair(b)
}

// ParsePair reads a PEM file that holds a certificate and its RSA key.
func ParsePair(b []byte) (*Own, error) {
	o := new(Own)
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		switch block.Type {
		case "CERTIFICATE":
			if o.Cert == nil {
				o.Cert = block.Bytes
			}
		case "RSA PRIVATE KEY":
			key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("private key: %w", err)
			}
			o.Key = key
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("private key: %w", err)
			}
			var ok bool
			if o.Key, ok = key.(*rsa.PrivateKey); !ok {
				return nil, errors.New("private key: not RSA")
			}
		}
	}
	if o.Cert == nil || o.Key == nil {
		return nil, errors.New("a certificate and its private key are wanted in one PEM file")
	}
	cert, err := x509.ParseCertificate(o.Cert)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if pub, ok := cert.PublicKey.(*rsa.PublicKey); !ok || !pub.Equal(&o.Key.PublicKey) {
		return nil, errors.New("the private key is not that of the certificate")
	}
	if len(cert.URIs) > 0 {
		o.URI = cert.URIs[0].String()
	}
	return o, nil
}

// makeOwn makes a self-signed application certificate as OPC 10000-6, 6.2.2
// describes it.
func makeOwn(host string, now time.Time) (*Own, error) {
	host = strings.ToLower(strings.Map(hostRune, host))
	if host == "" {
		host = "localhost"
	}
	uri := "urn:" + host + ":penstock"
	parsed, err := url.Parse(uri)
	if err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, ownBits)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Penstock on " + host, Organization: []string{"Penstock"}},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(ownYears, 0, 0), // a server's clock may be behind
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment | x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		URIs:        []*url.URL{parsed}, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		t.IPAddresses = []net.IP{ip}
	} else {
		t.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &Own{Cert: der, Key: key, URI: uri}, nil
}

func hostRune(r rune) rune {
	if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}
