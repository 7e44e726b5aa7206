package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// unitOnLine is a scripted serial unit at the far end of a pipe. A register's
// value is its address; what act says happens to the request with that number
// (0 the first), markers counted too.
type unitOnLine struct {
	framing Framing
	ignores byte                          // this function, altogether
	refuses byte                          // this function, with an exception
	delay   map[int]time.Duration         // answer late
	twist   map[int]func([]byte) [][]byte // answer otherwise
	asked   [][]byte                      // PDUs
	mu      sync.Mutex
}

func (u *unitOnLine) dial(context.Context) (io.ReadWriteCloser, error) {
	near, far := net.Pipe()
	go u.serve(far)
	return near, nil
}

func (u *unitOnLine) serve(c net.Conn) {
	buf := make([]byte, 600)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		unit, pdu := u.framing.PDU(buf[:n])
		u.mu.Lock()
		i := len(u.asked)
		u.asked = append(u.asked, append([]byte(nil), pdu...))
		u.mu.Unlock()
		answer := u.answer(pdu)
		if answer == nil {
			continue
		}
		time.Sleep(5*time.Millisecond + u.delay[i])
		pieces := [][]byte{u.framing.Frame(unit, answer)}
		if f := u.twist[i]; f != nil {
			pieces = f(pieces[0])
		}
		for _, p := range pieces {
			if len(p) == 0 {
				time.Sleep(time.Second)
				continue
			}
			if _, err := c.Write(p); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func (u *unitOnLine) answer(pdu []byte) []byte {
	n := binary.BigEndian.Uint16(pdu[3:])
	switch pdu[0] {
	case u.ignores:
		return nil
	case u.refuses:
		return []byte{pdu[0] | exception, 1}
	case readCoils:
		return append([]byte{readCoils, byte((n + 7) / 8)}, make([]byte, (n+7)/8)...)
	case readHolding:
		out := []byte{readHolding, byte(2 * n)}
		for i := range n {
			out = binary.BigEndian.AppendUint16(out, binary.BigEndian.Uint16(pdu[1:])+i)
		}
		return out
	}
	return append([]byte(nil), pdu[:5]...)
}

var framings = map[string]Framing{"RTU": RTU{}, "ASCII": ASCII{}}

// onLine runs a story in a bubble of its own time, for both framings.
func onLine(t *testing.T, u *unitOnLine, story func(t *testing.T, s *Stream)) {
	for name, f := range framings {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u.framing, u.asked = f, nil
				s := &Stream{Dial: u.dial, Framing: f, Quiet: 2 * time.Millisecond, Gap: 100 * time.Millisecond, Guard: time.Second}
				defer hangUp(s)
				story(t, s)
			})
		})
	}
}

// hangUp ends a story: the bubble's clock stands still once it is left.
func hangUp(s *Stream) {
	s.Close()
	time.Sleep(10 * time.Second)
}

// register reads one holding register.
func register(t *testing.T, s *Stream, at uint16) (uint16, error) {
	t.Helper()
	request := s.Framing.Frame(1, []byte{readHolding, byte(at >> 8), byte(at), 0, 1})
	reply, err := s.Do(t.Context(), request, 300*time.Millisecond)
	if err != nil {
		return 0, err
	}
	_, pdu := s.Framing.PDU(reply)
	return binary.BigEndian.Uint16(pdu[2:]), nil
}

// expect reads registers until each has answered, and fails on any value
// that is not the register's own.
func expect(t *testing.T, s *Stream, within time.Duration, at ...uint16) {
	t.Helper()
	began := time.Now()
	for _, a := range at {
		for {
			v, err := register(t, s, a)
			if err == nil && v != a {
				t.Fatalf("register %d reads %d", a, v)
			}
			if err == nil {
				break
			}
			if time.Since(began) > within {
				t.Fatalf("register %d: %v, %v after the fault", a, err, within)
			}
		}
	}
}

func TestALateReplyOnASerialLineIsNobodysValue(t *testing.T) {
	for name, u := range map[string]*unitOnLine{
		"it has coils":             {},
		"it refuses to have coils": {refuses: readCoils},
		"it ignores such requests": {ignores: readCoils},
	} {
		t.Run(name, func(t *testing.T) {
			u.delay = map[int]time.Duration{3: 500 * time.Millisecond, 7: 900 * time.Millisecond}
			onLine(t, u, func(t *testing.T, s *Stream) { expect(t, s, 6*time.Second, 1, 2, 3, 4, 5, 6, 7, 8, 9) })
		})
	}
}

