// Package assets holds the files that are built into the program.
package assets

import _ "embed"

// Noto Sans (SIL Open Font License, fonts/OFL.txt): its digits are all of one
// width, so a changing number does not move, and it covers Latin, Greek and
// Cyrillic. It has no arrows or geometric shapes; those are painted.
var (
	//go:embed fonts/NotoSans-Regular.ttf
	SansRegular []byte
	//go:embed fonts/NotoSans-Bold.ttf
	SansBold []byte
)
