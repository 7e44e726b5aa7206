package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder writes the small project of testdata into a folder.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := unpack(t, "testdata/good.txt")
	delete(files, "want")
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

func content(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return string(b)
}

const newTags = "id,device,address\nLT1,P,1\nSP1,P,2\nP1.RUN,P,3\nNEW,P,4\n"

func TestReplaceIsCheckedAndWhole(t *testing.T) {
	dir := folder(t)
	before := content(t, dir, tagsFile)
	if _, err := Replace(dir, map[string][]byte{tagsFile: []byte("id,device,address\nA,NOWHERE,1\n")}, set); err == nil {
		t.Error("a project with mistakes was saved")
	}
	if content(t, dir, tagsFile) != before {
		t.Error("a change that was refused changed a file")
	}
	for _, name := range []string{"../evil", "displays/../../evil.json", "displays/a/b.json", "tags.txt", "/etc/passwd", ""} {
		if _, err := Replace(dir, map[string][]byte{name: []byte("x")}, set); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	p, err := Replace(dir, map[string][]byte{tagsFile: []byte(newTags), alarmsFile: nil}, set)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Tags) != 4 || len(p.Alarms) != 0 {
		t.Errorf("%d tags, %d alarms", len(p.Tags), len(p.Alarms))
	}
	again, err := Load(dir, set)
	if err != nil || len(again.Tags) != 4 || len(again.Alarms) != 0 {
		t.Errorf("loaded again: %v, %v", again, err)
	}
	if _, err := os.Stat(filepath.Join(dir, stagedDir)); err == nil {
		t.Error("the staging folder is left behind")
	}
}

// Whenever the power fails, the project is the old one or the new one.
func TestAPowerCutWhileSaving(t *testing.T) {
	files := map[string][]byte{tagsFile: []byte(newTags), alarmsFile: nil}
	t.Run("before the commit", func(t *testing.T) {
		dir := folder(t)
		if err := stage(dir, files); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, stagedDir, marker)); err != nil {
			t.Fatal(err)
		}
		p, err := Load(dir, set)
		if err != nil || strings.Contains(content(t, dir, tagsFile), "NEW") || len(p.Alarms) == 0 {
			t.Errorf("not the old project: %v", err)
		}
	})
	t.Run("after the commit", func(t *testing.T) {
		dir := folder(t)
		if err := stage(dir, files); err != nil {
			t.Fatal(err)
		}
		// One file was moved already, one was not.
		if err := os.Rename(filepath.Join(dir, stagedDir, tagsFile), filepath.Join(dir, tagsFile)); err != nil {
			t.Fatal(err)
		}
		p, err := Load(dir, set)
		if err != nil || len(p.Tags) != 4 || len(p.Alarms) != 0 {
			t.Errorf("not the new project: %v", err)
		}
	})
}

const plan = `<svg viewBox="0 0 9 9"><rect width="9" height="9"/></svg>`

// Pictures belong to a project: displays find them, mistakes in them are said
// with their line, and none is written that cannot be shown.
func TestPictures(t *testing.T) {
	dir := folder(t)
	shows := []byte(`{"format": 1, "title": "P", "level": 1, "size": [100, 100], "items": [
 {"id": "a", "kind": "picture", "box": [0, 0, 9, 9], "props": {"file": "plan.svg"}}]}`)
	if _, err := Replace(dir, map[string][]byte{"displays/plan.json": shows}, set); err == nil || !strings.Contains(err.Error(), `displays/plan.json:2: a shows the picture "plan.svg", which is not in the project`) {
		t.Errorf("a display without its picture: %v", err)
	}
	if _, err := Replace(dir, map[string][]byte{"pictures/plan.svg": []byte("<svg viewBox='0 0 9 9'>\n<script/></svg>")}, set); err == nil || !strings.Contains(err.Error(), "pictures/plan.svg:2: <script> is not read") {
		t.Errorf("a picture that runs something: %v", err)
	}
	for _, name := range []string{"pictures/../evil.svg", "pictures/a/b.svg", "pictures/evil.exe", "pictures/.svg", "pictures/"} {
		if _, err := Replace(dir, map[string][]byte{name: []byte(plan)}, set); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	p, err := Replace(dir, map[string][]byte{"pictures/plan.svg": []byte(plan), "displays/plan.json": shows}, set)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(dir, set)
	if err != nil || again.Pictures["plan.svg"] == nil || p.Pictures["plan.svg"] == nil {
		t.Errorf("saved and loaded again: %v, %v", again, err)
	}
	if _, err := Replace(dir, map[string][]byte{"pictures/plan.svg": nil}, set); err == nil {
		t.Error("a picture that is shown was removed")
	}
}
