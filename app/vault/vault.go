// Package vault keeps secrets that a project refers to by name: passwords and
// keys of the users that this station is at its devices. Each is a file sealed
// with a key that lies elsewhere, so a data folder, a backup or a project that
// is given away gives no secret away.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Vault is a folder of sealed secrets. Its methods may be called from any
// goroutine and by several processes at once.
type Vault struct {
	Dir string
	Key func() ([]byte, error) // 32 bytes; asked for when a secret is sealed or opened
}

// maxSecret is how long a secret may be: a certificate with its key fits.
const maxSecret = 64 << 10

var (
	// ErrNone says that there is no secret of a name.
	ErrNone = errors.New("there is no secret of this name; put it in with penstock secrets set")
	// ErrSealed says that a secret was sealed with another key.
	ErrSealed = errors.New("it was sealed at another station, or is damaged; put it in again with penstock secrets set")
)

// Names are for files too, so they are kept plain.
var plain = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)

const ending = ".sealed"

func (v Vault) file(name string) (string, error) {
	if !plain.MatchString(name) {
		return "", fmt.Errorf("%q is not a name for a secret: use up to 64 letters, digits, and . - _", name)
	}
	if v.Dir == "" {
		return "", errors.New("this station has no folder for secrets")
	}
	return filepath.Join(v.Dir, name+ending), nil
}

func (v Vault) seal() (cipher.AEAD, error) {
	key, err := v.Key()
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Put keeps a secret under a name, in the place of an earlier one.
func (v Vault) Put(name string, secret []byte) error {
	path, err := v.file(name)
	if err != nil {
		return err
	}
	if len(secret) == 0 || len(secret) > maxSecret {
		return fmt.Errorf("a secret of %d bytes; 1 to %d are possible", len(secret), maxSecret)
	}
	seal, err := v.seal()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(v.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(v.Dir, ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(seal.Seal(nil, nil, secret, []byte(name)))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Open returns the secret of a name.
func (v Vault) Open(name string) (string, error) {
	path, err := v.file(name)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNone
	}
	if err != nil {
		return "", err
	}
	seal, err := v.seal()
	if err != nil {
		return "", err
	}
	secret, err := seal.Open(nil, nil, text, []byte(name))
	if err != nil {
		return "", ErrSealed
	}
	return string(secret), nil
}

// Remove forgets the secret of a name.
func (v Vault) Remove(name string) error {
	path, err := v.file(name)
	if err != nil {
		return err
	}
	if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return ErrNone
	}
	return err
}

// Names lists what there is, in the order of the alphabet.
func (v Vault) Names() (names []string, err error) {
	files, err := os.ReadDir(v.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ending); ok && plain.MatchString(name) {
			names = append(names, name)
		}
	}
	return names, err
}
