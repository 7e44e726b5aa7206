package reg

import "strings"

// Order says in which order a value's bytes stand in its registers. The zero
// Order is big-endian, ABCD.
type Order struct {
	Words bool // low word first: CDAB
	Bytes bool // low byte first inside each register: BADC
}

// Orders lists the four of them, the usual ones first.
var Orders = []Order{{}, {Words: true}, {Bytes: true}, {Words: true, Bytes: true}}

var orderNames = map[string]Order{
	"AB": {}, "BA": {Bytes: true},
	"ABCD": {}, "CDAB": {Words: true}, "BADC": {Bytes: true}, "DCBA": {true, true},
	"ABCDEFGH": {}, "GHEFCDAB": {Words: true}, "BADCFEHG": {Bytes: true}, "HGFEDCBA": {true, true},
}

// ParseOrder reads the letters of an order: two, four or eight of them.
func ParseOrder(s string) (Order, bool) {
	o, ok := orderNames[strings.ToUpper(s)]
	return o, ok
}

// Letters writes o for a value of n registers.
func (o Order) Letters(n int) string {
	width := 2
	if n == 4 {
		width = 8
	} else if n > 1 {
		width = 4
	}
	for name, x := range orderNames {
		if x == o && len(name) == width {
			return name
		}
	}
	return "AB" // a word swap means nothing in one register
}
