package plantserver

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"
	"github.com/simonvetter/modbus"

	"penstock/app/tag"
)

// A short recording with what real ones have: a gap, an empty cell, a column
// that stands still.
func bench(t testing.TB) (path string, text []string) {
	text = []string{"datetime;Pressure;Volume Flow RateRMS;anomaly"}
	at := time.Date(2020, 2, 8, 13, 30, 47, 0, time.UTC)
	for i := range 40 {
		pressure := fmt.Sprint(0.382638 + float64(i)/64)
		if i == 7 {
			pressure = ""
		}
		text = append(text, fmt.Sprintf("%s;%s;%g;0.0", at.Format(time.DateTime), pressure, 120+float64(i%3)/3))
		at = at.Add(time.Second)
		if i%9 == 4 {
			at = at.Add(time.Second) // a second is missing
		}
	}
	path = filepath.Join(t.TempDir(), "bench.csv")
	if err := os.WriteFile(path, []byte(strings.Join(text, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, text
}

// Every row of a recording arrives at an OPC UA client, value for value, with
// source times as far apart as in the file, also of columns that do not
// change and although the client asked for the newest value alone.
func TestEveryRowArrivesByOPCUA(t *testing.T) {
	t.Parallel()
	path, text := bench(t)
	const speed = 10
	s := start(t, Options{Replay: path, Speed: speed})
	c := awake(t, dial(t, s))
	ns, err := c.FindNamespace(t.Context(), ReplayNamespace)
	if err != nil {
		t.Fatal(err)
	}
	notes := make(chan *opcua.PublishNotificationData, 1000)
	sub, err := c.Subscribe(t.Context(), &opcua.SubscriptionParameters{Interval: 500 * time.Millisecond}, notes)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"UA.ROW", "UA.Pressure", "UA.Volume_Flow_RateRMS", "UA.anomaly"}
	for h, name := range names {
		r := opcua.NewMonitoredItemCreateRequestWithDefaults(ua.NewStringNodeID(ns, name), ua.AttributeIDValue, uint32(h))
		r.RequestedParameters.QueueSize = 1
		r.RequestedParameters.SamplingInterval = 1000
		one, err := sub.Monitor(t.Context(), ua.TimestampsToReturnBoth, r)
		if err != nil || one.Results[0].StatusCode != ua.StatusOK {
			t.Fatal(name, err, one.Results[0].StatusCode)
		}
	}
	got := make([][]*ua.DataValue, len(names))
	for end := time.After(patience); len(got[0]) < len(text) || len(got[3]) < len(text); {
		select {
		case n := <-notes:
			if n.Error != nil {
				t.Fatal(n.Error)
			}
			if d, ok := n.Value.(*ua.DataChangeNotification); ok {
				for _, m := range d.MonitoredItems {
					got[m.ClientHandle] = append(got[m.ClientHandle], m.Value)
				}
			}
		case <-end:
			t.Fatalf("%d rows came, want %d", len(got[0])-1, len(text)-1)
		}
	}
	for h, values := range got {
		if len(values) != len(text) { // one before the first row
			t.Fatalf("%s had %d values, want %d", names[h], len(values), len(text))
		}
	}
	parsed, err := readRows(path)
	if err != nil {
		t.Fatal(err)
	}
	for row := range parsed.times {
		if n := got[0][row+1].Value.Value(); n != int64(row+1) {
			t.Fatalf("row %v came at place %d", n, row+1)
		}
		for k, col := range parsed.columns {
			v, want := got[k+1][row+1], col.values[row]
			switch {
			case math.IsNaN(want) && v.Status != ua.StatusBadNoData:
				t.Errorf("row %d: an empty cell is %v", row+1, v.Status)
			case !math.IsNaN(want) && (v.Status != ua.StatusOK || v.Value.Value() != want):
				t.Errorf("row %d: %s is %v, want %v", row+1, col.name, v.Value.Value(), want)
			}
			apart := v.SourceTimestamp.Sub(got[1][1].SourceTimestamp)
			if want := parsed.times[row].Sub(parsed.times[0]) / speed; (apart - want).Abs() > time.Microsecond {
				t.Errorf("row %d is %v after the first, want %v", row+1, apart, want)
			}
		}
	}
	if age := time.Since(got[1][len(text)-1].SourceTimestamp); age < 0 || age > patience {
		t.Errorf("the last row is %v old", age)
	}
}

// A Modbus client that looks twice a row sees every row whole.
func TestEveryRowArrivesByModbus(t *testing.T) {
	t.Parallel()
	path, _ := bench(t)
	parsed, err := readRows(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint32]bool{}
	look := func(m *modbus.ModbusClient) (row int) {
		r, err := m.ReadBytes(0, 2*(4+4*3), modbus.INPUT_REGISTER)
		if err != nil {
			t.Fatal(err)
		}
		row = int(binary.BigEndian.Uint32(r))
		if rows := binary.BigEndian.Uint32(r[4:]); int(rows) != len(parsed.times) {
			t.Fatalf("the recording has %d rows, not %d", len(parsed.times), rows)
		}
		if row == 0 || seen[uint32(row)] {
			return row
		}
		seen[uint32(row)] = true
		for k, col := range parsed.columns {
			v, want := math.Float64frombits(binary.BigEndian.Uint64(r[8+8*k:])), col.values[row-1]
			if v != want && !(math.IsNaN(v) && math.IsNaN(want)) {
				t.Errorf("row %d: %s is %v, want %v", row, col.name, v, want)
			}
		}
		return row
	}
	// A busy computer may miss a third of a second of it, and sees it at another showing.
	for showing := 0; showing < 6 && len(seen) < len(parsed.times); showing++ {
		m := master(t, start(t, Options{Replay: path, Speed: 3}))
		for end := time.Now().Add(patience); look(m) < len(parsed.times) && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		}
	}
	if len(seen) != len(parsed.times) {
		t.Errorf("%d of %d rows were seen", len(seen), len(parsed.times))
	}
}

func TestBadRecordings(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"empty":          {"", "empty"},
		"no rows":        {"t;a\n", "no rows"},
		"no signals":     {"t\n1\n", "one column"},
		"no header":      {"2020-02-08 13:30:47;1.5\n2020-02-08 13:30:48;1.6\n", "header line"},
		"ragged":         {"t;a;b\n2020-02-08 13:30:47;1;2\n2020-02-08 13:30:48;1\n", ":3: 2 cells, but the header has 3"},
		"no time":        {"t;a\nyesterday;1\n", ":2: \"yesterday\" is not a time"},
		"other time":     {"t;a\n2020-02-08 13:30:47;1\n08.02.2020 13:30:48;1\n", ":3: \"08.02.2020 13:30:48\" is not a time like"},
		"backwards":      {"t;a\n2020-02-08 13:30:47;1\n2020-02-08 13:30:46;1\n", ":3: the time"},
		"not a number":   {"t;a\n2020-02-08 13:30:47;high\n", ":2: column \"a\": \"high\" is not a number"},
		"infinite":       {"t;a\n2020-02-08 13:30:47;inf\n", "not a number"},
		"too long":       {"t;a\n2020-02-08 13:30:47;1\n2023-02-08 13:30:47;1\n", ":3: the time"},
		"same names":     {"t;Flow 1;Flow-1\n1;1;1\n", "same signal name Flow_1"},
		"reserved":       {"t;row\n1;1\n", "same signal name"},
		"nameless":       {"t;a;\n1;1;1\n", "column 3 has no name"},
		"open quote":     {"t;a\n1;\"2\n", "quote"},
		"too many":       {"t" + strings.Repeat(";a", 200) + "\n", "at most"},
		"binary":         {"\x00\x01\x02\x03", "one column"},
		"nul everywhere": {"t;a\n\x00;\x00\n", "not a time"},
	} {
		_, err := parseRows("rec.csv", strings.NewReader(c.text))
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "rec.csv") {
			t.Errorf("%s: %q does not say %q", name, err, c.says)
		}
	}
}

