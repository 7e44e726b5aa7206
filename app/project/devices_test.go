package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/drivers"
	"penstock/drivers/sim"
)

// Whoever looks into a device need not have written the tags yet; a mistake
// among the devices is said all the same.
func TestDevicesAlone(t *testing.T) {
	dir := t.TempDir()
	set := drivers.Set{"sim": new(sim.Driver)}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, devicesFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[device.A]\ndriver = \"sim\"\nendpoint = \"sim://a\"\n[device.B]\ndriver = \"sim\"\nendpoint = \"sim://b\"\n")
	if got, err := LoadDevices(dir, set); err != nil || len(got) != 2 || got[1].Endpoint != "sim://b" {
		t.Errorf("%+v, %v", got, err)
	}
	write("[device.A]\ndriver = \"simm\"\n")
	if _, err := LoadDevices(dir, set); err == nil || !strings.Contains(err.Error(), "devices.toml") || !strings.Contains(err.Error(), "simm") {
		t.Errorf("a driver that is not there: %v", err)
	}
	for _, none := range []string{filepath.Join(dir, "nowhere"), filepath.Join(dir, devicesFile), t.TempDir()} {
		if got, err := LoadDevices(none, set); err == nil {
			t.Errorf("%s has devices %v", none, got)
		}
	}
}
