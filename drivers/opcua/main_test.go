package opcua

import (
	"testing"

	"go.uber.org/goleak"
)

// Nothing may be left running after the tests: no goroutine of a Conn, a
// channel or a subscription.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
