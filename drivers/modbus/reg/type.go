package reg

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// form is what the bits of a value mean.
type form uint8

const (
	formUint form = iota
	formInt
	formFloat
	formBCD
	formMod10k // each register holds four decimal digits
	formBool
	formBits // some bits of a register, as an unsigned number
	formText
	formRaw  // registers as hexadecimal text
	formTime // a date and time, as text
)

// Type says what the registers at an address hold.
type Type struct {
	name  string
	form  form
	words int // registers occupied; 1 for a coil
	order Order
	given bool // the order was written, not taken from the device
	lo    int  // formBits: lowest bit
	width int  // formBits: how many; formText: characters
	odd   []uint64

	// Write says which function writes the type where there is a choice.
	Write WriteCode
}

// WriteCode is a choice between the functions for one and for many.
type WriteCode uint8

// The choices. The zero choice leaves it to the device's setting.
const (
	WriteAuto     WriteCode = iota
	WriteSingle             // FC5, FC6
	WriteMultiple           // FC15, FC16
	WriteAndRead            // FC23, which reads what it has written; coils: FC15
)

var numbers = map[string]Type{
	"bool":    {form: formBool, words: 1},
	"int16":   {form: formInt, words: 1},
	"uint16":  {form: formUint, words: 1},
	"int32":   {form: formInt, words: 2},
	"uint32":  {form: formUint, words: 2},
	"int64":   {form: formInt, words: 4},
	"uint64":  {form: formUint, words: 4},
	"float32": {form: formFloat, words: 2},
	"float64": {form: formFloat, words: 4},
	"bcd16":   {form: formBCD, words: 1},
	"bcd32":   {form: formBCD, words: 2},
	"int8":    {form: formInt, words: 1, width: 8},
	"uint8":   {form: formUint, words: 1, width: 8},
	"unix32":  {form: formTime, words: 2},
	"bcdtime": {form: formTime, words: 3},
	"cp56":    {form: formTime, words: 4},
	"ymdhms":  {form: formTime, words: 6},
}

var sized = regexp.MustCompile(`^(string|raw|mod10k)\((\d+)\)$`)

// TypeNames lists the types for a choice box, without their options.
func TypeNames() []string {
	return []string{"bool", "bit 0", "bits 0-3", "int8 lo", "int8 hi", "uint8 lo", "uint8 hi", "int16", "uint16",
		"int32", "uint32", "int64", "uint64", "float32", "float64", "bcd16", "bcd32", "mod10k(2)", "string(8)", "raw(4)", "unix32", "bcdtime", "cp56", "ymdhms"}
}

// ParseType reads a type as engineers write it:
//
//	bool  int16  uint16  int32  uint32  int64  uint64  float32  float64  bcd16  bcd32
//	int8 lo  uint8 hi       one half of a register
//	bit 3  bits 4-7         bits of a register, 0 the least significant
//	string(8)               8 characters, two a register, NULs and spaces at the end cut
//	raw(4)                  4 registers as hexadecimal text
//	mod10k(2)               2 registers of four decimal digits each
//	unix32                  seconds since 1970 UTC, as a text like 2026-03-29T08:00:00Z
//	bcdtime  cp56  ymdhms   the device's own date and time as a text like 2026-03-29T08:00:00: six pairs
//	                        of decimal digits in 3 registers, IEC 60870-5-4 in 4, a register for each in 6
//
// After it may stand, in any order: an order (ABCD CDAB BADC DCBA, their
// eight-letter forms, AB or BA), invalid=0x8000|0xFFFF (raw values that mean "no
// measurement"), and fc5, fc6, fc15 or fc16 (the function to write with).
// The order of the device is used where none is written.
func ParseType(text string, device Order) (Type, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return Type{}, errors.New("the type is empty; write for example uint16 or float32 CDAB")
	}
	t, rest, err := parseName(fields)
	if err != nil {
		return Type{}, fmt.Errorf("type %q: %w", text, err)
	}
	var invalid string
	for _, f := range rest {
		if err := t.option(f, &invalid); err != nil {
			return Type{}, fmt.Errorf("type %q: %w", text, err)
		}
	}
	if !t.given && t.isNumber() && t.words > 1 {
		t.order = device
	}
	if invalid != "" {
		if err := t.parseInvalid(invalid); err != nil {
			return Type{}, fmt.Errorf("type %q: %w", text, err)
		}
	}
	return t, nil
}

func (t *Type) isNumber() bool {
	return t.form == formUint || t.form == formInt || t.form == formFloat || t.form == formBCD || t.form == formMod10k || t.name == "unix32"
}

