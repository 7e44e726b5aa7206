package pki

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The StatusCodes a certificate is refused with (OPC 10000-4, table 100).
const (
	CertificateInvalid           = 0x80120000
	CertificateTimeInvalid       = 0x80140000
	IssuerTimeInvalid            = 0x80150000
	HostNameInvalid              = 0x80160000
	URIInvalid                   = 0x80170000
	UseNotAllowed                = 0x80180000
	IssuerUseNotAllowed          = 0x80190000
	CertificateUntrusted         = 0x801A0000
	RevocationUnknown            = 0x801B0000
	IssuerRevocationUnknown      = 0x801C0000
	CertificateRevoked           = 0x801D0000
	IssuerRevoked                = 0x801E0000
	CertificateChainIncomplete   = 0x810D0000
	CertificatePolicyCheckFailed = 0x81140000
)

// Fault is one thing that is wrong with a certificate.
type Fault struct {
	Status uint32 // OPC UA StatusCode
	Text   string // for a person
}

// Refusal is the error of a certificate that may not be used.
type Refusal struct {
	Fault              // the reason, the first in the order of the specification
	Also       []Fault // what else is wrong
	Thumbprint string
	Subject    string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("certificate %s (%s): %s", r.Thumbprint, r.Subject, r.reasons())
}

// reasons is everything that is wrong.
func (r *Refusal) reasons() string {
	text := r.Text
	for _, f := range r.Also {
		text += "; also: " + f.Text
	}
	return text
}

// because is the text that is kept beside a rejected certificate.
func (r *Refusal) because(device string) string {
	if device == "" {
		return r.reasons()
	}
	return "shown by " + device + ": " + r.reasons()
}

// Want is what a certificate is checked against.
type Want struct {
	For    string // the device that is connected, for the text beside a refused certificate
	Host   string // the host name or address that was dialled
	URI    string // the application URI of the server's description; empty: not checked
	Now    time.Time
	Legacy bool // one of the deprecated policies is in use: 1024 bits and SHA-1 pass
	Accept Accept
}

// Accept says which faults of one server an administrator lets pass. What is
// let pass is reported, so that it can be audited.
type Accept struct{ Time, Host, Revocation bool }

// Check decides whether the server that sent chain (DER, one certificate
// after the other, its own first) is to be trusted, by the steps of OPC
// 10000-4, 6.1.3. The error is a *Refusal, or says that the store cannot be
// read. An unknown certificate is put among the rejected.
func (s Store) Check(chain []byte, want Want) (suppressed []Fault, err error) {
	certs, err := x509.ParseCertificates(chain)
	if err != nil || len(certs) == 0 {
		return nil, &Refusal{Fault: Fault{CertificateInvalid, "the server sent no readable certificate"}, Thumbprint: Thumbprint(chain)}
	}
	leaf := certs[0]
	trusted, err := s.load(Trusted)
	if err != nil {
		return nil, fmt.Errorf("trusted certificates: %w", err)
	}
	issuers, err := s.load(Issuers)
	if err != nil {
		return nil, fmt.Errorf("issuer certificates: %w", err)
	}
	lists, err := s.crls()
	if err != nil {
		return nil, fmt.Errorf("revocation lists: %w", err)
	}
	k := check{want: want, lists: lists}
	for _, f := range slices.Concat(trusted, issuers) {
		k.known = append(k.known, f.cert)
	}
	k.known = append(k.known, certs[1:]...)
	path := k.path(leaf)
	k.policy(path)
	isTrusted := slices.ContainsFunc(trusted, func(f stored) bool {
		return slices.ContainsFunc(path, func(c *x509.Certificate) bool { return bytes.Equal(c.Raw, f.cert.Raw) })
	})
	if !isTrusted {
		k.fault(CertificateUntrusted, "nobody has trusted it yet; compare the fingerprint with the server's and trust it if it is the same")
	}
	k.time(path)
	k.host(leaf)
	k.uri(leaf)
	k.usage(path)
	k.revocation(path)
	if len(k.faults) == 0 {
		return k.suppressed, nil
	}
	refused := &Refusal{Fault: k.faults[0], Also: k.faults[1:], Thumbprint: Thumbprint(leaf.Raw), Subject: leaf.Subject.String()}
	if !isTrusted {
		if err := s.reject(leaf.Raw, refused.because(want.For)); err != nil {
			return nil, fmt.Errorf("keep rejected certificate: %w", err)
		}
	}
	return k.suppressed, refused
}

// check gathers what is wrong with one certificate.
type check struct {
	want       Want
	known      []*x509.Certificate
	lists      []*x509.RevocationList
	faults     []Fault
	suppressed []Fault
}

func (k *check) fault(status uint32, format string, args ...any) {
	k.faults = append(k.faults, Fault{status, fmt.Sprintf(format, args...)})
}

func (k *check) unless(accepted bool, status uint32, format string, args ...any) {
	if accepted {
		k.suppressed = append(k.suppressed, Fault{status, fmt.Sprintf(format, args...)})
		return
	}
	k.fault(status, format, args...)
}

func selfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }

// maxPath is how long a chain of issuers may be.
const maxPath = 8

// path follows the issuers up to a self-signed certificate and checks every
// signature on the way.
func (k *check) path(leaf *x509.Certificate) []*x509.Certificate {
	path := []*x509.Certificate{leaf}
	for c := leaf; ; c = path[len(path)-1] {
		if selfSigned(c) {
			if err := signedBy(c, c); err != nil {
				k.fault(CertificateInvalid, "its signature is wrong: %v", err)
			}
			return path
		}
		issuer, err := k.issuer(c)
		if issuer == nil || len(path) == maxPath {
			if err != nil {
				k.fault(CertificateInvalid, "the signature of its issuer is wrong: %v", err)
			} else {
				k.fault(CertificateChainIncomplete, "the certificate of its issuer (%s) is missing; put it among the issuers", c.Issuer)
			}
			return path
		}
		path = append(path, issuer)
	}
}

