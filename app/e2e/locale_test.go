package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Whatever the computer says of its language, a call prints what it is asked
// for and no remark of the window toolkit's.
func TestNoRemarksOnTheLocale(t *testing.T) {
	for _, env := range []string{"LANG=", "LANG=C", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "LANG=de_DE.UTF-8"} {
		cmd := exec.Command(penstock(t), "check", "--help")
		for _, e := range os.Environ() {
			if !strings.HasPrefix(e, "LC_") && !strings.HasPrefix(e, "LANG") {
				cmd.Env = append(cmd.Env, e)
			}
		}
		cmd.Env = append(cmd.Env, env)
		var errOut strings.Builder
		cmd.Stderr = &errOut
		if out, err := cmd.Output(); err != nil || len(out) == 0 || errOut.Len() > 0 {
			t.Errorf("%s: %v, on stderr %q", env, err, errOut.String())
		}
	}
}
