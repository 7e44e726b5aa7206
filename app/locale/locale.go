// Package locale gives the window system a language it understands. Where a
// computer says only how letters are stored, such as C.UTF-8, Fyne remarks on
// stderr that this is no language, for every call of the program, also of the
// verbs that open no window; and it looks before main begins. This package
// imports nothing but what Fyne needs too, so it is made ready before Fyne:
// Go takes, of the packages that are ready to be initialised, the first by
// name, and Fyne waits for text/template. The letters stay as they were: only
// LANGUAGE is set, and only where nobody has.
package locale

import (
	"os"
	"strings"
)

func init() {
	if l := language(os.Getenv); l != "" {
		os.Setenv("LANGUAGE", l) // fails only for a zero byte
	}
}

// language is what LANGUAGE has to be; "" leaves it as it is.
func language(env func(string) string) string {
	if env("LANGUAGE") != "" {
		return ""
	}
	for _, name := range [...]string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			if strings.HasPrefix(v, "C.") || strings.HasPrefix(v, "POSIX.") {
				return "en"
			}
			return ""
		}
	}
	return ""
}
