package horn

import (
	"os"
	"testing"
)

func TestAbsent(t *testing.T) {
	for _, c := range []struct {
		name       string
		env, files map[string]string
		silent     bool
	}{
		{"nothing at all", nil, nil, true},
		{"ALSA without a card", nil, map[string]string{"/proc/asound/cards": "--- no soundcards ---\n"}, true},
		{"a card", nil, map[string]string{"/proc/asound/cards": " 0 [PCH ]: HDA-Intel\n"}, false},
		{"a sound server elsewhere", map[string]string{"PULSE_SERVER": "tcp:desk"}, nil, false},
		{"a device of the person's own", map[string]string{"HOME": "/home/ana"}, map[string]string{"/home/ana/.asoundrc": "pcm.!default null"}, false},
	} {
		err := absentFrom(func(k string) string { return c.env[k] }, func(name string) ([]byte, error) {
			if text, ok := c.files[name]; ok {
				return []byte(text), nil
			}
			return nil, os.ErrNotExist
		})
		if (err != nil) != c.silent {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
