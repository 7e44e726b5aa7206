package reg

import (
	"encoding/hex"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"penstock/app/tag"
)

// rows reads a table of testdata: columns parted by |, comments with #.
func rows(t *testing.T, file string, columns int) [][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(strings.TrimRight(line, "\n"), " | ")
		if len(cells) != columns {
			t.Fatalf("%s: %q has %d columns, want %d", file, line, len(cells), columns)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		out = append(out, cells)
	}
	return out
}

func scalar(t *testing.T, text string) tag.Scalar {
	t.Helper()
	if s, err := strconv.Unquote(text); err == nil {
		return tag.Text(s)
	}
	if b, err := strconv.ParseBool(text); err == nil && len(text) > 1 {
		return tag.Bool(b)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return tag.Int(n)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("%q is no value", text)
	}
	return tag.Float(f)
}

func mustType(t testing.TB, text string) Type {
	t.Helper()
	typ, err := ParseType(text, Order{})
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func TestRegistersMeanValues(t *testing.T) {
	for _, row := range rows(t, "values.txt", 3) {
		typ := mustType(t, row[0])
		b, err := hex.DecodeString(strings.ReplaceAll(row[1], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		v, q := typ.Decode(b)
		if row[2] == "bad" {
			if q.Usable() || v.Kind() != tag.None {
				t.Errorf("%s of %s is %v (%v), want no value", row[0], row[1], v, q)
			}
			continue
		}
		text, readsOnly := strings.CutPrefix(row[2], "<- ")
		want := scalar(t, text)
		if f, ok := want.Float(); ok && typ.form == formFloat {
			want = tag.Float(f)
		}
		if v != want || q != tag.Good {
			t.Errorf("%s of %s is %v (%v), want %v", row[0], row[1], v, q, want)
		}
		if back, err := typ.Encode(want); !readsOnly && (err != nil || string(back) != string(b)) {
			t.Errorf("%s writes %v as % X (%v), want % X", row[0], want, back, err, b)
		}
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	for _, row := range rows(t, "refused.txt", 3) {
		typ := mustType(t, row[0])
		b, err := typ.Encode(scalar(t, row[1]))
		if err == nil || err.Error() != row[2] {
			t.Errorf("%s takes %s as % X, error %v, want %s", row[0], row[1], b, err, row[2])
		}
	}
}

func TestAddressesAsEngineersWriteThem(t *testing.T) {
	for _, row := range rows(t, "addresses.txt", 4) {
		base, _ := strconv.Atoi(row[1])
		a, err := ParseAddress(row[0], base)
		switch {
		case row[2] == "error":
			if err == nil || !strings.Contains(err.Error(), row[3]) {
				t.Errorf("%q: %v (%v), want an error with %q", row[0], a, err, row[3])
			}
		case err != nil:
			t.Errorf("%q: %v", row[0], err)
		case a.String() != row[2] || a.Classic(base) != row[3]:
			t.Errorf("%q base %d is %s = %s, want %s = %s", row[0], base, a, a.Classic(base), row[2], row[3])
		}
	}
}

func TestTypesAndAddressesThatDoNotMeet(t *testing.T) {
	for _, c := range []struct{ address, typ, want string }{
		{"00001", "uint16", "holds bool"},
		{"10001", "bit 3", "holds bool"},
		{"40001.3", "uint16", "names one bit"},
		{"40001.3", "bit 4", "names one bit"},
		{"465536", "uint32", "beyond the last register"},
		{"40001", "uint17", "there is no type"},
		{"40001", "int8", "which half"},
		{"40001", "bit 16", "0 to 15"},
		{"40001", "bits 7-4", "0 to 15"},
		{"40001", "bit", "say which bit"},
		{"40001", "string(0)", "at least 1"},
		{"40001", "string(251)", "more than one request"},
		{"40001", "float32 ABCDEFGH", "does not fit 2 registers"},
		{"40001", "uint16 CDAB", "two registers and more"},
		{"40001", "float32 AB", "does not fit 2 registers"},
		{"40001", "float32 CDAB ABCD", "two orders"},
		{"40001", "float32 MLE", "neither an order"},
		{"40001", "uint16 invalid=70000", "16 bits"},
		{"40001", "string(4) invalid=0", "for numbers"},
	} {
		it, err := Map{Base: 1}.Parse(c.address, c.typ)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v (%v), want an error with %q", c.address, c.typ, it, err, c.want)
		}
	}
}

func TestAnEmptyTypeIsThePlainOne(t *testing.T) {
	for address, want := range map[string]string{"00001": "bool", "10001": "bool", "40001": "uint16", "30001": "uint16", "40001.7": "bit 7"} {
		it, err := Map{Base: 1}.Parse(address, "")
		if err != nil || it.Type.String() != want {
			t.Errorf("%s without a type is %s (%v), want %s", address, it.Type, err, want)
		}
	}
}

func TestTheWireAddressIsShownInEveryNotation(t *testing.T) {
	m := Map{Base: 1, Order: Order{Words: true}}
	it, err := m.Parse("40108", "float32")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.Wire(it)+", "+it.Type.String(), "400108 = HR107 = 0x006B, 2 registers: holding register, FC3, float32 CDAB"; got != want {
		t.Errorf("shown as %q, want %q", got, want)
	}
}

func TestRanges(t *testing.T) {
	got, err := ParseRanges("HR500-509, IR7,40011-40020, CO3-CO9", 1)
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, r := range got {
		text = append(text, r.String())
	}
	if s := strings.Join(text, " "); s != "HR500-509 IR7 HR10-19 CO3-9" {
		t.Errorf("read as %s", s)
	}
	for _, wrong := range []string{"HR5-2", "HR5-IR9", "pump", "HR1.3"} {
		if r, err := ParseRanges(wrong, 1); err == nil {
			t.Errorf("%q is read as %v", wrong, r)
		}
	}
}

// typeTexts draws any type there is.
func typeTexts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom([]string{"bool", "bit 5", "bits 2-11", "int8 lo", "int8 hi", "uint8 lo", "uint8 hi", "int16", "uint16", "int32", "uint32",
			"int64", "uint64", "float32", "float64", "bcd16", "bcd32", "mod10k(1)", "mod10k(3)", "mod10k(4)", "string(1)", "string(7)", "raw(3)", "unix32", "bcdtime", "cp56", "ymdhms"}).Draw(t, "name")
		typ, err := ParseType(name, Order{})
		if err != nil {
			t.Fatal(err)
		}
		orders := []string{"AB", "BA"}
		if typ.isNumber() && typ.words > 1 {
			orders = []string{"ABCD", "CDAB", "BADC", "DCBA"}
		}
		return name + " " + rapid.SampledFrom(orders).Draw(t, "order")
	})
}