// A unit that answers markers is back in step with the first request after
// the one it lost, without waiting for the guard time.
func TestTheLineIsInStepAtOnce(t *testing.T) {
	u := &unitOnLine{delay: map[int]time.Duration{1: 400 * time.Millisecond}}
	onLine(t, u, func(t *testing.T, s *Stream) {
		expect(t, s, 0, 1)
		if _, err := register(t, s, 2); !errors.Is(err, ErrTimeout) {
			t.Fatalf("the late register: %v", err)
		}
		began := time.Now()
		if v, err := register(t, s, 3); err != nil || v != 3 {
			t.Fatalf("register 3 reads %d, %v", v, err)
		}
		if d := time.Since(began); d > 200*time.Millisecond {
			t.Errorf("it took %v to be in step", d)
		}
		if s.Counters.Dropped.Load() == 0 {
			t.Error("the late reply was not counted")
		}
	})
}

func TestWrongFramesOnASerialLine(t *testing.T) {
	flip := func(f []byte) [][]byte {
		g := append([]byte(nil), f...)
		g[len(g)/2] ^= 1
		return [][]byte{g}
	}
	for name, twist := range map[string]func([]byte) [][]byte{
		"a flipped bit":         flip,
		"cut short":             func(f []byte) [][]byte { return [][]byte{f[:len(f)-3]} },
		"nothing":               func([]byte) [][]byte { return nil },
		"noise":                 func([]byte) [][]byte { return [][]byte{{0xFF, 0x00, 0x55, 0x01, 0x03, 0x02}} },
		"a pause in the middle": func(f []byte) [][]byte { return [][]byte{f[:4], {}, f[4:]} },
		"twice":                 func(f []byte) [][]byte { return [][]byte{f, f} },
		"noise, then right":     func(f []byte) [][]byte { return [][]byte{append([]byte{0x00, 0x01, 0x03}, f...)} },
		"byte by byte": func(f []byte) (out [][]byte) {
			for i := range f {
				out = append(out, f[i:i+1])
			}
			return out
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := &unitOnLine{twist: map[int]func([]byte) [][]byte{2: twist, 3: twist, 5: twist}}
			onLine(t, u, func(t *testing.T, s *Stream) { expect(t, s, 8*time.Second, 1, 2, 3, 4, 5, 6) })
		})
	}
}

func TestAReplyOfAnotherUnitOrShapeIsNotTaken(t *testing.T) {
	for name, f := range framings {
		request := f.Frame(1, []byte{readHolding, 0, 5, 0, 1})
		right := f.Frame(1, []byte{readHolding, 2, 0, 9})
		for _, c := range []struct {
			name  string
			seen  [][]byte
			found bool
		}{
			{"right", [][]byte{right}, true},
			{"an exception", [][]byte{f.Frame(1, []byte{readHolding | exception, 2})}, true},
			{"another unit", [][]byte{f.Frame(2, []byte{readHolding, 2, 0, 9})}, false},
			{"another function", [][]byte{f.Frame(1, []byte{readInput, 2, 0, 9})}, false},
			{"two registers", [][]byte{f.Frame(1, []byte{readHolding, 4, 0, 9, 0, 9})}, false},
			{"none", [][]byte{f.Frame(1, []byte{readHolding, 0})}, false},
			{"another unit, then right", [][]byte{f.Frame(2, []byte{readHolding, 2, 0, 9}), right}, true},
			{"two registers, then right", [][]byte{f.Frame(1, []byte{readHolding, 4, 0, 9, 0, 9}), right}, true},
			{"the request itself", [][]byte{request}, false},
		} {
			frame, _ := f.Find(bytes.Join(c.seen, nil), request)
			if (frame != nil) != c.found {
				t.Errorf("%s, %s: found % x", name, c.name, frame)
			}
		}
	}
}

func TestAnInterfaceThatHearsItself(t *testing.T) {
	for name, f := range framings {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				go func() {
					buf := make([]byte, 600)
					for {
						n, err := far.Read(buf)
						if err != nil {
							return
						}
						u := &unitOnLine{framing: f}
						id, pdu := f.PDU(buf[:n])
						far.Write(append(append([]byte(nil), buf[:n]...), f.Frame(id, u.answer(pdu))...))
					}
				}()
				s := &Stream{Dial: func(context.Context) (io.ReadWriteCloser, error) { return near, nil }, Framing: f, Quiet: 2 * time.Millisecond, Gap: 100 * time.Millisecond, Guard: time.Second}
				defer hangUp(s)
				expect(t, s, 0, 1, 2, 3)
				if !s.hears {
					t.Error("it was not noticed")
				}
			})
		})
	}
}

// A line on which nothing stops talking is given up, not listened to for ever.
func TestABabblingLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					far.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
					far.Write([]byte{0x55})
				}
			}
		}()
		go io.Copy(io.Discard, far)
		s := &Stream{Dial: func(context.Context) (io.ReadWriteCloser, error) { return near, nil }, Framing: RTU{}, Quiet: 2 * time.Millisecond, Gap: 100 * time.Millisecond, Guard: time.Second}
		began := time.Now()
		v, err := register(t, s, 1)
		if err == nil || time.Since(began) > 5*time.Second {
			t.Errorf("read %d, %v after %v", v, err, time.Since(began))
		}
		close(stop)
		far.Close()
		hangUp(s)
	})
}

