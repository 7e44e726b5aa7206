package channel

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"
)

// User is who the session is for. The zero User is anonymous.
type User struct {
	Name, Password string
	Cert           []byte // X.509 user: the certificate, DER
	Key            *rsa.PrivateKey
}

// TokenType is the kind of user token u needs.
func (u *User) TokenType() ua.UserTokenType {
	switch {
	case u.Cert != nil:
		return ua.UserTokenTypeCertificate
	case u.Name != "":
		return ua.UserTokenTypeUserName
	}
	return ua.UserTokenTypeAnonymous
}

// Identity is how we introduce ourselves.
type Identity struct {
	ApplicationURI string // that of our certificate
	Name           string
	Session        string // name of the session in the server's diagnostics
}

// Session is a session on a channel of its own; both end together.
type Session struct {
	*Channel
	auth    *ua.NodeID
	Timeout time.Duration // the server forgets a session that is silent for so long
}

// wantSession is the session timeout we ask for. A dead session must not hold
// a place on the server for long; a live one is kept alive by its traffic.
const wantSession = 60 * time.Second

// Errors of a login, told apart because what to do about them differs.
var (
	// ErrNoToken: the endpoint takes no user of this kind.
	ErrNoToken = errors.New("the server takes no such login here")
	// ErrClear: the password would cross the network in clear.
	ErrClear = errors.New("the password would cross the network unencrypted")
)

// NewSession creates and activates a session on c, which it closes on an
// error. The endpoint is the one the channel was opened to.
func NewSession(ctx context.Context, c *Channel, e *ua.EndpointDescription, id Identity, u User) (*Session, error) {
	s, err := login(ctx, c, e, id, u)
	if err != nil {
		c.Close()
		return nil, err
	}
	return s, nil
}

func login(ctx context.Context, c *Channel, e *ua.EndpointDescription, id Identity, u User) (*Session, error) {
	sec := &c.cfg.Security
	nonce := make([]byte, 32)
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	req := &ua.CreateSessionRequest{
		ClientDescription: &ua.ApplicationDescription{ApplicationURI: id.ApplicationURI, ProductURI: "urn:penstock",
			ApplicationName: ua.NewLocalizedText(id.Name), ApplicationType: ua.ApplicationTypeClient},
		EndpointURL: c.cfg.URL, SessionName: id.Session, ClientNonce: nonce,
		RequestedSessionTimeout: float64(wantSession / time.Millisecond), MaxResponseMessageSize: maxMessage,
	}
	if e.Server != nil {
		req.ServerURI = e.Server.ApplicationURI
	}
	if !sec.None() {
		req.ClientCertificate = sec.Own
	}
	var (
		session, auth *ua.NodeID = new(ua.NodeID), new(ua.NodeID)
		timeout       float64
		serverNonce   []byte
		serverCert    []byte
		offered       []*ua.EndpointDescription
		software      []*ua.SignedSoftwareCertificate
		signature     = new(ua.SignatureData)
	)
	if err := c.Do(ctx, req, nil, session, auth, &timeout, &serverNonce, &serverCert, &offered, &software, signature); err != nil {
		return nil, fmt.Errorf("create session: %w", err)
	}
	if err := c.verifyServer(serverCert, nonce, signature, offered, e); err != nil {
		return nil, fmt.Errorf("create session: %w", err)
	}
	act := &ua.ActivateSessionRequest{ClientSignature: &ua.SignatureData{}, UserTokenSignature: &ua.SignatureData{}, LocaleIDs: []string{"en"}}
	if !sec.None() {
		alg, err := sec.asymmetric()
		if err != nil {
			return nil, err
		}
		if act.ClientSignature, err = sign(alg, serverCert, serverNonce); err != nil {
			return nil, err
		}
	}
	if err := c.identify(act, e, u, serverCert, serverNonce); err != nil {
		return nil, err
	}
	if err := c.Do(ctx, act, auth); err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	return &Session{Channel: c, auth: auth, Timeout: time.Duration(timeout) * time.Millisecond}, nil
}

// verifyServer checks that the session's server is the channel's, and that
// nobody took the better endpoints out of the list we chose from.
func (c *Channel) verifyServer(cert, nonce []byte, sig *ua.SignatureData, offered []*ua.EndpointDescription, chosen *ua.EndpointDescription) error {
	sec := &c.cfg.Security
	if sec.None() {
		return nil
	}
	if !sameCertificate(sec.Server, cert) {
		return fmt.Errorf("%w: the session shows the certificate %X, trusted is %X", ErrImpostor, thumbprintOf(cert), thumbprintOf(sec.Server))
	}
	alg, err := sec.asymmetric()
	if err != nil {
		return err
	}
	if err := alg.VerifySignature(append(append([]byte(nil), sec.Own...), nonce...), sig.Signature); err != nil {
		return fmt.Errorf("%w: the session's signature is wrong: %w", ErrImpostor, err)
	}
	for _, e := range offered {
		if e.SecurityPolicyURI == chosen.SecurityPolicyURI && e.SecurityMode == chosen.SecurityMode {
			return nil
		}
	}
	if len(offered) > 0 {
		return fmt.Errorf("%w: it does not offer what was negotiated", ErrImpostor)
	}
	return nil
}

