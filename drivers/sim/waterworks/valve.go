package waterworks

// A valve is moved by a motor at an even pace between 0 (closed) and 100
// percent (open).
type valve struct {
	aim, pos float64 // %
	stroke   float64 // s for the whole way
	moving   float64 // -1 closing, 0, 1 opening
}

func (v *valve) drive(dt float64) {
	step := 100 * dt / v.stroke
	switch {
	case v.aim > v.pos+step:
		v.pos, v.moving = v.pos+step, 1
	case v.aim < v.pos-step:
		v.pos, v.moving = v.pos-step, -1
	default:
		v.pos, v.moving = v.aim, 0
	}
}

// open is how far the valve is open, 0 to 1.
func (v *valve) open() float64 { return v.pos / 100 }

// state is what the limit switches and the motor tell.
func (v *valve) state() int64 {
	switch {
	case v.moving > 0:
		return Opening
	case v.moving < 0:
		return Closing
	case v.pos < 1:
		return Closed
	case v.pos > 99:
		return Open
	}
	return Partly
}
