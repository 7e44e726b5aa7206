package vault

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func keyed(b byte) func() ([]byte, error) {
	return func() ([]byte, error) { return bytes.Repeat([]byte{b}, 32), nil }
}

func TestSecretsComeBackAndLieNowhereInClear(t *testing.T) {
	v := Vault{Dir: filepath.Join(t.TempDir(), "secrets"), Key: keyed(1)}
	if names, err := v.Names(); err != nil || len(names) > 0 {
		t.Errorf("an empty vault has %v, %v", names, err)
	}
	for name, secret := range map[string]string{"plc1": "correct horse", "plc2": strings.Repeat("x", maxSecret)} {
		if err := v.Put(name, []byte(secret)); err != nil {
			t.Fatal(err)
		}
		if got, err := v.Open(name); err != nil || got != secret {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := v.Put("plc1", []byte("another horse")); err != nil {
		t.Fatal(err)
	}
	if got, _ := v.Open("plc1"); got != "another horse" {
		t.Errorf("after it was changed: %q", got)
	}
	if names, err := v.Names(); err != nil || !slices.Equal(names, []string{"plc1", "plc2"}) {
		t.Errorf("names: %v, %v", names, err)
	}
	filepath.WalkDir(v.Dir, func(path string, e os.DirEntry, _ error) error {
		if e.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.Contains(text, []byte("horse")) {
			t.Errorf("%s holds the secret in clear (%v)", path, err)
		}
		if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s may be read by others (%v)", path, err)
		}
		return nil
	})
	if err := v.Remove("plc1"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open("plc1"); !errors.Is(err, ErrNone) {
		t.Errorf("after it was removed: %v", err)
	}
}

// A secret opens only with its key, under its name, and whole.
func TestSecretsThatAreNotOpened(t *testing.T) {
	v := Vault{Dir: t.TempDir(), Key: keyed(1)}
	if err := v.Put("plc1", []byte("correct horse")); err != nil {
		t.Fatal(err)
	}
	if _, err := (Vault{v.Dir, keyed(2)}).Open("plc1"); !errors.Is(err, ErrSealed) {
		t.Errorf("with another key: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(v.Dir, "plc1"+ending))
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		bad := bytes.Clone(text)
		bad[i] ^= 1
		for name, content := range map[string][]byte{"flipped": bad, "cut": text[:i], "renamed": text} {
			if err := os.WriteFile(filepath.Join(v.Dir, name+ending), content, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := v.Open(name); !errors.Is(err, ErrSealed) {
				t.Errorf("%s at byte %d: %v", name, i, err)
			}
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	v := Vault{Dir: t.TempDir(), Key: keyed(1)}
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, ".hidden", "-x", strings.Repeat("a", 65), "a b", "a\x00"} {
		if err := v.Put(name, []byte("x")); err == nil {
			t.Errorf("%q was taken", name)
		}
		if _, err := v.Open(name); err == nil || errors.Is(err, ErrNone) {
			t.Errorf("%q was looked for: %v", name, err)
		}
	}
	for _, secret := range [][]byte{nil, make([]byte, maxSecret+1)} {
		if err := v.Put("plc1", secret); err == nil {
			t.Errorf("a secret of %d bytes was taken", len(secret))
		}
	}
}
