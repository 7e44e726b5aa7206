package waterworks

// A loop is a controller with proportional and integral action, bumpless
// between manual and auto.
type loop struct {
	gain   float64 // output a unit of error
	reset  float64 // integral time, s
	lo, hi float64 // of the output
	out    float64
	last   float64 // error of the step before
}

// step moves the output by what changed (velocity form), so that there is no
// integral to wind up.
func (c *loop) step(dt, err float64) float64 {
	c.out = clamp(c.out+c.gain*(err-c.last+err*dt/c.reset), c.lo, c.hi)
	c.last = err
	return c.out
}

// track holds the output at v, as a controller in manual does.
func (c *loop) track(v, err float64) { c.out, c.last = clamp(v, c.lo, c.hi), err }
