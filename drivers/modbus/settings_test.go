package modbus

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"penstock/drivers"
)

// deviceRow reads one line of testdata/devices.txt.
func deviceRow(t *testing.T, line string) (dev drivers.Device, want string) {
	t.Helper()
	cells := strings.Split(line, " | ")
	if len(cells) == 2 { // an empty cell in the middle loses a space
		cells = strings.SplitN(strings.ReplaceAll(line, "| |", "|  |"), " | ", 3)
	}
	if len(cells) != 3 {
		t.Fatalf("%q has %d columns", line, len(cells))
	}
	dev = drivers.Device{Name: "d", Endpoint: strings.TrimSpace(cells[0]), Options: map[string]string{}}
	for _, o := range strings.Fields(cells[1]) {
		key, value, _ := strings.Cut(o, "=")
		dev.Options[key] = value
	}
	return dev, strings.TrimSpace(cells[2])
}

func TestDevicesAsEngineersWriteThem(t *testing.T) {
	text, err := os.ReadFile("testdata/devices.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		dev, want := deviceRow(t, line)
		err := new(Driver).CheckDevice(dev)
		s, _ := parse(dev)
		got := fmt.Sprintf("%s unit %d", s.line.lineName(), s.unit)
		if err != nil {
			got = err.Error()
		}
		if good := strings.Contains(want, " unit "); good && got != want || !good && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%s\n  gives %s", line, got)
		}
	}
}

// Every mistake is said, not only the first.
func TestEveryMistakeOfADeviceIsSaid(t *testing.T) {
	err := new(Driver).CheckDevice(drivers.Device{
		Endpoint: "modbus://192.0.2.7:502?unit=300&speed=1",
		Options:  map[string]string{"colour": "red", "depth": "0", "probe": "pump"},
	})
	for _, want := range []string{"unit=300", "speed=1", "colour", "depth", "probe"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said about %s: %v", want, err)
		}
	}
}

func TestPointsInForbiddenRanges(t *testing.T) {
	dev := drivers.Device{Endpoint: "modbus://192.0.2.7", Options: map[string]string{"never_read": "HR500-509", "max_read": "16"}}
	for _, c := range []struct{ address, typ, want string }{
		{"HR499", "uint16", ""},
		{"HR499", "uint32", "never read"},
		{"HR509", "", "never read"},
		{"HR510", "float64", ""},
		{"IR505", "", ""},
		{"HR0", "string(34)", "at most 16"},
	} {
		err := new(Driver).CheckPoint(dev, pt(c.address, c.typ))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.address, c.typ, err, c.want)
		}
	}
}

func TestTheEditorShowsTheWireAddress(t *testing.T) {
	dev := drivers.Device{Endpoint: "modbus://192.0.2.7", Options: map[string]string{"base": "0", "order": "CDAB"}}
	got, err := new(Driver).Explain(dev, pt("40107", "float32"))
	if want := "400107 = HR107 = 0x006B, 2 registers: holding register, FC3, float32 CDAB"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if got, err := new(Driver).Explain(dev, pt("pump", "")); err == nil {
		t.Errorf("pump is shown as %q", got)
	}
}

// On a serial line the cost of a register is known before anything was
// measured, so the first plan is already a good one.
func TestSerialLinesAreCostedByTheirBaudRate(t *testing.T) {
	s, err := parse(drivers.Device{Endpoint: "rtu:///dev/ttyUSB0?baud=9600"})
	if err != nil {
		t.Fatal(err)
	}
	c := s.guessCost()
	if c.Place < 0.0022 || c.Place > 0.0024 || c.Req < 0.02 || c.Req > 0.05 {
		t.Errorf("%+v", c)
	}
	if q := s.line.quiet(); q < 4*time.Millisecond || q > 5*time.Millisecond {
		t.Errorf("the silence before a frame is %v", q)
	}
}

// Serial ports by the names that Linux and Windows give them; COM10 and above
// open only under the long one.
func TestSerialPortsByName(t *testing.T) {
	for endpoint, want := range map[string]string{
		"rtu:///dev/ttyUSB0":             "/dev/ttyUSB0",
		"rtu:///dev/serial/by-id/usb-A1": "/dev/serial/by-id/usb-A1",
		"rtu://COM3?baud=9600":           `\\.\COM3`,
		"rtu:///com10":                   `\\.\COM10`,
		"ascii://COM256?data=7":          `\\.\COM256`,
		"rtu://COM0":                     "",
		"rtu://COMX":                     "",
		"rtu://LPT1":                     "",
		"rtu://":                         "",
	} {
		s, err := parse(drivers.Device{Endpoint: endpoint})
		if (err == nil) != (want != "") || err == nil && s.line.address != want {
			t.Errorf("%s opens %q (%v), want %q", endpoint, s.line.address, err, want)
		}
	}
}
