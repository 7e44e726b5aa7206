package plant

import (
	"cmp"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"penstock/historian/journal"
)

// KeyDir is the folder of what must not lie beside the data it protects:
//
//	codes.key    seals the secrets of one-time codes
//	anchors.key  signs anchors
//	secrets.key  seals the secrets that devices ask for
//	anchors/     anchors of the journal of each data folder that a plant ran on
//
// Keys are made when they are first asked for. The empty KeyDir has none: no
// anchors are written and no one-time codes can be set up.
type KeyDir string

const keyBytes = 32 // of each key

// codes is the key that seals the secrets of one-time codes.
func (d KeyDir) codes() ([]byte, error) { return d.key("codes.key") }

// Secrets is the key that seals what devices ask this station for.
func (d KeyDir) Secrets() ([]byte, error) {
	if d == "" {
		return nil, errors.New("this user has no folder for keys, so no secret can be kept; set HOME for the station")
	}
	return d.key("secrets.key")
}

// anchorKey signs anchors.
func (d KeyDir) anchorKey() (ed25519.PrivateKey, error) {
	seed, err := d.key("anchors.key")
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// AnchorSigner is the key that this computer's anchors are signed by; nil
// where it has never signed one.
func (d KeyDir) AnchorSigner() (ed25519.PublicKey, error) {
	if _, err := os.Stat(filepath.Join(string(d), "anchors.key")); d == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	key, err := d.anchorKey()
	if err != nil {
		return nil, err
	}
	return key.Public().(ed25519.PublicKey), nil
}

// AnchorFile is where the anchors of the journal of a data folder are.
func (d KeyDir) AnchorFile(data DataDir) string {
	return filepath.Join(string(d), "anchors", anchorName(data))
}

// RetireAnchors puts the anchors of a data folder aside, since a backup takes
// the place of what they were of, and returns where they are now; "" where
// there were none.
func (d KeyDir) RetireAnchors(data DataDir, now time.Time) (string, error) {
	old := d.AnchorFile(data)
	kept := strings.TrimSuffix(old, ".txt") + "-until-" + now.UTC().Format("20060102T150405") + ".txt"
	switch err := os.Rename(old, kept); {
	case d == "" || errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	}
	return kept, nil
}

// anchorName goes by the place of a data folder, not by what is in it: a
// journal that was put in the place of another is found out.
func anchorName(data DataDir) string {
	path, err := filepath.Abs(string(data))
	if err != nil {
		path = string(data)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	sum := sha256.Sum256([]byte(path))
	return fmt.Sprintf("%s-%x.txt", plainName(filepath.Base(path)), sum[:6])
}

// key reads a key, and makes it where there is none.
func (d KeyDir) key(name string) ([]byte, error) {
	path := filepath.Join(string(d), name)
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = d.makeKey(path); err == nil {
			key, err = readKey(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the key %s: %w", path, err)
	}
	return key, nil
}

func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, errors.New("others on this computer may read or change it; take that right away from them")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, errors.New("it is damaged; put back a copy of it, or remove it to have a new one made")
	}
	return key, nil
}

// makeKey makes a key that is either whole or not there, and never in the
// place of another: two stations may start at the same moment.
func (d KeyDir) makeKey(path string) (err error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(string(d), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	key := make([]byte, keyBytes)
	rand.Read(key) // never fails
	_, err = fmt.Fprintf(f, "%x\n", key)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// anchorFiles are the places anchors are kept at: with the keys, and where the
// project wants them too.
func (c *Config) anchorFiles() (files []string) {
	if c.Keys != "" {
		files = append(files, c.Keys.AnchorFile(c.Data))
	}
	if dir := c.Project.Journal.Anchors; dir != "" {
		files = append(files, filepath.Join(dir, anchorName(c.Data)))
	}
	return files
}

// CodesKey seals the secrets of one-time codes; nil where there is none.
func (p *Plant) CodesKey() []byte { return p.codesKey }

// takeKeys reads the keys, or has a worry instead: a plant runs without them.
func (p *Plant) takeKeys() (anchorKey ed25519.PrivateKey) {
	if p.conf.Keys == "" {
		return nil
	}
	var errCodes, errAnchors error
	p.codesKey, errCodes = p.conf.Keys.codes()
	anchorKey, errAnchors = p.conf.Keys.anchorKey()
	if err := errors.Join(errCodes, errAnchors); err != nil {
		p.keyWorry = &Worry{Text: "A key cannot be used: " + strings.ReplaceAll(err.Error(), "\n", "; "),
			Remedy: "Without it, one-time codes do not work and anchors of the journal are not signed"}
	}
	return anchorKey
}

// lost compares the journal with the anchors that lie outside the data folder:
// one that is shorter than they say was removed, cut off, or exchanged for an
// old copy, and the people it knew with it.
func (p *Plant) lost() *Worry {
	head, err := p.Journal.Head(p.ctx)
	if err != nil {
		return nil // whoever writes to it says what is wrong
	}
	for _, file := range p.conf.anchorFiles() {
		anchors, _, err := journal.ReadAnchors(file, nil)
		if err != nil || len(anchors) == 0 {
			continue // what is forged is for penstock journal verify, which looks at everything
		}
		if a := slices.MaxFunc(anchors, func(a, b journal.Anchor) int { return cmp.Compare(a.Seq, b.Seq) }); a.Seq > head.Seq {
			return &Worry{Text: fmt.Sprintf("The journal of this folder had %d entries on %s and had %d at the start: it was removed or exchanged", a.Seq, a.At.Local().Format("2 Jan 2006 15:04"), head.Seq),
				Remedy: "Restore a backup with penstock restore. To begin anew, move " + file + " away and start again"}
		}
	}
	return nil
}

// ErrLost says that people were known in a data folder, and that the file they
// stood in is gone.
var ErrLost = errors.New("the journal of this folder was removed or exchanged, and the people it knew with it")

// Lost is nil, or says that the journal that was here is gone and what to do.
func (p *Plant) Lost() error {
	if p.lostWorry == nil {
		return nil
	}
	return fmt.Errorf("%w. %s", ErrLost, p.lostWorry.Remedy)
}