func TestAReplyIsNeverToAnotherRequest(t *testing.T) {
	read := []byte{readHolding, 0, 5, 0, 2}
	for _, c := range []struct {
		name           string
		request, reply []byte
		ok             bool
	}{
		{"right", read, []byte{readHolding, 4, 0, 1, 0, 2}, true},
		{"exception", read, []byte{readHolding | exception, 2}, true},
		{"long exception", read, []byte{readHolding | exception, 2, 0}, false},
		{"short", read, []byte{readHolding, 2, 0, 1}, false},
		{"short but says long", read, []byte{readHolding, 4, 0, 1}, false},
		{"long but says short", read, []byte{readHolding, 2, 0, 1, 0, 2}, false},
		{"other function", read, []byte{readInput, 4, 0, 1, 0, 2}, false},
		{"other exception", read, []byte{readInput | exception, 2}, false},
		{"empty", read, []byte{}, false},
		{"code only", read, []byte{readHolding}, false},
		{"coils", []byte{readCoils, 0, 0, 0, 9}, []byte{readCoils, 2, 1, 1}, true},
		{"coils short", []byte{readCoils, 0, 0, 0, 9}, []byte{readCoils, 1, 1}, false},
		{"write", []byte{writeRegister, 0, 1, 0, 2}, []byte{writeRegister, 0, 1, 0, 2}, true},
		{"write of another value", []byte{writeRegister, 0, 1, 0, 2}, []byte{writeRegister, 0, 1, 0, 3}, false},
		{"write elsewhere", []byte{writeRegisters, 0, 1, 0, 1, 2, 0, 5}, []byte{writeRegisters, 0, 2, 0, 1}, false},
		{"write many", []byte{writeRegisters, 0, 1, 0, 1, 2, 0, 5}, []byte{writeRegisters, 0, 1, 0, 1}, true},
		{"mask", []byte{maskWrite, 0, 4, 0, 0xF2, 0, 0x25}, []byte{maskWrite, 0, 4, 0, 0xF2, 0, 0x25}, true},
		{"mask cut", []byte{maskWrite, 0, 4, 0, 0xF2, 0, 0x25}, []byte{maskWrite, 0, 4, 0, 0xF2}, false},
	} {
		if err := Check(c.request, c.reply); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// The vector of the Modbus over serial line guide, and the usual one.
func TestChecksums(t *testing.T) {
	if c := CRC([]byte{0x02, 0x07}); c != 0x1241 {
		t.Errorf("CRC of 02 07 is %04X", c)
	}
	if f := (ASCII{}).Frame(1, []byte{3, 0, 0, 0, 10}); string(f) != ":01030000000AF2\r\n" {
		t.Errorf("ASCII frame %q", f)
	}
}

// Whatever comes over the line, what is taken for the reply is a whole frame
// of the right unit that answers the request.
func FuzzFind(f *testing.F) {
	for _, fr := range framings {
		f.Add(fr.Frame(1, []byte{readHolding, 2, 0, 9}), uint8(3), uint16(1))
		f.Add(append([]byte{1, 3}, fr.Frame(1, []byte{encapsulated, 14, 1, 1, 0, 0, 1, 0, 2, 'A', 'B'})...), uint8(43), uint16(1))
	}
	f.Fuzz(func(t *testing.T, seen []byte, fc uint8, n uint16) {
		fc &= 0x7F
		pdu := binary.BigEndian.AppendUint16([]byte{fc, 0, 5}, n)
		for name, fr := range framings {
			request := fr.Frame(1, pdu)
			frame, _ := fr.Find(seen, request)
			if frame == nil {
				continue
			}
			unit, reply := fr.PDU(frame)
			if unit != 1 || Check(pdu, reply) != nil {
				t.Errorf("%s takes % x of unit %d for the reply to % x", name, reply, unit, pdu)
			}
			if name == "RTU" && CRC(frame) != 0 {
				t.Errorf("%s takes % x with a wrong checksum", name, frame)
			}
			if name == "ASCII" && !strings.EqualFold(string(frame), string(fr.Frame(unit, reply))) {
				t.Errorf("%s takes %q", name, frame)
			}
		}
	})
}

// Any bytes in place of a TCP reply are a frame or an error, and never more
// than one frame's worth of memory.
func FuzzMBAP(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 9})
	f.Add([]byte{0, 1, 0, 0, 0xFF, 0xFF, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := readMBAP(bytes.NewReader(b))
		if err != nil {
			return
		}
		if len(frame) > mbapLen+maxPDU || !bytes.HasPrefix(b, frame) {
			t.Errorf("% x reads as % x", b, frame)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	for name, f := range framings {
		pdu := append([]byte{readHolding, 250}, make([]byte, 250)...)
		request, seen := f.Frame(1, []byte{readHolding, 0, 0, 0, 125}), f.Frame(1, pdu)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if frame, err := f.Find(seen, request); frame == nil {
					b.Fatal(err)
				}
			}
		})
	}
}
