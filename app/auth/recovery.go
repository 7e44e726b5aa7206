package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"penstock/historian/journal"
)

const (
	recoveryCount = 10 // codes that are made at a time
	recoveryBytes = 10 // of chance in one: too many to be guessed from its hash
)

// RenewRecovery gives the person of a session, who shows a password and a
// code, new recovery codes; those before are void. See ProveCode.
func (g *Gate) RenewRecovery(ctx context.Context, s *Session, password, code string) (recovery []string, err error) {
	switch {
	case s == nil || s.ended.Load():
		return nil, ErrEnded
	case !g.lookup(s.name).HasCode():
		return nil, ErrNoCodes
	}
	recovery, hashes := newRecovery(s.name)
	err = g.prove(ctx, s.name, password, code, func(u *User) journal.Entry {
		if u.HasCode() {
			u.TOTP.Recovery = hashes
		}
		return journal.Entry{Action: "recovery codes made anew", Who: s.name}
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// newRecovery makes codes for the day the authenticator is lost, and the
// hashes that are kept of them.
func newRecovery(name string) (codes []string, hashes [][]byte) {
	for range recoveryCount {
		raw := make([]byte, recoveryBytes)
		rand.Read(raw) // never fails
		text := base32.StdEncoding.EncodeToString(raw)
		code := text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		codes, hashes = append(codes, code), append(hashes, recoveryHash(name, code))
	}
	return codes, hashes
}

// recoveryHash is of a code however it was typed.
func recoveryHash(name, code string) []byte {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(code))
	h := sha256.Sum256([]byte(name + "\x00" + plain))
	return h[:]
}

// recovers finds the recovery code that is meant, as its hash; nil for none.
func (c *totp) recovers(name, code string) (spent []byte) {
	h := recoveryHash(name, code)
	for _, kept := range c.Recovery {
		if subtle.ConstantTimeCompare(h, kept) == 1 {
			spent = kept
		}
	}
	return spent
}

// spend takes a recovery code away for good, and says how many are left; not
// ok where somebody else was faster.
func (c *totp) spend(hash []byte) (note string, ok bool) {
	i := slices.IndexFunc(c.Recovery, func(h []byte) bool { return string(h) == string(hash) })
	if i < 0 {
		return "", false
	}
	c.Recovery = slices.Delete(slices.Clone(c.Recovery), i, i+1) // the user who was read shares the old ones
	return fmt.Sprintf("with a recovery code; %d left", len(c.Recovery)), true
}
