package waterworks

import (
	"encoding/csv"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the signal table into assets/demo/tags.csv")

const sheet = "../../../assets/demo/tags.csv"

// The demo project's tags are the plant's signals, row by row, and after them
// the computed tags, which are written by hand. With -update the signals' rows
// are written anew and the computed ones kept.
func TestTheDemoTagsAreTheSignals(t *testing.T) {
	have, err := os.ReadFile(sheet)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := [][]string{Columns}
	for _, d := range Signals() {
		want = append(want, Row(d))
	}
	rows, err := csv.NewReader(strings.NewReader(string(have))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if len(r) == len(Columns) && r[0] != "id" && r[slices.Index(Columns, "expression")] != "" {
			want = append(want, r)
		}
	}
	var text strings.Builder
	w := csv.NewWriter(&text)
	w.WriteAll(want)
	if text.String() == string(have) {
		return
	}
	if *update {
		if err := os.WriteFile(sheet, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, lines := strings.Split(string(have), "\n"), strings.Split(text.String(), "\n")
	for i := range min(len(got), len(lines)) {
		if got[i] != lines[i] {
			t.Fatalf("%s:%d\nhave %s\nwant %s\nrun go generate ./drivers/sim/waterworks", sheet, i+1, got[i], lines[i])
		}
	}
	t.Fatalf("%s has %d lines, want %d: run go generate ./drivers/sim/waterworks", sheet, len(got), len(lines))
}
