package survey

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"penstock/drivers/modbus/reg"
)

// Finder ranks which addresses, types and orders hold what a display shows.
// Each observation is a number as it stands on the display and the registers
// read at that time; the more of them, and the more the number moves, the
// fewer candidates are left.
type Finder struct {
	base  int
	seen  int // observations since the candidates were made
	tried int // ways to read an address there were
	cands map[place]*evidence
	last  Snapshot
}

// NewFinder makes a Finder that writes addresses counted from base.
func NewFinder(base int) *Finder { return &Finder{base: base} }

// place is one way to read one address.
type place struct {
	table reg.Table
	at    uint16
	kind  uint8 // of kinds
	scale uint8 // of scales
}

type evidence struct {
	fits   int
	bits   float64 // what the fits tell, beyond chance
	shown  map[string]bool
	value  float64
	misses int
}

// Candidate is one way to read the display's number.
type Candidate struct {
	Address string  `json:"address"` // six digits
	Wire    string  `json:"wire"`    // "HR107"
	Type    string  `json:"type"`    // "float32 CDAB"
	Factor  float64 `json:"factor"`  // the display shows the register times this
	Value   float64 `json:"value"`   // as last read, times Factor
	Fits    int     `json:"fits"`    // observations it fits
	Of      int     `json:"of"`      // observations there were
	Bits    float64 `json:"bits"`    // how unlikely the fits are by chance for one way to read one address, in bits
	Sure    string  `json:"sure"`    // what that means among all ways that were tried

	table       reg.Table
	first, last int // registers
}

// What Bits mean among n ways that were tried: log2(n) of them are to be
// expected by chance for the best.
func sure(bits float64, tried int) string {
	switch beyond := bits - math.Log2(float64(max(tried, 1))); {
	case beyond > 12:
		return "certain"
	case beyond > 4:
		return "likely"
	case beyond > -3:
		return "possible"
	}
	return "maybe chance"
}

// kinds are the types tried, with what each is worth less than the plainest
// one, in bits: between two that fit alike the plainer is right more often.
var kinds = func() (out []struct {
	reg.Type
	worse float64
}) {
	for _, k := range []struct {
		text  string
		worse float64
	}{
		{"uint16", 0}, {"int16", 0.5}, {"float32 ABCD", 1}, {"float32 CDAB", 1}, {"uint32 ABCD", 1.5}, {"uint32 CDAB", 1.5},
		{"int32 ABCD", 2}, {"int32 CDAB", 2}, {"bcd16", 2}, {"bcd32 ABCD", 3}, {"bcd32 CDAB", 3}, {"mod10k(2) ABCD", 3}, {"mod10k(2) CDAB", 3},
		{"float64 ABCDEFGH", 2}, {"float64 GHEFCDAB", 2}, {"float32 BADC", 3}, {"float32 DCBA", 3}, {"uint32 BADC", 4}, {"uint32 DCBA", 4},
		{"int32 BADC", 4.5}, {"int32 DCBA", 4.5}, {"int64 ABCDEFGH", 3}, {"int64 GHEFCDAB", 3}, {"float64 BADCFEHG", 4}, {"float64 HGFEDCBA", 4},
		{"uint16 BA", 4}, {"int16 BA", 4.5},
	} {
		out = append(out, struct {
			reg.Type
			worse float64
		}{must(k.text), k.worse})
	}
	return out
}()

// scales are the factors tried between a register and the display.
var scales = []struct{ factor, worse float64 }{{1, 0}, {0.1, 0.5}, {0.01, 0.5}, {0.001, 1}, {10, 2}, {100, 2.5}, {1000, 2.5}}

// near is how far the registers may be from the display, as a share of what it
// shows, and still speak for themselves: a number that moves is read at one
// moment and looked at in another. The nearer, the more it counts.
const near = 0.03

// missBits is what an observation that does not fit takes away. It is not
// everything: the display may have changed between the two looks.
const missBits = 12

// Observe adds what the display shows and the registers read meanwhile: the
// number as it stands there, digits and all, such as "230.1".
func (f *Finder) Observe(shown string, now Snapshot) error {
	want, half, err := parseShown(shown)
	if err != nil {
		return err
	}
	limit := max(half, near*math.Abs(want))
	if f.seen++; len(f.Best(1)) == 0 { // at first, or nothing is left of what fitted then
		f.seen, f.tried, f.cands = 1, 0, map[place]*evidence{}
		f.each(now, func(p place, v float64) {
			f.tried++
			if math.Abs(v-want) <= limit {
				f.cands[p] = &evidence{}
			}
		})
	}
	for p, e := range f.cands {
		v, ok := value(now, p)
		old, had := value(f.last, p)
		e.value = v
		// The display may lag behind the registers by up to one pass.
		off := math.Abs(v - want)
		if had && want >= math.Min(v, old)-half && want <= math.Max(v, old)+half {
			off = min(off, half)
		}
		if !ok || off > limit {
			e.misses++
			continue
		}
		e.fits++
		if e.shown == nil {
			e.shown = map[string]bool{}
		}
		if !e.shown[shown] { // the same number again tells nothing new
			e.shown[shown] = true
			e.bits += worth(p, want, max(off, half))
		}
	}
	f.last = now
	return nil
}

