package project

import (
	"os"

	"penstock/drivers"
)

// LoadDevices reads the devices of the project in a folder and nothing else of
// it, for who looks into a device: its tags are often still to be written. The
// error is Problems, or one sentence when there is no project at all.
func LoadDevices(dir string, set drivers.Set) ([]drivers.Device, error) {
	if err := isFolder(dir); err != nil {
		return nil, err
	}
	var probs Problems
	p := &Project{}
	if text := read(os.DirFS(dir), devicesFile, &probs); text != nil {
		readDevices(text, p, set, &probs)
	}
	if len(probs) > 0 {
		inOrder(probs)
		return nil, probs
	}
	return p.Devices, nil
}
