package fault

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Script is what goes wrong, in the order of its lines.
type Script []step

type step struct {
	op       string
	from, to int
	action   string
	text     string        // of error
	delay    time.Duration // of delay
}

var (
	operations = strings.Fields("dial read write push history")
	actions    = strings.Fields("error delay hang panic crash exit memory bad lie late unknown lost stop")
)

// Parse reads a script. The error joins every mistake.
func Parse(text string) (s Script, err error) {
	var faults []error
	for _, l := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		l, _, _ = strings.Cut(l, "#")
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		st, err := parseLine(l)
		if err != nil {
			faults = append(faults, fmt.Errorf("script %q: %w", l, err))
			continue
		}
		s = append(s, st)
	}
	return s, errors.Join(faults...)
}

func parseLine(l string) (s step, err error) {
	w := strings.Fields(l)
	if len(w) < 3 {
		return s, errors.New("wants an operation, its number, and what happens")
	}
	if s.op = w[0]; !slices.Contains(operations, s.op) {
		return s, fmt.Errorf("there is no operation %q", s.op)
	}
	if s.action = w[2]; !slices.Contains(actions, s.action) {
		return s, fmt.Errorf("there is no action %q", s.action)
	}
	number := func(text string) int {
		n, e := strconv.Atoi(text)
		if e != nil || n < 1 {
			err = fmt.Errorf("%q is not a number from 1 on", text)
		}
		return n
	}
	switch from, to, isRange := strings.Cut(w[1], "-"); {
	case w[1] == "*":
		s.from, s.to = 1, math.MaxInt
	case isRange:
		s.from, s.to = number(from), number(to)
	case strings.HasSuffix(w[1], "+"):
		s.from, s.to = number(strings.TrimSuffix(w[1], "+")), math.MaxInt
	default:
		s.from = number(w[1])
		s.to = s.from
	}
	if err != nil {
		return s, err
	}
	rest := strings.Join(w[3:], " ")
	switch s.action {
	case "error":
		if s.text = rest; rest == "" {
			err = errors.New("error wants a text")
		}
	case "delay":
		s.delay, err = time.ParseDuration(rest)
	default:
		if rest != "" {
			err = fmt.Errorf("%s stands alone", s.action)
		}
	}
	return s, err
}

// at returns the first step for the n-th operation; the zero step is that
// nothing goes wrong.
func (s Script) at(op string, n int) step {
	for _, st := range s {
		if st.op == op && n >= st.from && n <= st.to {
			return st
		}
	}
	return step{}
}
