package journal

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func exported(t *testing.T) *Journal {
	j := opened(t)
	at := time.Date(2030, 3, 31, 1, 30, 0, 123456000, time.UTC).UnixNano()
	for _, e := range []Entry{
		{At: at, Source: at - 1e6, Kind: Alarm, Action: "annunciated", On: "HL.PT601.HI", Level: 1, New: "unacknowledged", Note: "Druck zu hoch, \"6,1 bar\""},
		{At: at + 1e9, Kind: Command, Action: "set", On: "SP", Who: "anna", Old: "-5", New: "+7.5", Note: "=cmd|' /C calc'!A0"},
		{At: at + 2e9, Kind: Command, Action: "@SUM(A1)", On: "-x", Note: "two\r\nlines\u202e txt"},
	} {
		record(t, j, e)
	}
	return j
}

func TestWriteCSV(t *testing.T) {
	var b bytes.Buffer
	if err := exported(t).WriteCSV(t.Context(), &b, Filter{OldestFirst: true}); err != nil {
		t.Fatal(err)
	}
	const want = `seq,at,source,kind,action,on,area,who,station,old,new,outcome,note,ref,level
1,2030-03-31T01:30:00.123456Z,2030-03-31T01:30:00.122456Z,alarm,annunciated,HL.PT601.HI,,,,,unacknowledged,,"Druck zu hoch, ""6,1 bar""",,1
2,2030-03-31T01:30:01.123456Z,,command,set,SP,,anna,,-5,+7.5,,'=cmd|' /C calc'!A0,,
3,2030-03-31T01:30:02.123456Z,,command,'@SUM(A1),'-x,,,,,,,two  lines  txt,,
`
	if b.String() != want {
		t.Errorf("wrote\n%s\nwant\n%s", b.String(), want)
	}
}

func TestWriteXLSX(t *testing.T) {
	var b bytes.Buffer
	if err := exported(t).WriteXLSX(t.Context(), &b, Filter{OldestFirst: true}); err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	rows, err := x.GetRows("Journal")
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got := strings.Join(rows[0], ","); got != strings.Join(header, ",") {
		t.Errorf("header %s", got)
	}
	if !strings.HasPrefix(rows[1][1], "2030-03-31 01:30:00") || rows[1][12] != "Druck zu hoch, \"6,1 bar\"" || rows[1][14] != "1" {
		t.Errorf("%q", rows[1])
	}
	raw, err := x.GetCellValue("Journal", "B2", excelize.Options{RawCellValue: true})
	days, perr := strconv.ParseFloat(raw, 64)
	if at := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(days * 24 * float64(time.Hour))); err != nil || perr != nil || at.Sub(time.Date(2030, 3, 31, 1, 30, 0, 123456000, time.UTC)).Abs() > 10*time.Microsecond {
		t.Errorf("the time is %v (%s)", at, raw)
	}
	if rows[2][12] != "=cmd|' /C calc'!A0" {
		t.Errorf("%q", rows[2][12])
	}
	for _, cell := range []string{"M3", "E4"} {
		if f, err := x.GetCellFormula("Journal", cell); err != nil || f != "" {
			t.Errorf("%s holds the formula %q (%v)", cell, f, err)
		}
	}
}

// What CSV holds reads back as one line an entry, whatever the texts are.
func FuzzCSVIsOneLineAnEntry(f *testing.F) {
	f.Add("a\nb", "=1+1")
	f.Add("\x00\x1b[2J", "-")
	j, err := Open(Options{Path: f.TempDir() + "/ops.db"})
	if err != nil {
		f.Fatal(err)
	}
	defer j.Close()
	f.Fuzz(func(t *testing.T, note, old string) {
		record(t, j, Entry{At: 1, Kind: System, Action: "x", Note: note, Old: old})
		var b bytes.Buffer
		if err := j.WriteCSV(t.Context(), &b, Filter{Limit: 1}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n != 2 {
			t.Fatalf("%d lines: %q", n, b.String())
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != len(header) {
			t.Fatalf("%q %v", rows, err)
		}
		for _, c := range rows[1] {
			if c != "" && strings.ContainsRune("=@\t|", rune(c[0])) {
				t.Fatalf("%q would be worked out", c)
			}
		}
	})
}
