// Package tag holds the words the whole program speaks: what a tag is called,
// what its value is, and how far that value can be trusted.
//
// Every other package may import tag; tag imports only the standard library.
// All its types are plain values without locks.
package tag

import "time"

// ID names one tag, for example "HL.PT601". IDs are unique in a project.
type ID string

// Flags say how a value came to be.
type Flags uint8

const (
	// Skewed: the source's clock and ours differ by more than the device
	// allows, so At is the time of receipt.
	Skewed Flags = 1 << iota
	// Backfilled: read from the source's own history after an outage. It is
	// stored, but never raises an alarm.
	Backfilled
	// Manual: entered by a person.
	Manual
	// Simulated: made by a simulation, not by a device.
	Simulated
)

// Value is one reading of a tag. The zero Value is honest: no data.
type Value struct {
	Source   int64 // when the source took the reading, ns since 1970 UTC; 0 when the source does not say
	Received int64 // when this station received it, ns since 1970 UTC
	Value    Scalar
	Quality  Quality
	Flags    Flags
}

// At is the time a reading is stored and drawn at, ns since 1970 UTC: the
// source's time where it is given and believed, else the time of receipt.
func (v Value) At() int64 {
	if v.Source == 0 || v.Flags&Skewed != 0 {
		return v.Received
	}
	return v.Source
}

// Time is At as a time.Time in UTC.
func (v Value) Time() time.Time { return time.Unix(0, v.At()).UTC() }

// Number returns the reading as a number; ok is false when it is not one or
// its quality is bad.
func (v Value) Number() (f float64, ok bool) {
	if !v.Quality.Usable() {
		return 0, false
	}
	return v.Value.Float()
}

// Sample is a Value that knows which tag it belongs to.
type Sample struct {
	ID ID
	Value
}
