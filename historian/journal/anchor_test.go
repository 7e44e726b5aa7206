package journal

import (
	"bytes"
	"crypto/ed25519"
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
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	build := func(t *testing.T, path string, anchors []string, n int) *Journal {
		j, err := Open(Options{Path: path, Anchors: anchors, AnchorKey: key})
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
			build(t, path, nil, 10).Close()
		}, "another journal"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, file := filepath.Join(dir, "ops.db"), filepath.Join(dir, "anchors")
			j := build(t, path, []string{file}, 4)
			if err := j.Copy(t.Context(), path+".old"); err != nil {
				t.Fatal(err)
			}
			j.Close()
			build(t, path, []string{file}, 6).Close()
			anchors, _, err := ReadAnchors(file, key.Public().(ed25519.PublicKey))
			if err != nil || len(anchors) != 2 {
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
	if a, _, err := ReadAnchors(filepath.Join(dir, "none"), nil); err != nil || a != nil {
		t.Errorf("%v %v", a, err)
	}
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	a := Anchor{At: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Seq: 7, Hash: Hash{1, 2}}
	header := fmt.Sprintf("%s%x\n", keyLine, public)
	line := a.signed(key) + "\n"
	path := filepath.Join(dir, "anchors")
	for name, c := range map[string]struct {
		text string
		key  ed25519.PublicKey
		n    int
		says string
	}{
		"bare":                    {a.String() + "\n", nil, 1, ""},
		"a last line cut off":     {a.String() + "\n" + a.String()[:30], nil, 1, ""},
		"nonsense":                {a.String() + "\nnonsense\n", nil, 0, "anchors:2:"},
		"signed, by its own word": {header + line, nil, 1, ""},
		"signed, by our key":      {header + line, public, 1, ""},
		"signed by another":       {header + line, other, 0, "signed by another key"},
		"number changed":          {header + strings.Replace(line, " 7 ", " 8 ", 1), public, 0, ErrForged.Error()},
		"signature taken off":     {header + a.String() + "\n", nil, 0, ErrForged.Error()},
		"header taken off":        {a.String() + "\n", public, 0, ErrForged.Error()},
		"two keys":                {header + fmt.Sprintf("%s%x\n", keyLine, other), nil, 0, "another key"},
		"a key that is none":      {keyLine + "12\n", nil, 0, "not a key"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, by, err := ReadAnchors(path, c.key)
		switch {
		case c.says != "":
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v, want %q", name, err, c.says)
			}
		case err != nil || len(got) != c.n || got[0] != a || strings.HasPrefix(c.text, "#") != bytes.Equal(by, public):
			t.Errorf("%s: %v by %x, %v", name, got, by, err)
		}
	}
}

// Anchors are written while the journal grows and while it is quiet, in every
// place there is; a line that a crash cut off gives way to the next.
func TestAnchorsAsTimePasses(t *testing.T) {
	dir := t.TempDir()
	near, far := filepath.Join(dir, "near", "anchors"), filepath.Join(dir, "anchors")
	if err := os.WriteFile(far, []byte("2030-01-01T00:00:00Z 1 00"), 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := Open(Options{Path: filepath.Join(dir, "ops.db"), Anchors: []string{near, far}, anchorEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	until := func(seq int64) {
		t.Helper()
		for range 1000 {
			if got, _, err := ReadAnchors(far, nil); err == nil && len(got) > 0 && got[len(got)-1].Seq >= seq {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("no anchor of entry %d or after it", seq)
	}
	entries := make([]Entry, anchorEntries)
	for i := range entries {
		entries[i] = Entry{At: 1, Kind: System, Action: "x"}
	}
	if err := j.Record(t.Context(), entries, nil); err != nil {
		t.Fatal(err)
	}
	until(anchorEntries)
	j.Close()
	// The clock alone.
	j, err = Open(Options{Path: filepath.Join(dir, "ops.db"), Anchors: []string{near, far}, anchorEvery: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	record(t, j, Entry{At: 2, Kind: System, Action: "y"})
	until(anchorEntries + 1)
	j.Close()
	for _, name := range []string{near, far} {
		got, _, err := ReadAnchors(name, nil)
		if err != nil || len(got) < 2 {
			t.Errorf("%s: %d anchors, %v", name, len(got), err)
		}
	}
	// A place that cannot be written is told, and nothing is lost.
	j, err = Open(Options{Path: filepath.Join(dir, "other.db"), Anchors: []string{filepath.Join(far, "no", "such", "place")}})
	if err != nil {
		t.Fatal(err)
	}
	record(t, j, Entry{Kind: System, Action: "x"})
	j.Close()
	if s := j.Stats(); s.AnchorErr == "" || s.Entries != 1 {
		t.Errorf("%+v", s)
	}
}
