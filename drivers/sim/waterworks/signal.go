package waterworks

import (
	"fmt"

	"penstock/app/tag"
)

// Namespace is the OPC UA namespace the plant's signals live in.
const Namespace = "urn:penstock:waterworks"

// The two controllers of the plant, as the demo project names them. PLC1 talks
// OPC UA; RTU1, which came with the dosing, filter and switchgear packages,
// talks Modbus.
const (
	PLC = "PLC1"
	RTU = "RTU1"
)

// The positions of a hand-off-auto switch.
const (
	Off  = 0
	Hand = 1
	Auto = 2
)

// What a gate or valve with limit switches says of itself.
const (
	Closed = iota
	Opening
	Open
	Closing
	Partly
)

// What a filter is doing.
const (
	OutOfService = iota
	Filtering
	Waiting
	Draining
	AirScour
	Rinsing
	Ripening
)

func states(names ...string) (out []tag.State) {
	for i, n := range names {
		out = append(out, tag.State{Value: int64(i), Text: n})
	}
	return out
}

// measured is an analog signal. Its bands follow from the span: half a
// thousandth is worth showing, a thousandth worth storing.
func measured(id tag.ID, text, unit string, lo, hi float64, decimals int) tag.Def {
	return tag.Def{ID: id, Text: text, Area: area(id), Kind: tag.KindFloat, Unit: unit, Lo: lo, Hi: hi, Decimals: decimals,
		Scan: "normal", Store: tag.StoreDeadband, DisplayBand: (hi - lo) / 2000, StoreBand: (hi - lo) / 1000}
}

// beside names what is to be seen beside a signal: its interlocks.
func beside(other tag.ID, d tag.Def) tag.Def {
	d.Related = []tag.ID{other}
	return d
}

// fast is a measured signal that is worth a look twice a second.
func fast(id tag.ID, text, unit string, lo, hi float64, decimals int) tag.Def {
	d := measured(id, text, unit, lo, hi, decimals)
	d.Scan = "fast"
	return d
}

// slow is a measured signal that changes over minutes or hours.
func slow(id tag.ID, text, unit string, lo, hi float64, decimals int) tag.Def {
	d := measured(id, text, unit, lo, hi, decimals)
	d.Scan = "slow"
	return d
}

// hours is a counter of running hours.
func hours(id tag.ID, text string) tag.Def {
	return tag.Def{ID: id, Text: text, Area: area(id), Kind: tag.KindFloat, Unit: "h", Lo: 0, Hi: 200_000, Decimals: 1,
		Scan: "slow", Store: tag.StoreDeadband, DisplayBand: 0.1, StoreBand: 0.1}
}

// setting is an analog value an operator may set between lo and hi; the
// controller refuses anything else.
func setting(id tag.ID, text, unit string, lo, hi float64, decimals int) tag.Def {
	return tag.Def{ID: id, Text: text, Area: area(id), Kind: tag.KindFloat, Unit: unit, Lo: lo, Hi: hi, Decimals: decimals,
		Scan: "normal", Store: tag.StoreChange, Writable: true, WriteLo: lo, WriteHi: hi}
}

func total(id tag.ID, text, unit string) tag.Def {
	return tag.Def{ID: id, Text: text, Area: area(id), Kind: tag.KindInt, Unit: unit, Scan: "slow", Store: tag.StoreChange}
}

// contact is a discrete signal: what it says when off, and when on.
func contact(id tag.ID, text, off, on string) tag.Def {
	return tag.Def{ID: id, Text: text, Area: area(id), Kind: tag.KindBool, States: states(off, on), Scan: "normal", Store: tag.StoreChange}
}

func button(id tag.ID, text, off, on string) tag.Def {
	d := contact(id, text, off, on)
	d.Writable, d.WriteLo, d.WriteHi = true, 0, 1
	return d
}

func state(id tag.ID, text string, names ...string) tag.Def {
	return tag.Def{ID: id, Text: text, Area: area(id), Kind: tag.KindInt, States: states(names...), Scan: "normal", Store: tag.StoreChange}
}

func choice(id tag.ID, text string, names ...string) tag.Def {
	d := state(id, text, names...)
	d.Writable, d.WriteLo, d.WriteHi = true, 0, float64(len(names)-1)
	return d
}

func hoa(id tag.ID, text string) tag.Def { return choice(id, text, "Off", "Hand", "Auto") }

func gate(id tag.ID, text string) tag.Def {
	return state(id, text, "Closed", "Opening", "Open", "Closing", "Partly open")
}

func text(id tag.ID, says string) tag.Def {
	return tag.Def{ID: id, Text: says, Area: area(id), Kind: tag.KindText, Scan: "slow", Store: tag.StoreChange}
}

// area is the part of a signal's name before its first point.
func area(id tag.ID) string {
	for i, c := range id {
		if c == '.' {
			return string(id[:i])
		}
	}
	return ""
}

// onPLC gives signals their OPC UA addresses.
func onPLC(defs ...tag.Def) []tag.Def {
	for i := range defs {
		defs[i].Device = PLC
		defs[i].Address = fmt.Sprintf("nsu=%s;s=%s", Namespace, defs[i].ID)
	}
	return defs
}

// at gives a signal its place in the Modbus map: "3" and "4" registers,
// "1" inputs, "0" coils, then the register's number from 0001.
func at(address, typ string, d tag.Def) tag.Def {
	d.Device, d.Address, d.Type = RTU, address, typ
	return d
}

// noCounts are the counts that stand for "no measurement".
var noCounts = map[string]string{"uint16": " invalid=0xFFFF", "int16": " invalid=0x8000"}

// counts is at for a signal that travels as raw counts of its whole range.
func counts(address, typ string, rawLo, rawHi float64, d tag.Def) tag.Def {
	d = at(address, typ, d)
	if !d.Writable {
		d.Type += noCounts[typ]
	}
	d.Scale = tag.Scale{RawLo: rawLo, RawHi: rawHi, EngLo: d.Lo, EngHi: d.Hi}
	return d
}
