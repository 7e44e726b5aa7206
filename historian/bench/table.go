package bench

import (
	"fmt"
	"io"
	"strings"
)

// Figure is one measured number.
type Figure struct {
	Name   string
	Value  float64
	Unit   string
	Goal   float64 // where Judged: what Value should not be above
	Judged bool

	Rows, Prometheus float64 // the same of the row table and of Prometheus; 0: not measured
}

// Reached reports whether a figure is what it should be.
func (f Figure) Reached() bool { return f.Value <= f.Goal }

// Report is all of them.
type Report struct {
	Figures []Figure
}

// Write writes the figures as one table: those with a goal first, and what
// they are compared with and how many times that is.
func (r Report) Write(w io.Writer) error {
	cells := [][]string{{"", "seen", "", "goal", "row table", "Prometheus", ""}}
	for _, judged := range []bool{true, false} {
		for _, f := range r.Figures {
			if f.Judged == judged {
				cells = append(cells, f.cells())
			}
		}
	}
	width := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, c := range row {
			width[i] = max(width[i], len(c))
		}
	}
	for _, row := range cells {
		var b strings.Builder
		for i, c := range row {
			if pad := strings.Repeat(" ", width[i]-len(c)); i == 1 || i == 3 {
				b.WriteString(pad + c + "  ") // numbers end where the others do
			} else {
				b.WriteString(c + pad + "  ")
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

func (f Figure) cells() []string {
	goal, verdict := "", ""
	if f.Judged {
		goal, verdict = fmt.Sprintf("%g", f.Goal), "not reached"
		if f.Reached() {
			verdict = "reached"
		}
	}
	times := func(v float64) string {
		if v == 0 || f.Value == 0 {
			return ""
		}
		return fmt.Sprintf("%.3g (%.2g times)", v, v/f.Value)
	}
	return []string{f.Name, number(f.Value), f.Unit, goal, times(f.Rows), times(f.Prometheus), verdict}
}

// number writes whole numbers without decimals and others with three.
func number(v float64) string {
	if v == float64(int64(v)) {
		return fmt.Sprintf("%d", int64(v))
	}
	return fmt.Sprintf("%.3f", v)
}
