package main

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/app/plant"
	"penstock/app/tag"
	"penstock/historian"
)

// What history writes is what was stored, in every kind of file, and no file
// is written over.
func TestHistoryIntoFiles(t *testing.T) {
	dir := t.TempDir()
	h, err := historian.Open(historian.Options{Dir: plant.DataDir(dir).HistoryDir()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Truncate(time.Second)
	for i := range 600 {
		at := now.Add(time.Duration(i-600) * time.Second).UnixNano()
		h.Append([]tag.Sample{
			{ID: "A.LT1", Value: tag.Value{Source: at, Received: at, Value: tag.Float(math.Sin(float64(i) / 50)), Quality: tag.Good}},
			{ID: "A.BATCH", Value: tag.Value{Source: at, Received: at, Value: tag.Text([]string{"red", "green"}[i/300]), Quality: tag.Good}}})
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, want string }{{"a.pdf", "%PDF-"}, {"a.png", "\x89PNG"}, {"a.svg", "green"}, {"a.csv", ",A.BATCH,,green,"}, {"a.xlsx", "PK"}} {
		if testing.Short() && (c.file == "a.pdf" || c.file == "a.png") {
			continue // long to draw under the race detector; the SVG takes the same way
		}
		file := filepath.Join(dir, c.file)
		args := []string{"--data", dir, "--tag", "A.LT1,A.BATCH", "--from", now.Add(-10 * time.Minute).Format(time.RFC3339), "--to", now.Format(time.RFC3339), "--out", file}
		if err := historyOf(t, args...); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(text, []byte(c.want)) {
			t.Errorf("%s does not hold %q: %v", c.file, c.want, err)
		}
		if c.file == "a.csv" && bytes.Count(text, []byte("\n")) != 1+2*600 {
			t.Errorf("%d lines of samples", bytes.Count(text, []byte("\n")))
		}
		if err := historyOf(t, args...); err == nil || !strings.Contains(err.Error(), "there already") {
			t.Errorf("%s a second time: %v", c.file, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".penstock-*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if err := historyOf(t, "--data", dir, "--tag", "A.LT1", "--out", filepath.Join(dir, "a.doc")); err == nil || !strings.Contains(err.Error(), "must end in") {
		t.Errorf("a kind nobody knows: %v", err)
	}
}

// historyOf calls the verb as the command line does.
func historyOf(t *testing.T, args ...string) error {
	t.Helper()
	var said bytes.Buffer
	c := &call{FlagSet: flag.NewFlagSet("history", flag.ContinueOnError), verb: historyVerb, rest: args, out: &said, err: &said}
	c.SetOutput(&said)
	return historyVerb.run(t.Context(), c)
}
