package screens

import (
	"strings"
	"testing"
	"time"

	"penstock/assets"
	"penstock/widgets/paint"
)

// Nothing is lost at a break, and no line is longer than there is room for.
func TestWrap(t *testing.T) {
	faces, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		t.Fatal(err)
	}
	f := faces.Regular.Size(13)
	for _, s := range []string{"", "short", "two\nlines", "nsu=urn:penstock:waterworks;s=HL.PIC601.SP; every 1s", strings.Repeat("längste", 40), "a " + strings.Repeat("x", 90) + " b"} {
		for _, w := range []int{30, 100, 240} {
			var all string
			for _, l := range wrap(f, s, w) {
				if f.Width(l) > w {
					t.Errorf("%d wide: the line %q has %d", w, l, f.Width(l))
				}
				all += l
			}
			blank := strings.NewReplacer(" ", "", "\n", "")
			if blank.Replace(all) != blank.Replace(s) {
				t.Errorf("%d wide: %q became %q", w, s, all)
			}
		}
	}
}

func TestLengthsOfTimeAreReadable(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 300 * time.Microsecond: "300 µs", 2 * time.Millisecond: "2 ms", 20500 * time.Microsecond: "20.5 ms",
		-110 * time.Millisecond: "-110 ms", 999999 * time.Microsecond: "1000 ms", time.Second: "1 s", 1086 * time.Millisecond: "1.09 s", 90 * time.Second: "90 s", 3 * time.Hour: "3 h 00 min"} {
		if got := took(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

func TestAnAddressBeginsWithWhatIsItsOwn(t *testing.T) {
	for a, want := range map[string]string{"nsu=urn:plant;s=LT1": "s=LT1 of urn:plant", "i=2258": "i=2258", "HR0": "HR0", "reg:SP?value=1": "reg:SP?value=1"} {
		if got := addressText(a); got != want {
			t.Errorf("%s is shown %q", a, got)
		}
	}
}
