package opcua

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/pki"
)

// options are a device's settings, read strictly: a word that is not known is
// an error, because a misspelt "policy" must not mean "none".
//
//	policy            Basic256Sha256, Aes128_Sha256_RsaOaep, Aes256_Sha256_RsaPss, or None; left out: the best the server offers, never None
//	mode              SignAndEncrypt or Sign; left out: SignAndEncrypt where there is one
//	auth              anonymous, user or certificate; left out: user if there is one, else anonymous
//	user              name of the user
//	password          where the password is: env:NAME or secret:NAME, never the password
//	user_certificate  where the user's certificate and key are (PEM): env:NAME or secret:NAME
//	accept            certificate faults an administrator lets pass: time, host, revocation
//	deadband          how the server is asked to filter by a point's band: absolute (default), percent of the node's range, or none
//	queue             samples the server keeps per item; left out: enough for three seconds
//	quiet             how long the server may be silent before the line counts as lost; 2.5s
type options struct {
	policy   string // URI; empty: the best
	mode     ua.MessageSecurityMode
	auth     ua.UserTokenType
	user     string
	password string
	userCert string
	accept   pki.Accept
	band     band
	queue    uint32
	quiet    time.Duration
}

// band is what the server is asked to filter.
type band uint8

const (
	bandAbsolute band = iota
	bandPercent
	bandNone
)

// defaultQuiet leaves half a second of the three within which a dead link must
// show.
const defaultQuiet = 2500 * time.Millisecond

var policies = map[string]string{
	"None":                  ua.SecurityPolicyURINone,
	"Basic128Rsa15":         ua.SecurityPolicyURIBasic128Rsa15,
	"Basic256":              ua.SecurityPolicyURIBasic256,
	"Basic256Sha256":        ua.SecurityPolicyURIBasic256Sha256,
	"Aes128_Sha256_RsaOaep": ua.SecurityPolicyURIAes128Sha256RsaOaep,
	"Aes256_Sha256_RsaPss":  ua.SecurityPolicyURIAes256Sha256RsaPss,
}

// legacy policies rest on SHA-1 and are used only when named.
func legacy(policy string) bool {
	return policy == ua.SecurityPolicyURIBasic128Rsa15 || policy == ua.SecurityPolicyURIBasic256
}

var optionWords = []string{"accept", "auth", "deadband", "mode", "password", "policy", "queue", "quiet", "user", "user_certificate"}

// parseOptions reads a device's options; every mistake is one error.
func parseOptions(d drivers.Device) (o options, err error) {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("option %s: %s", key, fmt.Sprintf(format, args...)))
	}
	o = options{quiet: defaultQuiet, auth: ua.UserTokenTypeAnonymous}
	for key := range d.Options {
		if !slices.Contains(optionWords, key) {
			bad(key, "not known; known are %s", strings.Join(optionWords, ", "))
		}
	}
	if v, ok := d.Options["policy"]; ok {
		if o.policy, ok = policies[v]; !ok {
			bad("policy", "%q is not one of None, Basic256Sha256, Aes128_Sha256_RsaOaep, Aes256_Sha256_RsaPss", v)
		}
	}
	switch v := d.Options["mode"]; v {
	case "":
	case "None":
		o.mode = ua.MessageSecurityModeNone
	case "Sign":
		o.mode = ua.MessageSecurityModeSign
	case "SignAndEncrypt":
		o.mode = ua.MessageSecurityModeSignAndEncrypt
	default:
		bad("mode", "%q is not SignAndEncrypt, Sign or None", v)
	}
	if o.policy == ua.SecurityPolicyURINone && o.mode != ua.MessageSecurityModeInvalid && o.mode != ua.MessageSecurityModeNone {
		bad("mode", "nothing is signed or encrypted with policy None")
	}
	if o.mode == ua.MessageSecurityModeNone && o.policy != ua.SecurityPolicyURINone {
		bad("mode", "write policy = \"None\" to connect without security")
	}
	o.user, o.password, o.userCert = d.Options["user"], d.Options["password"], d.Options["user_certificate"]
	if o.user != "" {
		o.auth = ua.UserTokenTypeUserName
	}
	switch v := d.Options["auth"]; v {
	case "":
	case "anonymous":
		if o.user != "" {
			bad("auth", "anonymous does not go with a user")
		}
	case "user":
		o.auth = ua.UserTokenTypeUserName
		if o.user == "" {
			bad("user", "missing")
		}
	case "certificate":
		o.auth = ua.UserTokenTypeCertificate
		if o.userCert == "" {
			bad("user_certificate", "missing")
		}
	default:
		bad("auth", "%q is not anonymous, user or certificate", v)
	}
	if o.auth == ua.UserTokenTypeUserName && o.password == "" {
		bad("password", "missing; write env:NAME or secret:NAME")
	}
	for _, key := range []string{"password", "user_certificate"} {
		if v := d.Options[key]; v != "" && !isReference(v) {
			bad(key, "write where it is kept, env:NAME or secret:NAME, never the thing itself")
		}
	}
	for _, w := range strings.FieldsFunc(d.Options["accept"], func(r rune) bool { return r == ',' || r == ' ' }) {
		switch w {
		case "time":
			o.accept.Time = true
		case "host":
			o.accept.Host = true
		case "revocation":
			o.accept.Revocation = true
		default:
			bad("accept", "%q is not time, host or revocation", w)
		}
	}
	switch v := d.Options["deadband"]; v {
	case "", "absolute":
	case "percent":
		o.band = bandPercent
	case "none":
		o.band = bandNone
	default:
		bad("deadband", "%q is not absolute, percent or none", v)
	}
	if v, ok := d.Options["queue"]; ok {
		n, err := strconv.ParseUint(v, 10, 16)
		if err != nil || n == 0 {
			bad("queue", "%q is not a number from 1 to 65535", v)
		}
		o.queue = uint32(n)
	}
	if v, ok := d.Options["quiet"]; ok {
		if o.quiet, err = time.ParseDuration(v); err != nil || o.quiet < 2*time.Second || o.quiet > time.Minute {
			bad("quiet", "%q is not a time from 2s to 1m", v)
		}
	}
	return o, errors.Join(errs...)
}

func isReference(v string) bool {
	kind, name, ok := strings.Cut(v, ":")
	return ok && name != "" && (kind == "env" || kind == "secret")
}

// fetch gets what a reference points at.
func (d Driver) fetch(reference string) (string, error) {
	kind, name, _ := strings.Cut(reference, ":")
	if kind == "env" {
		if v, ok := os.LookupEnv(name); ok {
			return v, nil
		}
		return "", fmt.Errorf("the environment variable %s is not set", name)
	}
	if d.Secret == nil {
		return "", fmt.Errorf("secret %q: this station keeps no secrets; use env:NAME", name)
	}
	v, err := d.Secret(name)
	if err != nil {
		return "", fmt.Errorf("secret %q: %w", name, err)
	}
	return v, nil
}

// login makes the user of a session.
func (d Driver) login(o options) (channel.User, error) {
	switch o.auth {
	case ua.UserTokenTypeUserName:
		password, err := d.fetch(o.password)
		return channel.User{Name: o.user, Password: password}, err
	case ua.UserTokenTypeCertificate:
		text, err := d.fetch(o.userCert)
		if err != nil {
			return channel.User{}, err
		}
		pair, err := pki.ParsePair([]byte(text))
		if err != nil {
			return channel.User{}, fmt.Errorf("user certificate: %w", err)
		}
		return channel.User{Cert: pair.Cert, Key: pair.Key}, nil
	}
	return channel.User{}, nil
}
