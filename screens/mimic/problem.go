package mimic

import "penstock/app/mistake"

// Problem is one mistake in a display.
type Problem = mistake.One

// Problems is every mistake of a display, in the order of its lines. It is
// the error of Parse.
type Problems = mistake.List
