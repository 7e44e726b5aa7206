package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// maker makes certificates as servers and authorities would.
type maker struct {
	t    testing.TB
	keys map[int]*rsa.PrivateKey
	next int64
}

func newMaker(t testing.TB) *maker { return &maker{t: t, keys: map[int]*rsa.PrivateKey{}} }

func (m *maker) key(bits int) *rsa.PrivateKey {
	if m.keys[bits] == nil {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			m.t.Fatal(err)
		}
		m.keys[bits] = k
	}
	return m.keys[bits]
}

const (
	serverURI  = "urn:plc1:server"
	serverHost = "plc1.plant"
)

// cert makes a server certificate that is right but for what change does. A
// nil issuer signs itself.
func (m *maker) cert(bits int, issuer *authority, change func(*x509.Certificate)) []byte {
	uri, err := url.Parse(serverURI)
	if err != nil {
		m.t.Fatal(err)
	}
	m.next++
	t := &x509.Certificate{SerialNumber: big.NewInt(m.next), Subject: pkix.Name{CommonName: "PLC 1"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment | x509.KeyUsageContentCommitment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, URIs: []*url.URL{uri}, DNSNames: []string{serverHost}, BasicConstraintsValid: true}
	if change != nil {
		change(t)
	}
	parent, key := t, m.key(bits)
	signer := key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, signer)
	if err != nil {
		m.t.Fatal(err)
	}
	return der
}

type authority struct {
	cert *x509.Certificate
	key  *rsa.PrivateKey
}

func (m *maker) authority(name string) *authority {
	m.next++
	t := &x509.Certificate{SerialNumber: big.NewInt(m.next), Subject: pkix.Name{CommonName: name}, NotBefore: now.AddDate(-5, 0, 0), NotAfter: now.AddDate(5, 0, 0),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true, SubjectKeyId: []byte(name)}
	key := m.key(2048)
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		m.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		m.t.Fatal(err)
	}
	return &authority{cert, key}
}