// worth is how unlikely a fit that is off by so much is by chance, in bits: the
// digits that agree, and for a float an exponent that makes sense.
func worth(p place, want, off float64) float64 {
	bits := math.Log2(math.Abs(want)/(2*off) + 1)
	if strings.HasPrefix(kinds[p.kind].String(), "float") {
		bits = min(bits, 24) + 6
	}
	return bits
}

// each calls f for every place of a snapshot that reads as a number.
func (f *Finder) each(s Snapshot, found func(place, float64)) {
	for _, r := range s {
		if r.Table.IsBits() {
			continue
		}
		for i := range r.words() {
			for k := range kinds {
				for sc := range scales {
					p := place{r.Table, uint16(r.At + i), uint8(k), uint8(sc)}
					if v, ok := value(s, p); ok {
						found(p, v)
					}
				}
			}
		}
	}
}

func value(s Snapshot, p place) (float64, bool) {
	k := &kinds[p.kind]
	b := s.bytes(p.table, int(p.at), k.Words())
	if b == nil {
		return 0, false
	}
	v, q := k.Decode(b)
	x, ok := v.Float()
	if !ok || !q.Usable() {
		return 0, false
	}
	return x * scales[p.scale].factor, true
}

// parseShown reads a number as a display shows it, and half of what its last
// digit is worth.
func parseShown(text string) (v, half float64, err error) {
	digits := strings.ReplaceAll(strings.TrimSpace(text), ",", ".")
	if v, err = strconv.ParseFloat(digits, 64); err != nil || math.IsNaN(v) || math.IsInf(v, 0) || strings.ContainsAny(digits, "eExXpP_") {
		return 0, 0, fmt.Errorf("%q is not a number as a display shows it, such as 230.1", text)
	}
	if v == 0 {
		return 0, 0, errors.New("zero is everywhere; wait until the display shows something else")
	}
	_, fraction, _ := strings.Cut(digits, ".")
	// Displays round, and some cut: allow a little more than half a digit.
	return v, 0.6 * math.Pow10(-len(fraction)), nil
}

// Best returns the n likeliest candidates, the likeliest first.
func (f *Finder) Best(n int) []Candidate {
	var out []Candidate
	for p, e := range f.cands {
		if e.fits <= e.misses {
			continue
		}
		k, s := kinds[p.kind], scales[p.scale]
		a := reg.Address{Table: p.table, Offset: p.at, Bit: reg.NoBit}
		bits := e.bits - k.worse - s.worse - missBits*float64(e.misses)
		if f.odd(p) {
			bits -= oddBits
		}
		out = append(out, Candidate{
			Address: a.Classic(f.base), Wire: a.String(), Type: k.String(), Factor: s.factor, Value: e.value,
			Fits: e.fits, Of: f.seen, Bits: bits, Sure: sure(bits, f.tried),
			table: p.table, first: int(p.at), last: int(p.at) + k.Words() - 1,
		})
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(-cmp.Compare(a.Bits, b.Bits), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Factor, b.Factor))
	})
	doubt(out[:min(n+looked, len(out))])
	return out[:min(n, len(out))]
}

// looked is how many candidates beyond those that are returned may cast doubt.
const looked = 20

// oddBits is taken from a number of several registers that does not begin an
// even number of registers into a stretch: devices are seldom built so.
const oddBits = 1.5

func (f *Finder) odd(p place) bool {
	if kinds[p.kind].Words() == 1 {
		return false
	}
	for _, r := range f.last.Ranges() {
		if r.Table == p.table && p.at >= r.From && p.at <= r.To {
			return (p.at-r.From)%2 == 1
		}
	}
	return false
}

// closeBits is how far two candidates must be apart to be told apart.
const closeBits = 8

// doubt marks the oldest trap of all: the high word of a float with the low word
// of its neighbour reads nearly as the float itself, in the other order. Where
// two such readings fit alike, both are said to be one of two.
func doubt(list []Candidate) {
	for i := range list {
		a := &list[i]
		for k := range list[:i] {
			b := &list[k]
			if a.Factor == b.Factor && a.Type != b.Type && a.first <= b.last && b.first <= a.last && a.table == b.table && b.Bits-a.Bits < closeBits {
				a.Sure, b.Sure = "this or "+b.Address, "this or "+a.Address
			}
		}
	}
}
