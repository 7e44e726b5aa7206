//go:build unix

package project

import (
	"errors"
	"os"
)

// syncDir makes renames in a folder survive a power cut.
func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
