package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"penstock/app/doctor"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/drivers"
	"penstock/drivers/opcua/pki"
	"penstock/historian"
	"penstock/historian/journal"
)

// reachWait is how long a device may take to answer the doctor.
const reachWait = 10 * time.Second

var doctorVerb = verb{
	name: "doctor", args: "[--project DIR] [--data DIR] [--json]", short: "look at what could trouble this station",
	long: `Looks at the computer: clock, display, limits. With --data at the folder of a plant:
whether it can be written and how fast, who can read it, how much room there is and
for how long, whether journal and history open, when the certificate expires. With
--project at the project's mistakes, and whether each device answers: it connects once
and reads nothing. Exit code 1 when anything is wrong. Nothing is changed.`,
	run: func(ctx context.Context, c *call) error {
		s := c.station()
		asJSON := c.Bool("json", false, "print a list of objects with on, level, what, do")
		if err := c.parse(0); err != nil {
			return err
		}
		found := doctor.Computer()
		if s.data != "" {
			found = append(found, dataFindings(s.data)...)
		}
		if s.project != "" {
			found = append(found, s.projectFindings(ctx)...)
		}
		if *asJSON {
			enc := json.NewEncoder(c.out)
			enc.SetIndent("", "  ")
			if err := enc.Encode(found); err != nil {
				return err
			}
		} else {
			for _, f := range found {
				fmt.Fprintln(c.out, f)
			}
		}
		if doctor.Failed(found) {
			return errQuiet
		}
		return nil
	},
}

// dataFindings looks at a data folder, which a plant may run on meanwhile.
func dataFindings(data string) []doctor.Finding {
	out := doctor.Folder(data)
	if doctor.Failed(out) {
		return out
	}
	dir := plant.DataDir(data)
	out = append(out, opens("journal", dir.JournalPath(), func() (string, error) {
		j, err := journal.Open(journal.Options{Path: dir.JournalPath(), ReadOnly: true})
		if err != nil {
			return "", err
		}
		head, err := j.Head(context.Background())
		return fmt.Sprintf("%d lines; penstock journal verify works out its chain", head.Seq), errors.Join(err, j.Close())
	}))
	var disk historian.Disk
	out = append(out, opens("history", dir.HistoryDir(), func() (string, error) {
		h, err := historian.Open(historian.Options{Dir: dir.HistoryDir(), ReadOnly: true})
		if err != nil {
			return "", err
		}
		st := h.Stats()
		disk = st.Disk
		var bytes int64
		for _, n := range st.Files {
			bytes += n
		}
		if n := len(st.Damage); n > 0 {
			err = fmt.Errorf("%d damaged rows; penstock verify names them", n)
		}
		return fmt.Sprintf("%d tags in %.1f MiB; penstock verify reads every checksum", st.Tags, float64(bytes)/(1<<20)), errors.Join(err, h.Close())
	}))
	if disk.Total > 0 {
		out = append(out, doctor.Room(disk.Free, disk.Total, disk.FullIn))
	}
	return append(out, certificateFindings(dir.PKIDir())...)
}

// certificateFindings looks at how long the station's own certificate and
// those it trusts are valid.
func certificateFindings(dir string) (out []doctor.Finding) {
	now := time.Now()
	if der, err := os.ReadFile(filepath.Join(dir, "own", "penstock.der")); err == nil {
		if c, err := x509.ParseCertificate(der); err == nil {
			out = append(out, doctor.Expiry("this station's own certificate", c.NotAfter, now))
		}
	}
	trusted, err := pki.Store{Dir: dir}.List(pki.Trusted)
	if err != nil {
		return append(out, doctor.Finding{On: "certificate", Level: doctor.Wrong, What: err.Error(), Do: "see that " + dir + " can be read"})
	}
	for _, e := range trusted {
		out = append(out, doctor.Expiry(e.Subject, e.To, now))
	}
	return out
}

// opens tells what open says of something that may not be there yet.
func opens(on, path string, open func() (string, error)) doctor.Finding {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return doctor.Finding{On: on, Level: doctor.OK, What: "not there yet; it is made when a plant first runs"}
	}
	say, err := open()
	if err != nil {
		return doctor.Finding{On: on, Level: doctor.Wrong, What: err.Error(), Do: "restore it from a backup with penstock restore, and test the disk"}
	}
	return doctor.Finding{On: on, Level: doctor.OK, What: say}
}

// projectFindings looks at a project and calls each of its devices once, all
// at the same time.
func (s *station) projectFindings(ctx context.Context) (out []doctor.Finding) {
	p, err := s.load()
	if probs, ok := errors.AsType[project.Problems](err); ok {
		return []doctor.Finding{{On: "project", Level: doctor.Wrong, What: count(len(probs), "mistake"), Do: "penstock check --project " + s.project + " lists them"}}
	}
	if err != nil {
		return []doctor.Finding{{On: "project", Level: doctor.Wrong, What: err.Error(), Do: "name a folder with a project.toml"}}
	}
	out = append(out, doctor.Finding{On: "project", Level: doctor.OK, What: p.Name + ": no mistakes"})
	devices := make([]doctor.Finding, len(p.Devices))
	var wg sync.WaitGroup
	for i, dev := range p.Devices {
		wg.Go(func() { devices[i] = reach(ctx, s.drivers[dev.Driver], dev) })
	}
	wg.Wait()
	return append(out, devices...)
}

// reach connects to a device once.
func reach(ctx context.Context, drv drivers.Driver, dev drivers.Device) doctor.Finding {
	f := doctor.Finding{On: dev.Name, Level: doctor.OK, What: dev.Endpoint}
	if dev.Disabled {
		f.What += " is disabled"
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, reachWait)
	defer cancel()
	began := time.Now()
	conn, err := drv.Dial(ctx, dev)
	if err != nil {
		f.Level, f.What, f.Do = doctor.Wrong, fmt.Sprintf("%s: %v", dev.Endpoint, err), "see that the device is on, its network is plugged in, and it lets this station in"
		return f
	}
	f.What += fmt.Sprintf(" answered after %v", time.Since(began).Round(time.Millisecond))
	if err := conn.Close(); err != nil {
		f.Level, f.Do = doctor.Look, "the connection did not end well: "+err.Error()
	}
	return f
}
