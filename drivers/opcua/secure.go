package opcua

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"

	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/pki"
)

// open reports whether the device says that it is to be connected without
// security.
func (o *options) open() bool { return o.policy == ua.SecurityPolicyURINone }

// ErrPolicy is returned when the server does not offer the security the
// device asks for. It is never made up for with less.
var ErrPolicy = errors.New("the server does not offer the security this device asks for")

// choose asks the server what it offers, picks the endpoint and decides
// whether its certificate is to be trusted. It is done anew for every Conn: a
// server may have got a new certificate meanwhile.
func (c *Conn) choose(ctx context.Context) error {
	offered, err := channel.Endpoints(ctx, c.dev.Endpoint, c.dev.Timeout)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if c.endpoint, err = c.opt.pick(offered); err != nil {
		return err
	}
	drivers.Trace(ctx, "<- %d endpoints, taken: %s", len(offered), describe(c.endpoint))
	c.security = channel.Security{Policy: c.endpoint.SecurityPolicyURI, Mode: c.endpoint.SecurityMode}
	if c.opt.open() {
		if !c.user.NeedsServerKey(c.endpoint) {
			return nil
		}
	}
	if c.driver.Store().Dir == "" {
		return errNoStore
	}
	own, err := c.driver.Store().Own(HostName(), time.Now())
	if err != nil {
		return err
	}
	if err := c.trust(ctx, c.endpoint); err != nil {
		return err
	}
	drivers.Trace(ctx, "certificate %s is trusted", pki.Thumbprint(c.endpoint.ServerCertificate))
	c.uri = own.URI
	c.security.Own, c.security.Key, c.security.Server = own.Cert, own.Key, c.endpoint.ServerCertificate
	return nil
}

// trust checks the certificate of an endpoint against the store.
func (c *Conn) trust(ctx context.Context, e *ua.EndpointDescription) error {
	u, err := url.Parse(c.dev.Endpoint)
	if err != nil {
		return err
	}
	want := pki.Want{For: c.dev.Name, Host: u.Hostname(), Now: time.Now(), Legacy: legacy(e.SecurityPolicyURI), Accept: c.opt.accept}
	if e.Server != nil {
		want.URI = e.Server.ApplicationURI
	}
	let, err := c.driver.Store().Check(e.ServerCertificate, want)
	for _, f := range let {
		drivers.Audit(ctx, "let pass as configured: certificate %s: %s", pki.Thumbprint(e.ServerCertificate), f.Text)
	}
	if err != nil {
		drivers.Audit(ctx, "refused: %v", err)
	}
	return err
}

// stillTrusted looks again whether the server is trusted: meanwhile a person
// may have taken the trust back, or the certificate has expired or was revoked.
// A store that cannot be read at the moment changes nothing.
func (c *Conn) stillTrusted() error {
	if c.security.Server == nil {
		return nil
	}
	err := c.trust(context.Background(), c.endpoint)
	if _, refused := errors.AsType[*pki.Refusal](err); refused {
		return plain(err, c.security.Own)
	}
	return nil
}

// pick chooses among what a server offers: exactly what the device asks for,
// or the best that is signed. No security is chosen only by name.
func (o *options) pick(offered []*ua.EndpointDescription) (*ua.EndpointDescription, error) {
	var best *ua.EndpointDescription
	rank := -1
	var seen []string
	for _, e := range offered {
		seen = append(seen, describe(e))
		none := e.SecurityMode == ua.MessageSecurityModeNone || e.SecurityPolicyURI == ua.SecurityPolicyURINone
		if none != o.open() || o.policy != "" && e.SecurityPolicyURI != o.policy || !none && o.mode != ua.MessageSecurityModeInvalid && e.SecurityMode != o.mode {
			continue
		}
		if o.policy == "" && legacy(e.SecurityPolicyURI) {
			continue
		}
		if !none && (e.SecurityMode != ua.MessageSecurityModeSign && e.SecurityMode != ua.MessageSecurityModeSignAndEncrypt) {
			continue
		}
		r := 0
		if !none {
			r = int(uapolicy.SecurityLevel(e.SecurityPolicyURI, e.SecurityMode))
			if r == 0 {
				continue // a policy we cannot speak
			}
		}
		if e.SecurityMode == ua.MessageSecurityModeSignAndEncrypt {
			r += 100
		}
		if r > rank {
			best, rank = e, r
		}
	}
	if best == nil {
		return nil, fmt.Errorf("%w (%s); it offers %s", ErrPolicy, o.wanted(), strings.Join(seen, ", "))
	}
	return best, nil
}

func describe(e *ua.EndpointDescription) string {
	_, policy, _ := strings.Cut(e.SecurityPolicyURI, "#")
	return fmt.Sprintf("%s/%s", policy, strings.TrimPrefix(e.SecurityMode.String(), "MessageSecurityMode"))
}

func (o *options) wanted() string {
	policy, mode := "any policy but None", "signed or encrypted"
	if _, p, ok := strings.Cut(o.policy, "#"); ok {
		policy = p
	}
	if o.mode != ua.MessageSecurityModeInvalid {
		mode = strings.TrimPrefix(o.mode.String(), "MessageSecurityMode")
	}
	if o.open() {
		mode = "not secured"
	}
	return policy + ", " + mode
}
