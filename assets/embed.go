// Package assets holds the files that are built into the program.
package assets

import (
	"embed"
	"io/fs"
)

// Noto Sans (SIL Open Font License, fonts/OFL.txt): its digits are all of one
// width, so a changing number does not move, and it covers Latin, Greek and
// Cyrillic. It has no arrows or geometric shapes; those are painted.
var (
	//go:embed fonts/NotoSans-Regular.ttf
	SansRegular []byte
	//go:embed fonts/NotoSans-Bold.ttf
	SansBold []byte
)

//go:embed demo
var demo embed.FS

// Demo is the project of the demo plant.
func Demo() fs.FS {
	sub, err := fs.Sub(demo, "demo")
	if err != nil { // only for a name that is not one
		panic("assets: " + err.Error())
	}
	return sub
}

// Icon is the program's icon, a PNG.
//
//go:embed icon.png
var Icon []byte

//go:embed starter
var starter embed.FS

// Starter is a small project to begin one's own with.
func Starter() fs.FS {
	sub, err := fs.Sub(starter, "starter")
	if err != nil { // only for a name that is not one
		panic("assets: " + err.Error())
	}
	return sub
}
