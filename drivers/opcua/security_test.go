package opcua

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/pki"
)

// serverCert makes a certificate for a server on loopback.
func serverCert(t testing.TB, bits int, change func(*x509.Certificate)) ([]byte, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	uri, err := url.Parse("urn:fake:server")
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "fake"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, URIs: []*url.URL{uri}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der, key
}

func endpoint(url, policy string, mode ua.MessageSecurityMode, cert []byte) *ua.EndpointDescription {
	return &ua.EndpointDescription{EndpointURL: url, Server: &ua.ApplicationDescription{ApplicationURI: "urn:fake:server", ApplicationName: ua.NewLocalizedText("fake")}, ServerCertificate: cert,
		SecurityMode: mode, SecurityPolicyURI: policy, TransportProfileURI: "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary",
		UserIdentityTokens: []*ua.UserTokenPolicy{{PolicyID: "u", TokenType: ua.UserTokenTypeUserName}, {PolicyID: "a", TokenType: ua.UserTokenTypeAnonymous}}}
}

// A server that cannot be trusted gets no channel, no session and no login.
func TestAServerThatCannotBeTrustedGetsNothing(t *testing.T) {
	t.Setenv("FAKE_PASSWORD", "do not tell")
	good, _ := serverCert(t, 2048, nil)
	old, _ := serverCert(t, 2048, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	other, _ := serverCert(t, 2048, func(c *x509.Certificate) { c.IPAddresses = nil; c.DNSNames = []string{"elsewhere"} })
	stranger, _ := serverCert(t, 2048, func(c *x509.Certificate) { c.URIs[0] = &url.URL{Scheme: "urn", Opaque: "somebody:else"} })
	short, _ := serverCert(t, 1024, nil)
	for _, tt := range []struct {
		name   string
		cert   []byte
		trust  bool
		status uint32
	}{
		{"unknown", good, false, pki.CertificateUntrusted},
		{"expired", old, true, pki.CertificateTimeInvalid},
		{"another host", other, true, pki.HostNameInvalid},
		{"another application", stranger, true, pki.URIInvalid},
		{"a short key", short, true, pki.CertificatePolicyCheckFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.endpoints = []*ua.EndpointDescription{endpoint(f.url(), ua.SecurityPolicyURIBasic256Sha256, ua.MessageSecurityModeSignAndEncrypt, tt.cert), endpoint(f.url(), ua.SecurityPolicyURINone, ua.MessageSecurityModeNone, nil)}
			var audited []string
			ctx := drivers.WithAuditor(t.Context(), func(what string) { audited = append(audited, what) })
			d := Driver{PKI: t.TempDir()}
			if tt.trust {
				if err := d.Store().Add(pki.Trusted, tt.cert); err != nil {
					t.Fatal(err)
				}
			}
			dev := drivers.Device{Name: "D", Endpoint: f.url(), Options: map[string]string{"user": "operator", "password": "env:FAKE_PASSWORD"}}
			_, err := d.Connect(ctx, dev)
			var r *pki.Refusal
			if !errors.As(err, &r) || r.Status != tt.status {
				t.Errorf("connect: %v, want a refusal with %08X", err, tt.status)
			}
			if asked, seals := f.services(); len(asked) > 0 || seals > 0 {
				t.Errorf("it was asked for %v and for %d channels", asked, seals)
			}
			if len(audited) != 1 || !strings.Contains(audited[0], "refused: certificate") {
				t.Errorf("the audit says %q", audited)
			}
		})
	}
}

