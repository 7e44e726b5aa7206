package modbus

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/modbus/wire"
)

// edit changes a right answer.
func edit(f func(b []byte) []byte) func(*slave, []byte) [][]byte {
	return func(s *slave, request []byte) [][]byte { return [][]byte{f(s.right(request))} }
}

// Whatever a unit answers to some requests, no value is ever that of another
// register, and the requests after it are answered within one scan.
func TestNoWrongReplyBecomesAValue(t *testing.T) {
	for name, fault := range map[string]func(*slave, []byte) [][]byte{
		"late": func(s *slave, request []byte) [][]byte {
			time.Sleep(300 * time.Millisecond)
			return [][]byte{s.right(request)}
		},
		"one register short":    func(s *slave, request []byte) [][]byte { return [][]byte{reply(request, 3, 0)} },
		"one register too many": func(s *slave, request []byte) [][]byte { return [][]byte{reply(request, 3, 4, 0, 9, 0, 9)} },
		"count says more":       func(s *slave, request []byte) [][]byte { return [][]byte{reply(request, 3, 4, 0, 9)} },
		"another unit":          edit(func(b []byte) []byte { b[6]++; return b }),
		"another function":      edit(func(b []byte) []byte { b[7]++; return b }),
		"another transaction":   edit(func(b []byte) []byte { b[1] += 7; return b }),
		"another protocol":      edit(func(b []byte) []byte { b[3] = 1; return b }),
		"length too long":       edit(func(b []byte) []byte { b[5] += 9; return b }),
		"length too short":      edit(func(b []byte) []byte { b[5]--; return b }),
		"length absurd":         edit(func(b []byte) []byte { b[4] = 0xFF; return b }),
		"length zero":           edit(func(b []byte) []byte { b[4], b[5] = 0, 0; return b }),
		"cut in the middle":     edit(func(b []byte) []byte { return b[:5] }),
		"nothing":               func(*slave, []byte) [][]byte { return nil },
		"twice":                 func(s *slave, request []byte) [][]byte { b := s.right(request); return [][]byte{b, b} },
		"exception of another":  func(s *slave, request []byte) [][]byte { return [][]byte{reply(request, 0x84, 2)} },
		"exception with data":   func(s *slave, request []byte) [][]byte { return [][]byte{reply(request, 0x83, 2, 0, 0)} },
		"exception zero":        func(s *slave, request []byte) [][]byte { return [][]byte{reply(request, 0x83, 0)} },
		"garbage":               func(*slave, []byte) [][]byte { return [][]byte{bytes.Repeat([]byte{0x55, 0xAA, 0}, 100)} },
		"a web page":            func(*slave, []byte) [][]byte { return [][]byte{[]byte("HTTP/1.1 400 Bad Request\r\n\r\n")} },
		"hang up": func(s *slave, _ []byte) [][]byte {
			s.hangUp()
			return nil
		},
		"byte by byte": func(s *slave, request []byte) (out [][]byte) {
			for _, c := range s.right(request) {
				out = append(out, []byte{c})
			}
			return out
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSlave(t)
			dev := s.impatient()
			d := new(Driver)
			c := dial(t, d, dev)
			var mu sync.Mutex
			faulty := map[uint16]int{3: 1, 6: 2, 9: 3} // how often register n is answered wrong
			s.set(func(s *slave, request []byte) [][]byte {
				mu.Lock()
				at := binary.BigEndian.Uint16(request[8:])
				faulty[at]--
				wrong := faulty[at] >= 0
				mu.Unlock()
				if wrong {
					return fault(s, request)
				}
				return [][]byte{s.right(request)}
			})
			for at := range 12 {
				healed := false
				for end := time.Now().Add(ample); time.Now().Before(end); {
					vals := make([]tag.Value, 1)
					ctx, cancel := context.WithTimeout(t.Context(), ample)
					err := c.Read(ctx, []drivers.Point{pt(fmt.Sprintf("HR%d", at), "")}, vals)
					cancel()
					if err != nil { // as a link does
						c.Close()
						c = dial(t, d, dev)
						continue
					}
					if v := vals[0]; v.Quality == tag.Good {
						healed = true
						if v.Value != tag.Int(int64(at)) {
							t.Fatalf("register %d reads %v", at, v.Value)
						}
						break
					}
				}
				if !healed {
					t.Fatalf("register %d is not read any more", at)
				}
			}
		})
	}
}

