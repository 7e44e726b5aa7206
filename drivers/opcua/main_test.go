package opcua

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// Nothing may be left running after the tests: no goroutine of a Conn, a
// channel or a subscription.
func TestMain(m *testing.M) {
	// They wait more than they work.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	code := m.Run()
	for _, s := range []*shared{plainOne, alarmedOne, tightOne} {
		s.end()
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
