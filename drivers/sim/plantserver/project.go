package plantserver

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"penstock/drivers/sim/waterworks"
)

// WriteProject writes a project for the recording at path into the folder
// dir: project.toml, devices.toml and tags.csv, with every column once over
// OPC UA (UA.name) and once over Modbus (MB.name), polled fast enough to miss
// no row at the given speed (0: 1). The endpoints are those that Start was
// given or told. The folder is made if it is missing; files that are there
// are never overwritten.
func WriteProject(path, dir, opcua, modbus string, speed float64) error {
	if speed == 0 {
		speed = 1
	}
	rec, err := openRecording(path, speed)
	if err != nil {
		return err
	}
	files := []struct{ name, text string }{
		{"project.toml", rec.projectTOML()},
		{"devices.toml", rec.devicesTOML(opcua, modbus)},
		{"tags.csv", rec.tagsCSV()},
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(dir, f.name)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("write the project: %s is there already; choose an empty folder", filepath.Join(dir, f.name))
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the project: %w", err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.text), 0o644); err != nil {
			return fmt.Errorf("write the project: %w", err)
		}
	}
	return nil
}

func (rec *recording) projectTOML() string {
	return fmt.Sprintf(`# Made from the recording %s.
format = 1
name = %q

[[area]]
name = %q
text = "Recording, by OPC UA"

[[area]]
name = %q
text = "Recording, by Modbus"

[scan]
row = %q
`, rec.rows.file, "Recording "+strings.TrimSuffix(rec.rows.file, filepath.Ext(rec.rows.file)), replayUA, replayMB, rec.scan())
}

func (rec *recording) devicesTOML(opcua, modbus string) string {
	return fmt.Sprintf(`[device.%s]
driver = "opcua"
endpoint = %q
options = { policy = "None" } # on loopback, and the simulated server offers no other

[device.%s]
driver = "modbus"
endpoint = %q
`, replayUA, opcua, replayMB, modbus)
}

func (rec *recording) tagsCSV() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(waterworks.Columns)
	for _, d := range rec.defs {
		w.Write(waterworks.Row(d))
	}
	w.Flush()
	return b.String()
}
