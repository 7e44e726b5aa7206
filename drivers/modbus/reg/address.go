// Package reg knows how Modbus tables are addressed and what their registers
// mean: it reads addresses and types as engineers write them, and turns
// registers into values and back. It is pure; all of it may be used from any
// goroutine.
package reg

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Table is one of the four tables of a Modbus unit.
type Table uint8

// The tables, by the digit that begins their classic addresses.
const (
	Holding  Table = iota // 4xxxx: registers, read and written
	Input                 // 3xxxx: registers, read only
	Coil                  // 0xxxx: bits, read and written
	Discrete              // 1xxxx: bits, read only
)

var tables = [...]struct {
	digit  byte
	short  string
	name   string
	read   byte // function code
	isBits bool
}{
	Holding:  {'4', "HR", "holding register", 3, false},
	Input:    {'3', "IR", "input register", 4, false},
	Coil:     {'0', "CO", "coil", 1, true},
	Discrete: {'1', "DI", "discrete input", 2, true},
}

// Tables lists all four.
var Tables = []Table{Holding, Input, Coil, Discrete}

func (t Table) String() string { return tables[t].name }

// Short is the table's two letters, such as "HR".
func (t Table) Short() string { return tables[t].short }

// IsBits reports whether the table holds bits and not registers.
func (t Table) IsBits() bool { return tables[t].isBits }

// ReadOnly reports whether nothing in the table can be written.
func (t Table) ReadOnly() bool { return t == Input || t == Discrete }

// ReadCode is the function code that reads the table.
func (t Table) ReadCode() byte { return tables[t].read }

// Address is one place in a table. Offset is what goes over the wire, 0 to
// 65535. Bit is the bit of the register that a suffix such as ".3" named, or
// NoBit.
type Address struct {
	Table  Table
	Offset uint16
	Bit    int8
}

// NoBit is the Bit of an Address without one.
const NoBit = -1

// ParseAddress reads an address as engineers write it:
//
//	40001  400001  4x0001   classic: table digit, then a number that counts from base (1 or 0)
//	HR0  IR7  CO12  DI3     table and offset on the wire, whatever the base
//	HR0x1F  0x001F          the same in hexadecimal; a bare 0x is a holding register
//	40001.3  HR0.15         one bit of a register, 0 the least significant
//
// Five digits reach only to number 9999; beyond that the six-digit form must
// be written. "0x0001" is never a coil: coils are 00001, 000001 or CO0.
func ParseAddress(text string, base int) (Address, error) {
	a := Address{Bit: NoBit}
	body := strings.ToUpper(strings.TrimSpace(text))
	if body == "" {
		return a, errors.New("the address is empty; write for example 40001 or HR0")
	}
	if place, bit, dotted := strings.Cut(body, "."); dotted {
		n, err := strconv.ParseUint(bit, 10, 8)
		if err != nil || n > 15 {
			return a, fmt.Errorf("%q: a bit is 0 to 15, counted from the least significant", text)
		}
		a.Bit, body = int8(n), place
	}
	if err := a.parsePlace(body, base); err != nil {
		return a, fmt.Errorf("%q: %w", text, err)
	}
	if a.Bit != NoBit && a.Table.IsBits() {
		return a, fmt.Errorf("%q: a %s has no bits", text, a.Table)
	}
	return a, nil
}

func (a *Address) parsePlace(body string, base int) error {
	for t, info := range tables {
		if rest, ok := strings.CutPrefix(body, info.short); ok {
			a.Table = Table(t)
			return a.parseOffset(rest)
		}
	}
	if strings.HasPrefix(body, "0X") {
		a.Table = Holding
		return a.parseOffset(body)
	}
	return a.parseClassic(body, base)
}

func (a *Address) parseOffset(digits string) error {
	radix := 10
	if hex, ok := strings.CutPrefix(digits, "0X"); ok {
		digits, radix = hex, 16
	}
	n, err := strconv.ParseUint(digits, radix, 32)
	if err != nil {
		return fmt.Errorf("%s wants an offset after it, such as HR0 or HR0x1F", a.Table.Short())
	}
	if n > 0xFFFF {
		return fmt.Errorf("offset %d is beyond 65535", n)
	}
	a.Offset = uint16(n)
	return nil
}

func (a *Address) parseClassic(body string, base int) error {
	digits := body
	x := len(body) > 1 && body[1] == 'X'
	if x {
		digits = body[:1] + body[2:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return errors.New("not an address; write for example 40001, 400001, 4x0001, HR0 or 0x001F")
		}
	}
	if !x && len(digits) != 5 && len(digits) != 6 || x && (len(digits) < 2 || len(digits) > 6) {
		return errors.New("a classic address has 5 or 6 digits, such as 40001 or 400001")
	}
	known := false
	for t, info := range tables {
		if digits[0] == info.digit {
			a.Table, known = Table(t), true
		}
	}
	if !known {
		return fmt.Errorf("no table begins with %c; use 0 coil, 1 discrete input, 3 input register, 4 holding register", digits[0])
	}
	n, err := strconv.Atoi(digits[1:])
	if err != nil {
		return err
	}
	if n < base {
		return fmt.Errorf("numbers count from %d on this device (option base)", base)
	}
	if n-base > 0xFFFF {
		return fmt.Errorf("the last address is %c%05d", digits[0], 0xFFFF+base)
	}
	a.Offset = uint16(n - base)
	return nil
}

// String is the short form of a, such as "HR0" or "HR0.3".
func (a Address) String() string {
	s := a.Table.Short() + strconv.Itoa(int(a.Offset))
	if a.Bit != NoBit {
		s += "." + strconv.Itoa(int(a.Bit))
	}
	return s
}

// Classic is the six-digit form of a with numbers counted from base, such as
// "400001".
func (a Address) Classic(base int) string {
	return fmt.Sprintf("%c%05d", tables[a.Table].digit, int(a.Offset)+base)
}

// Range is a run of places in one table, both ends included, that is never
// read: the engineer forbade it or the unit refused it.
type Range struct {
	Table    Table
	From, To uint16
}

func (r Range) String() string {
	if r.From == r.To {
		return fmt.Sprintf("%s%d", r.Table.Short(), r.From)
	}
	return fmt.Sprintf("%s%d-%d", r.Table.Short(), r.From, r.To)
}

// ParseRanges reads a list such as "HR500-509, IR7" or "40501-40510".
func ParseRanges(text string, base int) ([]Range, error) {
	var out []Range
	var errs []error
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		r, err := parseRange(item, base)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, r)
	}
	return out, errors.Join(errs...)
}

func parseRange(item string, base int) (Range, error) {
	first, last, span := strings.Cut(item, "-")
	from, err := ParseAddress(first, base)
	if err != nil || from.Bit != NoBit {
		return Range{}, fmt.Errorf("range %q: want for example HR500-509: %w", item, err)
	}
	r := Range{from.Table, from.Offset, from.Offset}
	if !span {
		return r, nil
	}
	last = strings.TrimSpace(last)
	if n, err := strconv.ParseUint(last, 10, 16); err == nil && len(last) < 5 {
		r.To = uint16(n)
	} else {
		to, err := ParseAddress(last, base)
		if err != nil || to.Table != from.Table {
			return Range{}, fmt.Errorf("range %q: want both ends in one table, for example HR500-509", item)
		}
		r.To = to.Offset
	}
	if r.To < r.From {
		return Range{}, fmt.Errorf("range %q ends before it begins", item)
	}
	return r, nil
}