func (m *maker) crl(a *authority, until time.Time, revoked ...[]byte) []byte {
	l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now.Add(-time.Hour), NextUpdate: until}
	for _, der := range revoked {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			m.t.Fatal(err)
		}
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: now.Add(-time.Minute)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, a.cert, a.key)
	if err != nil {
		m.t.Fatal(err)
	}
	return der
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Every way a server's certificate can be wrong is refused with its own
// reason (OPC 10000-4, 6.1.3), the person being told why.
func TestWrongCertificatesAreRefusedEachForItsReason(t *testing.T) {
	m := newMaker(t)
	ca := m.authority("Plant CA")
	good := m.cert(2048, nil, nil)
	sha1 := func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }
	tests := []struct {
		name   string
		chain  []byte
		trust  bool
		setup  func(s Store, chain []byte)
		want   Want
		status uint32 // 0: good
		says   string
	}{
		{name: "trusted", chain: good, trust: true},
		{name: "unknown", chain: good, status: CertificateUntrusted, says: "nobody has trusted it"},
		{name: "expired", chain: m.cert(2048, nil, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) }), trust: true, status: CertificateTimeInvalid, says: "expired on 2026-03-01"},
		{name: "not yet valid", chain: m.cert(2048, nil, func(c *x509.Certificate) { c.NotBefore = now.AddDate(0, 0, 1) }), trust: true, status: CertificateTimeInvalid, says: "valid only from 2026-03-03"},
		{name: "wrong host", chain: good, trust: true, want: Want{Host: "plc2.plant"}, status: HostNameInvalid, says: "made for plc1.plant, not for plc2.plant"},
		{name: "wrong application", chain: good, trust: true, want: Want{URI: "urn:plc2:server"}, status: URIInvalid, says: `"urn:plc2:server"`},
		{name: "1024 bits", chain: m.cert(1024, nil, nil), trust: true, status: CertificatePolicyCheckFailed, says: "1024 bits"},
		{name: "1024 bits under a deprecated policy", chain: m.cert(1024, nil, nil), trust: true, want: Want{Legacy: true}},
		{name: "SHA-1", chain: m.cert(2048, nil, sha1), trust: true, status: CertificatePolicyCheckFailed, says: "SHA1-RSA"},
		{name: "not for encrypting", chain: m.cert(2048, nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign }), trust: true, status: UseNotAllowed, says: "sign and encrypt"},
		{name: "not for servers", chain: m.cert(2048, nil, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), trust: true, status: UseNotAllowed, says: "by a server"},
		{name: "no readable certificate", chain: []byte("nonsense"), status: CertificateInvalid, says: "no readable"},
		{name: "broken signature", chain: broken(good), trust: true, status: CertificateInvalid, says: "signature is wrong"},
		{name: "issued, trusted issuer with a list", chain: m.cert(2048, ca, nil), setup: func(s Store, _ []byte) {
			must(t, s.Add(Trusted, ca.cert.Raw))
			must(t, s.AddCRL(Trusted, m.crl(ca, now.AddDate(0, 1, 0))))
		}},
		{name: "issued, issuer known but not trusted", chain: m.cert(2048, ca, nil), setup: func(s Store, _ []byte) {
			must(t, s.Add(Issuers, ca.cert.Raw))
			must(t, s.AddCRL(Issuers, m.crl(ca, now.AddDate(0, 1, 0))))
		}, status: CertificateUntrusted, says: "nobody has trusted it"},
		{name: "missing issuer", chain: m.cert(2048, ca, nil), trust: true, status: CertificateChainIncomplete, says: "issuer (CN=Plant CA) is missing"},
		{name: "no revocation list", chain: m.cert(2048, ca, nil), trust: true, setup: func(s Store, _ []byte) { must(t, s.Add(Issuers, ca.cert.Raw)) }, status: RevocationUnknown, says: "no current revocation list"},
		{name: "outdated revocation list", chain: m.cert(2048, ca, nil), trust: true, setup: func(s Store, _ []byte) {
			must(t, s.Add(Issuers, ca.cert.Raw))
			must(t, s.AddCRL(Issuers, m.crl(ca, now.Add(-time.Minute))))
		}, status: RevocationUnknown, says: "no current revocation list"},
		{name: "revoked", chain: m.cert(2048, ca, nil), trust: true, setup: func(s Store, chain []byte) {
			must(t, s.Add(Issuers, ca.cert.Raw))
			must(t, s.AddCRL(Issuers, m.crl(ca, now.AddDate(0, 1, 0), chain)))
		}, status: CertificateRevoked, says: "revoked by CN=Plant CA"},
		{name: "revoked by an outdated list that is let pass", chain: m.cert(2048, ca, nil), trust: true, want: Want{Accept: Accept{Revocation: true}}, setup: func(s Store, chain []byte) {
			must(t, s.Add(Issuers, ca.cert.Raw))
			must(t, s.AddCRL(Issuers, m.crl(ca, now.Add(-time.Minute), chain)))
		}, status: CertificateRevoked, says: "revoked by"},
		{name: "issuer that may not issue", chain: m.cert(2048, notCA(m), nil), trust: true, setup: func(s Store, _ []byte) { must(t, s.Add(Issuers, notCA(m).cert.Raw)) }, status: IssuerUseNotAllowed, says: "may not issue"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := Store{Dir: t.TempDir()}
			if tt.trust {
				must(t, s.put(Trusted, tt.chain))
			}
			if tt.setup != nil {
				tt.setup(s, tt.chain)
			}
			w := tt.want
			w.Now = now
			if w.Host == "" {
				w.Host = strings.ToUpper(serverHost) // names know no case
			}
			if w.URI == "" {
				w.URI = serverURI
			}
			_, err := s.Check(tt.chain, w)
			if tt.status == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var r *Refusal
			if !errors.As(err, &r) {
				t.Fatalf("%v, want a refusal", err)
			}
			if r.Status != tt.status || !strings.Contains(r.Error(), tt.says) {
				t.Errorf("refused with %08X %v, want %08X and %q", r.Status, err, tt.status, tt.says)
			}
		})
	}
}

func broken(der []byte) []byte {
	b := append([]byte(nil), der...)
	b[len(b)-1] ^= 1
	return b
}

var notAuthority *authority

func notCA(m *maker) *authority {
	if notAuthority == nil {
		a := m.authority("Not a CA")
		m.next++
		t := *a.cert
		t.IsCA, t.KeyUsage, t.SerialNumber = false, x509.KeyUsageDigitalSignature, big.NewInt(m.next)
		der, err := x509.CreateCertificate(rand.Reader, &t, &t, &a.key.PublicKey, a.key)
		if err != nil {
			m.t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			m.t.Fatal(err)
		}
		notAuthority = &authority{c, a.key}
	}
	return notAuthority
}

func TestAcceptedFaultsAreReported(t *testing.T) {
	m := newMaker(t)
	s := Store{Dir: t.TempDir()}
	der := m.cert(2048, nil, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })
	must(t, s.Add(Trusted, der))
	w := Want{Host: "10.0.0.7", URI: serverURI, Now: now, Accept: Accept{Time: true, Host: true}}
	let, err := s.Check(der, w)
	if err != nil || len(let) != 2 || let[0].Status != CertificateTimeInvalid || let[1].Status != HostNameInvalid {
		t.Errorf("let pass %v, %v; want time and host", let, err)
	}
	w.Accept = Accept{Time: true}
	if _, err := s.Check(der, w); err == nil {
		t.Error("letting the time pass let the host pass too")
	}
}

