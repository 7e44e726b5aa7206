// Package pki keeps the certificates of OPC UA applications: our own, those a
// person has trusted, the issuers needed to check them, and those that were
// refused and wait for a decision. The folders are those that OPC UA tools
// know:
//
//	own/penstock.pem   our certificate with its key; own/penstock.der to hand out
//	trusted/certs, trusted/crl
//	issuers/certs, issuers/crl
//	rejected/certs, rejected/why   (a text for people beside each)
package pki

import (
	"bytes"
	"crypto/sha1" // the specification's thumbprint
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Store is a folder of certificates. Its methods may be called from any
// goroutine and by several processes at once.
type Store struct{ Dir string }

// The folders of a store.
const (
	Trusted  = "trusted"
	Issuers  = "issuers"
	Rejected = "rejected"
)

// maxRejected is how many refused certificates are kept, so that nobody fills
// the disk by connecting.
const maxRejected = 100

// Entry is one certificate of a store.
type Entry struct {
	Thumbprint string // SHA-1 in hex, as every OPC UA tool shows it
	Subject    string
	URI        string // application URI
	Hosts      []string
	From, To   time.Time
	File       string
	Why        string `json:",omitempty"` // of a rejected one: who showed it, and what is wrong with it
}

// Thumbprint is the SHA-1 of the first certificate of a chain, in hex.
func Thumbprint(chain []byte) string {
	if certs, err := x509.ParseCertificates(chain); err == nil && len(certs) > 0 {
		chain = certs[0].Raw
	}
	sum := sha1.Sum(chain)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// Spaced writes a thumbprint so that two can be compared by eye.
func Spaced(thumbprint string) string {
	var groups []string
	for ; len(thumbprint) > 4; thumbprint = thumbprint[4:] {
		groups = append(groups, thumbprint[:4])
	}
	return strings.Join(append(groups, thumbprint), " ")
}

// List returns the certificates of one folder, by subject. Files that are not
// certificates are left out.
func (s Store) List(folder string) ([]Entry, error) {
	files, err := s.load(folder)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, f := range files {
		e := entry(f.cert, f.path)
		if folder == Rejected {
			why, err := os.ReadFile(s.why(e.Thumbprint))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			e.Why = strings.TrimSpace(string(why))
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.Subject+a.Thumbprint, b.Subject+b.Thumbprint) })
	return out, nil
}

func entry(c *x509.Certificate, path string) Entry {
	e := Entry{Thumbprint: Thumbprint(c.Raw), Subject: c.Subject.String(), From: c.NotBefore, To: c.NotAfter, File: path, Hosts: slices.Clone(c.DNSNames)}
	for _, ip := range c.IPAddresses {
		e.Hosts = append(e.Hosts, ip.String())
	}
	if len(c.URIs) > 0 {
		e.URI = c.URIs[0].String()
	}
	return e
}

// Trust moves the rejected certificate with a thumbprint to the trusted ones.
// Spaces, colons and case in the thumbprint do not matter.
func (s Store) Trust(thumbprint string) error { return s.move(thumbprint, Rejected, Trusted) }

// Distrust moves a trusted certificate to the rejected ones.
func (s Store) Distrust(thumbprint string) error { return s.move(thumbprint, Trusted, Rejected) }

func (s Store) move(thumbprint, from, to string) error {
	e, err := s.Find(from, thumbprint)
	if err != nil {
		return err
	}
	der, err := os.ReadFile(e.File)
	if err != nil {
		return err
	}
	if err := s.Add(to, der); err != nil {
		return err
	}
	if err := os.Remove(s.why(e.Thumbprint)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Remove(e.File)
}

// Find returns the certificate of a folder that has a thumbprint.
func (s Store) Find(folder, thumbprint string) (Entry, error) {
	want := strings.ToUpper(strings.NewReplacer(" ", "", ":", "").Replace(thumbprint))
	entries, err := s.List(folder)
	if err != nil {
		return Entry{}, err
	}
	for _, e := range entries {
		if e.Thumbprint == want {
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("no certificate %s among the %s ones", thumbprint, folder)
}

// why is the file with the reason of a refusal.
func (s Store) why(thumbprint string) string {
	return filepath.Join(s.Dir, Rejected, "why", thumbprint+".txt")
}

// Add puts a certificate (DER or PEM) into a folder.
func (s Store) Add(folder string, b []byte) error {
	if block, _ := pem.Decode(b); block != nil {
		b = block.Bytes
	}
	if _, err := x509.ParseCertificate(b); err != nil {
		return fmt.Errorf("not a certificate: %w", err)
	}
	return s.put(folder, b)
}

// AddCRL puts a revocation list (DER) beside the certificates of a folder.
func (s Store) AddCRL(folder string, der []byte) error {
	if _, err := x509.ParseRevocationList(der); err != nil {
		return fmt.Errorf("not a revocation list: %w", err)
	}
	sum := sha1.Sum(der)
	return writeFile(filepath.Join(s.Dir, folder, "crl", strings.ToUpper(hex.EncodeToString(sum[:]))+".crl"), der, 0o644)
}

func (s Store) put(folder string, der []byte) error {
	return writeFile(filepath.Join(s.Dir, folder, "certs", Thumbprint(der)+".der"), der, 0o644)
}

// reject keeps a refused certificate, with the reason, for a person to decide
// about.
func (s Store) reject(der []byte, why string) error {
	old, err := s.load(Rejected)
	if err != nil {
		return err
	}
	file := s.why(Thumbprint(der))
	if was, err := os.ReadFile(file); err != nil || string(was) != why {
		if err := writeFile(file, []byte(why), 0o644); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(old, func(f stored) bool { return bytes.Equal(f.cert.Raw, der) }) {
		return nil
	}
	slices.SortFunc(old, func(a, b stored) int { return a.age.Compare(b.age) })
	for i := 0; i <= len(old)-maxRejected; i++ {
		for _, path := range []string{old[i].path, s.why(Thumbprint(old[i].cert.Raw))} {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return s.put(Rejected, der)
}

type stored struct {
	cert *x509.Certificate
	path string
	age  time.Time
}

func (s Store) load(folder string) ([]stored, error) {
	var out []stored
	err := each(filepath.Join(s.Dir, folder, "certs"), func(path string, b []byte, age time.Time) {
		if block, _ := pem.Decode(b); block != nil {
			b = block.Bytes
		}
		if c, err := x509.ParseCertificate(b); err == nil {
			out = append(out, stored{c, path, age})
		}
	})
	return out, err
}

func (s Store) crls() ([]*x509.RevocationList, error) {
	var out []*x509.RevocationList
	for _, folder := range []string{Trusted, Issuers} {
		err := each(filepath.Join(s.Dir, folder, "crl"), func(_ string, b []byte, _ time.Time) {
			if block, _ := pem.Decode(b); block != nil {
				b = block.Bytes
			}
			if l, err := x509.ParseRevocationList(b); err == nil {
				out = append(out, l)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// each reads the files of a folder; a missing folder is empty.
func each(dir string, f func(path string, b []byte, age time.Time)) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && (!info.Mode().IsRegular() || info.Size() > 1<<20) {
			continue
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, e.Name())
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // moved by a person meanwhile
		}
		if err != nil {
			return err
		}
		f(path, b, info.ModTime())
	}
	return nil
}

// writeFile writes a whole file or none.
func writeFile(path string, b []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := errors.Join(tmp.Chmod(mode), write(tmp, b), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func write(f *os.File, b []byte) error {
	_, err := f.Write(b)
	return err
}