// A connection that is half open looks alive for ever; it is closed after two
// requests on which nothing comes, and the next one is a new one.
func TestAHalfOpenConnectionIsLeft(t *testing.T) {
	s := startSlave(t)
	dev := s.impatient()
	g := startGate(t, s.listener.Addr().String())
	dev.Endpoint = "modbus://" + g.address
	d := new(Driver)
	c := dial(t, d, dev)
	g.hang()
	vals := make([]tag.Value, 1)
	if err := c.Read(t.Context(), []drivers.Point{pt("HR1", "")}, vals); err == nil {
		t.Fatal("a silent unit reads")
	}
	c.Close()
	g.cut()
	g.heal()
	g.open()
	dev.Timeout = ample
	if v := readAll(t, dial(t, d, dev), pt("HR1", ""))[0]; v.Value != tag.Int(1) {
		t.Errorf("reads %v", v.Value)
	}
}

// A write is never repeated, and says whether it may have arrived.
func TestAWriteIsSentOnce(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(*slave, []byte) [][]byte
		want   error
	}{
		"refused":          {func(s *slave, r []byte) [][]byte { return [][]byte{reply(r, 0x86, 3)} }, drivers.ErrRefused},
		"busy":             {func(s *slave, r []byte) [][]byte { return [][]byte{reply(r, 0x86, 6)} }, drivers.ErrRefused},
		"not ready":        {func(s *slave, r []byte) [][]byte { return [][]byte{reply(r, 0x86, 5)} }, drivers.ErrUnknown},
		"behind a gateway": {func(s *slave, r []byte) [][]byte { return [][]byte{reply(r, 0x86, 11)} }, drivers.ErrUnknown},
		"no path":          {func(s *slave, r []byte) [][]byte { return [][]byte{reply(r, 0x86, 10)} }, drivers.ErrRefused},
		"no answer":        {func(*slave, []byte) [][]byte { return nil }, drivers.ErrUnknown},
		"hung up":          {func(s *slave, _ []byte) [][]byte { s.hangUp(); return nil }, drivers.ErrUnknown},
		"other value":      {edit(func(b []byte) []byte { b[11]++; return b }), drivers.ErrUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			s := startSlave(t)
			dev := s.device()
			if name == "no answer" {
				dev = s.impatient()
			}
			conn := dial(t, new(Driver), dev)
			s.set(c.answer)
			before := len(s.asked())
			err := conn.Write(t.Context(), pt("HR5", ""), tag.Int(9))
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if n := len(s.asked()) - before; n != 1 {
				t.Errorf("sent %d times", n)
			}
			if name == "refused" && !strings.Contains(drivers.Words(err), "HR5 and refused: it does not accept the value") {
				t.Errorf("in words: %s", drivers.Words(err))
			}
		})
	}
}

func TestAWriteThatCannotLeaveIsNotUnknown(t *testing.T) {
	var err error
	for wait := 50 * time.Millisecond; wait < ample; wait *= 4 { // until the end of the connection is known
		s := startSlave(t)
		c := dial(t, new(Driver), s.device())
		s.listener.Close()
		s.hangUp()
		time.Sleep(wait)
		err = c.Write(t.Context(), pt("HR5", ""), tag.Int(9))
		if err != nil && !errors.Is(err, drivers.ErrUnknown) && !errors.Is(err, drivers.ErrRefused) {
			return
		}
	}
	t.Errorf("%v, want an error that says nothing was sent", err)
}

