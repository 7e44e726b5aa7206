package waterworks

import (
	"math"
	"math/rand/v2"
	"time"
)

// A wander is a slow random walk that is drawn back to zero
// (Ornstein-Uhlenbeck): how rivers, demand and mains voltage go astray.
type wander struct {
	sigma float64 // standard deviation in the long run
	hold  float64 // s in which it forgets where it was
	at    float64
}

func (w *wander) step(dt float64, rng *rand.Rand) float64 {
	if dt > 0 {
		w.at += -w.at*dt/w.hold + w.sigma*math.Sqrt(2*dt/w.hold)*rng.NormFloat64()
	}
	return w.at
}

func dayFraction(t time.Time) float64 {
	return (float64(t.Hour()) + float64(t.Minute())/60 + float64(t.Second())/3600 + float64(t.Nanosecond())/3.6e12) / 24
}

// The town's use of water by the hour, as a multiple of the day's mean: a
// quiet night, a peak before work and another after it.
var use = [24]float64{
	0.58, 0.50, 0.46, 0.45, 0.50, 0.72, 1.12, 1.42, 1.38, 1.22, 1.12, 1.08,
	1.10, 1.06, 1.00, 0.98, 1.02, 1.14, 1.30, 1.34, 1.22, 1.02, 0.84, 0.70,
}

var useMean = func() (m float64) {
	for _, v := range use {
		m += v / 24
	}
	return m
}()

// demand is the town's use at t as a multiple of the day's mean.
func demand(t time.Time) float64 {
	h := dayFraction(t) * 24
	i, f := int(h)%24, h-math.Floor(h)
	f = f * f * (3 - 2*f) // without corners
	return (use[i]*(1-f) + use[(i+1)%24]*f) / useMean
}
