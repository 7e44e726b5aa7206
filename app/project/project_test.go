package project

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"penstock/app/alarm"
	"penstock/drivers"
)

// plc is a driver whose addresses are numbers below 100.
type plc struct{}

func (plc) CheckDevice(d drivers.Device) (err error) {
	if !strings.HasPrefix(d.Endpoint, "plc://") {
		err = errors.Join(err, fmt.Errorf("endpoint %q is not like plc://host", d.Endpoint))
	}
	if o := d.Options["speed"]; o != "" && o != "fast" {
		err = errors.Join(err, fmt.Errorf("option speed is %q, not fast", o))
	}
	return err
}

func (plc) CheckPoint(_ drivers.Device, p drivers.Point) error {
	var n int
	if _, err := fmt.Sscanf(p.Address, "%d", &n); err != nil || n >= 100 {
		return fmt.Errorf("%w: %q is not a number below 100", drivers.ErrAddress, p.Address)
	}
	return nil
}

func (plc) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	return nil, errors.New("not in this test")
}

var set = drivers.Set{"plc": plc{}}

// unpack reads a testdata file: sections that begin with "-- name --".
func unpack(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	var file *fstest.MapFile
	for line := range strings.Lines(string(text)) {
		if s, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(s, " --") {
			file = &fstest.MapFile{}
			out[strings.TrimSuffix(s, " --")] = file
		} else if file != nil {
			file.Data = append(file.Data, line...)
		}
	}
	return out
}

// TestMistakes runs every testdata/*.txt: a project and, in the section
// "want", what check prints about it.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			fsys := unpack(t, f)
			want := strings.TrimSpace(string(fsys["want"].Data))
			delete(fsys, "want")
			p, err := LoadFS(fsys, set)
			got := ""
			if err != nil {
				var lines []string
				for _, p := range err.(Problems) {
					lines = append(lines, p.String())
				}
				got = strings.Join(lines, "\n")
			}
			if got != want {
				t.Errorf("got:\n%s\n\nwant:\n%s", got, want)
			}
			if (p == nil) != (err != nil) {
				t.Errorf("project %v with error %v: loaded whole or not at all", p, err)
			}
		})
	}
}

func TestLoadSaysWhatTheFolderLacks(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "project.toml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "there is no folder",
		file:                       "is a file; name the folder",
		t.TempDir():                "project.toml: the file is missing",
	} {
		if _, err := Load(path, set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%s) = %v, want %q", path, err, want)
		}
	}
}

// A project cut off or damaged anywhere is refused with words or is a whole
// project: never a panic, never a nil without an error.
func TestDamageAtEveryByte(t *testing.T) {
	whole := unpack(t, "testdata/good.txt")
	delete(whole, "want")
	rnd := rand.New(rand.NewPCG(1, 2))
	for name, f := range whole {
		for i := range f.Data {
			try(t, whole, name, f.Data[:i])
			hurt := append([]byte(nil), f.Data...)
			hurt[i] = byte(rnd.Uint32())
			try(t, whole, name, hurt)
		}
	}
}

func try(t *testing.T, whole fstest.MapFS, name string, data []byte) {
	t.Helper()
	fsys := fstest.MapFS{}
	for n, f := range whole {
		fsys[n] = f
	}
	fsys[name] = &fstest.MapFile{Data: data}
	p, err := LoadFS(fsys, set)
	if (p == nil) == (err == nil) {
		t.Fatalf("%s cut to %d bytes: project %v, error %v", name, len(data), p, err)
	}
	if err == nil {
		return
	}
	for _, pr := range err.(Problems) {
		if pr.File == "" || pr.What == "" || strings.Contains(pr.String(), "\n") {
			t.Fatalf("%s cut to %d bytes: problem %+v does not say where or what on one line", name, len(data), pr)
		}
	}
}

func FuzzLoad(f *testing.F) {
	whole := unpack(f, "testdata/good.txt")
	f.Add([]byte("id,device,address\nA,P,1\n"), []byte("id,kind,tag\n"), []byte("format=1\nname='x'"), []byte("{}"))
	f.Fuzz(func(t *testing.T, tags, alarms, proj, display []byte) {
		fsys := fstest.MapFS{"devices.toml": whole["devices.toml"], "tags.csv": {Data: tags}, "alarms.csv": {Data: alarms},
			"project.toml": {Data: proj}, "displays/x.json": {Data: display}}
		if p, err := LoadFS(fsys, set); (p == nil) == (err == nil) {
			t.Fatalf("project %v, error %v", p, err)
		}
	})
}

func TestRedirectKnowsItsDevices(t *testing.T) {
	fsys := unpack(t, "testdata/good.txt")
	delete(fsys, "want")
	p, err := LoadFS(fs.FS(fsys), set)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Redirect(map[string]string{"P": "plc://other"}); err != nil || p.Device("P").Endpoint != "plc://other" {
		t.Errorf("redirect: %v, endpoint %s", err, p.Device("P").Endpoint)
	}
	if err := p.Redirect(map[string]string{"Q": "plc://other"}); err == nil {
		t.Error("a device that is not there was redirected")
	}
}

// Priorities are called what project.toml calls them, or have the usual words.
func TestPrioritiesHaveNames(t *testing.T) {
	fsys := unpack(t, "testdata/good.txt")
	delete(fsys, "want")
	for text, want := range map[string]string{
		"priorities = [\"critique\", \"haute\", \"moyenne\", \" basse \"]": "critique haute moyenne basse",
		"":                                   "urgent high medium low",
		"priorities = [\"a\", \"b\", \"c\"]": "3 names",
		"priorities = [\"a\", \" \", \"c\", \"d\"]":                 "1 to 16 characters",
		"priorities = [\"a\", \"b\", \"c\", \"d\\u0007\"]":          "1 to 16 characters",
		"priorities = [\"a\", \"of no use at all\", \"c\", \"d\"]":  "a of no use at all c d",
		"priorities = [\"a\", \"of no use at all!\", \"c\", \"d\"]": "1 to 16 characters",
	} {
		toml := fsys["project.toml"].Data
		from := bytes.Index(toml, []byte("priorities"))
		to := from + bytes.IndexByte(toml[from:], '\n')
		changed := maps.Clone(fsys)
		changed["project.toml"] = &fstest.MapFile{Data: slices.Concat(toml[:from], []byte(text), toml[to:])}
		p, err := LoadFS(changed, set)
		if err != nil {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", text, err, want)
			}
			continue
		}
		var got []string
		for i := range alarm.Lowest {
			got = append(got, p.Alarming.Priorities.Word(i+1))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: they are called %q, want %s", text, got, want)
		}
	}
}

// What a tag is related to must be there; a name that is nearly right is told.
func TestRelatedTagsAreThere(t *testing.T) {
	read := func(related string) (*Project, Problems) {
		p, probs := &Project{Devices: []drivers.Device{{Name: "D"}}}, Problems{}
		readTags([]byte("id,device,address,related\nA.RUN,D,1,"+related+"\nA.PSLL1,D,2,\n"), p, &probs)
		return p, probs
	}
	p, probs := read("A.PSLL1 | SYS.CLOCK")
	if len(probs) != 0 || len(p.Tags[0].Related) != 2 || p.Tags[0].Related[0] != "A.PSLL1" {
		t.Errorf("related to %v, with %v", p.Tags[0].Related, probs)
	}
	if _, probs = read("A.PSLL2"); len(probs) != 1 || !strings.Contains(probs.Error(), "A.PSLL1") {
		t.Errorf("of a tag that is not there it says %v", probs)
	}
}
