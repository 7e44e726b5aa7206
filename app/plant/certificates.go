package plant

import (
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// certificatesEvery is how often certificates are looked at.
const certificatesEvery = time.Hour

// lastDay is when the first of the certificates runs out that links depend on:
// the station's own, those it trusts and those of their issuers. ok is false
// where there is none. Files that are no certificates are left out.
func lastDay(pki string) (end time.Time, ok bool) {
	for _, dir := range []string{"own", "trusted", "issuers"} {
		// What cannot be read is not there; links say so when they need it.
		filepath.WalkDir(filepath.Join(pki, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return nil
			}
			for _, c := range certificatesIn(text) {
				if !ok || c.NotAfter.Before(end) {
					end, ok = c.NotAfter, true
				}
			}
			return nil
		})
	}
	return end, ok
}

// certificatesIn reads DER, or every certificate of a PEM file.
func certificatesIn(text []byte) (out []*x509.Certificate) {
	if all, err := x509.ParseCertificates(text); err == nil {
		return all
	}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return out
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			out = append(out, c)
		}
	}
}
