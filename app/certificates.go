package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"penstock/app/plant"
	"penstock/drivers/opcua"
	"penstock/drivers/opcua/pki"
	"penstock/historian/journal"
	"penstock/screens"
)

var _ screens.Certificates = (*room)(nil)

// places are the folders of the store in the order people want to see them.
var places = []struct{ folder, place string }{
	{pki.Rejected, screens.RejectedPlace}, {pki.Trusted, screens.TrustedPlace}, {pki.Issuers, screens.IssuerPlace},
}

// Certificates implements screens.Certificates.
func (r *room) Certificates() ([]screens.Certificate, error) {
	own, err := r.pki.Own(opcua.HostName(), time.Now())
	if err != nil {
		return nil, err
	}
	out := []screens.Certificate{certificate(screens.OwnPlace, own.Entry())}
	for _, p := range places {
		entries, err := r.pki.List(p.folder)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			out = append(out, certificate(p.place, e))
		}
	}
	return out, nil
}

func certificate(place string, e pki.Entry) screens.Certificate {
	return screens.Certificate{Place: place, Fingerprint: pki.Spaced(e.Thumbprint), Subject: e.Subject, URI: e.URI, Hosts: e.Hosts, From: e.From, To: e.To, Why: e.Why}
}

// Trust implements screens.Certificates.
func (r *room) Trust(ctx context.Context, by screens.Session, fingerprint string) error {
	return decideIn(r.pki, trusting, fingerprint, func(e journal.Entry, do func() error) error { return r.Plant.Decide(ctx, by, e, do) })
}

// Distrust implements screens.Certificates.
func (r *room) Distrust(ctx context.Context, by screens.Session, fingerprint string) error {
	return decideIn(r.pki, distrusting, fingerprint, func(e journal.Entry, do func() error) error { return r.Plant.Decide(ctx, by, e, do) })
}

// decision is what people decide about a certificate.
type decision struct {
	action   string // in the journal
	from, to string // folders
	do       func(pki.Store, string) error
}

var (
	trusting    = decision{"certificate trusted", pki.Rejected, pki.Trusted, pki.Store.Trust}
	distrusting = decision{"certificate distrusted", pki.Trusted, pki.Rejected, pki.Store.Distrust}
)

// decideIn makes a decision in a store, by way of whoever journals it.
func decideIn(s pki.Store, d decision, fingerprint string, journalled func(journal.Entry, func() error) error) error {
	c, err := s.Find(d.from, fingerprint)
	if err != nil {
		return err
	}
	return journalled(journal.Entry{Kind: journal.Config, Action: d.action, On: c.Subject, Old: d.from, New: d.to, Note: pki.Spaced(c.Thumbprint)},
		func() error { return d.do(s, c.Thumbprint) })
}

// left journals what a command does beside the station, in the name of
// whoever is logged in at the computer.
func left(data plant.DataDir, e journal.Entry, do func() error) error {
	e.Kind, e.Source, e.Who = journal.Config, time.Now().UnixNano(), "command line"
	if u, err := user.Current(); err == nil {
		e.Who = u.Username + " (command line)"
	}
	if err := data.Leave(e); err != nil {
		return fmt.Errorf("this cannot be journalled, so nothing was done: %w", err)
	}
	err := do()
	if err != nil {
		e.Outcome = "failed: " + err.Error()
		err = errors.Join(err, data.Leave(e))
	}
	return err
}

// fingerprintParts is how many arguments a fingerprint is that was copied with
// its spaces.
const fingerprintParts = 10

var certificatesVerb = verb{
	name: "certificates", args: "[trust FINGERPRINT | distrust FINGERPRINT] --data DIR", short: "list, trust and distrust the certificates of OPC UA servers",
	long: `Lists this station's own certificate and those of OPC UA servers: trusted ones
and those that were refused and wait for a decision. Compare the fingerprint
with the one the server itself shows before you trust it. What you decide is
journalled; devices follow within seconds, whether the station runs or not.`,
	run: func(_ context.Context, c *call) error {
		folder := c.String("data", "", "the `folder` with the station's certificates")
		asJSON := c.Bool("json", false, "print an object with the lists")
		if err := errors.Join(c.parse(1+fingerprintParts), c.needs("data")); err != nil {
			return err
		}
		data := plant.DataDir(*folder)
		store := pki.Store{Dir: data.PKIDir()}
		if len(c.rest) > 0 {
			d, known := map[string]decision{"trust": trusting, "distrust": distrusting}[c.rest[0]]
			if !known || len(c.rest) < 2 {
				return usagef("write trust FINGERPRINT or distrust FINGERPRINT")
			}
			return decideIn(store, d, strings.Join(c.rest[1:], ""), func(e journal.Entry, do func() error) error {
				err := left(data, e, do)
				if err == nil {
					fmt.Fprintf(c.out, "%s: %s\n", e.Action, e.On)
				}
				return err
			})
		}
		return printCertificates(c, store, *asJSON)
	},
}

func printCertificates(c *call, store pki.Store, asJSON bool) error {
	own, err := store.Own(opcua.HostName(), time.Now())
	if err != nil {
		return err
	}
	lists := map[string]any{"own": own.Entry()}
	t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "own\t%s\t%s\tuntil %s\t%s\n", own.Entry().Thumbprint, own.URI, own.Entry().To.Format(time.DateOnly), filepath.Join(store.Dir, "own", "penstock.der"))
	for _, p := range places {
		entries, err := store.List(p.folder)
		if err != nil {
			return err
		}
		lists[p.folder] = entries
		for _, e := range entries {
			fmt.Fprintf(t, "%s\t%s\t%s\tuntil %s\t%s\n", p.folder, e.Thumbprint, e.URI, e.To.Format(time.DateOnly), e.Subject)
			if e.Why != "" {
				fmt.Fprintf(t, "\t\t%s\n", e.Why)
			}
		}
	}
	if asJSON {
		return json.NewEncoder(c.out).Encode(lists)
	}
	return t.Flush()
}