func parseName(fields []string) (t Type, rest []string, err error) {
	name := strings.ToLower(fields[0])
	rest = fields[1:]
	if m := sized.FindStringSubmatch(name); m != nil {
		t, err = sizedType(m[1], m[2])
		t.name = name
		return t, rest, err
	}
	switch name {
	case "bit", "bits":
		if len(rest) == 0 {
			return t, nil, errors.New("say which bit, such as bit 3 or bits 4-7")
		}
		t, err = bitType(name, rest[0])
		return t, rest[1:], err
	}
	t, known := numbers[name]
	if !known {
		return t, nil, fmt.Errorf("there is no type %q; known are %s", fields[0], strings.Join(TypeNames(), ", "))
	}
	t.name = name
	if t.width == 8 {
		switch {
		case len(rest) > 0 && strings.EqualFold(rest[0], "hi"):
			t.lo = 8
		case len(rest) == 0 || !strings.EqualFold(rest[0], "lo"):
			return t, nil, fmt.Errorf("say which half of the register: %s lo or %s hi", name, name)
		}
		t.name += " " + strings.ToLower(rest[0])
		rest = rest[1:]
	}
	return t, rest, nil
}

// A string may fill one request: 125 registers.
const maxWords = 125

func sizedType(name, digits string) (Type, error) {
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 {
		return Type{}, errors.New("the size must be at least 1")
	}
	t := Type{words: n}
	switch name {
	case "string":
		t.form, t.width, t.words = formText, n, (n+1)/2
	case "raw":
		t.form = formRaw
	case "mod10k":
		t.form = formMod10k
		if n > 4 {
			return Type{}, errors.New("mod10k has 1 to 4 registers")
		}
	}
	if t.words > maxWords {
		return Type{}, fmt.Errorf("%d registers are more than one request can hold (%d)", t.words, maxWords)
	}
	return t, nil
}

func bitType(name, which string) (Type, error) {
	first, last, span := strings.Cut(which, "-")
	lo, err := strconv.Atoi(first)
	hi := lo
	if err == nil && span {
		hi, err = strconv.Atoi(last)
	}
	if err != nil || lo < 0 || hi > 15 || hi < lo || span != (name == "bits") {
		return Type{}, errors.New("bits are numbered 0 to 15 from the least significant: bit 3, or bits 4-7")
	}
	t := Type{name: name + " " + which, form: formBits, words: 1, lo: lo, width: hi - lo + 1}
	if name == "bit" {
		t.form = formBool
	}
	return t, nil
}

func (t *Type) option(f string, invalid *string) error {
	lower := strings.ToLower(f)
	if list, ok := strings.CutPrefix(lower, "invalid="); ok {
		*invalid = list
		return nil
	}
	switch lower {
	case "fc5", "fc6":
		t.Write = WriteSingle
		return nil
	case "fc15", "fc16":
		t.Write = WriteMultiple
		return nil
	case "fc23":
		t.Write = WriteAndRead
		return nil
	}
	o, ok := ParseOrder(f)
	if !ok {
		return fmt.Errorf("%q is neither an order (ABCD CDAB BADC DCBA) nor invalid=... nor fc6, fc16, fc23", f)
	}
	switch {
	case t.given:
		return errors.New("two orders")
	case !t.isNumber() || t.words == 1:
		if len(f) != 2 {
			return fmt.Errorf("order %s is for numbers of two registers and more; here AB or BA", f)
		}
	case len(f) == 2, len(f) == 8 && t.words != 4:
		return fmt.Errorf("order %s does not fit %d registers", f, t.words)
	}
	t.order, t.given = o, true
	return nil
}

func (t *Type) parseInvalid(list string) error {
	if !t.isNumber() {
		return errors.New("invalid= is for numbers")
	}
	for _, item := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '|' }) {
		if item == "nan" && t.form == formFloat {
			continue // a NaN is never a value
		}
		bits, err := strconv.ParseUint(item, 0, 64)
		if err != nil || t.bits() < 64 && bits>>t.bits() != 0 {
			return fmt.Errorf("invalid=%s: want the raw bits of a value of %d bits, such as 0x8000", item, t.bits())
		}
		t.odd = append(t.odd, bits)
	}
	slices.Sort(t.odd)
	return nil
}

// bits is the width of a number.
func (t *Type) bits() int {
	if t.width != 0 {
		return t.width
	}
	return 16 * t.words
}

// Words is how many registers (or coils) a value occupies.
func (t Type) Words() int { return t.words }

// Part reports whether a value is only a part of its register, so that
// writing it must leave the rest as it is.
func (t Type) Part() bool { return t.width != 0 && t.form != formText }

// IsBool reports whether the type can stand in a table of bits.
func (t Type) IsBool() bool { return t.form == formBool && !t.Part() }

// String writes t as ParseType reads it, its order always shown.
func (t Type) String() string {
	s := t.name
	if t.words > 1 && t.isNumber() || t.order != (Order{}) {
		n := t.words
		if !t.isNumber() {
			n = 1
		}
		s += " " + t.order.Letters(n)
	}
	for i, bits := range t.odd {
		if i == 0 {
			s += " invalid="
		} else {
			s += "|"
		}
		s += fmt.Sprintf("0x%X", bits)
	}
	return s + [...]string{WriteAuto: "", WriteSingle: " fc6", WriteMultiple: " fc16", WriteAndRead: " fc23"}[t.Write]
}