// The certificate shown in the list is trusted, but whoever opens the channel
// has another one, or offers less: an impostor who took over the line.
func TestAnImpostorOnTheLineIsFound(t *testing.T) {
	good, _ := serverCert(t, 2048, nil)
	bad, _ := serverCert(t, 2048, nil)
	open := func(policy string, cert []byte) func(uint32) []byte {
		return func(request uint32) []byte {
			b := ua.NewBuffer(nil)
			b.Write([]byte("OPNF\x00\x00\x00\x00\x01\x00\x00\x00"))
			b.WriteString(policy)
			b.WriteByteString(cert)
			b.WriteByteString(nil)
			b.WriteUint32(1)
			b.WriteUint32(1)
			b.Write(encodeResponse(t, &ua.OpenSecureChannelResponse{ResponseHeader: goodHeader(), SecurityToken: &ua.ChannelSecurityToken{ChannelID: 1, TokenID: 1, RevisedLifetime: 3600_000}, ServerNonce: make([]byte, 32)}))
			out := b.Bytes()
			out[4], out[5] = byte(len(out)), byte(len(out)>>8)
			return out
		}
	}
	for name, answer := range map[string]func(uint32) []byte{
		"another certificate":             open(ua.SecurityPolicyURIBasic256Sha256, bad),
		"no security":                     open(ua.SecurityPolicyURINone, nil),
		"a weaker policy":                 open(ua.SecurityPolicyURIBasic128Rsa15, good),
		"a certificate, but no signature": open(ua.SecurityPolicyURIBasic256Sha256, good),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.open = answer
			f.endpoints = []*ua.EndpointDescription{endpoint(f.url(), ua.SecurityPolicyURIBasic256Sha256, ua.MessageSecurityModeSignAndEncrypt, good)}
			d := Driver{PKI: t.TempDir()}
			if err := d.Store().Add(pki.Trusted, good); err != nil {
				t.Fatal(err)
			}
			var audited []string
			ctx := drivers.WithAuditor(t.Context(), func(what string) { audited = append(audited, what) })
			_, err := d.Connect(ctx, drivers.Device{Endpoint: f.url(), Timeout: patience})
			if !errors.Is(err, channel.ErrImpostor) && !errors.Is(err, ua.StatusBadSecurityChecksFailed) {
				t.Errorf("connect: %v", err)
			}
			if len(audited) != 1 || !strings.Contains(audited[0], "refused: ") {
				t.Errorf("the audit says %q", audited)
			}
			if asked, seals := f.services(); len(asked) > 0 || seals != 1 {
				t.Errorf("it was asked for %v on %d channels", asked, seals)
			}
		})
	}
}

func TestSecurityIsNeverLessThanAskedFor(t *testing.T) {
	f := newFake(t)
	cert, _ := serverCert(t, 2048, nil)
	f.endpoints = []*ua.EndpointDescription{endpoint(f.url(), ua.SecurityPolicyURINone, ua.MessageSecurityModeNone, nil), endpoint(f.url(), ua.SecurityPolicyURIBasic128Rsa15, ua.MessageSecurityModeSignAndEncrypt, cert), endpoint(f.url(), ua.SecurityPolicyURIBasic256Sha256, ua.MessageSecurityModeSign, cert)}
	d := Driver{PKI: t.TempDir()}
	for _, tt := range []struct {
		options map[string]string
		err     error // nil: the signed endpoint is chosen, and its certificate is not trusted
	}{
		{nil, nil},
		{map[string]string{"mode": "Sign"}, nil},
		{map[string]string{"mode": "SignAndEncrypt"}, ErrPolicy},
		{map[string]string{"policy": "Aes256_Sha256_RsaPss"}, ErrPolicy},
		{map[string]string{"policy": "Basic256Sha256", "mode": "SignAndEncrypt"}, ErrPolicy},
	} {
		_, err := d.Connect(t.Context(), drivers.Device{Endpoint: f.url(), Options: tt.options})
		var r *pki.Refusal
		if tt.err == nil && !errors.As(err, &r) || tt.err != nil && !errors.Is(err, tt.err) {
			t.Errorf("options %v: %v", tt.options, err)
		}
	}
	// A password is not sent where it could be read.
	t.Setenv("FAKE_PASSWORD", "do not tell")
	_, err := d.Connect(t.Context(), drivers.Device{Endpoint: f.url(), Options: map[string]string{"policy": "None", "user": "operator", "password": "env:FAKE_PASSWORD"}})
	if err == nil {
		t.Error("logged in with a password in clear")
	}
}

