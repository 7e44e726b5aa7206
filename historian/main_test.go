package historian

import (
	"os"
	"testing"
)

// mainOfTests gives property tests folders that go when all tests have run.
func mainOfTests(m *testing.M) {
	root, err := os.MkdirTemp("", "historian")
	if err != nil {
		panic(err)
	}
	testDir = func() string {
		dir, err := os.MkdirTemp(root, "store")
		if err != nil {
			panic(err)
		}
		return dir
	}
	code := m.Run()
	os.RemoveAll(root)
	os.Exit(code)
}
