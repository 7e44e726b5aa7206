package plantserver

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gopcua/opcua"
	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
	"github.com/simonvetter/modbus"
	"go.uber.org/goleak"

	"penstock/app/tag"
	"penstock/drivers/sim/waterworks"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // the OPC UA library chats
	// They wait more than they work.
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	code := m.Run()
	if calmServer != nil {
		calmServer.Close()
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var (
	calmOnce   sync.Once
	calmServer *Server
)

// calm is a plant in normal operation for all tests that leave it so:
// starting one takes the library most of a second.
func calm(t testing.TB) *Server {
	t.Helper()
	calmOnce.Do(func() {
		var err error
		if calmServer, err = Start(context.Background(), Options{At: noon}); err != nil {
			t.Fatal(err)
		}
	})
	return calmServer
}

func start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.At.IsZero() {
		o.At = noon
	}
	s, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// dial connects, if need be with several attempts.
func dial(t testing.TB, s *Server) (c *opcua.Client) {
	t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		c, err = opcua.NewClient(s.OPCUAEndpoint(), opcua.AutoReconnect(false), opcua.SecurityMode(ua.MessageSecurityModeNone), opcua.RequestTimeout(patience))
		if err != nil {
			t.Fatal(err)
		}
		if err = connect(t, c); err == nil {
			return c
		}
	}
	t.Fatal(err)
	return nil
}

func connect(t testing.TB, c *opcua.Client) error {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	end := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		c.Close(ctx)
	}
	if err := c.Connect(ctx); err != nil {
		end()
		return err
	}
	t.Cleanup(end)
	return nil
}

// awake returns when the library's client publishes. Its loop finds the pause
// it was made with and the resume of its first subscription in one select, in
// either order, when the computer is slow; then it sleeps until the next one.
func awake(t testing.TB, c *opcua.Client) *opcua.Client {
	t.Helper()
	notes := make(chan *opcua.PublishNotificationData, 100)
	for range 20 {
		sub, err := c.Subscribe(t.Context(), &opcua.SubscriptionParameters{Interval: 100 * time.Millisecond}, notes)
		if err != nil {
			t.Fatal(err)
		}
		namespaces := opcua.NewMonitoredItemCreateRequestWithDefaults(ua.NewNumericNodeID(0, id.Server_NamespaceArray), ua.AttributeIDValue, 1)
		if _, err := sub.Monitor(t.Context(), ua.TimestampsToReturnBoth, namespaces); err != nil {
			t.Fatal(err)
		}
		select {
		case <-notes:
			return c
		case <-time.After(2 * time.Second):
		}
	}
	t.Fatal("the client does not publish")
	return nil
}

func master(t testing.TB, s *Server) *modbus.ModbusClient {
	t.Helper()
	return masterFor(t, s, patience)
}

