// Package spell guesses what a person meant to write, for the hints of error
// messages.
package spell

import (
	"fmt"
	"strings"
)

// Near returns a hint, "did you mean ...?", when got is a likely misspelling
// of one of known, and "" otherwise. In a short word every letter counts.
func Near(got string, known []string) string {
	best, at := "", min(3, (len(got)+2)/2)
	for _, k := range known {
		if d := distance(strings.ToLower(got), strings.ToLower(k)); d < at {
			best, at = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// tooLong is the length beyond which nothing is compared.
const tooLong = 64

// distance is the number of single bytes to insert, remove or replace between
// a and b (Levenshtein 1966).
func distance(a, b string) int {
	if len(a) > tooLong || len(b) > tooLong {
		return tooLong
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diag+cost)
		}
	}
	return row[len(b)]
}
