// Package waterworks is a town's waterworks as a physical model: river intake
// and screens, raw-water pumps, dosing, settling, four filters, clear-water
// tank, high-lift pumps and a pressure zone of three districts, with the
// controls that let it run for days by itself and the signals its two
// controllers show.
//
// The model is plain and deterministic: the same seed, start and orders give
// the same plant, step by step. Time is what Step is told; there are no
// goroutines, clocks or locks.
package waterworks
