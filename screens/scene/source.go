package scene

import (
	"math"

	"penstock/app/tag"
	"penstock/widgets/symbol"
)

// Source is where a scene's readings come from: the live table, or the
// historian at a moment of the past. Its methods are called on the scene's
// goroutine, many times a frame, and never wait.
type Source interface {
	// Def returns a tag's definition; ok is false when the project has no
	// such tag. The definition is not changed.
	Def(id tag.ID) (d *tag.Def, ok bool)
	// Reading returns the newest value of a tag. Seq is another number
	// whenever the value is another.
	Reading(id tag.ID) (v tag.Value, seq uint64)
	// Alarm returns the worst alarm of a tag.
	Alarm(id tag.ID) symbol.Alarm
	// AreaAlarm returns the worst alarm of an area and the areas in it.
	AreaAlarm(area string) symbol.Alarm
	// AlarmSeq is another number whenever any alarm is another.
	AlarmSeq() uint64
	// Limits returns where the alarms of a tag are.
	Limits(id tag.ID) Limits
}

// Past is a Source that also knows what was before: sparklines are full from
// the start with it. Low and high hold one value for each of n equal stretches
// from the older to the newer time, ns UTC, NaN for a gap. Ok is false while
// the answer is not there yet; the call starts the search and does not wait.
type Past interface {
	Past(id tag.ID, from, to int64, n int) (low, high []float64, ok bool)
}

// Replay is a Past whose readings are those of one moment, which a person moves
// to and fro: its lines end at that moment and come from history alone. Of a
// Replay, Past may return the answer to an earlier question while ok is false.
type Replay interface {
	Past
	// Moment is what the readings are of, ns UTC; 0 while none is known.
	Moment() int64
}

// Limits are the alarm limits of a tag, NaN where there is none.
type Limits struct{ LL, L, H, HH float64 }

// NoLimits has none.
var NoLimits = Limits{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
