package plant

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/app/project"
	"penstock/app/tag"
)

// A plant runs whatever is wrong with the database, and says so without the
// password.
func TestForwardingThatCannotBegin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://u:hush@host:x/y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ url, want string }{
		{"", "has no connection string"},
		{"file:" + file + ".not", "no such file"},
		{"file:" + file, "connection string"},
	} {
		t.Setenv("PENSTOCK_TEST_FORWARD", c.url)
		r := newRack()
		r.set("1", tag.Float(5))
		proj, set := load(t, r, levelTags, levelAlarms)
		proj.Forward = project.Forward{URLEnv: "PENSTOCK_TEST_FORWARD"}
		p := run(t, proj, set, t.TempDir())
		soon(t, "L is read", func() bool { return p.Tags().Cell("L").Load().Quality.IsGood() })
		text := ""
		for _, w := range p.Worries() {
			text += w.Text
		}
		if !strings.Contains(text, "not forwarded") || !strings.Contains(text, c.want) || strings.Contains(text, "hush") {
			t.Errorf("%q: worries %q, want %q", c.url, text, c.want)
		}
		if _, ok := p.Forward.Status(); ok {
			t.Errorf("%q: has a status", c.url)
		}
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}
}

// A database that is away keeps nobody from stopping.
func TestForwardingToNobody(t *testing.T) {
	t.Setenv("PENSTOCK_TEST_FORWARD", "host="+t.TempDir()+" user=u password=hush dbname=d")
	r := newRack()
	r.set("1", tag.Float(5))
	proj, set := load(t, r, levelTags, levelAlarms)
	proj.Forward = project.Forward{URLEnv: "PENSTOCK_TEST_FORWARD", Station: "weir", Batch: 100}
	p := run(t, proj, set, t.TempDir())
	soon(t, "the failure shows", func() bool {
		st, ok := p.Forward.Status()
		return ok && st.Err != "" && !st.Connected && st.Waiting > 0
	})
	st, _ := p.Forward.Status()
	if strings.Contains(st.Err, "hush") || st.Since.IsZero() {
		t.Errorf("status %+v", st)
	}
	if len(p.forwardWorries(time.Now())) != 0 {
		t.Error("a short absence is no worry")
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}
