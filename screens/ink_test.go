package screens

import (
	"strings"
	"testing"

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
