package journal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// bits of the file that rot. Whatever is read afterwards is what was
// written, or it is said that the file is damaged: by the file when it is
// opened or read, or by the chain. A page that leads back to itself is not read
// for ever.
func TestRottenBitsAreFound(t *testing.T) {
	flips := 200
	if testing.Short() {
		flips = 40
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "ops.db")
	j, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		id := fmt.Sprintf("d%d", i%40)
		record(t, j, Entry{At: int64(i), Kind: User, Action: "changed", On: id, Who: "anna", Old: "ol", New: fmt.Sprint(i)}, Doc{Kind: "user", ID: id, Body: []byte("body " + fmt.Sprint(i))})
	}
	want, err := contents(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 0))
	found := 0
	for n := range flips {
		rotten := append([]byte(nil), whole...)
		at, bit := r.IntN(len(rotten)), r.IntN(8)
		rotten[at] ^= 1 << bit
		file := filepath.Join(dir, fmt.Sprintf("rotten-%d.db", n))
		if err := os.WriteFile(file, rotten, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(Options{Path: file, ReadOnly: true})
		if err != nil {
			found++
			continue
		}
		got, err := contents(t.Context(), j)
		rep, verr := j.Verify(t.Context())
		j.Close()
		switch {
		case err != nil || verr != nil || !rep.OK():
			found++
		case !reflect.DeepEqual(got, want):
			t.Errorf("seed %d: bit %d of byte %d (page %d) changes what is read, and nothing says so", seed, bit, at, at/4096)
		}
		os.Remove(file)
	}
	t.Logf("%d flips of %d bytes, %d in bytes that are used", flips, len(whole), found)
	if found == 0 {
		t.Error("no flip was found at all")
	}
}

type content struct {
	entries []Entry
	docs    []Doc
}

func contents(ctx context.Context, j *Journal) (c content, err error) {
	err = j.Each(ctx, Filter{OldestFirst: true}, func(e *Entry) error { c.entries = append(c.entries, *e); return nil })
	if err == nil {
		c.docs, err = j.Docs("user")
	}
	return c, err
}