func TestPartsOfRegisters(t *testing.T) {
	s := startSlave(t)
	s.regs[10] = 0xF0F0
	noMask := func(s *slave, request []byte) [][]byte {
		if request[7] == 22 {
			return [][]byte{reply(request, 0x80|22, illegalFunction)}
		}
		return [][]byte{s.right(request)}
	}
	s.set(noMask)
	dev := s.device()
	c := dial(t, new(Driver), dev)
	err := c.Write(t.Context(), pt("HR10.0", ""), tag.Bool(true))
	if !errors.Is(err, drivers.ErrRefused) || !strings.Contains(drivers.Words(err), "bit_write") {
		t.Errorf("without mask write: %v", err)
	}
	dev.Options["bit_write"] = "modify"
	c = dial(t, new(Driver), dev)
	if err := c.Write(t.Context(), pt("HR10", "bits 0-3"), tag.Int(5)); err != nil {
		t.Fatal(err)
	}
	if s.regs[10] != 0xF0F5 {
		t.Errorf("the register is %04X, want the other bits as they were", s.regs[10])
	}
	dev.Options["bit_write"] = "auto"
	c = dial(t, new(Driver), dev)
	s.regs[10] = 0xF0F0
	for _, w := range []struct {
		bit      string
		want     uint16
		requests int
	}{{"HR10.1", 0xF0F2, 3}, {"HR10.9", 0xF2F2, 2}} { // it is asked once whether it knows mask writes
		before := len(s.asked())
		if err := c.Write(t.Context(), pt(w.bit, ""), tag.Bool(true)); err != nil {
			t.Fatal(err)
		}
		if n := len(s.asked()) - before; s.regs[10] != w.want || n != w.requests {
			t.Errorf("after %s the register is %04X with %d requests, want %04X with %d", w.bit, s.regs[10], n, w.want, w.requests)
		}
	}
	dev.Options["bit_write"] = "refuse"
	c = dial(t, new(Driver), dev)
	if err := c.Write(t.Context(), pt("HR10.0", ""), tag.Bool(true)); !errors.Is(err, drivers.ErrRefused) {
		t.Errorf("forbidden: %v", err)
	}
}

// What a unit answers becomes the quality the plant's tables ask for.
func TestExceptionsBecomeQualities(t *testing.T) {
	for code, want := range map[byte]tag.Quality{
		illegalFunction: tag.BadConfigurationError,
		illegalAddress:  tag.BadConfigurationError,
		illegalValue:    tag.BadConfigurationError,
		deviceFailure:   tag.BadDeviceFailure,
		busy:            tag.LastUsable,
		parityError:     tag.BadDeviceFailure,
		77:              tag.BadConfigurationError,
	} {
		s := startSlave(t)
		dev := s.device()
		dev.Options["retries"] = "1"
		c := dial(t, new(Driver), dev)
		readAll(t, c, pt("HR5", ""), pt("HR500", ""))
		s.set(func(s *slave, request []byte) [][]byte {
			if binary.BigEndian.Uint16(request[8:]) <= 5 {
				return [][]byte{reply(request, 0x83, code)}
			}
			return [][]byte{s.right(request)}
		})
		vals := readAll(t, c, pt("HR5", ""), pt("HR500", ""))
		if vals[0].Quality != want || vals[1].Quality != tag.Good {
			t.Errorf("exception %d: %v and %v, want %v and good", code, vals[0].Quality, vals[1].Quality, want)
		}
		kept := want != tag.BadConfigurationError
		if (vals[0].Value == tag.Int(5)) != kept {
			t.Errorf("exception %d: the value is %v", code, vals[0].Value)
		}
	}
	for _, code := range []byte{gatewayNoPath, gatewayNoResponse} {
		s := startSlave(t)
		c := dial(t, new(Driver), s.device())
		s.set(func(_ *slave, request []byte) [][]byte { return [][]byte{reply(request, 0x83, code)} })
		vals := make([]tag.Value, 1)
		err := c.Read(t.Context(), []drivers.Point{pt("HR5", "")}, vals)
		if err == nil || !strings.Contains(drivers.Words(err), "The gateway answers, but unit 1 behind it does not") {
			t.Errorf("exception %d of a gateway: %v (%v), want the connection to end and the gateway named", code, err, vals[0])
		}
	}
}

// A unit that takes at most 40 registers at once, and refuses more, is read
// all the same, with few requests.
func TestAnUnknownLimitIsLearnt(t *testing.T) {
	s := startSlave(t)
	s.set(func(s *slave, request []byte) [][]byte {
		if n := binary.BigEndian.Uint16(request[10:]); n > 40 {
			return [][]byte{reply(request, request[7]|0x80, illegalValue)}
		}
		return [][]byte{s.right(request)}
	})
	c := dial(t, new(Driver), s.device())
	var points []drivers.Point
	for at := 0; at < 500; at += 2 {
		points = append(points, pt(fmt.Sprintf("HR%d", at), ""))
	}
	var vals []tag.Value
	before := 0
	for range 6 {
		before = len(s.asked())
		vals = readAll(t, c, points...)
	}
	for i, v := range vals {
		if v.Value != tag.Int(int64(2*i)) {
			t.Fatalf("%s reads %v (%v)", points[i].Address, v.Value, v.Quality)
		}
	}
	if n := len(s.asked()) - before; n > 13 {
		t.Errorf("%d requests a scan, 13 are enough", n)
	}
}

