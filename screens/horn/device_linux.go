package horn

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// absent says why nothing can sound here; nil where something might. Opening a
// device that is not there would work too, but ALSA tells a terminal at length
// what it looked for.
func absent() error {
	return absentFrom(os.Getenv, os.ReadFile)
}

func absentFrom(env func(string) string, read func(string) ([]byte, error)) error {
	if env("PULSE_SERVER") != "" {
		return nil
	}
	if dir := env("XDG_RUNTIME_DIR"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "pulse", "native")); err == nil {
			return nil
		}
	}
	for _, file := range []string{"/etc/asound.conf", filepath.Join(env("HOME"), ".asoundrc")} {
		if _, err := read(file); err == nil {
			return nil // somebody has said what ALSA is to use
		}
	}
	cards, err := read("/proc/asound/cards")
	if err != nil || strings.Contains(string(cards), "no soundcards") {
		return errors.New("this computer has no sound card")
	}
	return nil
}
