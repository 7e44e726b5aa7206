package plant

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/drivers"
)

// certificate is one that runs out at end.
func certificate(t *testing.T, end time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: end.AddDate(-1, 0, 0), NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestTheFirstCertificateToRunOut(t *testing.T) {
	pki := t.TempDir()
	put := func(text []byte, path ...string) {
		t.Helper()
		name := filepath.Join(append([]string{pki}, path...)...)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := lastDay(pki); ok {
		t.Fatal("there is none")
	}
	day := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	put(certificate(t, day.AddDate(1, 0, 0)), "own", "penstock.der")
	put([]byte("no certificate"), "own", "notes.txt")
	put(certificate(t, day.AddDate(-1, 0, 0)), "rejected", "certs", "no link depends on it.der")
	put(append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate(t, day.AddDate(2, 0, 0))}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate(t, day)})...), "trusted", "certs", "plc.pem")
	if end, ok := lastDay(pki); !ok || !end.Equal(day) {
		t.Errorf("%v %v", end, ok)
	}
}

// The station tells of itself: a clock that was set, a certificate that runs
// out, each with what to do.
func TestTheStationRaisesItsOwnAlarms(t *testing.T) {
	r := newRack()
	proj, set := load(t, r, "id,device,address\nA,R,1\n", "id,tag,kind\n")
	data := DataDir(t.TempDir())
	name := filepath.Join(data.PKIDir(), "own", "penstock.der")
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, certificate(t, time.Now().AddDate(0, 0, 2)), 0o600); err != nil {
		t.Fatal(err)
	}
	p := run(t, proj, set, string(data))
	for _, id := range []string{"SYS.CERTIFICATES.L", "SYS.CERTIFICATES.LL"} {
		soon(t, id, func() bool { return phase(p, id) == alarm.Unacked })
	}
	if phase(p, "SYS.CLOCK") != alarm.Normal {
		t.Error("nobody has set the clock")
	}
	if err := p.inLoop(context.Background(), func(now int64) { p.stepped(now, -time.Hour) }); err != nil {
		t.Fatal(err)
	}
	soon(t, "SYS.CLOCK", func() bool { return phase(p, "SYS.CLOCK") == alarm.Unacked })
	for _, row := range p.Alarms().Rows {
		if row.Response == "" || row.Consequence == "" || row.RespondWithin == 0 {
			t.Errorf("%s says not what to do", row.Rule.ID)
		}
	}
}

// What the station measures raises the alarm it should, and lets it go.
func TestSystemAlarmsComeAndGo(t *testing.T) {
	proj, _ := load(t, newRack(), "id,device,address\nA,R,1\n", "id,tag,kind\n")
	db, err := tagdb.New(systemTags(proj, t.TempDir()), tagdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := alarm.NewEngine(systemRules(proj, db), alarm.Options{Now: 1})
	if err != nil {
		t.Fatal(err)
	}
	now := int64(1e18)
	measure := func(seconds int, id tag.ID, value func(second int) tag.Scalar) {
		for i := range seconds {
			now += int64(time.Second)
			e.Observe(now, []tag.Sample{system(id, value(i), now)})
		}
		e.Tick(now)
	}
	is := func(v tag.Scalar) func(int) tag.Scalar { return func(int) tag.Scalar { return v } }
	for _, c := range []struct {
		alarm    string
		tag      tag.ID
		well, no func(int) tag.Scalar
	}{
		{"SYS.DISK.H", diskTag, is(tag.Float(60)), is(tag.Float(85))},
		{"SYS.DISK.HH", diskTag, is(tag.Float(60)), is(tag.Float(95))},
		{"SYS.HISTORY", droppedTag, is(tag.Int(7)), func(i int) tag.Scalar { return tag.Int(int64(10 * i)) }},
		{"SYS.LINK-DROPS", lostTag, is(tag.Int(7)), func(i int) tag.Scalar { return tag.Int(int64(10 * i)) }},
		{"SYS.JOURNAL", unkeptTag, is(tag.Int(0)), is(tag.Int(3))},
		{"SYS.CLOCK", clockTag, is(tag.Float(0)), is(tag.Float(-30))},
		{"SYS.LINK.R", project.LinkTag("R"), is(tag.Bool(true)), is(tag.Bool(false))},
	} {
		if e.Rule(c.alarm) == nil {
			t.Errorf("there is no alarm %s", c.alarm)
			continue
		}
		for turn, want := range []bool{false, true, false} {
			value := c.well
			if want {
				value = c.no
			}
			measure(45, c.tag, value)
			if s, _ := e.State(c.alarm); s.Active != want {
				t.Errorf("%s in turn %d: there %v", c.alarm, turn, s.Active)
			}
		}
	}
}

// A link that an engineer has changed is made anew: nobody is told that it is
// down until it has had the time to connect.
func TestALinkThatIsMadeAnewHasItsTime(t *testing.T) {
	proj, set := load(t, newRack(), levelTags, "id,tag,kind\n")
	l := &line{dev: proj.Devices[0], settle: linkSettle}
	l.Link = drivers.NewLink(set[l.dev.Driver], l.dev, nil, drivers.LinkOptions{}, func([]tag.Sample) {})
	p := &Plant{linkUp: map[string]bool{}}
	p.running.Store(&running{project: proj, lines: []*line{l}})
	now := int64(time.Hour) // long after the start
	for _, at := range []time.Duration{0, linkSettle - 1} {
		if s, changed := p.linkChanged("R", now+int64(at)); changed {
			t.Errorf("%v after it was made it is told to be %v", at, s.Value.Value)
		}
	}
	if s, changed := p.linkChanged("R", now+int64(linkSettle)); !changed || s.Value.Value != tag.Bool(false) {
		t.Errorf("it is not told to be down: %v", s.Value.Value)
	}
}
