package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// cost of an argon2id hash (RFC 9106).
type cost struct {
	Time    uint32 // passes
	Memory  uint32 // KiB
	Threads uint8
}

// usualCost takes about 150 ms and 64 MiB.
var usualCost = cost{Time: 3, Memory: 64 << 10, Threads: 2}

// maxCost bounds what a stored hash can ask for.
var maxCost = cost{Time: 16, Memory: 1 << 20, Threads: 16}

const (
	saltSize    = 16
	hashSize    = 32
	minPassword = 10   // characters
	maxPassword = 1024 // bytes
)

// hashPassword makes a PHC string.
func hashPassword(password string, c cost) string {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	h := argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Threads, hashSize)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads, b64.EncodeToString(salt), b64.EncodeToString(h))
}

// fits holds a password against a PHC string, in a time that does not depend
// on where they differ. used is the cost of the hash.
func fits(password, phc string) (ok bool, used cost) {
	used, salt, want, err := parsePHC(phc)
	if err != nil {
		return false, used
	}
	h := argon2.IDKey([]byte(password), salt, used.Time, used.Memory, used.Threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(h, want) == 1, used
}

func parsePHC(phc string) (c cost, salt, hash []byte, err error) {
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, fmt.Errorf("not an argon2id hash of version %d", argon2.Version)
	}
	if n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); n != 3 || err != nil {
		return c, nil, nil, fmt.Errorf("parameters %q", part[3])
	}
	if c.Time < 1 || c.Threads < 1 || c.Memory < 8 || c.Time > maxCost.Time || c.Memory > maxCost.Memory || c.Threads > maxCost.Threads {
		return c, nil, nil, fmt.Errorf("parameters %q are out of bounds", part[3])
	}
	b64 := base64.RawStdEncoding.Strict()
	if salt, err = b64.DecodeString(part[4]); err == nil {
		hash, err = b64.DecodeString(part[5])
	}
	if err == nil && (len(salt) < 8 || len(hash) < 16 || len(hash) > 128) {
		err = fmt.Errorf("salt of %d and hash of %d bytes", len(salt), len(hash))
	}
	return c, salt, hash, err
}

// checkPassword refuses what would be guessed first.
func checkPassword(name, password string) error {
	low := strings.ToLower(password)
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return fmt.Errorf("%w; this one has %d", ErrPassword, n)
	case len(password) > maxPassword:
		return fmt.Errorf("%w; this one is too long", ErrPassword)
	case strings.Trim(low, low[:1]) == "":
		return fmt.Errorf("%w; this one is one character over and over", ErrPassword)
	case len(name) > 2 && strings.Trim(strings.ReplaceAll(low, name, ""), "0123456789!.-_ ") == "":
		return fmt.Errorf("%w; this one is made of the name", ErrPassword)
	}
	for _, c := range common {
		if strings.Trim(low, "0123456789!?.-_ ") == c || low == c {
			return fmt.Errorf("%w; this one is a common word with digits or signs", ErrPassword)
		}
	}
	return nil
}

// common are the stems of what people choose in a control room.
var common = []string{"password", "passwort", "penstock", "admin", "administrator", "operator", "engineer", "waterworks", "letmein", "welcome", "qwertyuiop",
	"qwertzuiop", "1234567890", "0123456789", "changeme", "scada", "control", "controlroom", "secret"}

func randomText() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
