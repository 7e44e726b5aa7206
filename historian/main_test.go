package historian

import (
	"context"
	"flag"
	"os"
	"testing"
)

var bg = context.Background()

// mainOfTests gives property tests folders that go when all tests have run.
func mainOfTests(m *testing.M) {
	startAsChild()
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
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		f.Value.Set("12") // a check restarts stores many times over
	}
	code := m.Run()
	os.RemoveAll(root)
	os.Exit(code)
}
