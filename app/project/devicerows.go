package project

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// DeviceRow is a device of devices.toml as people type it: values by key, such
// as "endpoint", "timeout" or "options.policy". A key that is not in Cells
// stays as it is; one with an empty value goes.
type DeviceRow struct {
	Name  string
	Cells map[string]string
}

// deviceKeys are the keys of a device in the order in which they are written.
var deviceKeys = []string{"description", "driver", "endpoint", "timeout", "max_skew", "past", "disabled"}

// optionsKey begins the keys of a driver's own settings.
const optionsKey = "options."

// DeviceCells is a device as it stands in the text of devices.toml.
func DeviceCells(text []byte, name string) (map[string]string, error) {
	all, err := decodeDevices(text)
	if err != nil {
		return nil, err
	}
	d, ok := all[name]
	if !ok {
		return nil, fmt.Errorf("%s has no device %s", devicesFile, name)
	}
	return d, nil
}

// SetDevice writes a device into the text of devices.toml: one that is there
// is changed, any other is added at the end. Comments and everything that is
// not named stay as they are. The text is not checked: hand it to Replace.
func SetDevice(text []byte, r DeviceRow) (out []byte, err error) {
	before, err := decodeDevices(text)
	if err != nil {
		return nil, err
	}
	want := map[string]string{}
	maps.Copy(want, before[r.Name])
	for k, v := range r.Cells {
		if !slices.Contains(deviceKeys, k) && (!strings.HasPrefix(k, optionsKey) || badName(k[len(optionsKey):]) != "") {
			return nil, fmt.Errorf("a device has no setting %q", k)
		}
		if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return nil, fmt.Errorf("%s: a setting is one line of text", k)
		}
		if want[k] = v; v == "" {
			delete(want, k)
		}
	}
	f := deviceText(text)
	if before[r.Name] == nil {
		f.add(r.Name)
	}
	for _, k := range slices.SortedFunc(maps.Keys(r.Cells), byDeviceKey) {
		section, key := "device."+r.Name, k
		if rest, ok := strings.CutPrefix(k, optionsKey); ok {
			section, key = section+".options", rest
		}
		f.set(section, key, r.Cells[k], k == "disabled")
	}
	before[r.Name] = want
	return f.proven(before)
}

// DropDevice takes a device out of the text of devices.toml, with the comment
// that stands right above it.
func DropDevice(text []byte, name string) ([]byte, error) {
	all, err := decodeDevices(text)
	if err != nil {
		return nil, err
	}
	if all[name] == nil {
		return nil, fmt.Errorf("%s has no device %s", devicesFile, name)
	}
	delete(all, name)
	f := deviceText(text)
	f.drop("device." + name + ".options")
	f.drop("device." + name)
	return f.proven(all)
}

// byDeviceKey orders the keys of a device as people write them, the driver's
// own settings last.
func byDeviceKey(a, b string) int {
	rank := func(k string) int {
		if i := slices.Index(deviceKeys, k); i >= 0 {
			return i
		}
		return len(deviceKeys)
	}
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// decodeDevices reads every device of devices.toml into cells.
func decodeDevices(text []byte) (map[string]map[string]string, error) {
	var f struct {
		Device map[string]map[string]any `toml:"device"`
	}
	if err := toml.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%s is not TOML: %w", devicesFile, err)
	}
	out := map[string]map[string]string{}
	for name, d := range f.Device {
		cells := map[string]string{}
		for k, v := range d {
			if opts, ok := v.(map[string]any); ok && k+"." == optionsKey {
				for k, v := range opts {
					cells[optionsKey+k] = fmt.Sprint(v)
				}
				continue
			}
			cells[k] = fmt.Sprint(v)
		}
		out[name] = cells
	}
	return out, nil
}

// deviceLines is the text of devices.toml, line by line without line ends.
type deviceLines struct{ lines []string }

func deviceText(text []byte) *deviceLines {
	all := strings.ReplaceAll(string(text), "\r\n", "\n")
	return &deviceLines{strings.Split(strings.TrimRight(all, "\n"), "\n")}
}

// proven is the text, if it says what is wanted. People may write TOML in ways
// that are not changed line by line, such as tables in one line.
func (f *deviceLines) proven(want map[string]map[string]string) ([]byte, error) {
	out := []byte(strings.TrimLeft(strings.Join(f.lines, "\n"), "\n") + "\n")
	if is, err := decodeDevices(out); err != nil || !reflect.DeepEqual(is, want) {
		return nil, fmt.Errorf("%s is written in a way that cannot be changed from here; change the file itself", devicesFile)
	}
	return out, nil
}

// section finds the line of a table's head, and the line after its last key;
// head is -1 where there is none.
func (f *deviceLines) section(name string) (head, end int) {
	head = -1
	for i, line := range f.lines {
		s := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(s, "["):
			if head >= 0 {
				return head, end
			}
			if unquoteKey(strings.TrimSpace(cutAt(s[1:], "]"))) == name {
				head, end = i, i+1
			}
		case head >= 0 && s != "" && s[0] != '#':
			end = i + 1
		}
	}
	return head, end
}

// add writes the head of a new device at the end.
func (f *deviceLines) add(name string) {
	if len(f.lines) > 0 && f.lines[len(f.lines)-1] != "" {
		f.lines = append(f.lines, "")
	}
	f.lines = append(f.lines, "[device."+tomlKey(name)+"]")
}

// set gives a key of a table another value, adds it, or takes it away where
// the value is empty.
func (f *deviceLines) set(section, key, value string, bare bool) {
	head, end := f.section(section)
	if head < 0 {
		if value == "" {
			return
		}
		device := strings.TrimSuffix(section, ".options")
		_, after := f.section(device)
		name := strings.TrimPrefix(device, "device.")
		f.lines = slices.Insert(f.lines, after, "", "[device."+tomlKey(name)+".options]")
		head, end = after+1, after+2
	}
	for i := head + 1; i < end; i++ {
		k, was, ok := strings.Cut(f.lines[i], "=")
		if !ok || unquoteKey(strings.TrimSpace(k)) != key {
			continue
		}
		if value == "" {
			f.lines = slices.Delete(f.lines, i, i+1)
		} else {
			f.lines[i] = k + "= " + tomlValue(value, bare) + commentAfter(was)
		}
		return
	}
	if value != "" {
		f.lines = slices.Insert(f.lines, end, tomlKey(key)+" = "+tomlValue(value, bare))
	}
}

// drop takes a table away, and the comment that stands right above it.
func (f *deviceLines) drop(section string) {
	head, end := f.section(section)
	if head < 0 {
		return
	}
	for head > 0 && strings.HasPrefix(strings.TrimSpace(f.lines[head-1]), "#") {
		head--
	}
	for end < len(f.lines) && strings.TrimSpace(f.lines[end]) == "" {
		end++
	}
	f.lines = slices.Delete(f.lines, head, end)
}

// commentAfter is the comment behind a value, with the space before it.
func commentAfter(value string) string {
	quoted := byte(0)
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted == '"' && c == '\\':
			i++
		case quoted != 0 && c == quoted:
			quoted = 0
		case quoted == 0 && (c == '"' || c == '\''):
			quoted = c
		case quoted == 0 && c == '#':
			return " " + value[i:]
		}
	}
	return ""
}

func tomlKey(k string) string {
	for _, c := range k {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' {
			return tomlValue(k, false)
		}
	}
	return k
}

func tomlValue(v string, bare bool) string {
	if bare && (v == "true" || v == "false") {
		return v
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}
