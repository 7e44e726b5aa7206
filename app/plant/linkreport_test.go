package plant

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

func TestTheLinksAreReported(t *testing.T) {
	r := newRack()
	r.set("1", tag.Float(5))
	r.set("2", tag.Float(5))
	proj, set := load(t, r, levelTags, "id,tag,kind\n")
	data := DataDir(t.TempDir())
	if _, err := data.LinkReport(); !errors.Is(err, ErrNoReport) {
		t.Errorf("of an empty folder: %v", err)
	}
	p := run(t, proj, set, string(data))
	state := func(want drivers.State) func() bool {
		return func() bool {
			rep, err := data.LinkReport()
			return err == nil && len(rep.Links) == 1 && rep.Links[0].State == want && rep.Running && rep.Stale(time.Now()) == ""
		}
	}
	soon(t, "the link is reported up", state(drivers.Up))
	time.Sleep(linkSettle) // or its loss is not news yet
	soon(t, "the link is known to be up", func() bool {
		v := p.Tags().Cell("SYS.LINK.R").Load()
		return v.Value.Value == tag.Bool(true)
	})
	r.pull(true)
	soon(t, "the loss is recorded", func() bool { list, err := data.Recordings("R"); return err == nil && len(list) == 1 })
	list, err := data.Recordings("")
	if err != nil || len(list) != 1 || list[0].Device != "R" || !strings.Contains(list[0].Why, errCut.Error()) || len(list[0].Records) == 0 {
		t.Errorf("recordings %+v, %v", list, err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	rep, err := data.LinkReport()
	if err != nil || rep.Running || rep.Links[0].State != drivers.Stopped || rep.Links[0].Counters.Outages != 1 || rep.Station != "test" || rep.Project != "Test" {
		t.Errorf("the last word is %+v, %v", rep, err)
	}
}

func TestAReportIsStale(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		r    LinkReport
		want string
	}{
		{LinkReport{At: now.Add(-time.Second), Running: true}, ""},
		{LinkReport{At: now.Add(2 * time.Second), Running: true}, ""},
		{LinkReport{At: now.Add(-6 * time.Second), Running: true}, "does not run any more"},
		{LinkReport{At: now.Add(time.Minute), Running: true}, "clock"},
		{LinkReport{At: now}, "was stopped"},
	} {
		if got := c.r.Stale(now); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%v: %q, want %q", c.r.At.Sub(now), got, c.want)
		}
	}
}

// Names that differ may have one plain name, and a damaged file does not keep
// the others back.
func TestRecordingsOfOneDevice(t *testing.T) {
	data := DataDir(t.TempDir())
	if list, err := data.Recordings("PLC 1"); err != nil || len(list) > 0 {
		t.Errorf("before anything was recorded: %v, %v", list, err)
	}
	if err := os.Mkdir(data.RecordingsDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"PLC_1-20260329T080000.000.txt": "flight recorder of PLC 1\ntaken 2026-03-29T08:00:00.000000Z\n",
		"PLC_1-20260329T070000.000.txt": "flight recorder of PLC 1\ntaken 2026-03-29T07:00:00.000000Z\n",
		"PLC_1-20260329T090000.000.txt": "flight recorder of PLC_1\ntaken 2026-03-29T09:00:00.000000Z\n",
		"PLC_1-20260329T100000.000.txt": "it was a dark and stormy night\n",
	} {
		if err := os.WriteFile(filepath.Join(data.RecordingsDir(), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := data.Recordings("PLC 1")
	if len(list) != 2 || list[0].At.Hour() != 7 || err == nil || !strings.Contains(err.Error(), "100000") {
		t.Errorf("%+v, %v", list, err)
	}
}
