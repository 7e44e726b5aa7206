package modbus

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// certified is a certificate with its key, signed by issuer or by itself.
type certified struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	der  []byte
}

func certify(t *testing.T, name string, issuer *certified) *certified {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	want := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: issuer == nil, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	c := &certified{key: key}
	parent, signer := want, key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	if c.der, err = x509.CreateCertificate(rand.Reader, want, parent, &key.PublicKey, signer); err != nil {
		t.Fatal(err)
	}
	if c.cert, err = x509.ParseCertificate(c.der); err != nil {
		t.Fatal(err)
	}
	return c
}

// files writes the certificate and its key as PEM.
func (c *certified) files(t *testing.T) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	raw, err := x509.MarshalECPrivateKey(c.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: c.der}, key: {Type: "EC PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func (c *certified) pin() string { return fmt.Sprintf("%X", sha256.Sum256(c.der)) }

func (c *certified) pair() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{c.der}, PrivateKey: c.key}
}

func TestModbusSecurity(t *testing.T) {
	authority, stranger := certify(t, "authority", nil), certify(t, "stranger", nil)
	unit, client := certify(t, "unit", authority), certify(t, "client", authority)
	ca, _ := authority.files(t)
	wrongCA, _ := stranger.files(t)
	cert, key := client.files(t)
	wrongCert, wrongKey := stranger.files(t)
	pool := x509.NewCertPool()
	pool.AddCert(authority.cert)
	for name, c := range map[string]struct {
		options map[string]string
		good    bool
	}{
		"authority and own certificate": {map[string]string{"ca": ca, "cert": cert, "key": key}, true},
		"pinned":                        {map[string]string{"pin": unit.pin(), "cert": cert, "key": key}, true},
		"another authority":             {map[string]string{"ca": wrongCA, "cert": cert, "key": key}, false},
		"no authority":                  {map[string]string{"cert": cert, "key": key}, false},
		"another pin":                   {map[string]string{"pin": client.pin(), "cert": cert, "key": key}, false},
		"another name":                  {map[string]string{"ca": ca, "cert": cert, "key": key, "server_name": "plc.example"}, false},
		"no own certificate":            {map[string]string{"ca": ca}, false},
		"a stranger's certificate":      {map[string]string{"ca": ca, "cert": wrongCert, "key": wrongKey}, false},
		"a certificate that is gone":    {map[string]string{"ca": ca, "cert": "gone.pem", "key": key}, false},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{unit.pair()}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert})
			if err != nil {
				t.Fatal(err)
			}
			s := slaveOn(t, l)
			dev := s.device()
			dev.Timeout = ample
			dev.Endpoint = "modbus+tls://" + l.Addr().String()
			dev.Options = c.options
			conn, err := new(Driver).dial(t.Context(), dev)
			if (err == nil) != c.good {
				t.Fatalf("dial: %v", err)
			}
			if err != nil {
				if name == "another authority" && !strings.Contains(drivers.Words(err), "certificate is not trusted") {
					t.Errorf("in words: %s", drivers.Words(err))
				}
				if n := len(s.asked()); n > 0 {
					t.Errorf("%d requests were sent all the same", n)
				}
				return
			}
			defer conn.Close()
			if v := readAll(t, conn, pt("HR7", ""))[0]; v.Value != tag.Int(7) {
				t.Errorf("reads %v", v.Value)
			}
		})
	}
}
