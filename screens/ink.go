package screens

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"penstock/app/tag"
	"penstock/widgets/paint"
)

// ink is a painter with the sizes of one view: every painted part of the
// window writes in the same few sizes.
type ink struct {
	*paint.Painter
	*paint.Style
	scale float32
}

func (k *ink) px(u float32) int { return int(u*k.scale + 0.5) }

func (k *ink) pal() *paint.Palette { return k.Palette }

func (k *ink) font(size float32) *paint.Font { return k.Regular.Size(size * k.scale) }
func (k *ink) bold(size float32) *paint.Font { return k.Bold.Size(size * k.scale) }

// say writes s into r in a size, and returns how wide it came out.
func (k *ink) say(f *paint.Font, r image.Rectangle, a paint.Align, s string, c color.RGBA) int {
	k.TextIn(f, r, a, s, c)
	return min(f.Width(s), r.Dx())
}

// wrap breaks s into lines of at most w pixels: between words, and inside one
// that is longer than a line.
func wrap(f *paint.Font, s string, w int) (lines []string) {
	for s != "" {
		end, space, next := len(s), -1, 1
		for i, r := range s {
			if r == '\n' {
				end, space = i, i
				break
			}
			if r == ' ' {
				space = i
			} else if i > 0 && f.Width(s[:min(i+utf8.RuneLen(r), len(s))]) > w {
				if end = space; space <= 0 {
					end, next = i, 0
				}
				break
			}
		}
		lines = append(lines, s[:end])
		if end == len(s) {
			break
		}
		s = s[end+next:]
	}
	return lines
}

// paragraph writes s in lines from the top of r and returns the y below it.
func (k *ink) paragraph(f *paint.Font, r image.Rectangle, s string, c color.RGBA) int {
	y := r.Min.Y
	for _, l := range wrap(f, s, r.Dx()) {
		if y+f.Height() > r.Max.Y {
			break
		}
		k.say(f, image.Rect(r.Min.X, y, r.Max.X, y+f.Height()), paint.Left, l, c)
		y += f.Height()
	}
	return y
}

// clockTime writes a time of today as hours, any other with its date.
func clockTime(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	if t.Format("2006-01-02") == now.Format("2006-01-02") {
		return t.Format("15:04:05")
	}
	return t.Format("2 Jan 15:04:05")
}

// nanos is a time of the plant in the station's zone.
func nanos(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}

// ago says how long ago something was.
func ago(d time.Duration) string {
	switch {
	case d < 0:
		return "in the future"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// took is how long something took, to three digits: "300 µs", "20 ms", "1.09 s".
func took(d time.Duration) string {
	unit, word := time.Second, "s"
	switch a := d.Abs(); {
	case a >= 2*time.Minute:
		return ago(d)
	case a > 0 && a < time.Millisecond:
		unit, word = time.Microsecond, "µs"
	case a > 0 && a < time.Second:
		unit, word = time.Millisecond, "ms"
	}
	n := d.Seconds() / unit.Seconds()
	digits := max(0, 2-int(math.Floor(math.Log10(max(math.Abs(n), 1)))))
	return strconv.FormatFloat(math.Round(n*math.Pow10(digits))/math.Pow10(digits), 'f', -1, 64) + " " + word
}

// trusted says how a value may be shown: plainly, with a doubt, or not at all.
type trusted uint8

const (
	believed trusted = iota
	doubted
	refused
)

// trust looks at a quality.
func trust(v tag.Value) trusted {
	switch {
	case !v.Quality.Usable() || v.Value.Kind() == tag.None:
		return refused
	case v.Quality.Class() == tag.ClassUncertain:
		return doubted
	}
	return believed
}

// valueText writes a value so that one that is not trusted never looks like a
// number that is: a doubt is a question mark, a bad one is only dashes.
func valueText(d *tag.Def, v tag.Value) string {
	switch trust(v) {
	case refused:
		return "---"
	case doubted:
		return "? " + d.Format(v.Value)
	}
	return d.Format(v.Value)
}

// withUnit appends the unit where there is one.
func withUnit(s, unit string) string {
	if unit == "" {
		return s
	}
	return s + " " + unit
}

// limitName is the short name of a limit, as it stands on an indicator.
func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}
