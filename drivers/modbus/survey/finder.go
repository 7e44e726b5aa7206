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
	seen  int
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
	Bits    float64 `json:"bits"`    // how much more than chance that is, in bits
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
	f.seen++
	if f.cands == nil {
		f.cands = map[place]*evidence{}
		f.each(now, func(p place, v float64) {
			if math.Abs(v-want) <= half {
				f.cands[p] = &evidence{}
			}
		})
	}
	for p, e := range f.cands {
		v, ok := value(now, p)
		old, had := value(f.last, p)
		e.value = v
		// The display may lag behind the registers by up to one pass.
		between := had && want >= math.Min(v, old)-half && want <= math.Max(v, old)+half
		if !ok || !between && math.Abs(v-want) > half {
			e.misses++
			continue
		}
		e.fits++
		if e.shown == nil {
			e.shown = map[string]bool{}
		}
		if !e.shown[shown] { // the same number again tells nothing new
			e.shown[shown] = true
			e.bits += worth(p, want, half)
		}
	}
	f.last = now
	return nil
}

// worth is how unlikely the fit is by chance, in bits: the digits that agree,
// and for a float an exponent that makes sense.
func worth(p place, want, half float64) float64 {
	bits := math.Log2(math.Abs(want)/(2*half) + 1)
	if strings.HasPrefix(kinds[p.kind].String(), "float") {
		bits = min(bits, 24) + 6
	}
	return bits
}

// each calls f for every place of a snapshot that reads as a number.
func (f *Finder) each(s Snapshot, found func(place, float64)) {
	for _, r := range s {
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
		out = append(out, Candidate{
			Address: a.Classic(f.base), Wire: a.String(), Type: k.String(), Factor: s.factor, Value: e.value,
			Fits: e.fits, Of: f.seen, Bits: e.bits - k.worse - s.worse - missBits*float64(e.misses),
		})
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(-cmp.Compare(a.Bits, b.Bits), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Factor, b.Factor))
	})
	return out[:min(n, len(out))]
}
