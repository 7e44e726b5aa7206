package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What the chain cannot show, anchors do: each of these leaves a chain that
// fits in itself.
func TestAnchors(t *testing.T) {
	build := func(t *testing.T, path, anchors string, n int) *Journal {
		at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		j, err := Open(Options{Path: path, Anchors: anchors, Now: func() time.Time { at = at.Add(40 * time.Second); return at }})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			record(t, j, Entry{At: int64(i + 1), Kind: System, Action: fmt.Sprint("n", i)})
		}
		return j
	}
	for name, c := range map[string]struct {
		do   func(t *testing.T, path string) // with the journal closed
		want string
	}{
		"untouched": {func(*testing.T, string) {}, ""},
		"end cut off": {func(t *testing.T, path string) {
			edit(t, path, "DELETE FROM entries WHERE seq > 3")
		}, "cut off"},
		"old copy in its place": {func(t *testing.T, path string) {
			if err := os.Rename(path+".old", path); err != nil {
				t.Fatal(err)
			}
		}, "cut off"},
		"worked out anew": {func(t *testing.T, path string) { rehash(t, path) }, "worked out anew"},
		"another journal": {func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			build(t, path, "", 10).Close()
		}, "another journal"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, file := filepath.Join(dir, "ops.db"), filepath.Join(dir, "anchors")
			j := build(t, path, file, 4)
			if err := j.Copy(t.Context(), path+".old"); err != nil {
				t.Fatal(err)
			}
			j.Close()
			build(t, path, file, 6).Close()
			anchors, err := ReadAnchors(file)
			if err != nil || len(anchors) < 3 {
				t.Fatalf("%d anchors, %v", len(anchors), err)
			}
			c.do(t, path)
			j, err = Open(Options{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			if rep := verify(t, j); !rep.OK() {
				t.Fatalf("without anchors: %v: this was meant to be hidden from the chain", rep.String())
			}
			rep, err := j.Verify(t.Context(), anchors...)
			if err != nil {
				t.Fatal(err)
			}
			if rep.OK() != (c.want == "") || !strings.Contains(rep.String(), c.want) {
				t.Errorf("with anchors: %v, want %q", rep.String(), c.want)
			}
		})
	}
}

func edit(t *testing.T, path string, queries ...string) {
	t.Helper()
	j, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	tamper(t, j, queries...)
}

// rehash changes an entry and works out all hashes after it, as somebody with
// this source code could.
func rehash(t *testing.T, path string) {
	t.Helper()
	j, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	tamper(t, j, "UPDATE entries SET note = 'all was well' WHERE seq = 2")
	all, err := j.Query(t.Context(), Filter{OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	var genesis []byte
	if err := j.file.Reader.QueryRow("SELECT value FROM meta WHERE key = 'genesis'").Scan(&genesis); err != nil {
		t.Fatal(err)
	}
	h := Hash(genesis)
	for _, e := range all {
		n, texts := e.parts()
		h, _ = link(h, n, &texts, nil, nil)
		tamper(t, j, fmt.Sprintf("UPDATE entries SET hash = x'%x' WHERE seq = %d", h, e.Seq))
	}
}

func TestAnchorFiles(t *testing.T) {
	dir := t.TempDir()
	if a, err := ReadAnchors(filepath.Join(dir, "none")); err != nil || a != nil {
		t.Errorf("%v %v", a, err)
	}
	a := Anchor{At: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Seq: 7, Hash: Hash{1, 2}}
	path := filepath.Join(dir, "anchors")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(a.String() + "\n" + a.String()[:30])
	if got, err := ReadAnchors(path); err != nil || len(got) != 1 || got[0] != a {
		t.Errorf("%v %v: a line that was cut off is left out", got, err)
	}
	write(a.String() + "\nnonsense\n")
	if _, err := ReadAnchors(path); err == nil || !strings.Contains(err.Error(), "anchors:2:") {
		t.Errorf("read nonsense: %v", err)
	}
	// A place that cannot be written is told, and nothing is lost.
	j, err := Open(Options{Path: filepath.Join(dir, "ops.db"), Anchors: filepath.Join(dir, "no", "such", "place")})
	if err != nil {
		t.Fatal(err)
	}
	record(t, j, Entry{Kind: System, Action: "x"})
	j.Close()
	if s := j.Stats(); s.AnchorErr == "" || s.Entries != 1 {
		t.Errorf("%+v", s)
	}
}
