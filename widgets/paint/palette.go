package paint

import "image/color"

// Palette is every colour the program draws with: grey for what is normal,
// saturated colour for alarms alone (ISA-101). The linter of displays and the
// Fyne theme read the same table.
type Palette struct {
	Window  color.RGBA // behind everything
	Panel   color.RGBA // header, lists, faceplates
	Raised  color.RGBA // buttons, selected rows
	Sunken  color.RGBA // inputs, trend background
	Line    color.RGBA // separators, grid lines
	Outline color.RGBA // of symbols
	Fill    color.RGBA // of symbols, at rest
	Running color.RGBA // of symbols, running: by brightness, not hue
	Level   color.RGBA // contents of tanks, bars
	Pipe    color.RGBA
	Text    color.RGBA
	Dim     color.RGBA // labels, units, what is stale
	Live    color.RGBA // live values
	Focus   color.RGBA // keyboard focus, selection
	SetPt   color.RGBA // set points and targets

	Alarm [5]color.RGBA // by priority: [1] urgent .. [4] low; [0] unused
	Bad   color.RGBA    // frame and hatch of values that cannot be used
	Pens  [8]color.RGBA // trend pens
}

func rgb(x uint32) color.RGBA {
	return color.RGBA{uint8(x >> 16), uint8(x >> 8), uint8(x), 255}
}

// Light is the palette for lit control rooms.
var Light = Palette{
	Window: rgb(0xd4d6d8), Panel: rgb(0xe0e2e4), Raised: rgb(0xc4c8cc), Sunken: rgb(0xeceeef), Line: rgb(0xb4b8bc),
	Outline: rgb(0x5c6268), Fill: rgb(0xb0b4b8), Running: rgb(0xf4f6f8), Level: rgb(0x8797a6), Pipe: rgb(0x888e94),
	Text: rgb(0x1c2024), Dim: rgb(0x555b61), Live: rgb(0x14406a), Focus: rgb(0x2f6fa8), SetPt: rgb(0x2c5d7c),
	Alarm: [5]color.RGBA{{}, rgb(0xd11a1a), rgb(0xe07000), rgb(0xdcb000), rgb(0x1a86b8)},
	Bad:   rgb(0x7a1fa0),
	Pens: [8]color.RGBA{rgb(0x1f5fa8), rgb(0x14806a), rgb(0xa0521c), rgb(0x6b3fa0), rgb(0x9c2f5f), rgb(0x4a6a14),
		rgb(0x3c3c3c), rgb(0x007f99)},
}

// Dark is the palette for dimmed control rooms.
var Dark = Palette{
	Window: rgb(0x2a2d30), Panel: rgb(0x33373b), Raised: rgb(0x454a4f), Sunken: rgb(0x1f2224), Line: rgb(0x4b5157),
	Outline: rgb(0x9aa2aa), Fill: rgb(0x50565c), Running: rgb(0xd8dde2), Level: rgb(0x6d8296), Pipe: rgb(0x7b838b),
	Text: rgb(0xe4e7ea), Dim: rgb(0xa2a9b0), Live: rgb(0x9fd0f5), Focus: rgb(0x5aa2dc), SetPt: rgb(0x8cc0de),
	Alarm: [5]color.RGBA{{}, rgb(0xff4040), rgb(0xff9020), rgb(0xffdc30), rgb(0x4cc3f0)},
	Bad:   rgb(0xd08cf0),
	Pens: [8]color.RGBA{rgb(0x6fb3f0), rgb(0x4fd0b0), rgb(0xf0a060), rgb(0xb494f0), rgb(0xf080b0), rgb(0xa8cc58),
		rgb(0xd0d0d0), rgb(0x40c8e0)},
}
