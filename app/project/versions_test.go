package project

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"
)

func TestVersionsAreKeptOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "versions")
	at := time.Date(2026, 3, 29, 2, 0, 0, 0, time.UTC)
	a := Files{projectFile: []byte("format = 1\n"), "displays/p.json": []byte("{}")}
	b := Files{projectFile: []byte("format = 1\nname = \"B\"\n")}
	var names []string
	for i, f := range []Files{a, a, b, a} {
		v, err := Keep(dir, f, at.Add(time.Duration(i)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, v.Name)
		if got, err := ReadFiles(v.Folder); err != nil || got.Digest() != f.Digest() {
			t.Errorf("version %s holds %v, %v", v.Name, got, err)
		}
	}
	if names[0] != names[1] || names[1] == names[2] || names[0] == names[3] {
		t.Errorf("kept as %v", names)
	}
	// What a power cut left is neither a version nor in the way of one.
	if err := os.MkdirAll(filepath.Join(dir, unfinished), 0o700); err != nil {
		t.Fatal(err)
	}
	all, err := Versions(dir)
	if err != nil || len(all) != 3 || !all[0].At.Equal(at) || all[2].Name != names[3] {
		t.Errorf("versions %v, %v", all, err)
	}
	if _, err := Keep(dir, b, at.Add(9*time.Hour)); err != nil {
		t.Error(err)
	}
}

// What is kept is what was loaded: every file that had a say, and no other.
func TestAProjectRemembersWhatItWasReadFrom(t *testing.T) {
	files := unpack(t, "testdata/good.txt")
	delete(files, "want")
	files["notes.txt"] = &fstest.MapFile{Data: []byte("not of the project")}
	p, err := LoadFS(files, set)
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "notes.txt")
	want := Files{}
	for name, f := range files {
		want[name] = f.Data
	}
	if p.Files.Digest() != want.Digest() {
		t.Errorf("kept %d files, want %d", len(p.Files), len(want))
	}
}

func TestDigestTellsNamesFromTexts(t *testing.T) {
	if (Files{"a": []byte("bc")}).Digest() == (Files{"ab": []byte("c")}).Digest() {
		t.Error("two projects with one fingerprint")
	}
}

func TestDiff(t *testing.T) {
	const tags = "id,device,hi,description\nA,P,10,Level\nB,P,5,Flow\n"
	for name, c := range map[string]struct {
		was, is Files
		want    []string
	}{
		"nothing":         {Files{tagsFile: []byte(tags)}, Files{tagsFile: []byte(tags)}, nil},
		"a cell":          {Files{tagsFile: []byte(tags)}, Files{tagsFile: []byte("id,device,hi,description\nA,P,12,Level\nB,P,5,Flow\n")}, []string{`tags.csv A hi: "10" -> "12"`}},
		"columns moved":   {Files{tagsFile: []byte(tags)}, Files{tagsFile: []byte("hi;id;device;description\n10;A;P;Level\n5;B;P;Flow\n")}, nil},
		"rows":            {Files{tagsFile: []byte(tags)}, Files{tagsFile: []byte("id,device,hi,description\nB,P,5,Flow\nC,P,1,Speed\n")}, []string{"tags.csv A - Level", "tags.csv C + Speed"}},
		"a new column":    {Files{tagsFile: []byte("id\nA\n")}, Files{tagsFile: []byte("id,unit\nA,m\n")}, []string{`tags.csv A unit: "" -> "m"`}},
		"not by id":       {Files{tagsFile: []byte("id\nA\nA\n")}, Files{tagsFile: []byte("id\nA\nB\n")}, []string{"tags.csv - A", "tags.csv + B"}},
		"lines":           {Files{projectFile: []byte("a\nb\nb\n")}, Files{projectFile: []byte("b\na\nc\n")}, []string{"project.toml - b", "project.toml + c"}},
		"lines moved":     {Files{projectFile: []byte("a\nb\n")}, Files{projectFile: []byte("b\na\n")}, []string{`project.toml order of lines or ends of line: "as before" -> "changed"`}},
		"files":           {Files{"displays/a.json": []byte("{}")}, Files{"displays/b.json": []byte("{}")}, []string{"displays/a.json -", "displays/b.json +"}},
		"an ended line":   {Files{projectFile: []byte("a\n")}, Files{projectFile: []byte("a")}, []string{`project.toml order of lines or ends of line: "as before" -> "changed"`}},
		"a byte order ok": {Files{tagsFile: []byte("\ufeffid,unit\nA,m\n")}, Files{tagsFile: []byte("id,unit\nA,l\n")}, []string{`tags.csv A unit: "m" -> "l"`}},
	} {
		var got []string
		for _, ch := range Diff(c.was, c.is) {
			got = append(got, ch.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
