package plant

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// DataDir is the folder a plant keeps everything it must remember in:
//
//	ops.db     alarm states, journal, users
//	history/   the historian
//	pki/       own, trusted, rejected certificates
//	secrets/   sealed passwords for devices
//	notes/     what commands did beside the station, until it is journalled
//	versions/  every project that ran, as it was then
//	recordings/ what went over a line before it was lost
//	units/     ranges that Modbus units refused
//	links.json how the links were doing a second ago
//	lock       taken while a plant runs on the folder
type DataDir string

// JournalPath is the file of the journal.
func (d DataDir) JournalPath() string { return filepath.Join(string(d), "ops.db") }

// HistoryDir is the folder of the historian.
func (d DataDir) HistoryDir() string { return filepath.Join(string(d), "history") }

// PKIDir is the folder of the certificates.
func (d DataDir) PKIDir() string { return filepath.Join(string(d), "pki") }

// SecretsDir is the folder of the sealed secrets that devices ask for.
func (d DataDir) SecretsDir() string { return filepath.Join(string(d), "secrets") }

// UnitsDir is the folder of what was learnt of Modbus units.
func (d DataDir) UnitsDir() string { return filepath.Join(string(d), "units") }

// ErrInUse says that another plant runs on the data folder.
var ErrInUse = errors.New("another Penstock runs on this data folder")

// Lock makes the folder where it is missing, checks that it can be written,
// and takes it for this process. Close the file to give it back.
func (d DataDir) Lock() (*os.File, error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w; choose another with --data", err)
	}
	f, err := os.OpenFile(filepath.Join(string(d), "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder cannot be written: %w; give this user the right to it, or choose another with --data", err)
	}
	taken, err := lockFile(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("the data folder %s cannot be locked: %w", d, err)
	}
	if !taken {
		text := make([]byte, 32)
		n, _ := f.Read(text)
		f.Close()
		return nil, fmt.Errorf("%w (%s, process %s); stop that one first, or choose another folder with --data", ErrInUse, d, strings.TrimSpace(string(text[:n])))
	}
	// The number is for people; the lock itself is the system's.
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("the data folder %s cannot be written: %w", d, err)
	}
	return f, nil
}

// damaged adds to what SQLite says of a damaged file what to do about it.
func damaged(err error) error {
	for _, say := range []string{"malformed", "not a database"} {
		if strings.Contains(err.Error(), say) {
			return fmt.Errorf("%w: the file is damaged. Put it aside and make the folder anew from a backup with penstock restore; and test the disk", err)
		}
	}
	return err
}
