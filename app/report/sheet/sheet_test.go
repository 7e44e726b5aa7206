package sheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"penstock/app/tag"
)

var defs = map[tag.ID]*tag.Def{
	"A.FT1":  {ID: "A.FT1", Text: "=cmd()", Unit: "m3/h"},
	"A.NAME": {ID: "A.NAME", Text: "Batch", Kind: tag.KindText},
}

// Two samples on both sides of the end of summer time, one bad, one a text.
var samples = []tag.Sample{
	{ID: "A.FT1", Value: tag.Value{Source: time.Date(2026, 10, 25, 0, 30, 0, 123456000, time.UTC).UnixNano(), Value: tag.Float(-12.5), Quality: tag.Good}},
	{ID: "A.FT1", Value: tag.Value{Source: time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC).UnixNano(), Value: tag.Float(13), Quality: tag.SensorNotAccurate, Flags: tag.Manual}},
	{ID: "A.FT1", Value: tag.Value{Source: time.Date(2026, 10, 25, 1, 31, 0, 0, time.UTC).UnixNano(), Quality: tag.BadSensorFailure}},
	{ID: "A.NAME", Value: tag.Value{Source: time.Date(2026, 10, 25, 1, 32, 0, 0, time.UTC).UnixNano(), Value: tag.Text("-1+1"), Quality: tag.Good}},
	{ID: "A.FT1", Value: tag.Value{Source: time.Date(2026, 10, 25, 1, 33, 0, 0, time.UTC).UnixNano(), Value: tag.Float(math.NaN()), Quality: tag.Good}},
}

func written(t *testing.T, format string) []byte {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	var b bytes.Buffer
	w, err := New(format, &b, zone)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		if err := w.Add(defs[s.ID], s.Value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Table("Statistics", []string{"Tag", "Description", "Unit", "From", "To", "Mean"}, [][]string{{"A.FT1", "", "m3/h", "a", "b", "12.25"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Times say their zone, so the hour that comes twice is not mixed up.
func TestCSV(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(written(t, "csv"))).ReadAll()
	if err != nil || len(rows) != 1+len(samples) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, want := range [][]string{
		Header,
		{"2026-10-25T02:30:00.123456+02:00", "A.FT1", "'=cmd()", "-12.5", "m3/h", "good", "0x00000000", ""},
		{"2026-10-25T02:30:00.000000+01:00", "A.FT1", "'=cmd()", "13", "m3/h", tag.SensorNotAccurate.String(), "0x40930000", "manual"},
		{"2026-10-25T02:31:00.000000+01:00", "A.FT1", "'=cmd()", "", "m3/h", tag.BadSensorFailure.String(), "0x808C0000", ""},
		{"2026-10-25T02:32:00.000000+01:00", "A.NAME", "Batch", "'-1+1", "", "good", "0x00000000", ""},
	} {
		for k := range want {
			if rows[i][k] != want[k] {
				t.Errorf("row %d: %s is %q, want %q", i, Header[k], rows[i][k], want[k])
			}
		}
	}
}

func TestWorkbook(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(written(t, "xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Samples")
	if err != nil || len(rows) != 1+len(samples) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[0][0] != "time (Europe/Berlin)" || rows[1][8] != "+02:00" || rows[2][8] != "+01:00" {
		t.Errorf("the zone: %q, %q, %q", rows[0][0], rows[1][8], rows[2][8])
	}
	for i, want := range []time.Time{time.Date(2026, 10, 25, 2, 30, 0, 123456000, time.UTC), time.Date(2026, 10, 25, 2, 30, 0, 0, time.UTC)} {
		raw, _ := f.GetCellValue("Samples", fmt.Sprintf("A%d", i+2), excelize.Options{RawCellValue: true})
		days, err := strconv.ParseFloat(raw, 64)
		if got := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(math.Round(days*86400e6)) * time.Microsecond); err != nil || got.Sub(want).Abs() > 2*time.Microsecond {
			t.Errorf("the clock of row %d shows %v, want %v", i, got, want)
		}
	}
	if rows[1][3] != "-12.5" || rows[3][6] != "0x808C0000" || rows[4][3] != "-1+1" || rows[5][3] != "NaN" {
		t.Errorf("the values: %q", rows[1:])
	}
	if kind, _ := f.GetCellType("Samples", "D2"); kind == excelize.CellTypeInlineString {
		t.Error("a number is written as text")
	}
	if stats, err := f.GetRows("Statistics"); err != nil || len(stats) != 2 || stats[1][5] != "12.25" {
		t.Errorf("the statistics: %v, %v", stats, err)
	}
}