func (k *check) issuer(c *x509.Certificate) (found *x509.Certificate, wrong error) {
	for _, i := range k.known {
		if !bytes.Equal(i.RawSubject, c.RawIssuer) {
			continue
		}
		if err := signedBy(c, i); err != nil {
			wrong = err
			continue
		}
		return i, nil
	}
	return nil, wrong
}

// signedBy checks a signature alone. SHA-1, which the library refuses to
// check, is reported by policy; its signature is left to the trust list.
func signedBy(c, issuer *x509.Certificate) error {
	err := issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	var insecure x509.InsecureAlgorithmError
	if errors.As(err, &insecure) {
		return nil
	}
	return err
}

func (k *check) policy(path []*x509.Certificate) {
	for i, c := range path {
		who := "it"
		if i > 0 {
			who = "its issuer"
		}
		key, ok := c.PublicKey.(*rsa.PublicKey)
		if !ok {
			k.fault(CertificatePolicyCheckFailed, "%s has no RSA key", who)
			continue
		}
		least := 2048
		if k.want.Legacy {
			least = 1024
		}
		if bits := key.N.BitLen(); bits < least || bits > 4096 {
			k.fault(CertificatePolicyCheckFailed, "the key of %s has %d bits, the security policy wants %d to 4096", who, bits, least)
		}
		switch c.SignatureAlgorithm {
		case x509.SHA1WithRSA, x509.MD5WithRSA, x509.MD2WithRSA:
			if !k.want.Legacy || c.SignatureAlgorithm != x509.SHA1WithRSA {
				k.fault(CertificatePolicyCheckFailed, "%s is signed with %v, which can be forged", who, c.SignatureAlgorithm)
			}
		}
	}
}

func (k *check) time(path []*x509.Certificate) {
	for i, c := range path {
		status, who := uint32(CertificateTimeInvalid), "it"
		if i > 0 {
			status, who = IssuerTimeInvalid, "its issuer"
		}
		if k.want.Now.Before(c.NotBefore) {
			k.unless(k.want.Accept.Time, status, "%s is valid only from %s on; is a clock wrong?", who, c.NotBefore.UTC().Format("2006-01-02 15:04 MST"))
		}
		if k.want.Now.After(c.NotAfter) {
			k.unless(k.want.Accept.Time, status, "%s expired on %s", who, c.NotAfter.UTC().Format("2006-01-02 15:04 MST"))
		}
	}
}

func (k *check) host(leaf *x509.Certificate) {
	if err := leaf.VerifyHostname(k.want.Host); err != nil {
		k.unless(k.want.Accept.Host, HostNameInvalid, "it was made for %s, not for %s", strings.Join(entry(leaf, "").Hosts, ", "), k.want.Host)
	}
}

func (k *check) uri(leaf *x509.Certificate) {
	if k.want.URI == "" {
		return
	}
	for _, u := range leaf.URIs {
		if u.String() == k.want.URI {
			return
		}
	}
	k.fault(URIInvalid, "it belongs to the application %q, but the server calls itself %q", entry(leaf, "").URI, k.want.URI)
}

func (k *check) usage(path []*x509.Certificate) {
	leaf := path[0]
	const encipher = x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment
	if leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 || leaf.KeyUsage&encipher == 0 {
		k.fault(UseNotAllowed, "it may not be used to sign and encrypt")
	}
	if len(leaf.ExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) {
		k.fault(UseNotAllowed, "it may not be used by a server")
	}
	for _, c := range path[1:] {
		if !c.IsCA || c.KeyUsage&x509.KeyUsageCertSign == 0 {
			k.fault(IssuerUseNotAllowed, "its issuer (%s) may not issue certificates", c.Subject)
		}
	}
}

// revocation looks every certificate that has an issuer up in the issuer's
// list. A self-signed certificate is revoked by not trusting it.
func (k *check) revocation(path []*x509.Certificate) {
	for i, c := range path[:len(path)-1] {
		unknown, revoked, who := uint32(RevocationUnknown), uint32(CertificateRevoked), "it"
		if i > 0 {
			unknown, revoked, who = IssuerRevocationUnknown, IssuerRevoked, "its issuer"
		}
		revokedBy, current := k.listed(c, path[i+1])
		switch {
		case revokedBy:
			k.fault(revoked, "%s has been revoked by %s", who, path[i+1].Subject)
		case !current:
			k.unless(k.want.Accept.Revocation, unknown, "there is no current revocation list of %s, so nobody can tell whether %s was revoked", path[i+1].Subject, who)
		}
	}
}

// listed looks c up in the lists of its issuer. An outdated list still revokes
// what it names, but it does not clear anything.
func (k *check) listed(c, issuer *x509.Certificate) (revoked, current bool) {
	for _, l := range k.lists {
		if !bytes.Equal(l.RawIssuer, issuer.RawSubject) || l.CheckSignatureFrom(issuer) != nil {
			continue
		}
		if l.NextUpdate.IsZero() || k.want.Now.Before(l.NextUpdate) {
			current = true
		}
		if slices.ContainsFunc(l.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool { return e.SerialNumber.Cmp(c.SerialNumber) == 0 }) {
			revoked = true
		}
	}
	return revoked, current
}
