package plant

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/historian/journal"
)

func TestKeysAreMadeOnceAndKept(t *testing.T) {
	d := KeyDir(filepath.Join(t.TempDir(), "penstock"))
	if who, err := d.AnchorSigner(); who != nil || err != nil {
		t.Fatalf("%x %v: nobody has signed yet", who, err)
	}
	keys := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() { // stations that start at the same moment
			var err error
			if keys[i], err = d.codes(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, k := range keys {
		if !bytes.Equal(k, keys[0]) || len(k) != keyBytes || bytes.Equal(k, make([]byte, keyBytes)) {
			t.Fatalf("%x and %x", k, keys[0])
		}
	}
	signs, err := d.anchorKey()
	if err != nil || bytes.Equal(signs.Seed(), keys[0]) {
		t.Fatalf("%v: one key for two things", err)
	}
	if who, err := d.AnchorSigner(); err != nil || !who.Equal(signs.Public()) {
		t.Errorf("%x %v", who, err)
	}
	left, err := filepath.Glob(filepath.Join(string(d), ".key-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v left over", left)
	}
	path := filepath.Join(string(d), "codes.key")
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := d.codes(); err == nil || !strings.Contains(err.Error(), "others") {
			t.Errorf("everybody may read it: %v", err)
		}
	}
	if err := os.WriteFile(path, []byte("12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	os.Chmod(path, 0o600)
	if _, err := d.codes(); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("two digits for a key: %v", err)
	}
}

// The journal of a data folder that was put back from yesterday fits in
// itself; what lies with the keys and in the folder of the project does not.
func TestAnchorsLieOutsideTheDataFolder(t *testing.T) {
	r := newRack()
	p, set := load(t, r, "id,device,address,type\nA,R,1,\n", "id,tag,kind,limit,priority,message\nA.H,A,high,80,1,high\n")
	data, keys, copies := DataDir(t.TempDir()), KeyDir(t.TempDir()), t.TempDir()
	p.Journal.Anchors = copies
	conf := Config{Project: p, Data: data, Drivers: set, Keys: keys}
	session := func() {
		pl, err := Start(conf)
		if err != nil {
			t.Fatal(err)
		}
		if w := pl.Worries(); len(w) > 0 {
			t.Errorf("%v", w)
		}
		if len(pl.CodesKey()) != keyBytes {
			t.Errorf("the key for codes has %d bytes", len(pl.CodesKey()))
		}
		if err := pl.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	session()
	old, err := os.ReadFile(data.JournalPath())
	if err != nil {
		t.Fatal(err)
	}
	session()
	check := func() (says []string) {
		j, err := journal.Open(journal.Options{Path: data.JournalPath(), ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		who, err := keys.AnchorSigner()
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range conf.anchorFiles() {
			anchors, _, err := journal.ReadAnchors(file, who)
			if err != nil || len(anchors) != 2 {
				t.Fatalf("%s: %d anchors, %v", file, len(anchors), err)
			}
			rep, err := j.Verify(t.Context(), anchors...)
			if err != nil {
				t.Fatal(err)
			}
			says = append(says, rep.String())
		}
		return says
	}
	for _, say := range check() {
		if !strings.Contains(say, "2 anchors agree") {
			t.Error(say)
		}
	}
	if err := os.WriteFile(data.JournalPath(), old, 0o600); err != nil {
		t.Fatal(err)
	}
	says := check()
	for _, say := range says {
		if !strings.Contains(say, "cut off") {
			t.Error(say)
		}
	}
	if len(says) != 2 {
		t.Errorf("%d places", len(says))
	}
	// A place that cannot be written is a worry, and the plant runs.
	p.Journal.Anchors = filepath.Join(conf.anchorFiles()[0], "below a file")
	pl, err := Start(conf)
	if err != nil {
		t.Fatal(err)
	}
	defer pl.Stop()
	pl.Journal.Close() // writes the last anchor
	if w := pl.Worries(); len(w) != 2 || !strings.Contains(w[0].Text, "removed or exchanged") || !strings.Contains(w[1].Text, "anchor") {
		t.Errorf("%v", w)
	}
}

// Whoever removes the file that the people stand in is told so at every start,
// until a backup is restored or the anchors are put aside: it does not open the
// door for a new first administrator.
func TestARemovedJournalIsTold(t *testing.T) {
	r := newRack()
	p, set := load(t, r, "id,device,address,type\nA,R,1,\n", "id,tag,kind\n")
	conf := Config{Project: p, Data: DataDir(t.TempDir()), Drivers: set, Keys: KeyDir(t.TempDir())}
	session := func() (worries []Worry, lost error) {
		pl, err := Start(conf)
		if err != nil {
			t.Fatal(err)
		}
		lost, worries = pl.Lost(), pl.Worries()
		if err := pl.Stop(); err != nil {
			t.Fatal(err)
		}
		return worries, lost
	}
	for range 3 {
		if w, lost := session(); lost != nil || len(w) > 0 {
			t.Fatalf("nothing was removed: %v, %v", lost, w)
		}
	}
	if err := os.Remove(conf.Data.JournalPath()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if w, lost := session(); !errors.Is(lost, ErrLost) || len(w) != 1 || !strings.Contains(w[0].Text, "had 6 entries") {
			t.Errorf("it was removed: %v, %v", lost, w)
		}
	}
	if _, err := conf.Keys.RetireAnchors(conf.Data, time.Now()); err != nil {
		t.Fatal(err)
	}
	if w, lost := session(); lost != nil || len(w) > 0 {
		t.Errorf("the anchors were put aside: %v, %v", lost, w)
	}
}

func TestADamagedJournalSaysWhatToDo(t *testing.T) {
	p, set := load(t, newRack(), "id,device,address,type\nA,R,1,\n", "id,tag,kind\n")
	conf := Config{Project: p, Data: DataDir(t.TempDir()), Drivers: set}
	if err := os.WriteFile(conf.Data.JournalPath(), bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if pl, err := Start(conf); err == nil {
		pl.Stop()
		t.Error("it was started")
	} else if !strings.Contains(err.Error(), "penstock restore") {
		t.Error(err)
	}
}
