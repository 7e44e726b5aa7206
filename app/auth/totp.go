package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image"
	"image/draw"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"golang.org/x/crypto/chacha20poly1305"

	"penstock/historian/journal"
)

const (
	keySize  = chacha20poly1305.KeySize
	stepSize = 30 // seconds a one-time code is for (RFC 6238)
	skew     = 1  // steps a clock may be off, either way
	digits   = otp.DigitsSix
)

// totp is a user's second component. The library that works codes out would
// accept a code twice, so the last accepted step is kept (RFC 6238, 5.2).
type totp struct {
	Sealed   []byte   `json:"sealed,omitempty"` // the secret, sealed with Options.Key
	Proven   bool     `json:"proven,omitempty"` // the user showed a right code
	LastStep int64    `json:"lastStep,omitempty"`
	Recovery [][]byte `json:"recovery,omitempty"` // hashes of codes that stand in for one, once each
}

// Enroll gives the person of a session a new secret for one-time codes. It
// counts once ProveCode was called. The secret is returned this once, in
// base32, as authenticator programs take it.
func (g *Gate) Enroll(ctx context.Context, s *Session) (secret string, err error) {
	switch {
	case s == nil || s.ended.Load():
		return "", ErrEnded
	case g.opts.Key == nil:
		return "", ErrNoKey
	}
	raw := make([]byte, 20)
	rand.Read(raw) // never fails
	secret = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	sealed, err := g.seal(s.name, secret)
	if err != nil {
		return "", err
	}
	return secret, g.alter(ctx, s.name, func(u *User) (journal.Entry, error) {
		if u.HasCode() {
			return journal.Entry{}, ErrHasCodes
		}
		u.TOTP = &totp{Sealed: sealed}
		return journal.Entry{Action: "one-time codes begun", Who: s.name}, nil
	})
}

// ProveCode shows that the person's authenticator has the secret. From then on
// a code is asked for at every login. It returns recovery codes, this once:
// each stands in for a code one time, when the authenticator is lost.
func (g *Gate) ProveCode(ctx context.Context, s *Session, code string) (recovery []string, err error) {
	if s == nil || s.ended.Load() {
		return nil, ErrEnded
	}
	u := g.lookup(s.name)
	switch {
	case u.TOTP == nil:
		return nil, ErrCode
	case u.HasCode():
		return nil, ErrHasCodes
	}
	step, ok := g.codeFits(u, code)
	if !ok {
		return nil, ErrLogin
	}
	recovery, hashes := newRecovery(s.name)
	err = g.alter(ctx, s.name, func(u *User) (journal.Entry, error) {
		if u.TOTP == nil || step <= u.TOTP.LastStep {
			return journal.Entry{}, ErrLogin
		}
		u.TOTP.Proven, u.TOTP.LastStep, u.TOTP.Recovery = true, step, hashes
		return journal.Entry{Action: "one-time codes in use", Who: s.name}, nil
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// DropCode lets a user log in without codes, when the authenticator is lost.
func (g *Gate) DropCode(ctx context.Context, by *Session, name string) error {
	return g.manage(ctx, by, name, func(u *User) (journal.Entry, error) {
		u.TOTP = nil
		return journal.Entry{Action: "one-time codes dropped"}, nil
	})
}

// codeFits finds the step a code is for. A step that was accepted, and any
// before it, fits no more.
func (g *Gate) codeFits(u *User, code string) (step int64, ok bool) {
	secret, err := g.unseal(u.Name, u.TOTP.Sealed)
	if err != nil {
		return 0, false
	}
	now := g.opts.Now().Unix() / stepSize
	for s := max(now-skew, u.TOTP.LastStep+1, 0); s <= now+skew; s++ {
		want, err := codeOf(secret, s)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

func codeOf(secret string, step int64) (string, error) {
	return hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: digits, Algorithm: otp.AlgorithmSHA1})
}

// Code is what an authenticator with that secret shows at a time.
func Code(secret string, at time.Time) (string, error) { return codeOf(secret, at.Unix()/stepSize) }

// seal closes a secret so that only Options.Key opens it, for that user.
func (g *Gate) seal(name, secret string) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(g.opts.Key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails
	return aead.Seal(nonce, nonce, []byte(secret), []byte(name)), nil
}

func (g *Gate) unseal(name string, sealed []byte) (string, error) {
	if g.opts.Key == nil {
		return "", ErrNoKey
	}
	aead, err := chacha20poly1305.NewX(g.opts.Key)
	if err != nil {
		return "", err
	}
	if len(sealed) < aead.NonceSize() {
		return "", ErrNoKey
	}
	open, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(name))
	return string(open), err
}

// CodeURI is a secret as authenticator programs take it from a link or a
// picture (otpauth:), named after the plant and the person.
func CodeURI(plant, name, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {plant}, "algorithm": {"SHA1"}, "digits": {digits.String()}, "period": {strconv.Itoa(stepSize)}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + strings.ReplaceAll(plant, ":", " ") + ":" + name,
		RawQuery: strings.ReplaceAll(q.Encode(), "+", "%20")} // some programs read + as it stands
	return u.String()
}

// CodePicture is a QR code of what CodeURI returned, size pixels wide and tall.
func CodePicture(uri string, size int) (image.Image, error) {
	key, err := otp.NewKeyFromURL(uri)
	if err != nil {
		return nil, fmt.Errorf("draw the secret: %w", err)
	}
	margin := size / 12 // white, or no camera finds it
	bars, err := key.Image(size-2*margin, size-2*margin)
	if err != nil {
		return nil, fmt.Errorf("draw the secret: %w", err)
	}
	// In a form that every painter knows.
	out := image.NewNRGBA(image.Rect(0, 0, size, size))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds().Inset(margin), bars, bars.Bounds().Min, draw.Src)
	return out, nil
}

// CodePeriod is how long a one-time code is for.
const CodePeriod = stepSize * time.Second
