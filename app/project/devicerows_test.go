package project

import (
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const someDevices = `# What the plant is connected to.

# The works' controller.
[device.PLC1]
driver = "opcua" # since 2024
endpoint = "opc.tcp://a:4840"

[device.PLC1.options]
policy = "None" # on a line of its own

# The old one.
[device."R.1"]
driver = 'modbus'
endpoint = "modbus://b:502"
`

func TestSetDevice(t *testing.T) {
	for name, c := range map[string]struct {
		row  DeviceRow
		want []string // lines that must stand there
		gone []string
	}{
		"another endpoint": {DeviceRow{"PLC1", map[string]string{"endpoint": `opc.tcp://"c"\d`}},
			[]string{`endpoint = "opc.tcp://\"c\"\\d"`, `driver = "opcua" # since 2024`, "# The old one."}, []string{"opc.tcp://a"}},
		"keeps a comment":  {DeviceRow{"PLC1", map[string]string{"driver": "sim"}}, []string{`driver = "sim" # since 2024`}, nil},
		"another option":   {DeviceRow{"PLC1", map[string]string{"options.user": "x"}}, []string{`policy = "None" # on a line of its own`, `user = "x"`}, nil},
		"an option goes":   {DeviceRow{"PLC1", map[string]string{"options.policy": ""}}, []string{"[device.PLC1.options]"}, []string{"policy"}},
		"a first option":   {DeviceRow{"R.1", map[string]string{"options.gap": "4"}}, []string{`[device."R.1".options]`, `gap = "4"`}, nil},
		"out of service":   {DeviceRow{"R.1", map[string]string{"disabled": "true"}}, []string{"disabled = true"}, nil},
		"a new one":        {DeviceRow{"RTU2", map[string]string{"driver": "modbus", "endpoint": "rtu:///dev/ttyUSB0?unit=3", "options.gap": "0"}}, []string{"[device.RTU2]", `gap = "0"`, "[device.RTU2.options]", "# The works' controller."}, nil},
		"with a dot in it": {DeviceRow{"R.2", map[string]string{"driver": "sim", "endpoint": "sim://"}}, []string{`[device."R.2"]`}, nil},
	} {
		out, err := SetDevice([]byte(someDevices), c.row)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lines := strings.Split(string(out), "\n")
		for _, w := range c.want {
			if !contains(lines, w) {
				t.Errorf("%s: no line %q in\n%s", name, w, out)
			}
		}
		for _, g := range c.gone {
			if strings.Contains(string(out), g) {
				t.Errorf("%s: %q still stands in\n%s", name, g, out)
			}
		}
	}
}

func contains(lines []string, want string) bool {
	for _, l := range lines {
		if l == want {
			return true
		}
	}
	return false
}

func TestDropDevice(t *testing.T) {
	out, err := DropDevice([]byte(someDevices), "PLC1")
	if err != nil {
		t.Fatal(err)
	}
	if s := string(out); strings.Contains(s, "PLC1") || strings.Contains(s, "works' controller") || !strings.Contains(s, "# The old one.\n[device.\"R.1\"]") || !strings.HasPrefix(s, "# What the plant") {
		t.Errorf("what is left is\n%s", out)
	}
	if _, err := DropDevice(out, "PLC1"); err == nil {
		t.Error("a device that is not there was dropped")
	}
}

// TestDevicesInOneLine: what cannot be changed line by line is not changed at
// all, and the person is told.
func TestDevicesInOneLine(t *testing.T) {
	text := []byte("device.A = { driver = \"sim\", endpoint = \"sim://a\" }\n")
	if out, err := SetDevice(text, DeviceRow{"A", map[string]string{"endpoint": "sim://b"}}); err == nil || !strings.Contains(err.Error(), "change the file itself") {
		t.Errorf("%v\n%s", err, out)
	}
	for _, bad := range []DeviceRow{{"A", map[string]string{"colour": "red"}}, {"A", map[string]string{"endpoint": "a\nb"}}} {
		if _, err := SetDevice(text, bad); err == nil {
			t.Errorf("%v was written", bad)
		}
	}
	if _, err := SetDevice([]byte("[device"), DeviceRow{"A", nil}); err == nil {
		t.Error("broken TOML was changed")
	}
}

// TestDevicesAreWhatWasTyped: whatever people type is read back as they typed
// it, and the other devices and comments stay.
func TestDevicesAreWhatWasTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(someDevices)
		names := []string{"PLC1", "R.1", "X", "Y-2", "ä"}
		keys := []string{"driver", "endpoint", "timeout", "past", "description", "options.policy", "options.user", "options.a.b"}
		value := rapid.StringMatching(`[ -~ä€]{0,12}`)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			name := rapid.SampledFrom(names).Draw(t, "device")
			before, err := decodeDevices(text)
			if err != nil {
				t.Fatal(err)
			}
			if before[name] != nil && rapid.Bool().Draw(t, "drop") {
				if text, err = DropDevice(text, name); err != nil {
					t.Fatal(err)
				}
				continue
			}
			cells := rapid.MapOfN(rapid.SampledFrom(keys), value, 1, 4).Draw(t, "cells")
			out, err := SetDevice(text, DeviceRow{name, cells})
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			want := map[string]string{}
			maps.Copy(want, before[name])
			for k, v := range cells {
				if want[k] = v; v == "" {
					delete(want, k)
				}
			}
			if is, err := DeviceCells(out, name); err != nil || !maps.Equal(is, want) {
				t.Fatalf("%v, %v; want %v in\n%s", is, err, want, out)
			}
			text = out
		}
		if !strings.Contains(string(text), "# What the plant is connected to.") {
			t.Fatalf("the first comment is gone:\n%s", text)
		}
	})
}
