package screens

import (
	"context"
	"time"
)

// Certificates is a Room whose people decide which servers are trusted. Its
// methods read and write files, so they are called from goroutines of the
// screens'. Errors are sentences for the person; what is decided is journalled
// with who decided it.
type Certificates interface {
	// Certificates lists them: our own first, then those that wait for a
	// decision, then the trusted ones and the issuers.
	Certificates() ([]Certificate, error)
	// Trust lets the devices that show a rejected certificate connect; they
	// do within seconds.
	Trust(ctx context.Context, by Session, fingerprint string) error
	// Distrust takes the trust in a certificate back; who shows it is
	// disconnected within seconds.
	Distrust(ctx context.Context, by Session, fingerprint string) error
}

// Certificate is one certificate of the station's store.
type Certificate struct {
	Place       string // one of the places below
	Fingerprint string // in groups of four, to compare with what the server itself shows
	Subject     string
	URI         string   // of the application
	Hosts       []string // names and addresses it was made for
	From, To    time.Time
	Why         string // of a rejected one: which device showed it, and what is wrong with it
}

// The places of a certificate.
const (
	OwnPlace      = "own"
	RejectedPlace = "rejected" // waits for a decision
	TrustedPlace  = "trusted"
	IssuerPlace   = "issuer"
)
