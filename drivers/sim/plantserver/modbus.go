package plantserver

import (
	"errors"
	"fmt"
	"io"
	"log"
	"slices"
	"strconv"
	"time"

	"github.com/simonvetter/modbus"

	"penstock/app/tag"
	"penstock/drivers/sim/waterworks"
)

// The four tables of Modbus, by the digit their addresses begin with.
const (
	coils    = '0'
	inputs   = '1'
	inRegs   = '3'
	holdRegs = '4'
)

// modbusUnit is the unit that answers; others are not there.
const modbusUnit = 1

// A place is where a signal stands in its table.
type place struct {
	signal int
	at     int // offset on the wire
	codec  codec
}

func (p place) end() int { return p.at + p.codec.words }

// A modbusMap answers requests from the image. Between signals of a block
// the registers read as 0; outside the blocks a request is refused, as it is
// by controllers that allot memory block by block.
type modbusMap struct {
	image  *image
	tables map[byte][]place // by offset; a register may hold several bits
	blocks map[byte][][2]int
}

// blockGap is the widest hole inside a block of registers; coils and inputs
// have no holes.
const blockGap = 10

func newModbusMap(m *image, device string) (*modbusMap, error) {
	mm := &modbusMap{image: m, tables: map[byte][]place{}, blocks: map[byte][][2]int{}}
	for i, d := range m.defs {
		if d.Device != device {
			continue
		}
		if d.Address == "" {
			return nil, fmt.Errorf("%s has no address", d.ID)
		}
		digit := d.Address[0]
		number, err := strconv.Atoi(d.Address[1:])
		if err != nil || number < 1 {
			return nil, fmt.Errorf("%s: address %q", d.ID, d.Address)
		}
		p := place{signal: i, at: number - 1, codec: codec{words: 1}}
		if digit == inRegs || digit == holdRegs {
			if p.codec, err = parseCodec(d); err != nil {
				return nil, err
			}
		}
		mm.tables[digit] = append(mm.tables[digit], p)
	}
	for digit, places := range mm.tables {
		slices.SortFunc(places, func(a, b place) int { return a.at - b.at })
		gap := 0
		if digit == inRegs || digit == holdRegs {
			gap = blockGap
		}
		var blocks [][2]int
		for _, p := range places {
			if n := len(blocks); n > 0 && p.at <= blocks[n-1][1]+gap {
				blocks[n-1][1] = max(blocks[n-1][1], p.end())
			} else {
				blocks = append(blocks, [2]int{p.at, p.end()})
			}
		}
		mm.blocks[digit] = blocks
	}
	return mm, nil
}

// mapped reports whether a request stays inside one block.
func (mm *modbusMap) mapped(table byte, at, n int) bool {
	return slices.ContainsFunc(mm.blocks[table], func(b [2]int) bool { return at >= b[0] && at+n <= b[1] })
}

func (mm *modbusMap) check(unit uint8, table byte, at, n int) error {
	if unit != modbusUnit && unit != 0 && unit != 255 {
		return modbus.ErrGWTargetFailedToRespond
	}
	if !mm.mapped(table, at, n) {
		return modbus.ErrIllegalDataAddress
	}
	mm.image.touch()
	return nil
}

func (mm *modbusMap) readBits(table byte, at, n int) []bool {
	out := make([]bool, n)
	mm.image.mu.Lock()
	defer mm.image.mu.Unlock()
	for _, p := range mm.tables[table] {
		if i := p.at - at; i >= 0 && i < n {
			out[i], _ = mm.image.newest[p.signal].value.Truth()
		}
	}
	return out
}

func (mm *modbusMap) readWords(table byte, at, n int) []uint16 {
	out := make([]uint16, n)
	mm.image.mu.Lock()
	defer mm.image.mu.Unlock()
	for _, p := range mm.tables[table] {
		if p.end() <= at || p.at >= at+n {
			continue
		}
		v := mm.image.newest[p.signal]
		for k, w := range p.codec.encode(v.value, v.quality.Usable()) {
			if i := p.at + k - at; i >= 0 && i < n {
				out[i] |= w
			}
		}
	}
	return out
}

