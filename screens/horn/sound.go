package horn

import (
	"math"

	"penstock/app/alarm"
)

// Rate is samples a second of what Sound makes: one channel, 16 bits, signed,
// little endian.
const Rate = 44100

// A note is a tone and the silence after it, seconds.
type note struct{ hz, on, off float64 }

// notes are the sound of each priority. They differ in rhythm and not only in
// height, so that they are told apart over machines and by tired ears
// (IEC 60601-1-8 does the same in hospitals).
var notes = [alarm.Lowest + 1][]note{
	1: {{988, .12, .05}, {784, .12, .05}, {988, .12, .05}, {784, .12, .2}, {988, .12, .05}, {784, .12, 0}},
	2: {{784, .18, .1}, {784, .18, .1}, {988, .18, 0}},
	3: {{659, .22, .12}, {659, .22, 0}},
	4: {{523, .3, 0}},
}

// Sound makes the sound of a priority. A priority that is none has no sound.
func Sound(priority int) []byte {
	if priority < 1 || priority > alarm.Lowest {
		return nil
	}
	var out []byte
	for _, n := range notes[priority] {
		out = tone(out, n)
	}
	return out
}

// tone appends one note: three harmonics, with soft ends so that it does not
// click.
func tone(out []byte, n note) []byte {
	const soft = 0.008 // seconds of rise and fall
	const loud = 0.45
	count := int(n.on * Rate)
	for i := range count {
		t := float64(i) / Rate
		s := math.Sin(2*math.Pi*n.hz*t) + 0.4*math.Sin(4*math.Pi*n.hz*t) + 0.2*math.Sin(6*math.Pi*n.hz*t)
		edge := min(t/soft, (n.on-t)/soft, 1)
		v := int16(s / 1.6 * loud * max(edge, 0) * math.MaxInt16)
		out = append(out, byte(v), byte(v>>8))
	}
	return append(out, make([]byte, 2*int(n.off*Rate))...)
}
