// Package drivers connects devices to tags.
//
// A Driver knows one protocol and nothing else: no schedule, no retry, no
// scaling, no tag table. Link adds those once, for every protocol:
//
//	plant --> Link (polls or subscribes, backs off, marks bad) --> Driver, Conn (one protocol)
//
// A Driver that wraps another in a supervised child process is in
// drivers/host; every Driver passes the suite in drivers/drivertest.
package drivers

import (
	"context"
	"errors"
	"time"

	"penstock/app/tag"
)

// Driver opens connections that speak one protocol. Its methods may be called
// from any goroutine.
type Driver interface {
	// CheckDevice reports what is wrong with a device's endpoint and options
	// before anything is dialled. Every mistake is one error (errors.Join).
	CheckDevice(d Device) error

	// CheckPoint reports what is wrong with a point of the device. The tag
	// editor calls it as the engineer types; errors wrap ErrAddress.
	CheckPoint(d Device, p Point) error

	// Dial connects. It returns when the device has answered once, or with an
	// error and a nil Conn by the deadline of ctx. Cancelling ctx after Dial returned does
	// not end the Conn.
	Dial(ctx context.Context, d Device) (Conn, error)
}

// Conn is one connection. Link calls Read and Write one at a time, Subscribe
// once and before any of them; Close may be called at any time and ends them.
type Conn interface {
	// Read fills vals[i] for points[i]. A fault of one point is that value's
	// Quality; the error is for the connection alone, and after an error the
	// Conn is closed and never used again. Received is set by Link.
	Read(ctx context.Context, points []Point, vals []tag.Value) error

	// Write sets one point to a raw value and returns when the device has
	// confirmed it. A value the point's type cannot hold is refused, never
	// wrapped or rounded silently. Errors that wrap ErrRefused leave the
	// Conn in use; ErrUnknown says the value was sent and no answer came.
	// Any other error means nothing was sent.
	Write(ctx context.Context, p Point, v tag.Scalar) error

	// Close frees everything and returns within two seconds.
	Close() error
}

// Subscriber is a Conn that pushes changes. Link uses it where it is there
// and polls where it is not; nothing outside this package can tell.
type Subscriber interface {
	// Subscribe returns once the device has accepted the points; a refused
	// point is pushed with a bad Quality and retried by the Conn. After that
	// push is called from one goroutine with points' indexes and values, in
	// the order the device reported them; the slices are the Conn's again
	// when push returns. An empty push says only that the line is alive; the
	// Conn makes one at least every second. The channel gets one error when
	// the subscription has ended, and then the Conn is to be closed.
	Subscribe(ctx context.Context, points []Point, push func(idx []int, vals []tag.Value)) (<-chan error, error)
}

// Browser is a Conn that can list what the device offers.
type Browser interface {
	// Browse lists what is directly under a node; "" is the root.
	Browse(ctx context.Context, under string) ([]Node, error)
}

// HistoryReader is a Conn whose device keeps a history of its own, used to
// repair the gap an outage left.
type HistoryReader interface {
	// ReadHistory returns the device's own values of p with from <= source
	// time < to (ns), oldest first.
	ReadHistory(ctx context.Context, p Point, from, to int64) ([]tag.Value, error)
}

// Liner is a Driver whose devices may share one physical line (several units
// on a serial bus or behind a gateway). Devices with equal line names are
// dialled in the same process; the Driver lets one request at a time on it.
type Liner interface {
	Line(d Device) string
}

// Point is one item of a device as a driver sees it.
type Point struct {
	Address string
	Type    string        // raw type in the driver's words; empty: the device knows
	Period  time.Duration // wanted time between values
	Band    float64       // absolute deadband in raw units the device may apply; 0: none
}

// Node is one thing found by browsing.
type Node struct {
	Address  string // what goes into a tag's address, or into the next Browse
	Name     string
	Text     string // description
	Type     string // raw type of a leaf
	Unit     string
	Lo, Hi   float64 // engineering range; none when equal
	States   []tag.State
	Leaf     bool // has a value
	Parent   bool // may have nodes under it
	Writable bool
}

// Device is a device as an engineer configures it: one table of devices.toml.
type Device struct {
	Name     string
	Driver   string            // a key of Set
	Endpoint string            // such as "modbus://192.0.2.7:502?unit=1" or "opc.tcp://host:4840"
	Options  map[string]string // the driver's own settings; unknown keys are errors of CheckDevice
	Timeout  time.Duration     // for one request; 0: the driver's default
	MaxSkew  time.Duration     // largest believed difference between the source's clock and ours; 0: DefaultMaxSkew
	Past     time.Duration     // how far back the device's own history is read of points that were never received; 0: not at all
	Disabled bool              // scanning is off: its tags are out of service
}

// DefaultMaxSkew is the difference between the source's clock and ours beyond
// which a reading is stored at its time of receipt.
const DefaultMaxSkew = 5 * time.Second

// Set is the drivers a program has, by name. Main writes it out by hand, so
// what is in the program can be read in one place.
type Set map[string]Driver

var (
	// ErrAddress wraps what CheckPoint finds.
	ErrAddress = errors.New("bad address")
	// ErrRefused is returned for a write the device answered with a refusal.
	ErrRefused = errors.New("the device refused it")
	// ErrUnknown is returned for a write that was sent but not answered: the
	// device may or may not have taken it.
	ErrUnknown = errors.New("sent, but not confirmed by the device")
	// ErrDown is returned for a write while the link is down. Nothing was
	// sent, and nothing will be.
	ErrDown = errors.New("the link is down")
)
