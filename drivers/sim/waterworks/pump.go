package waterworks

import "math"

const gravity = 367.0 // m3/h times m a kW of water power: 3600 / 9.81

// A pump is a centrifugal pump with its motor, its starter or drive, and the
// protection that trips it.
type pump struct {
	// What it was built as.
	shutoff float64 // head at no flow and full speed, new, m
	droop   float64 // head lost to flow, m a (m3/h)2
	bestQ   float64 // flow of the best efficiency at full speed, m3/h
	bestEta float64 // efficiency there, new, 0 to 1
	rated   float64 // motor power, kW
	rampUp  float64 // speed gained a second, 1 is full speed

	// What became of it.
	wear   float64 // share of head and efficiency lost, 0 to 1
	hours  float64 // h
	starts float64

	// What it is told.
	mode   float64 // Off, Hand or Auto
	wanted bool    // by the automatic control
	aim    float64 // wanted speed, 0 to 1

	// What it does.
	running  bool
	tripped  bool
	speed    float64 // 0 to 1
	flow     float64 // m3/h
	power    float64 // kW from the supply
	amps     float64 // A
	shake    float64 // vibration velocity, mm/s
	bearing  float64 // degC
	overload float64 // s above the motor's rating
	rough    float64 // s of trip-worthy vibration
	starved  float64 // 0: suction full; 1: runs dry
}

// The pump's protection.
const (
	overloadFactor = 1.10 // of the rated power
	overloadTime   = 30.0 // s
	roughLimit     = 11.0 // mm/s
	roughTime      = 10.0 // s
)

// available reports whether the automatic control may use the pump.
func (m *pump) available() bool { return m.mode == Auto && !m.tripped }

// drive starts, stops and ramps; hold keeps the pump stopped whatever it is told.
func (m *pump) drive(dt float64, hold bool) {
	on := !m.tripped && !hold && (m.mode == Hand || m.mode == Auto && m.wanted)
	if on && !m.running {
		m.starts++
	}
	m.running = on
	aim := 0.0
	if on {
		aim = m.aim
		m.hours += dt / 3600
		m.wear += 2e-6 * dt / 3600
	}
	m.speed += clamp(aim-m.speed, -0.1*dt, m.rampUp*dt)
}

// deliver returns the flow against head m; the check valve lets none back.
func (m *pump) deliver(head float64) float64 {
	reserve := m.shutoff*(1-m.wear)*m.speed*m.speed - head
	if reserve <= 0 || m.speed < 0.05 {
		return 0
	}
	return math.Sqrt(reserve/m.droop) * (1 - m.starved)
}

// efficiency follows the affinity laws: best at bestQ times speed.
func (m *pump) efficiency() float64 {
	if m.speed < 0.05 {
		return 1
	}
	x := m.flow/(m.bestQ*m.speed) - 1
	return math.Max(0.15, m.bestEta*(1-0.6*m.wear)*(1-0.55*x*x))
}

// load works out power, current, vibration and heat of the pump delivering
// flow against head m, and trips it on overload or vibration.
func (m *pump) load(dt, flow, head, volts, ambient float64) {
	m.flow = flow
	m.power = 0
	if m.speed > 0.02 {
		idle := 0.12 * m.rated * m.speed * m.speed * m.speed
		m.power = math.Max(idle, flow*math.Max(head, 0)/gravity/m.efficiency()) / 0.94
	}
	m.amps = 0
	if m.running {
		// The magnetising current is there without load.
		m.amps = math.Hypot(m.power*1000/(math.Sqrt(3)*volts*0.92), 0.25*m.rated*1000/(math.Sqrt(3)*volts))
	}
	off := flow/m.bestQ - m.speed
	shake := (1.2 + 22*m.wear + 5*off*off + 9*m.starved) * m.speed * m.speed
	m.shake += (shake - m.shake) * dt / (dt + 3)
	m.bearing += (ambient + 30*m.power/m.rated + 8*m.speed + 60*m.wear*m.speed - m.bearing) * dt / (dt + 900)

	m.overload = hold(m.overload, m.power > overloadFactor*m.rated, dt)
	m.rough = hold(m.rough, m.shake > roughLimit, dt)
	if m.overload > overloadTime || m.rough > roughTime {
		m.trip()
	}
}

func (m *pump) trip() {
	m.tripped, m.running = true, false
	m.overload, m.rough = 0, 0
}

func (m *pump) reset() { m.tripped = false }

// hold counts how long on has been true without a break, s.
func hold(since float64, on bool, dt float64) float64 {
	if on {
		return since + dt
	}
	return 0
}

func clamp(v, lo, hi float64) float64 { return math.Max(lo, math.Min(hi, v)) }