// masterFor waits so long for each answer.
func masterFor(t testing.TB, s *Server, timeout time.Duration) *modbus.ModbusClient {
	t.Helper()
	hostPort := strings.TrimSuffix(strings.TrimPrefix(s.ModbusEndpoint(), "modbus://"), "?unit=1")
	c, err := modbus.NewClient(&modbus.ClientConfiguration{URL: "tcp://" + hostPort, Timeout: timeout, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	c.SetUnitId(1)
	t.Cleanup(func() { c.Close() })
	return c
}

func node(t testing.TB, c *opcua.Client, name string) *ua.NodeID {
	t.Helper()
	ns, err := c.FindNamespace(t.Context(), waterworks.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	return ua.NewStringNodeID(ns, name)
}

func read(t testing.TB, c *opcua.Client, n *ua.NodeID, a ua.AttributeID) *ua.DataValue {
	t.Helper()
	r, err := c.Read(t.Context(), &ua.ReadRequest{NodesToRead: []*ua.ReadValueID{{NodeID: n, AttributeID: a}}, TimestampsToReturn: ua.TimestampsToReturnBoth})
	if err != nil {
		t.Fatal(err)
	}
	return r.Results[0]
}

func value(t testing.TB, c *opcua.Client, name string) float64 {
	t.Helper()
	v := read(t, c, node(t, c, name), ua.AttributeIDValue)
	f, ok := v.Value.Value().(float64)
	if !ok {
		t.Fatalf("%s is %v", name, v.Value.Value())
	}
	return f
}

func write(t testing.TB, c *opcua.Client, name string, v any) ua.StatusCode {
	t.Helper()
	r, err := c.Write(t.Context(), &ua.WriteRequest{NodesToWrite: []*ua.WriteValue{{NodeID: node(t, c, name), AttributeID: ua.AttributeIDValue,
		Value: &ua.DataValue{EncodingMask: ua.DataValueValue, Value: ua.MustVariant(v)}}}})
	if err != nil {
		t.Fatal(err)
	}
	return r.Results[0]
}

// patience is how long is waited for what usually takes a moment: the computer
// may be slow and have much else to do.
const patience = 3 * time.Minute

// eventually waits for something the plant does by itself.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within %s: %s", patience, what)
}

// Every signal of the table is served, once, by the server its address names,
// with its type, range, unit and description.
func TestEverySignalIsServed(t *testing.T) {
	t.Parallel()
	s := calm(t)
	c, m := dial(t, s), master(t, s)
	onUA := 0
	for _, d := range waterworks.Signals() {
		if d.Device == waterworks.RTU {
			n := ua.NewStringNodeID(node(t, c, "SY.NOTE").Namespace(), string(d.ID))
			if v := read(t, c, n, ua.AttributeIDValue); v.Status != ua.StatusBadNodeIDUnknown {
				t.Errorf("%s is on Modbus, but also a node (%v)", d.ID, v.Status)
			}
			continue
		}
		onUA++
		n := node(t, c, string(d.ID))
		v := read(t, c, n, ua.AttributeIDValue)
		if v.Status != ua.StatusOK || v.Value == nil {
			t.Errorf("%s reads %v", d.ID, v.Status)
			continue
		}
		// What has not changed is as old as the server, which other tests share.
		if age := time.Since(v.SourceTimestamp); age < -time.Second || age > time.Hour {
			t.Errorf("%s has source time %v", d.ID, v.SourceTimestamp)
		}
		if got := read(t, c, n, ua.AttributeIDDataType).Value.Value().(*ua.NodeID).IntID(); got != dataType(d) {
			t.Errorf("%s has data type %d, want %d", d.ID, got, dataType(d))
		}
		if got := read(t, c, n, ua.AttributeIDDescription).Value.Value().(*ua.LocalizedText).Text; got != d.Text {
			t.Errorf("%s is described as %q", d.ID, got)
		}
		access := read(t, c, n, ua.AttributeIDUserAccessLevel).Value.Value().(uint8)
		if can := access&uint8(ua.AccessLevelTypeCurrentWrite) != 0; can != d.Writable {
			t.Errorf("%s writable: %v", d.ID, can)
		}
		if d.Kind == tag.KindFloat {
			r := read(t, c, node(t, c, string(d.ID)+".EURange"), ua.AttributeIDValue).Value.Value().(*ua.ExtensionObject).Value.(*ua.Range)
			if r.Low != d.Lo || r.High != d.Hi {
				t.Errorf("%s has range %v", d.ID, r)
			}
		}
	}
	if share := float64(onUA) / float64(len(waterworks.Signals())); share < 0.55 || share > 0.65 {
		t.Errorf("%.0f %% of the signals are on OPC UA, want about 60", share*100)
	}
	regs, err := m.ReadRegisters(0, 6, modbus.INPUT_REGISTER) // the flows of the three chemicals
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		f := math.Float32frombits(uint32(regs[2*i+1])<<16 | uint32(regs[2*i]))
		if f < 1 || f > 80 {
			t.Errorf("dosing flow %d is %g l/h", i+1, f)
		}
	}
}

func TestOrdersActOnTheModel(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Speed: 20})
	c := dial(t, s)
	if p := value(t, c, "HL.PT601"); p < 4.3 || p > 4.9 {
		t.Fatalf("discharge pressure %g bar at the start", p)
	}
	if st := write(t, c, "HL.PIC601.SP", 4.0); st != ua.StatusOK {
		t.Fatal(st)
	}
	eventually(t, "pressure follows its set point", func() bool { return math.Abs(value(t, c, "HL.PT601")-4.0) < 0.1 })
	for n := 1; n <= 3; n++ {
		if st := write(t, c, fmt.Sprintf("HL.P60%d.MODE", n), uint32(waterworks.Off)); st != ua.StatusOK {
			t.Fatal(st)
		}
	}
	eventually(t, "pressure falls with the pumps stopped", func() bool { return value(t, c, "HL.PT601") < 0.5 })
}

