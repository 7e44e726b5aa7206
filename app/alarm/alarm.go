// Package alarm decides when an operator must be told, after ISA-18.2
// (IEC 62682): when an alarm is annunciated, returns, is acknowledged, shelved,
// suppressed by design or out of service.
//
// The package is pure: it starts no goroutine, reads no clock and does no
// I/O. Time comes in with each event, as ns since 1970 UTC, and must not run
// backwards; what happened comes out as transitions, which are lines of the
// journal. The same events always give the same states.
//
// Step is the whole of one alarm. Engine runs Step for every alarm of a plant
// and adds what needs more than one: expressions, first-out groups, chatter,
// floods.
//
// Nothing in this package acknowledges an alarm but an event that names a
// person.
package alarm
