package screens

import "fyne.io/fyne/v2"

// area is a part of the window, Fyne units.
type area struct {
	at   fyne.Position
	size fyne.Size
}

func (a area) right() float32  { return a.at.X + a.size.Width }
func (a area) bottom() float32 { return a.at.Y + a.size.Height }

func (a area) overlaps(b area) bool {
	return a.at.X < b.right() && b.at.X < a.right() && a.at.Y < b.bottom() && b.at.Y < a.bottom()
}

// hold moves b into a, and cuts it where it is larger.
func (a area) hold(b area) area {
	b.size = fyne.NewSize(min(b.size.Width, a.size.Width), min(b.size.Height, a.size.Height))
	b.at.X = max(min(b.at.X, a.right()-b.size.Width), a.at.X)
	b.at.Y = max(min(b.at.Y, a.bottom()-b.size.Height), a.at.Y)
	return b
}

// How a faceplate stands beside its symbol, Fyne units.
const (
	besideGap   = 8
	leastBeside = 360 // height below which it rather stands somewhere else
)

// placeBeside finds the place for a faceplate next to a symbol, inside the
// room: right of it where that fits, else left, else below, else above, and
// rather not over what is taken. Below and above it may become lower, since
// its content scrolls. A symbol that leaves no room on any side is covered as
// little as possible: from the side it is farther away from.
func placeBeside(symbol, room area, size fyne.Size, taken []area) area {
	size.Height = min(size.Height, room.size.Height)
	var fits []area
	level := func(x float32) {
		a := room.hold(area{fyne.NewPos(x, symbol.at.Y), size})
		if a.at.X == x {
			fits = append(fits, a)
		}
	}
	level(symbol.right() + besideGap)
	level(symbol.at.X - besideGap - size.Width)
	upright := func(from, to float32, low bool) {
		h := min(size.Height, to-from)
		if h < min(leastBeside, size.Height) {
			return
		}
		if low {
			from = to - h
		}
		fits = append(fits, room.hold(area{fyne.NewPos(symbol.at.X, from), fyne.NewSize(size.Width, h)}))
	}
	upright(symbol.bottom()+besideGap, room.bottom(), false)
	upright(room.at.Y, symbol.at.Y-besideGap, true)
	for _, a := range fits {
		free := true
		for _, t := range taken {
			free = free && !a.overlaps(t)
		}
		if free {
			return a
		}
	}
	if len(fits) > 0 {
		return fits[0]
	}
	x := room.right()
	if symbol.at.X+symbol.size.Width/2 > room.at.X+room.size.Width/2 {
		x = room.at.X
	}
	return room.hold(area{fyne.NewPos(x, symbol.at.Y), size})
}