func sign(alg *uapolicy.EncryptionAlgorithm, cert, nonce []byte) (*ua.SignatureData, error) {
	sig, err := alg.Signature(append(append([]byte(nil), cert...), nonce...))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return &ua.SignatureData{Algorithm: alg.SignatureURI(), Signature: sig}, nil
}

// identify puts the user's token into the request.
func (c *Channel) identify(act *ua.ActivateSessionRequest, e *ua.EndpointDescription, u User, serverCert, nonce []byte) error {
	policy, err := tokenPolicy(e, u.TokenType())
	if err != nil {
		return err
	}
	suite := policy.SecurityPolicyURI
	if suite == "" {
		suite = e.SecurityPolicyURI
	}
	if !c.cfg.Security.None() {
		serverCert = c.cfg.Security.Server
	} else if c.cfg.Security.Server != nil {
		serverCert = c.cfg.Security.Server // trusted for the password alone
	}
	switch u.TokenType() {
	case ua.UserTokenTypeUserName:
		if suite == ua.SecurityPolicyURINone || suite == "" {
			if c.cfg.Security.Mode != ua.MessageSecurityModeSignAndEncrypt {
				return ErrClear
			}
			act.UserIdentityToken = ua.NewExtensionObject(&ua.UserNameIdentityToken{PolicyID: policy.PolicyID, UserName: u.Name, Password: []byte(u.Password)})
			return nil
		}
		_, key, err := leaf(serverCert)
		if err != nil {
			return err
		}
		alg, err := uapolicy.Asymmetric(suite, c.cfg.Security.Key, key)
		if err != nil {
			return err
		}
		secret := binary.LittleEndian.AppendUint32(nil, uint32(len(u.Password)+len(nonce)))
		secret = append(append(secret, u.Password...), nonce...)
		sealed, err := alg.Encrypt(secret)
		if err != nil {
			return fmt.Errorf("encrypt the password: %w", err)
		}
		act.UserIdentityToken = ua.NewExtensionObject(&ua.UserNameIdentityToken{PolicyID: policy.PolicyID, UserName: u.Name, Password: sealed, EncryptionAlgorithm: alg.EncryptionURI()})
	case ua.UserTokenTypeCertificate:
		act.UserIdentityToken = ua.NewExtensionObject(&ua.X509IdentityToken{PolicyID: policy.PolicyID, CertificateData: u.Cert})
		if suite == ua.SecurityPolicyURINone || suite == "" {
			return nil
		}
		_, key, err := leaf(serverCert)
		if err != nil {
			return err
		}
		alg, err := uapolicy.Asymmetric(suite, u.Key, key)
		if err != nil {
			return err
		}
		act.UserTokenSignature, err = sign(alg, serverCert, nonce)
		return err
	default:
		act.UserIdentityToken = ua.NewExtensionObject(&ua.AnonymousIdentityToken{PolicyID: policy.PolicyID})
	}
	return nil
}

// tokenPolicy picks the endpoint's policy for a kind of user, the one that
// protects the token best where there are several.
func tokenPolicy(e *ua.EndpointDescription, kind ua.UserTokenType) (*ua.UserTokenPolicy, error) {
	var best *ua.UserTokenPolicy
	rank := -1
	for _, t := range e.UserIdentityTokens {
		if t.TokenType != kind {
			continue
		}
		suite := t.SecurityPolicyURI
		if suite == "" {
			suite = e.SecurityPolicyURI
		}
		if r := int(uapolicy.SecurityLevel(suite, ua.MessageSecurityModeSign)); r > rank {
			best, rank = t, r
		}
	}
	if best == nil {
		if kind == ua.UserTokenTypeAnonymous && len(e.UserIdentityTokens) == 0 {
			return &ua.UserTokenPolicy{PolicyID: "Anonymous"}, nil
		}
		return nil, fmt.Errorf("%w: %v", ErrNoToken, kind)
	}
	return best, nil
}

// NeedsServerKey reports whether logging u in on an endpoint without security
// encrypts something for the server, whose certificate must be trusted first.
func (u *User) NeedsServerKey(e *ua.EndpointDescription) bool {
	p, err := tokenPolicy(e, u.TokenType())
	return err == nil && u.TokenType() != ua.UserTokenTypeAnonymous && p.SecurityPolicyURI != "" && p.SecurityPolicyURI != ua.SecurityPolicyURINone
}

// Send is Channel.Send under the session.
func (s *Session) Send(req ua.Request, hint time.Duration, answer func(body []byte, err error)) error {
	return s.Channel.Send(req, s.auth, hint, answer)
}

// Call is Channel.Call under the session.
func (s *Session) Call(ctx context.Context, req ua.Request) ([]byte, error) {
	return s.Channel.Call(ctx, req, s.auth)
}

// Do is Channel.Do under the session.
func (s *Session) Do(ctx context.Context, req ua.Request, parts ...any) error {
	return s.Channel.Do(ctx, req, s.auth, parts...)
}

// closeWait is how long the answer to a CloseSession is waited for. The server
// has got the request even if the answer comes later.
const closeWait = 300 * time.Millisecond

// Close ends the session, its subscriptions and its channel, within half a
// second whether the server answers or not.
func (s *Session) Close() {
	if s.Err() == nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeWait)
		_ = s.Do(ctx, &ua.CloseSessionRequest{DeleteSubscriptions: true}) // the channel is closed either way
		cancel()
	}
	s.Channel.Close()
}
