// Package survey helps to find out what is where in a Modbus unit whose
// documentation is missing or wrong. It is pure: registers as they were read
// go in, a readable table and a ranking of what could be shown on the
// device's display come out.
package survey

import (
	"math"
	"slices"
	"strconv"

	"penstock/app/tag"
	"penstock/drivers/modbus/reg"
)

// Run is a stretch of registers, or of coils or discrete inputs, that was read
// in one request.
type Run struct {
	Table reg.Table
	At    int
	Data  []byte // two bytes a register, as they came; of a bit 00 00 or 00 01
}

func (r Run) words() int { return len(r.Data) / 2 }

// Snapshot is one pass over a unit's registers, in order of table and
// address. What is missing between two runs was refused.
type Snapshot []Run

// bytes returns the registers [at, at+n) where they were all read, in one
// request or in several that follow each other.
func (s Snapshot) bytes(t reg.Table, at, n int) []byte {
	for i, r := range s {
		if r.Table != t || at < r.At || at >= r.At+r.words() {
			continue
		}
		b := r.Data[2*(at-r.At):]
		if len(b) >= 2*n {
			return b[:2*n]
		}
		out := slices.Clone(b)
		for _, next := range s[i+1:] {
			if next.Table != t || next.At != at+len(out)/2 {
				return nil
			}
			if out = append(out, next.Data...); len(out) >= 2*n {
				return out[:2*n]
			}
		}
		return nil
	}
	return nil
}

// Row is one register in the readings an engineer looks for first. Numbers
// of two registers begin here; a float that no instrument would show is
// empty.
type Row struct {
	Address string `json:"address"` // six digits, such as "400001"
	Wire    string `json:"wire"`    // "HR0"
	Hex     string `json:"hex"`     // "00E6"
	Uint16  uint16 `json:"uint16"`
	Int16   int16  `json:"int16"`
	Uint32  string `json:"uint32_ABCD"`
	Uint32S string `json:"uint32_CDAB"`
	Float   string `json:"float32_ABCD"`
	FloatS  string `json:"float32_CDAB"`
	Text    string `json:"text"` // the two bytes, where they are letters
	Changed bool   `json:"changed"`
}

// Rows lists the registers of a snapshot; before is the pass before, or nil.
func (s Snapshot) Rows(base int, before Snapshot) []Row {
	var out []Row
	for _, r := range s {
		for i := range r.words() {
			b := r.Data[2*i : 2*i+2]
			a := reg.Address{Table: r.Table, Offset: uint16(r.At + i), Bit: reg.NoBit}
			word := uint16(b[0])<<8 | uint16(b[1])
			row := Row{Address: a.Classic(base), Wire: a.String(), Hex: hex16(word), Uint16: word, Int16: int16(word), Text: letters(b)}
			if pair := s.bytes(r.Table, r.At+i, 2); pair != nil && !r.Table.IsBits() {
				row.Uint32, row.Uint32S = show(pair, &uint32ABCD), show(pair, &uint32CDAB)
				row.Float, row.FloatS = show(pair, &float32ABCD), show(pair, &float32CDAB)
			}
			if old := before.bytes(r.Table, r.At+i, 1); old != nil {
				row.Changed = string(old) != string(b)
			}
			out = append(out, row)
		}
	}
	return out
}

// Ranges lists what is there, in stretches as long as they are.
func (s Snapshot) Ranges() (out []reg.Range) {
	for _, r := range s {
		k := len(out) - 1
		if k >= 0 && out[k].Table == r.Table && int(out[k].To)+1 == r.At {
			out[k].To += uint16(r.words())
			continue
		}
		out = append(out, reg.Range{Table: r.Table, From: uint16(r.At), To: uint16(r.At + r.words() - 1)})
	}
	return out
}

var (
	uint32ABCD  = must("uint32 ABCD")
	uint32CDAB  = must("uint32 CDAB")
	float32ABCD = must("float32 ABCD")
	float32CDAB = must("float32 CDAB")
)

// must parses a type that is written in this package.
func must(text string) reg.Type {
	t, err := reg.ParseType(text, reg.Order{})
	if err != nil {
		panic(err)
	}
	return t
}

func show(b []byte, t *reg.Type) string {
	v, q := t.Decode(b)
	if !q.Usable() {
		return ""
	}
	if v.Kind() == tag.KindFloat {
		f, _ := v.Float()
		if !plausible(f) {
			return ""
		}
		return strconv.FormatFloat(f, 'g', 7, 32)
	}
	return v.String()
}

// plausible reports whether an instrument would show f: zero, or not far
// from the numbers people deal with.
func plausible(f float64) bool {
	return f == 0 || math.Abs(f) >= 1e-4 && math.Abs(f) <= 1e9
}

func letters(b []byte) string {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return string(b)
}

func hex16(w uint16) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[w>>12], digits[w>>8&15], digits[w>>4&15], digits[w&15]})
}
