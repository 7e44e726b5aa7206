package waterworks

import (
	"math"
	"math/rand/v2"

	"penstock/app/tag"
)

// An instrument shows a quantity the way a transmitter does: late, with
// noise, in steps, within its range, and sometimes wrong.
type instrument struct {
	lo, hi float64
	lag    float64 // time constant, s
	noise  float64 // standard deviation, engineering units
	fine   float64 // steps an engineering unit
	period float64 // s between readings
	floor  bool    // shows nothing below lo: a flow meter with low-flow cut-off

	truth func() float64

	due      float64 // s until the next reading
	filtered float64
	shown    float64
	quality  tag.Quality
	fault    fault
	drift    float64 // engineering units, of a drifting instrument
	primed   bool
}

// A fault is what is wrong with an instrument.
type fault uint8

const (
	healthy  fault = iota
	broken         // wire broken: the controller knows it
	frozen         // shows the same for ever; nobody knows
	drifting       // creeps away; its self-check doubts it
)

func (i *instrument) sense(dt float64, rng *rand.Rand) {
	truth := i.truth()
	if !i.primed {
		i.filtered, i.primed = truth, true
	}
	i.filtered += (truth - i.filtered) * dt / (dt + i.lag)
	if i.fault == drifting {
		i.drift += 0.0002 * (i.hi - i.lo) * dt
	}
	if i.due -= dt; i.due > 1e-9 {
		return
	}
	i.due += i.period
	switch i.fault {
	case broken:
		i.quality = tag.BadSensorFailure
		return
	case frozen:
		return
	}
	v := i.filtered + i.drift
	if i.noise > 0 {
		v += i.noise * rng.NormFloat64()
	}
	i.quality = tag.Good
	switch {
	case i.floor && v < i.lo+(i.hi-i.lo)*0.002:
		v = i.lo
	case v < i.lo:
		v, i.quality = i.lo, tag.EUExceeded.WithLimit(tag.LimitLow)
	case v > i.hi:
		v, i.quality = i.hi, tag.EUExceeded.WithLimit(tag.LimitHigh)
	}
	if i.fault == drifting && i.quality.IsGood() {
		i.quality = tag.SensorNotAccurate
	}
	i.shown = math.Round(v*i.fine) / i.fine
}

// good reports whether a control may use what the instrument shows.
func (i *instrument) good() bool { return i.quality.Usable() }

func (i *instrument) heal() { i.fault, i.drift = healthy, 0 }

// fineness is how finely a transmitter resolves a span: in round steps, so
// that what it shows is short in decimal, and about 20,000 of them.
func fineness(span float64) float64 {
	want := 20000 / span
	decade := math.Pow(10, math.Floor(math.Log10(want)))
	for _, f := range []float64{1, 2, 5} {
		if f*decade >= want*0.999 {
			return f * decade
		}
	}
	return 10 * decade
}