// rtuBus is a serial server with several units behind it. A dead unit says
// nothing. Register n of unit u holds 1000*u+n.
func rtuBus(t testing.TB, alive func(unit byte) bool) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				frame := make([]byte, 8)
				for {
					if _, err := io.ReadFull(c, frame); err != nil {
						return
					}
					unit, pdu := (wire.RTU{}).PDU(frame)
					if !alive(unit) {
						continue
					}
					answer := []byte{pdu[0] | 0x80, illegalFunction}
					if pdu[0] == 3 {
						n := binary.BigEndian.Uint16(pdu[3:])
						answer = []byte{3, byte(2 * n)}
						for i := range n {
							answer = binary.BigEndian.AppendUint16(answer, 1000*uint16(unit)+binary.BigEndian.Uint16(pdu[1:])+i)
						}
					}
					time.Sleep(5 * time.Millisecond)
					if _, err := c.Write((wire.RTU{}).Frame(unit, answer)); err != nil {
						return
					}
				}
			})
		}
	})
	return l.Addr().String()
}

// Units 1 and 2 keep being read while unit 3 is dead, which takes little of the
// line; when it comes back it is found.
func TestADeadUnitLeavesTheOthersTheirPeriod(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	dead := map[byte]bool{3: true}
	unanswered := 0
	address := rtuBus(t, func(unit byte) bool {
		mu.Lock()
		defer mu.Unlock()
		if dead[unit] {
			unanswered++
		}
		return !dead[unit]
	})
	d := new(Driver)
	device := func(unit int) drivers.Device {
		dev := drivers.Device{Name: fmt.Sprint("unit", unit), Endpoint: fmt.Sprintf("rtu+tcp://%s?unit=%d", address, unit), Timeout: ample, Options: map[string]string{"probe_every": "500ms", "guard": "100ms"}}
		if unit == 3 {
			dev.Timeout = 200 * time.Millisecond
		}
		return dev
	}
	if a, b := d.Line(device(1)), d.Line(device(3)); a != b {
		t.Errorf("lines %q and %q are one", a, b)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	var polls [3]atomic.Int32
	for unit := 1; unit <= 2; unit++ {
		c := dial(t, d, device(unit))
		wg.Go(func() {
			for ctx.Err() == nil {
				vals := make([]tag.Value, 1)
				if err := c.Read(ctx, []drivers.Point{pt("HR7", "")}, vals); err != nil {
					if ctx.Err() == nil {
						t.Errorf("unit %d: %v", unit, err)
					}
					return
				}
				if want := tag.Int(int64(1000*unit + 7)); vals[0].Value != want {
					t.Errorf("unit %d reads %v", unit, vals[0].Value)
				}
				polls[unit].Add(1)
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	began := time.Now()
	try := func() bool {
		limited, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		c, err := d.Dial(limited, device(3))
		if err == nil {
			c.Close()
		}
		time.Sleep(50 * time.Millisecond)
		return err == nil
	}
	for time.Since(began) < 3*time.Second || polls[1].Load() < 20 || polls[2].Load() < 20 {
		if try() || time.Since(began) > ample {
			t.Fatalf("the dead unit answers, or the others were read only %d and %d times", polls[1].Load(), polls[2].Load())
		}
	}
	mu.Lock()
	asked := unanswered
	dead[3] = false
	mu.Unlock()
	t.Logf("in %v units 1 and 2 were read %d and %d times, the dead one was asked %d times", time.Since(began), polls[1].Load(), polls[2].Load(), asked)
	// Three times at first, then after 0.1, 0.3, 0.5, 1 and 1.5 s, and each 1.5 s from there on.
	if most := 8 + int(time.Since(began)/(1500*time.Millisecond)); asked > most {
		t.Errorf("%d requests to the dead unit in %v, want %d at most", asked, time.Since(began), most)
	}
	for end := time.Now().Add(ample); !try(); {
		if time.Now().After(end) {
			t.Fatal("the unit is not found after it came back")
		}
	}
	stop()
	wg.Wait()
}

// Random garbage for a second: no panic, no value, and the driver is still
// fit for use afterwards.
func TestAStormOfGarbage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	s := startSlave(t)
	dev := s.device()
	dev.Timeout = 20 * time.Millisecond
	d := new(Driver)
	s.set(func(s *slave, request []byte) [][]byte {
		mu.Lock()
		defer mu.Unlock()
		b := s.right(request)
		switch r.IntN(4) {
		case 0:
			b = b[:r.IntN(len(b))]
		case 1:
			b = append(b, byte(r.Uint32()))
		}
		if r.IntN(2) > 0 {
			b = append(b, 0)
			b[r.IntN(min(len(b), 9))] ^= 1 << r.IntN(8) // the header, the function, the count
			b = b[:len(b)-1]
		}
		return [][]byte{b}
	})
	values, wrong := 0, 0
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		c, err := d.dial(t.Context(), dev)
		if err != nil {
			continue
		}
		for i := range 20 {
			vals := make([]tag.Value, 1)
			if c.Read(t.Context(), []drivers.Point{pt(fmt.Sprintf("HR%d", 1000+i), "")}, vals) != nil {
				break
			}
			if vals[0].Quality == tag.Good {
				values++
				if vals[0].Value != tag.Int(int64(1000+i)) {
					wrong++
				}
			}
		}
		c.Close()
	}
	s.set(nil)
	dev.Timeout = ample
	if v := readAll(t, dial(t, d, dev), pt("HR2000", ""))[0]; v.Value != tag.Int(2000) {
		t.Errorf("afterwards register 2000 reads %v (%v)", v.Value, v.Quality)
	}
	t.Logf("%d values came through, %d of them wrong", values, wrong)
	if wrong > 0 {
		t.Errorf("%d wrong values", wrong)
	}
}

// The pause between two requests to a unit does not keep the line from others.
func TestThePauseIsTheUnitsAlone(t *testing.T) {
	t.Parallel()
	address := rtuBus(t, func(byte) bool { return true })
	d := new(Driver)
	device := func(unit int, pause string) drivers.Device {
		return drivers.Device{Name: fmt.Sprint("unit", unit), Endpoint: fmt.Sprintf("rtu+tcp://%s?unit=%d", address, unit), Options: map[string]string{"pause": pause, "guard": "10ms"}}
	}
	slow, quick := dial(t, d, device(1, "100ms")), dial(t, d, device(2, "0s"))
	var polls atomic.Int32
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	wg.Go(func() {
		for ctx.Err() == nil {
			if quick.Read(ctx, []drivers.Point{pt("HR1", "")}, make([]tag.Value, 1)) == nil {
				polls.Add(1)
			}
		}
	})
	began := time.Now()
	reads := 0
	for ; reads < 5 || polls.Load() < int32(5*reads) && time.Since(began) < ample; reads++ {
		readAll(t, slow, pt("HR1", ""))
	}
	took := time.Since(began)
	stop()
	wg.Wait()
	if least := time.Duration(reads-1) * 100 * time.Millisecond; took < least {
		t.Errorf("%d requests in %v, with a pause of 100 ms", reads, took)
	}
	if n := polls.Load(); n < int32(5*reads) {
		t.Errorf("the other unit was read %d times while the one with the pause was %d times", n, reads)
	}
}

// A line that was cut with all its units is back at once when it is whole
// again: nobody is left waiting for a probe.
func TestACutLineIsBackAtOnce(t *testing.T) {
	t.Parallel()
	address := rtuBus(t, func(byte) bool { return true })
	g := startGate(t, address)
	d := new(Driver)
	device := func(unit int) drivers.Device {
		return drivers.Device{Name: fmt.Sprint("unit", unit), Endpoint: fmt.Sprintf("rtu+tcp://%s?unit=%d", g.address, unit), Timeout: 300 * time.Millisecond, Options: map[string]string{"guard": "10ms", "probe_every": "1h"}}
	}
	conns := []*conn{dial(t, d, device(1)), dial(t, d, device(2)), dial(t, d, device(3))}
	g.hang()
	for range 3 {
		for i, c := range conns {
			if err := c.Read(t.Context(), []drivers.Point{pt("HR1", "")}, make([]tag.Value, 1)); err == nil {
				t.Fatalf("unit %d reads over a dead line", i+1)
			}
		}
	}
	g.heal()
	for i := range conns {
		for end := time.Now().Add(ample); ; {
			ctx, cancel := context.WithTimeout(t.Context(), ample)
			c, err := d.Dial(ctx, device(i+1))
			cancel()
			if err == nil {
				c.Close()
				break
			}
			if errors.Is(err, errDemoted) || time.Now().After(end) {
				t.Fatalf("unit %d of a line that is whole: %v", i+1, err)
			}
		}
	}
}