func TestOrdersAreChecked(t *testing.T) {
	t.Parallel()
	s := calm(t)
	c := dial(t, s)
	for _, w := range []struct {
		name string
		v    any
		want ua.StatusCode
	}{
		{"HL.PIC601.SP", 4.5, ua.StatusOK},
		{"HL.PIC601.SP", 9.0, ua.StatusBadOutOfRange},
		{"HL.PIC601.SP", math.NaN(), ua.StatusBadOutOfRange},
		{"HL.PIC601.SP", float32(4), ua.StatusBadTypeMismatch},
		{"HL.PIC601.SP", "4", ua.StatusBadTypeMismatch},
		{"HL.PIC601.OUT", 50.0, ua.StatusBadInvalidState},
		{"HL.PIC601.MODE", uint32(2), ua.StatusBadOutOfRange},
		{"HL.PT601", 1.0, ua.StatusBadNotWritable},
		{"HL.NOPE", 1.0, ua.StatusBadNodeIDUnknown},
		{"SY.NOTE", "filter 2 smells of chlorine", ua.StatusOK},
		{"SY.NOTE", strings.Repeat("x", 1000), ua.StatusBadOutOfRange},
	} {
		if got := write(t, c, w.name, w.v); got != w.want {
			t.Errorf("write %s := %v: %v, want %v", w.name, w.v, got, w.want)
		}
	}
	if got := value(t, c, "HL.PIC601.SP"); got != 4.5 {
		t.Errorf("the set point is %g after refused writes", got)
	}
	if got := read(t, c, node(t, c, "SY.NOTE"), ua.AttributeIDValue).Value.Value(); got != "filter 2 smells of chlorine" {
		t.Errorf("the note is %q", got)
	}
}

func TestMethodsRehearse(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Speed: 10})
	c := dial(t, s)
	call := func(method string, args ...*ua.Variant) ua.StatusCode {
		r, err := c.Call(t.Context(), &ua.CallMethodRequest{ObjectID: node(t, c, "Rehearsal"), MethodID: node(t, c, method), InputArguments: args})
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode
	}
	if st := call("Rehearsal.Start", ua.MustVariant("earthquake")); st != ua.StatusBadInvalidArgument {
		t.Errorf("an unknown scenario: %v", st)
	}
	if st := call("Rehearsal.Start"); st != ua.StatusBadArgumentsMissing {
		t.Errorf("no argument: %v", st)
	}
	if st := call("Rehearsal.Start", ua.MustVariant("sensor-fault")); st != ua.StatusOK {
		t.Fatal(st)
	}
	status := func(name string) ua.StatusCode { return read(t, c, node(t, c, name), ua.AttributeIDValue).Status }
	eventually(t, "a broken wire is bad", func() bool { return status("CW.LT701") == ua.StatusBadSensorFailure })
	eventually(t, "a drifting meter is uncertain", func() bool { return status("RW.FT201") == ua.StatusUncertainSensorNotAccurate })
	m := master(t, s)
	eventually(t, "a broken analyser is no number on Modbus", func() bool {
		r, err := m.ReadRegisters(34, 2, modbus.INPUT_REGISTER)
		if err != nil {
			t.Fatal(err)
		}
		return math.IsNaN(float64(math.Float32frombits(uint32(r[1])<<16 | uint32(r[0]))))
	})
	eventually(t, "a tank level without transmitter is all ones", func() bool {
		r, err := m.ReadRegisters(12, 1, modbus.INPUT_REGISTER)
		return err == nil && r[0] == 0xFFFF
	})
	if st := call("Rehearsal.Stop"); st != ua.StatusOK {
		t.Fatal(st)
	}
	eventually(t, "all is well again", func() bool { return status("CW.LT701") == ua.StatusOK && status("RW.FT201") == ua.StatusOK })
}