func TestFirstContactWaitsForAPerson(t *testing.T) {
	m := newMaker(t)
	s := Store{Dir: t.TempDir()}
	der := m.cert(2048, nil, nil)
	w := Want{For: "PLC1", Host: "elsewhere", URI: serverURI, Now: now}
	for range 2 { // the second contact adds nothing
		if _, err := s.Check(der, w); err == nil {
			t.Fatal("an unknown certificate was accepted")
		}
	}
	waiting, err := s.List(Rejected)
	if err != nil || len(waiting) != 1 || waiting[0].Thumbprint != Thumbprint(der) || waiting[0].URI != serverURI {
		t.Fatalf("waiting: %+v, %v", waiting, err)
	}
	if why := waiting[0].Why; !strings.HasPrefix(why, "shown by PLC1: nobody has trusted it") || !strings.Contains(why, "not for elsewhere") {
		t.Errorf("the reason beside it is %q", why)
	}
	w.Host = serverHost
	spaced := strings.ToLower(waiting[0].Thumbprint[:2] + ":" + waiting[0].Thumbprint[2:])
	must(t, s.Trust(spaced))
	if _, err := s.Check(der, w); err != nil {
		t.Errorf("after it was trusted: %v", err)
	}
	must(t, s.Distrust(Thumbprint(der)))
	if _, err := s.Check(der, w); err == nil {
		t.Error("a distrusted certificate was accepted")
	}
	if err := s.Trust("00"); err == nil {
		t.Error("trusting what nobody has shown succeeded")
	}
}

func TestNobodyFillsTheDiskByConnecting(t *testing.T) {
	m := newMaker(t)
	s := Store{Dir: t.TempDir()}
	for range maxRejected + 20 {
		if _, err := s.Check(m.cert(1024, nil, nil), Want{Now: now}); err == nil {
			t.Fatal("an unknown certificate was accepted")
		}
	}
	if waiting, err := s.List(Rejected); err != nil || len(waiting) > maxRejected {
		t.Errorf("%d certificates are kept, %v; the limit is %d", len(waiting), err, maxRejected)
	}
	if why, err := os.ReadDir(filepath.Join(s.Dir, Rejected, "why")); err != nil || len(why) > maxRejected {
		t.Errorf("%d reasons are kept, %v", len(why), err)
	}
}

func TestOwnCertificateIsMadeOnce(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	var all sync.WaitGroup
	made := make([]*Own, 4)
	for i := range made {
		all.Go(func() {
			var err error
			if made[i], err = s.Own("Station_1.plant", time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, o := range made[1:] {
		if o == nil || string(o.Cert) != string(made[0].Cert) {
			t.Fatal("several links starting at once made several certificates")
		}
	}
	c, err := x509.ParseCertificate(made[0].Cert)
	must(t, err)
	if made[0].URI != "urn:station1.plant:penstock" || c.URIs[0].String() != made[0].URI || c.DNSNames[0] != "station1.plant" || c.NotAfter.Before(time.Now().AddDate(9, 0, 0)) {
		t.Errorf("URI %s, certificate %v %v until %v", made[0].URI, c.URIs, c.DNSNames, c.NotAfter)
	}
	info, err := os.Stat(filepath.Join(s.Dir, "own", "penstock.pem"))
	must(t, err)
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the private key is readable for others: %v", info.Mode())
	}
	if der, err := os.ReadFile(filepath.Join(s.Dir, "own", "penstock.der")); err != nil || string(der) != string(made[0].Cert) {
		t.Errorf("the certificate to hand out is missing: %v", err)
	}
	left, err := os.ReadDir(filepath.Join(s.Dir, "own"))
	must(t, err)
	if len(left) != 2 {
		t.Errorf("files are left over: %v", left)
	}
}

// A trusted certificate with one bit changed is another certificate.
func TestNoBitOfATrustedCertificateCanBeChanged(t *testing.T) {
	m := newMaker(t)
	good := m.cert(2048, nil, nil)
	s := Store{Dir: t.TempDir()}
	must(t, s.Add(Trusted, good))
	step := 1
	if testing.Short() {
		step = 11
	}
	for i := 0; i < len(good); i += step {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1 << (i % 8)
		if _, err := s.Check(bad, Want{Host: serverHost, URI: serverURI, Now: now}); err == nil {
			t.Fatalf("byte %d was changed, and it was accepted", i)
		}
	}
}