func TestGoodRecordings(t *testing.T) {
	for name, text := range map[string]string{
		"comma":         "t,a,b\n2020-02-08T13:30:47Z,1.5,2\n2020-02-08T13:30:48Z,1.5,\n",
		"semicolon":     "t;a;b\r\n2020-02-08 13:30:47;1.5;2\r\n2020-02-08 13:30:48;1.5;\r\n",
		"decimal comma": "t;a;b\n08.02.2020 13:30:47;1,5;2\n08.02.2020 13:30:48;1,5;NaN\n",
		"tab and BOM":   "\xEF\xBB\xBFt\ta\tb\n1581168647\t1.5\t2\n1581168648\t1.5\t\n",
		"milliseconds":  "t;a;b\n1581168647000;1.5;2\n1581168648000;1.5;\n",
	} {
		r, err := parseRows("rec.csv", strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !r.times[0].Equal(time.Date(2020, 2, 8, 13, 30, 47, 0, time.UTC)) || r.times[1].Sub(r.times[0]) != time.Second {
			t.Errorf("%s: times %v", name, r.times)
		}
		if r.columns[0].values[1] != 1.5 || r.columns[1].values[0] != 2 || !math.IsNaN(r.columns[1].values[1]) {
			t.Errorf("%s: values %v %v", name, r.columns[0].values, r.columns[1].values)
		}
	}
}

func FuzzRecording(f *testing.F) {
	f.Add("t;a\n2020-02-08 13:30:47;1\n")
	f.Add("t,a\n1,2\n2,\n")
	f.Add("\"t\";\"a\nb\"\n1e3;-1,5\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRows("rec.csv", strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "rec.csv") {
				t.Errorf("the error %q does not say which file", err)
			}
			return
		}
		for _, c := range r.columns {
			if len(c.values) != len(r.times) {
				t.Errorf("column %s has %d values for %d rows", c.name, len(c.values), len(r.times))
			}
			if c.name == "" || strings.Trim(c.name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
				t.Errorf("column name %q", c.name)
			}
		}
		// Whatever was accepted can be served to the end.
		rec := newRecording(r, 1)
		now := time.Unix(0, 0)
		rec.somebodyCame(now)
		for i := range min(len(r.times), 100) {
			if rec.advance(now.Add(200*365*24*time.Hour+time.Duration(i)*time.Hour*24*400), func(int, reading) {}); rec.shown != i+1 {
				t.Fatalf("%d rows are shown, want %d", rec.shown, i+1)
			}
		}
		if _, err := newModbusMap(newImage(rec), replayMB); err != nil {
			t.Error(err)
		}
	})
}

func TestProjectOfARecording(t *testing.T) {
	path, _ := bench(t)
	dir := filepath.Join(t.TempDir(), "project")
	if err := WriteProject(path, dir, "opc.tcp://127.0.0.1:4840", "modbus://127.0.0.1:502?unit=1", 10); err != nil {
		t.Fatal(err)
	}
	for file, says := range map[string][]string{
		"project.toml": {"format = 1", `row = "50ms"`},
		"devices.toml": {"[device.UA]", "[device.MB]", "opc.tcp://127.0.0.1:4840"},
		"tags.csv":     {"UA.Volume_Flow_RateRMS,Volume Flow RateRMS,UA,UA,nsu=urn:penstock:recording;s=UA.Volume_Flow_RateRMS", "MB.Pressure,Pressure,MB,MB,300005,float64 ABCD"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range says {
			if !strings.Contains(string(text), s) {
				t.Errorf("%s lacks %q", file, s)
			}
		}
	}
	if err := WriteProject(path, dir, "", "", 1); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a second time: %v", err)
	}
	for _, d := range newRecording(must(readRows(path)), 1).defs {
		if d.Store != tag.StoreAll {
			t.Errorf("%s does not keep every row", d.ID)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
