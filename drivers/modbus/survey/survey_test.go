package survey

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"penstock/app/tag"
	"penstock/drivers/modbus/reg"
)

// unit is a table of holding registers that a test puts values in.
type unit [2 * 1000]byte

func (u *unit) put(t *testing.T, at int, typ string, v tag.Scalar) {
	t.Helper()
	parsed := must(typ)
	b, err := parsed.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	copy(u[2*at:], b)
}

func (u *unit) snapshot() Snapshot {
	var s Snapshot
	for at := 0; at < 1000; at += 125 {
		s = append(s, Run{reg.Holding, at, append([]byte(nil), u[2*at:2*at+250]...)})
	}
	return s
}

// Among a thousand registers of noise the right one is first after a few
// looks at a display that moves.
func TestTheRightRegisterComesFirst(t *testing.T) {
	for _, c := range []struct {
		typ      string
		factor   float64
		decimals int
	}{
		{"uint16", 1, 0}, {"uint16", 0.1, 1}, {"int16", 0.01, 2}, {"uint32 CDAB", 0.001, 2}, {"float32 ABCD", 1, 1}, {"float32 CDAB", 1, 1},
		{"float32 BADC", 1, 2}, {"float32 DCBA", 1, 1}, {"bcd16", 0.1, 1}, {"float64 GHEFCDAB", 1, 1},
	} {
		t.Run(fmt.Sprint(c.typ, " ", c.factor), func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 9))
			var u unit
			f := NewFinder(1)
			for range 5 {
				for i := range u {
					if r.IntN(3) == 0 {
						u[i] = byte(r.Uint32())
					}
				}
				raw := float64(1200 + r.IntN(6000))
				if strings.HasPrefix(c.typ, "uint32") {
					raw *= 1000 // or one register is enough
				}
				v := tag.Int(int64(raw))
				if strings.HasPrefix(c.typ, "float") {
					v = tag.Float(raw / 8)
				}
				u.put(t, 123, c.typ, v)
				x, _ := v.Float()
				if err := f.Observe(fmt.Sprintf("%.*f", c.decimals, x*c.factor), u.snapshot()); err != nil {
					t.Fatal(err)
				}
			}
			best := f.Best(3)
			if len(best) == 0 || best[0].Wire != "HR123" || best[0].Type != plainest(c.typ) || best[0].Factor != c.factor || best[0].Fits != 5 {
				t.Errorf("found %+v", best)
			}
		})
	}
}

// plainest is the type that reads positive numbers alike.
func plainest(typ string) string {
	if typ == "int16" {
		return "uint16"
	}
	return typ
}

// The display lags behind the registers, and one look may miss.
func TestADisplayThatLags(t *testing.T) {
	var u unit
	f := NewFinder(1)
	for i, shown := range []string{"230.1", "230.4", "231.0", "230.2", "229.8"} {
		raw := []int64{2301, 2308, 2310, 2302, 2298}[i]
		u.put(t, 40, "uint16", tag.Int(raw))
		if err := f.Observe(shown, u.snapshot()); err != nil {
			t.Fatal(err)
		}
	}
	if best := f.Best(1); len(best) != 1 || best[0].Wire != "HR40" || best[0].Factor != 0.1 || best[0].Address != "400041" {
		t.Errorf("found %+v", best)
	}
}

// A number that never stands still: the registers are read a moment before or
// after the display was looked at, and are a little off every time. Its high
// word with what follows is as near, so only the place tells them apart.
func TestADisplayThatNeverStandsStill(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var u unit
	for i := range u {
		u[i] = byte(r.Uint32())
	}
	f := NewFinder(1)
	for look := range 6 {
		flow := 26 + 9*r.Float64()
		u.put(t, 78, "float32 CDAB", tag.Float(flow*(1+0.02*(r.Float64()-0.5))))
		if err := f.Observe(fmt.Sprintf("%.1f", flow), u.snapshot()); err != nil {
			t.Fatal(err)
		}
		best := f.Best(1)
		if found := len(best) == 1 && best[0].Wire == "HR78" && best[0].Type == "float32 CDAB"; look == 5 && (!found || best[0].Sure != "this or 400080") {
			t.Errorf("after %d looks: %+v", look+1, f.Best(3))
		} else if look == 0 && len(best) > 0 && best[0].Sure == "certain" {
			t.Errorf("certain after one look: %+v", best[0])
		}
	}
}

// The high word of a float and the low word of the next one read as nearly the
// same number in the other order: the right one is first, and both are said to
// be one of two until the digits tell.
func TestTheNeighboursLowWordIsNoProof(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	f := NewFinder(1)
	var u unit
	for range 4 {
		for at := 100; at < 130; at += 2 {
			u.put(t, at, "float32 CDAB", tag.Float(10+9*r.Float64()))
		}
		shown := 10 + 9*r.Float64()
		u.put(t, 110, "float32 CDAB", tag.Float(shown))
		if err := f.Observe(fmt.Sprintf("%.1f", shown), u.snapshot()); err != nil {
			t.Fatal(err)
		}
	}
	best := f.Best(2)
	if len(best) != 2 || best[0].Wire != "HR110" || best[0].Type != "float32 CDAB" || best[1].Wire != "HR111" || best[0].Sure != "this or 400112" || best[1].Sure != "this or 400111" {
		t.Errorf("found %+v", best)
	}
}

// Whoever mistypes the first number can go on.
func TestAFirstLookThatFitsNothing(t *testing.T) {
	var u unit
	u.put(t, 5, "uint16", tag.Int(2218))
	f := NewFinder(1)
	for i, shown := range []string{"777.7", "221.8", "221.8"} {
		if err := f.Observe(shown, u.snapshot()); err != nil {
			t.Fatal(err)
		}
		best := f.Best(1)
		if i == 0 && len(best) > 0 || i > 0 && (len(best) == 0 || best[0].Wire != "HR5" || best[0].Factor != 0.1) {
			t.Errorf("after %q: %+v", shown, best)
		}
	}
}

func TestWhatIsNoDisplayIsSaid(t *testing.T) {
	f := NewFinder(1)
	for _, text := range []string{"", "pump", "0", "0.0", "1e3", "NaN", "0x10"} {
		if err := f.Observe(text, Snapshot{}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if err := f.Observe("230,1", Snapshot{}); err != nil {
		t.Errorf("a comma: %v", err)
	}
}

func TestRowsShowARegisterInEveryReading(t *testing.T) {
	s := Snapshot{{reg.Holding, 107, []byte{0xE9, 0x79, 0x42, 0xF6}}, {reg.Input, 3, []byte{'A', 'b'}}}
	before := Snapshot{{reg.Holding, 107, []byte{0xE9, 0x78, 0x42, 0xF6}}}
	rows := s.Rows(1, before)
	if len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	if r := rows[0]; r.Address != "400108" || r.Wire != "HR107" || r.Hex != "E979" || r.Uint16 != 0xE979 || r.Int16 != -5767 || r.FloatS != "123.456" || r.Float != "" || !r.Changed {
		t.Errorf("row %+v", r)
	}
	if r := rows[2]; r.Address != "300004" || r.Text != "Ab" || r.Uint32 != "" || r.Changed {
		t.Errorf("row %+v", r)
	}
}

func BenchmarkFirstLook(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 9))
	var u unit
	for i := range u {
		u[i] = byte(r.Uint32())
	}
	s := u.snapshot()
	for b.Loop() {
		f := NewFinder(1)
		if err := f.Observe("230.1", s); err != nil {
			b.Fatal(err)
		}
	}
}
