package reg

import "fmt"

// Item is a point resolved: where it is and what it holds.
type Item struct {
	Address
	Type
}

// Map says how a unit's documentation counts and orders.
type Map struct {
	Base  int   // the number of the first address in classic notation, 1 or 0
	Order Order // of numbers of two registers and more that do not say
}

// Parse resolves an address and a type. An empty type is bool in a table of
// bits, the bit where the address names one, and uint16 elsewhere.
func (m Map) Parse(address, typ string) (Item, error) {
	a, err := ParseAddress(address, m.Base)
	if err != nil {
		return Item{}, err
	}
	if typ == "" || a.Bit != NoBit && typ == "bool" {
		typ = "uint16"
		if a.Table.IsBits() {
			typ = "bool"
		} else if a.Bit != NoBit {
			typ = fmt.Sprintf("bit %d", a.Bit)
		}
	}
	t, err := ParseType(typ, m.Order)
	if err != nil {
		return Item{}, err
	}
	switch {
	case a.Table.IsBits() && !t.IsBool():
		return Item{}, fmt.Errorf("%s is a %s, which holds bool and not %s", address, a.Table, t)
	case a.Bit != NoBit && (!t.Part() || t.lo != int(a.Bit) || t.width != 1):
		return Item{}, fmt.Errorf("%s names one bit, but the type is %s", address, t)
	case int(a.Offset)+t.words > 0x10000:
		return Item{}, fmt.Errorf("%s with %d registers reaches beyond the last register", address, t.words)
	}
	return Item{a, t}, nil
}

// Wire describes where an item is in every notation at once, such as
// "400001 = HR0 = 0x0000, 2 registers: holding register, FC3".
func (m Map) Wire(it Item) string {
	size := ""
	if it.words > 1 {
		size = fmt.Sprintf(", %d registers", it.words)
	}
	return fmt.Sprintf("%s = %s = 0x%04X%s: %s, FC%d",
		it.Classic(m.Base), it.Address, it.Offset, size, it.Table, it.Table.ReadCode())
}