func TestNothingAnswersWithoutASession(t *testing.T) {
	t.Parallel()
	s := calm(t)
	c := dial(t, s)
	n := node(t, c, "HL.PT601")
	ctx := t.Context()
	for name, r := range map[string]ua.Request{
		"read":   &ua.ReadRequest{NodesToRead: []*ua.ReadValueID{{NodeID: n, AttributeID: ua.AttributeIDValue, DataEncoding: &ua.QualifiedName{}}}},
		"browse": &ua.BrowseRequest{View: &ua.ViewDescription{ViewID: ua.NewTwoByteNodeID(0)}, NodesToBrowse: []*ua.BrowseDescription{{NodeID: n, ReferenceTypeID: ua.NewTwoByteNodeID(0)}}},
		"call":   &ua.CallRequest{MethodsToCall: []*ua.CallMethodRequest{{ObjectID: n, MethodID: n}}},
		"delete": &ua.DeleteMonitoredItemsRequest{SubscriptionID: 7, MonitoredItemIDs: []uint32{99}},
	} {
		var got error
		err := c.SecureChannel().SendRequest(ctx, r, ua.NewNumericNodeID(0, 12345), func(resp ua.Response) error {
			got = resp.Header().ServiceResult
			return nil
		})
		if err == nil {
			err = got
		}
		if err != ua.StatusBadSessionIDInvalid {
			t.Errorf("%s without a session: %v", name, err)
		}
	}
	// With a session, a request that used to end the library's server.
	sub, err := c.Subscribe(ctx, &opcua.SubscriptionParameters{Interval: 100 * time.Millisecond}, make(chan *opcua.PublishNotificationData, 100))
	if err != nil {
		t.Fatal(err)
	}
	r, err := sub.Unmonitor(ctx, 424242)
	if err != nil || r.Results[0] != ua.StatusBadMonitoredItemIDInvalid {
		t.Errorf("unmonitor an unknown item: %v, %v", r, err)
	}
	if value(t, c, "HL.PT601") == 0 {
		t.Error("the server is not well")
	}
}

func TestBrowsing(t *testing.T) {
	t.Parallel()
	s := calm(t)
	c := dial(t, s)
	found := map[string]bool{}
	var walk func(n *ua.NodeID, depth int)
	walk = func(n *ua.NodeID, depth int) {
		r, err := c.Browse(t.Context(), &ua.BrowseRequest{View: &ua.ViewDescription{ViewID: ua.NewTwoByteNodeID(0)}, RequestedMaxReferencesPerNode: 7,
			NodesToBrowse: []*ua.BrowseDescription{{NodeID: n, BrowseDirection: ua.BrowseDirectionForward, IncludeSubtypes: true,
				ReferenceTypeID: ua.NewNumericNodeID(0, id.HierarchicalReferences), ResultMask: uint32(ua.BrowseResultMaskAll)}}})
		if err != nil {
			t.Fatal(err)
		}
		for one := r.Results[0]; ; {
			if one.StatusCode != ua.StatusOK {
				t.Fatal(one.StatusCode)
			}
			for _, ref := range one.References {
				name := ref.NodeID.NodeID.StringID()
				if ref.NodeClass == ua.NodeClassVariable && !strings.Contains(name, ".EU") {
					found[name] = true
					if ref.TypeDefinition.NodeID.IntID() == id.Double {
						t.Errorf("%s has its data type as type definition", name)
					}
				}
				if depth < 3 && ref.NodeID.NodeID.Namespace() > 0 {
					walk(ref.NodeID.NodeID, depth+1)
				}
			}
			if len(one.ContinuationPoint) == 0 {
				break
			}
			next, err := c.BrowseNext(t.Context(), &ua.BrowseNextRequest{ContinuationPoints: [][]byte{one.ContinuationPoint}})
			if err != nil {
				t.Fatal(err)
			}
			one = next.Results[0]
		}
	}
	walk(ua.NewNumericNodeID(0, id.ObjectsFolder), 0)
	for _, d := range waterworks.Signals() {
		if d.Device == waterworks.PLC && !found[string(d.ID)] {
			t.Errorf("%s is not found by browsing", d.ID)
		}
	}
}

