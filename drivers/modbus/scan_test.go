package modbus

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"penstock/drivers/modbus/reg"
	"penstock/drivers/modbus/survey"
)

// A scan finds what is there, leaves what is not, and tells what the display
// shows; and it never writes and never hurries.
func TestScanFindsWhatTheDisplayShows(t *testing.T) {
	t.Parallel()
	s := startSlave(t)
	s.set(func(s *slave, request []byte) [][]byte {
		pdu := request[7:]
		at, n := int(binary.BigEndian.Uint16(pdu[1:])), int(binary.BigEndian.Uint16(pdu[3:]))
		there := pdu[0] == 3 && (at+n <= 60 || at >= 200 && at+n <= 210)
		if !there {
			return [][]byte{reply(request, pdu[0]|0x80, illegalAddress)}
		}
		return [][]byte{s.right(request)}
	})
	const every = 5 * time.Millisecond
	sc, err := new(Driver).Scan(t.Context(), s.device(), ScanOptions{Count: 300, Every: every})
	if err != nil {
		t.Fatal(err)
	}
	defer sc.Close()
	f := survey.NewFinder(sc.Base())
	for i, shown := range []string{"230.1", "230.7", "229.9"} {
		bits := math.Float32bits([]float32{230.1, 230.7, 229.9}[i])
		s.mu.Lock()
		s.regs[41], s.regs[40] = uint16(bits>>16), uint16(bits)
		before := len(s.requests)
		s.mu.Unlock()
		began := time.Now()
		snap, err := sc.Pass(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		asked := s.asked()[before:]
		if d := time.Since(began); d < time.Duration(len(asked)-1)*every {
			t.Errorf("%d requests in %v", len(asked), d)
		}
		for _, r := range asked {
			if r[7] != 3 && r[7] != 4 {
				t.Fatalf("it asks for function %d", r[7])
			}
		}
		words := 0
		for _, r := range snap {
			words += len(r.Data) / 2
		}
		if words < 60 || words > 70 || i > 0 && len(asked) > 12 {
			t.Errorf("pass %d: %d registers with %d requests", i, words, len(asked))
		}
		if err := f.Observe(shown, snap); err != nil {
			t.Fatal(err)
		}
	}
	best := f.Best(1)
	if len(best) != 1 || best[0].Address != "400041" || best[0].Type != "float32 CDAB" || best[0].Factor != 1 {
		t.Errorf("found %+v", best)
	}
	if it, err := (reg.Map{Base: 1}).Parse(best[0].Address, best[0].Type); err != nil || it.Type.String() != "float32 CDAB" {
		t.Errorf("what was found is no tag: %v, %v", it, err)
	}
}

// Bits are listed one by one, and only those that are there.
func TestScanOfBits(t *testing.T) {
	s := startSlave(t)
	s.set(func(s *slave, request []byte) [][]byte {
		if at, n := int(binary.BigEndian.Uint16(request[8:])), int(binary.BigEndian.Uint16(request[10:])); request[7] != 1 || at+n > 13 {
			return [][]byte{reply(request, request[7]|0x80, illegalAddress)}
		}
		return [][]byte{s.right(request)}
	})
	sc, err := new(Driver).Scan(t.Context(), s.device(), ScanOptions{Tables: []reg.Table{reg.Coil, reg.Discrete}, Count: 40, Every: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer sc.Close()
	for range 2 { // the second pass reads only what the first has found
		snap, err := sc.Pass(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rows := snap.Rows(sc.Base(), nil)
		if r := snap.Ranges(); len(rows) != 13 || len(r) != 1 || r[0].String() != "CO0-12" {
			t.Fatalf("%d rows of %v", len(rows), r)
		}
		for i, row := range rows {
			if want := uint16(i & 1); row.Uint16 != want || row.Float != "" || row.Uint32 != "" {
				t.Errorf("%+v, want %d", row, want)
			}
		}
	}
}