// refusal is the Modbus exception that says why an order was not taken.
func refusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, waterworks.ErrReadOnly), errors.Is(err, waterworks.ErrUnknown):
		return modbus.ErrIllegalDataAddress
	case errors.Is(err, waterworks.ErrState):
		return modbus.ErrServerDeviceFailure
	}
	return modbus.ErrIllegalDataValue
}

// HandleCoils answers functions 1, 5 and 15.
func (mm *modbusMap) HandleCoils(r *modbus.CoilsRequest) ([]bool, error) {
	at, n := int(r.Addr), int(r.Quantity)
	if err := mm.check(r.UnitId, coils, at, n); err != nil {
		return nil, err
	}
	if r.IsWrite {
		for _, p := range mm.tables[coils] {
			if i := p.at - at; i >= 0 && i < n {
				if err := mm.image.write(p.signal, tag.Bool(r.Args[i])); err != nil {
					return nil, refusal(err)
				}
			}
		}
	}
	return mm.readBits(coils, at, n), nil
}

// HandleDiscreteInputs answers function 2.
func (mm *modbusMap) HandleDiscreteInputs(r *modbus.DiscreteInputsRequest) ([]bool, error) {
	if err := mm.check(r.UnitId, inputs, int(r.Addr), int(r.Quantity)); err != nil {
		return nil, err
	}
	return mm.readBits(inputs, int(r.Addr), int(r.Quantity)), nil
}

// HandleInputRegisters answers function 4.
func (mm *modbusMap) HandleInputRegisters(r *modbus.InputRegistersRequest) ([]uint16, error) {
	if err := mm.check(r.UnitId, inRegs, int(r.Addr), int(r.Quantity)); err != nil {
		return nil, err
	}
	return mm.readWords(inRegs, int(r.Addr), int(r.Quantity)), nil
}

// HandleHoldingRegisters answers functions 3, 6 and 16. A value must be
// written whole; half of one is refused, as it would be torn.
func (mm *modbusMap) HandleHoldingRegisters(r *modbus.HoldingRegistersRequest) ([]uint16, error) {
	at, n := int(r.Addr), int(r.Quantity)
	if err := mm.check(r.UnitId, holdRegs, at, n); err != nil {
		return nil, err
	}
	if r.IsWrite {
		if err := mm.writeWords(at, r.Args); err != nil {
			return nil, err
		}
	}
	return mm.readWords(holdRegs, at, n), nil
}

func (mm *modbusMap) writeWords(at int, words []uint16) error {
	type order struct {
		signal int
		value  tag.Scalar
	}
	var orders []order
	covered := 0
	for _, p := range mm.tables[holdRegs] {
		if p.end() <= at || p.at >= at+len(words) {
			continue
		}
		if p.at < at || p.end() > at+len(words) || p.codec.decode == nil {
			return modbus.ErrIllegalDataAddress
		}
		v, err := p.codec.decode(words[p.at-at : p.end()-at])
		if err != nil {
			return modbus.ErrIllegalDataValue
		}
		covered += p.codec.words
		orders = append(orders, order{p.signal, v})
	}
	if covered != len(words) {
		return modbus.ErrIllegalDataAddress
	}
	for _, o := range orders {
		if err := mm.image.write(o.signal, o.value); err != nil {
			return refusal(err)
		}
	}
	return nil
}

// startModbus starts a Modbus server on a port nobody has.
func startModbus(mm *modbusMap) (*modbus.ModbusServer, int, error) {
	for try := 0; ; try++ {
		port, err := spare()
		if err != nil {
			return nil, 0, err
		}
		s, err := modbus.NewServer(&modbus.ServerConfiguration{
			URL: fmt.Sprintf("tcp://127.0.0.1:%d", port), Timeout: 10 * time.Minute, MaxClients: gateClients,
			Logger: log.New(io.Discard, "", 0),
		}, mm)
		if err != nil {
			return nil, 0, err
		}
		if err = s.Start(); err == nil {
			return s, port, nil
		}
		if try == 9 {
			return nil, 0, fmt.Errorf("start the Modbus server: %w", err)
		}
	}
}
