package project

import (
	"strings"
	"testing"
)

const handWritten = "# the tags of Weir Lane\nid,description,device,address,unit\nA.LT1,\"level, tank 1\",PLC1,40001,m\n\n# pumps\nA.P1.RUN,pump 1,PLC1,00001\n"

// What people wrote stays as they wrote it; only cells that differ change.
func TestMergingTags(t *testing.T) {
	out, added, changed, err := MergeTags([]byte(handWritten), []TagRow{
		{"A.LT1", map[string]string{"unit": "mm"}},
		{"A.P2.RUN", map[string]string{"description": "pump 2", "device": "PLC1", "address": "00002", "kind": "bool", "lo": ""}},
	})
	if err != nil || added != 1 || changed != 1 {
		t.Fatalf("%d added, %d changed, %v", added, changed, err)
	}
	want := "# the tags of Weir Lane\nid,description,device,address,unit,kind\nA.LT1,\"level, tank 1\",PLC1,40001,mm\n\n# pumps\nA.P1.RUN,pump 1,PLC1,00001\nA.P2.RUN,pump 2,PLC1,00002,,bool\n"
	if string(out) != want {
		t.Errorf("it became\n%s\nwant\n%s", out, want)
	}
	again, added, _, err := MergeTags(out, []TagRow{{"A.P2.RUN", map[string]string{"kind": "bool"}}, {"A.LT1", nil}})
	if err != nil || added != 0 || string(again) != want {
		t.Errorf("what is so already changes: %d added, %v\n%s", added, err, again)
	}
	if _, _, _, err := MergeTags(out, []TagRow{{"X", map[string]string{"colour": "red"}}}); err == nil {
		t.Error("a column that does not exist is written")
	}
	cells, err := TagCells(out, "A.LT1")
	if err != nil || cells["unit"] != "mm" || cells["description"] != "level, tank 1" {
		t.Errorf("the row reads %v, %v", cells, err)
	}
	if _, err := TagCells(out, "NO.SUCH"); err == nil {
		t.Error("a tag that is not there has a row")
	}
}

func TestMergingKeepsTheEndsOfLines(t *testing.T) {
	text := "\ufeffid;unit\r\nA;m\r\nB;bar"
	out, _, _, err := MergeTags([]byte(text), []TagRow{{"B", map[string]string{"unit": "mbar"}}, {"C", map[string]string{"unit": "K"}}})
	if err != nil || string(out) != "\ufeffid;unit\r\nA;m\r\nB;mbar\nC;K\r\n" {
		t.Errorf("it became %q, %v", out, err)
	}
	rows, err := ReadTagRows([]byte("unit,ID\nm,A\n,\nbar,B\n"))
	if err != nil || len(rows) != 2 || rows[1].ID != "B" || rows[1].Cells["unit"] != "bar" {
		t.Errorf("read %v, %v", rows, err)
	}
}

func FuzzMergeTags(f *testing.F) {
	f.Add(handWritten, "A.LT1", "unit", "mm")
	f.Add("id\n", "X", "description", "a \"quote\", and more\n")
	f.Fuzz(func(t *testing.T, text, id, _, word string) {
		id = strings.TrimSpace(id)
		if badName(id) != "" || strings.ContainsAny(word, "\r\x00") {
			return
		}
		out, _, _, err := MergeTags([]byte(text), []TagRow{{id, map[string]string{"description": word}}})
		if err != nil {
			return
		}
		cells, err := TagCells(out, id)
		if err != nil || cells["description"] != word {
			t.Errorf("%q with %q became %q: %q, %v", text, word, out, cells["description"], err)
		}
	})
}
