package modbus

import "testing"

// Whatever a unit says about itself, it is taken apart without a slip.
func FuzzIdentity(f *testing.F) {
	f.Add([]byte{14, 1, 1, 0, 0, 1, 0, 2, 'A', 'B'})
	f.Add([]byte{14, 2, 0x82, 0xFF, 3, 2, 0, 0, 1, 255, 'x'})
	f.Fuzz(func(t *testing.T, b []byte) {
		part, _, _, err := parseIdentity(b)
		if err != nil {
			return
		}
		size := 6
		for _, x := range part {
			for _, r := range x.Text {
				if r < ' ' || r == 0x7F {
					t.Errorf("%q holds a control character", x.Text)
				}
			}
			size += 2
		}
		if size > len(b) {
			t.Errorf("%d objects in %d bytes", len(part), len(b))
		}
	})
}