// Every policy, mode and kind of user against the independent server.
func TestEveryPolicyModeAndUser(t *testing.T) {
	p := plainPeer(t)
	t.Setenv("PEER_PASSWORD", "pässword")
	t.Setenv("PEER_WRONG", "password")
	t.Setenv("PEER_USER", pemPair(t))
	d := Driver{PKI: t.TempDir()}
	dev := p.device()
	dev.Options = nil
	var first *pki.Refusal
	if _, err := d.Connect(t.Context(), dev); !errors.As(err, &first) || first.Status != pki.CertificateUntrusted {
		t.Fatalf("first contact: %v, want it to wait for a person", err)
	}
	if err := d.Store().Trust(first.Thumbprint); err != nil {
		t.Fatal(err)
	}
	users := map[string]map[string]string{
		"anonymous":   {"auth": "anonymous"},
		"user":        {"user": "operator", "password": "env:PEER_PASSWORD"},
		"wrong":       {"user": "operator", "password": "env:PEER_WRONG"},
		"certificate": {"auth": "certificate", "user_certificate": "env:PEER_USER"},
	}
	for _, sec := range []string{"None/", "Basic256Sha256/Sign", "Basic256Sha256/SignAndEncrypt", "Aes128_Sha256_RsaOaep/Sign", "Aes128_Sha256_RsaOaep/SignAndEncrypt",
		"Aes256_Sha256_RsaPss/Sign", "Aes256_Sha256_RsaPss/SignAndEncrypt", "/"} {
		policy, mode, _ := strings.Cut(sec, "/")
		for user, options := range users {
			t.Run(strings.ReplaceAll(sec, "/", " ")+" "+user, func(t *testing.T) {
				dev := dev
				dev.Options = map[string]string{}
				for k, v := range options {
					dev.Options[k] = v
				}
				if policy != "" {
					dev.Options["policy"] = policy
				}
				if mode != "" {
					dev.Options["mode"] = mode
				}
				if err := d.CheckDevice(dev); err != nil {
					t.Fatal(err)
				}
				c, err := d.Connect(t.Context(), dev)
				if user == "wrong" {
					if !errors.Is(err, ua.StatusBadUserAccessDenied) {
						t.Errorf("wrong password: %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				if sec == "/" && (c.endpoint.SecurityPolicyURI != ua.SecurityPolicyURIAes256Sha256RsaPss || c.endpoint.SecurityMode != ua.MessageSecurityModeSignAndEncrypt) {
					t.Errorf("of all it chose %s", describe(c.endpoint))
				}
				if user != "anonymous" {
					return
				}
				var h heard
				points := []drivers.Point{{Address: at("T.Int32"), Period: 100 * time.Millisecond}}
				if _, err := c.Subscribe(t.Context(), points, h.push); err != nil {
					t.Fatal(err)
				}
				within(t, "a value", func() bool { v, _ := h.of(0); return v.Value == tag.Int(-123456789) })
			})
		}
	}
}

// A line is cut, and another server answers at the same place.
func TestAnotherServerAfterACutIsNotTrusted(t *testing.T) {
	if testing.Short() {
		t.Skip("starts two servers")
	}
	t.Parallel()
	a, b := plainPeer(t), tightOne.use(t)
	r := newRelay(t, a.hostPort())
	d := Driver{PKI: t.TempDir()}
	dev := drivers.Device{Name: "D", Endpoint: r.url(), Timeout: patience, Options: map[string]string{"quiet": "30s"}}
	var first *pki.Refusal
	if _, err := d.Connect(t.Context(), dev); !errors.As(err, &first) {
		t.Fatal(err)
	}
	if err := d.Store().Trust(first.Thumbprint); err != nil {
		t.Fatal(err)
	}
	c := dialPeer(t, d, dev)
	var h heard
	ended, err := c.Subscribe(t.Context(), []drivers.Point{{Address: at("V0"), Period: 100 * time.Millisecond}}, h.push)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "a value", func() bool { _, n := h.of(0); return n > 0 })
	r.mu.Lock()
	r.target = b.hostPort()
	r.mu.Unlock()
	r.cut()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("the cut was not noticed")
	}
	var second *pki.Refusal
	if _, err := d.Connect(t.Context(), dev); !errors.As(err, &second) || second.Status != pki.CertificateUntrusted || second.Thumbprint == first.Thumbprint {
		t.Errorf("the impostor: %v", err)
	}
	// The list comes from the trusted server, the channel from the impostor.
	r.mu.Lock()
	start := r.taken
	r.route = func(n int) string {
		if n == start {
			return a.hostPort()
		}
		return b.hostPort()
	}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if c, err := d.Connect(ctx, dev); err == nil {
		c.Close()
		t.Error("a channel was opened with the impostor")
	}
	// A write over the old connection does not reach the impostor either.
	if err := c.Write(t.Context(), drivers.Point{Address: at("W.Setpoint")}, tag.Float(1)); err == nil {
		t.Error("a write reached the impostor")
	}
}

func pemPair(t testing.TB) string {
	cert, key := serverCert(t, 2048, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})) + string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}