func TestModbusMap(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	m := master(t, s)
	if _, err := m.ReadRegisters(0, 6, modbus.HOLDING_REGISTER); err != nil {
		t.Errorf("the dosing set points: %v", err)
	}
	for _, a := range []struct {
		at, n uint16
		kind  modbus.RegType
	}{{500, 1, modbus.INPUT_REGISTER}, {14, 1, modbus.HOLDING_REGISTER}, {40, 20, modbus.INPUT_REGISTER}, {60000, 100, modbus.HOLDING_REGISTER}} {
		if _, err := m.ReadRegisters(a.at, a.n, a.kind); err != modbus.ErrIllegalDataAddress {
			t.Errorf("read %d registers from %d: %v", a.n, a.at, err)
		}
	}
	if _, err := m.ReadCoils(100, 1); err != modbus.ErrIllegalDataAddress {
		t.Errorf("a coil that is not there: %v", err)
	}
	// The dose of coagulant is a float32 with the low word first.
	put := func(f float32) error {
		b := math.Float32bits(f)
		return m.WriteRegisters(0, []uint16{uint16(b), uint16(b >> 16)})
	}
	if err := put(33.3); err != nil {
		t.Error(err)
	}
	if err := put(99); err != modbus.ErrIllegalDataValue {
		t.Errorf("a dose out of range: %v", err)
	}
	if err := m.WriteRegister(0, 5); err != modbus.ErrIllegalDataAddress {
		t.Errorf("half a dose: %v", err)
	}
	r, err := m.ReadRegisters(0, 2, modbus.HOLDING_REGISTER)
	if f := math.Float32frombits(uint32(r[1])<<16 | uint32(r[0])); err != nil || f != 33.3 {
		t.Errorf("the dose is %g, %v", f, err)
	}
	// A filter is washed when a coil asks for it.
	if err := m.WriteCoil(2, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "filter 3 drains, or waits for its turn", func() bool {
		r, err := m.ReadRegisters(136, 1, modbus.INPUT_REGISTER)
		return err == nil && (r[0] == waterworks.Draining || r[0] == waterworks.Waiting)
	})
	m.SetUnitId(9)
	if _, err := m.ReadCoils(0, 1); err != modbus.ErrGWTargetFailedToRespond {
		t.Errorf("a unit that is not there: %v", err)
	}
}

func TestScenarioByRegister(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Speed: 10})
	m, c := master(t, s), dial(t, s)
	if err := m.WriteRegister(200, uint16(waterworks.BurstMain)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the pressure breaks down", func() bool { return value(t, c, "PZ.PT802") < 2 })
	if err := m.WriteRegister(200, 17); err != modbus.ErrIllegalDataValue {
		t.Errorf("scenario 17: %v", err)
	}
	if err := m.WriteRegister(200, 0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the pressure is back", func() bool { return math.Abs(value(t, c, "HL.PT601")-4.6) < 0.2 })
}

func TestLinkCut(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	c, m := dial(t, s), masterFor(t, s, time.Second)
	if err := s.Rehearse("link-cut"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "OPC UA does not answer", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Read(ctx, &ua.ReadRequest{NodesToRead: []*ua.ReadValueID{{NodeID: ua.NewNumericNodeID(0, id.Server_ServerStatus_State), AttributeID: ua.AttributeIDValue}}})
		return err != nil
	})
	eventually(t, "Modbus does not answer", func() bool { _, err := m.ReadCoils(0, 1); return err != nil })
	for _, g := range s.gates {
		g.setCut(false) // the test does not wait for the end
	}
	s.image.mu.Lock()
	s.plant.End(waterworks.LinkCut)
	s.image.mu.Unlock()
}

func TestClockSkew(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Scenarios: []string{"clock-skew"}})
	c := dial(t, s)
	eventually(t, "source times are ahead", func() bool {
		ahead := time.Until(read(t, c, node(t, c, "HL.PT601"), ua.AttributeIDValue).SourceTimestamp)
		return ahead > 80*time.Second && ahead < 91*time.Second
	})
}

func TestWhatCannotBeStarted(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, o := range []struct {
		o    Options
		says string
	}{
		{Options{OPCUA: "0.0.0.0:0"}, "loopback"},
		{Options{Modbus: "192.0.2.1:502"}, "loopback"},
		{Options{Modbus: "example.org:502"}, "loopback"},
		{Options{OPCUA: "127.0.0.1"}, "missing port"},
		{Options{OPCUA: taken.Addr().String()}, "address already in use"},
		{Options{Scenarios: []string{"earthquake"}}, "pump-trip"},
		{Options{Scenarios: []string{"pump-trip@soon"}}, "90s"},
		{Options{Speed: -1}, "between"},
		{Options{Speed: math.NaN()}, "between"},
		{Options{Replay: "nowhere.csv"}, "nowhere.csv"},
	} {
		s, err := Start(t.Context(), o.o)
		if err == nil {
			s.Close()
			t.Errorf("%+v started", o.o)
		} else if !strings.Contains(err.Error(), o.says) {
			t.Errorf("%+v: %q does not say %q", o.o, err, o.says)
		}
	}
}

func TestItEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, Options{At: noon})
	if err != nil {
		t.Fatal(err)
	}
	c := master(t, s)
	cancel()
	s.Wait()
	if _, err := c.ReadCoils(0, 1); err == nil {
		t.Error("it still answers")
	}
	s.Close()
}
