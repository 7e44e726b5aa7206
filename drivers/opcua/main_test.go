package opcua

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// Nothing may be left running after the tests: no goroutine of a Conn, a
// channel or a subscription.
func TestMain(m *testing.M) {
	code := m.Run()
	if shared.peer != nil {
		shared.peer.kill()
		os.RemoveAll(shared.dir)
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
