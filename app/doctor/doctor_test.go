package doctor

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if fs := Folder(dir); len(fs) != 1 {
		t.Errorf("a private folder: %v", fs)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the look left %v, %v", left, err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if fs := Folder(dir); fs[0].Level != Look || fs[0].Do == "" {
			t.Errorf("a folder others read: %v", fs)
		}
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, filepath.Join(dir, "nothing")} {
		if fs := Folder(name); !Failed(fs) {
			t.Errorf("%s: %v", name, fs)
		}
	}
}

func TestRoom(t *testing.T) {
	const gib, day = int64(1 << 30), 24 * time.Hour
	for _, c := range []struct {
		free, total int64
		fullIn      time.Duration
		want        Level
	}{
		{50 * gib, 100 * gib, 0, OK},
		{50 * gib, 100 * gib, 400 * day, OK},
		{50 * gib, 100 * gib, 5 * day, Look},
		{20 * gib, 100 * gib, 0, Look},
		{10 * gib, 100 * gib, 400 * day, Wrong},
		{0, 0, 0, Look},
	} {
		if f := Room(c.free, c.total, c.fullIn); f.Level != c.want || (c.want != OK) != (f.Do != "") {
			t.Errorf("%d of %d GiB free, full in %v: %v", c.free/gib, c.total/gib, c.fullIn, f)
		}
	}
}

func TestExpiry(t *testing.T) {
	now := time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)
	for days, want := range map[int]Level{-1: Wrong, 0: Wrong, 1: Look, 29: Look, 31: OK, 3650: OK} {
		if f := Expiry("own", now.AddDate(0, 0, days), now); f.Level != want {
			t.Errorf("%d days left: %v", days, f)
		}
	}
}

// Whatever the machine is, each finding that is not fine says what to do.
func TestComputerSaysWhatToDo(t *testing.T) {
	fs := Computer()
	if len(fs) < 2 {
		t.Fatalf("only %v was looked at", fs)
	}
	for _, f := range fs {
		if f.On == "" || f.What == "" || (f.Level == OK) != (f.Do == "") {
			t.Errorf("%+v", f)
		}
	}
}