// Whatever registers hold, they make a value that writes back as itself, or
// no value.
func TestDecodeThenEncodeIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := typeTexts().Draw(t, "type")
		typ, err := ParseType(text, Order{})
		if err != nil {
			t.Fatal(err)
		}
		b := rapid.SliceOfN(rapid.Byte(), 2*typ.Words(), 2*typ.Words()).Draw(t, "registers")
		v, q := typ.Decode(b)
		if v.Kind() == tag.None {
			if q.Usable() {
				t.Fatalf("%s of % X: no value, but %v", text, b, q)
			}
			return
		}
		back, err := typ.Encode(v)
		if err != nil {
			t.Fatalf("%s cannot write %v that it has read from % X: %v", text, v, b, err)
		}
		again, _ := typ.Decode(back)
		if again != v {
			t.Fatalf("%s: % X is %v, written as % X that is %v", text, b, v, back, again)
		}
	})
}

// A number is written so that it reads back as it was, or it is refused.
func TestEncodeNeverWrapsOrRounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := typeTexts().Draw(t, "type")
		typ, err := ParseType(text, Order{})
		if err != nil {
			t.Fatal(err)
		}
		v := tag.Int(rapid.Int64().Draw(t, "value"))
		if rapid.Bool().Draw(t, "fraction") {
			v = tag.Float(rapid.Float64().Draw(t, "float"))
		}
		b, err := typ.Encode(v)
		if err != nil {
			return
		}
		if len(b) != 2*typ.Words() {
			t.Fatalf("%s writes %d bytes", text, len(b))
		}
		got, q := typ.Decode(b)
		want, _ := v.Float()
		have, ok := got.Float()
		slack := wholeSlack
		if typ.form == formFloat && typ.words == 2 {
			slack = math.Abs(want) / (1 << 23)
		}
		if !ok || q != tag.Good || math.Abs(have-want) > slack {
			t.Fatalf("%s writes %v as % X, which is %v (%v)", text, v, b, got, q)
		}
	})
}

// The text of a type means the type.
func TestTypeTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ, err := ParseType(typeTexts().Draw(t, "type"), Order{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseType(typ.String(), Order{Words: true})
		if err != nil || again.String() != typ.String() || again.order != typ.order && typ.words > 1 {
			t.Fatalf("%q reads back as %q (%v)", typ, again, err)
		}
	})
}

// Part of a register is written without touching the rest.
func TestMaskCoversExactlyWhatIsRead(t *testing.T) {
	for _, text := range []string{"bit 0", "bit 15", "bits 4-7", "int8 lo", "uint8 hi", "bit 3 BA"} {
		typ := mustType(t, text)
		for bit := range 16 {
			word := uint16(1) << bit
			v, _ := typ.Decode([]byte{byte(word >> 8), byte(word)})
			n, _ := v.Float()
			if (n != 0) != (typ.Mask()&word != 0) {
				t.Errorf("%s: bit %d reads %v, mask %016b", text, bit, v, typ.Mask())
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("40001", "float32 CDAB invalid=0x8000", 1)
	f.Add("HR0x1F.3", "bit 3", 0)
	f.Add("000001", "", 1)
	f.Fuzz(func(t *testing.T, address, typ string, base int) {
		it, err := Map{Base: base & 1}.Parse(address, typ)
		if err != nil {
			return
		}
		if end := int(it.Offset) + it.Words(); end > 0x10000 || it.Words() < 1 {
			t.Errorf("%q %q occupies up to %d", address, typ, end)
		}
		again, err := Map{Base: 1}.Parse(it.Address.String(), it.Type.String())
		if err != nil || again.Address != it.Address {
			t.Errorf("%q %q is %s %s, which is %v (%v)", address, typ, it.Address, it.Type, again.Address, err)
		}
		v, q := it.Decode(make([]byte, 2*it.Words()))
		if v.Kind() == tag.None && q.Usable() {
			t.Errorf("zeros as %q: %v %v", typ, v, q)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, text := range []string{"uint16", "float32 CDAB", "bcd32", "bit 3", "string(8)"} {
		typ := mustType(b, text)
		raw := make([]byte, 2*typ.Words())
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				typ.Decode(raw)
			}
		})
	}
}
