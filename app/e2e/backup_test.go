package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A backup made while the plant runs is verified, restores into a plant that
// goes on where it was, and is refused when a byte of it was changed.
func TestBackupAndRestore(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole plant")
	}
	_, ua, mb := demoPlant(t)
	project, dir := copyDemo(t), t.TempDir()
	data, copied, restored := filepath.Join(dir, "data"), filepath.Join(dir, "copy"), filepath.Join(dir, "restored")
	s := station(t, project, data, "PLC1="+ua, "RTU1="+mb)
	s.until(20*time.Second, "Auto good", "get HL.P601.MODE")
	if got := s.ask("set HL.PIC601.SP 5.1"); got != "done" {
		t.Fatal(got)
	}
	time.Sleep(3 * time.Second)
	run(t, 0, "backup", "--data", data, "--to", copied)
	if got := run(t, 1, "backup", "--data", data, "--to", copied); !strings.Contains(got, "not empty") {
		t.Errorf("a second backup into the same folder: %s", got)
	}
	s.kill()

	run(t, 0, "restore", "--from", copied, "--data", restored)
	run(t, 0, "verify", "--data", restored)
	if got := run(t, 0, "journal", "--data", restored, "--kind", "command"); strings.Count(got, "HL.PIC601.SP") != 2 {
		t.Errorf("the restored journal says\n%s", got)
	}
	if rows := table(t, run(t, 0, "history", "--data", restored, "--tag", "HL.PT601", "--raw")); len(rows) < 3 {
		t.Errorf("%d samples in the restored history", len(rows))
	}
	again := station(t, project, restored, "PLC1="+ua, "RTU1="+mb)
	again.until(20*time.Second, "5.10 good", "get HL.PIC601.SP")
	again.kill()

	// One byte in the middle of the journal.
	name := filepath.Join(copied, "ops.db")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(text), "HL.PIC601.SP")
	if at < 0 {
		t.Fatal("the set point is not in the copy of the journal")
	}
	text[at] = 'X'
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, 1, "verify", "--data", copied)
	run(t, 1, "restore", "--from", copied, "--data", filepath.Join(dir, "no"))
}
