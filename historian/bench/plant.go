// Package bench measures the historian on the machine it runs on, and in the
// same run a plain SQLite table of rows, so that the numbers mean something.
package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"penstock/app/tag"
)

// A plant is made input: of 1,000 tags 450 analog (12 to 16 bit counts of a
// slow process under sensor noise, 70 % scaled in float32 as controllers do,
// 30 % rounded decimals), 150 temperatures in tenths, 100 set points, 150
// switches, 100 counters, 50 texts. Devices of 50 tags are scanned once a
// second, a scan has one time; 40 % of the devices tick exactly, 40 % jitter
// by milliseconds, 20 % by 100 ns. Now and then a device goes bad.
type plant struct {
	devices []device
	start   int64
	second  int64 // the next
	Tags    int
}

type device struct {
	r       *rand.Rand
	tags    []signal
	offset  int64
	jitter  int64 // ns, standard deviation in units of unit
	unit    int64
	badLeft int
	batch   []tag.Sample
}

type signal struct {
	id   tag.ID
	kind string
	r    *rand.Rand

	x, mean, keep, drive, noise float64 // of the process
	max, span, lo               float32
	decimals                    float64 // 0: scaled in float32
	left                        int     // seconds until the next step
	dwell                       float64
	n                           int64
	value                       tag.Scalar
}

// Start of the made time: 2026-06-01 00:00 UTC.
const plantStart = 1_780_272_000_000_000_000

// plantClock keeps the upkeep from compacting on its own.
func plantClock() time.Time { return time.Unix(0, plantStart) }

const devices = 20

var words = [...]string{"IDLE", "FILLING", "HEATING", "REACTING", "COOLING", "DRAINING", "CIP", "HOLD", "ABORTED", "COMPLETE"}

func newPlant(tags int, seed uint64) *plant {
	p := &plant{start: plantStart, Tags: tags, devices: make([]device, min(devices, max(tags/10, 1)))}
	r := rand.New(rand.NewPCG(seed, 1))
	for d := range p.devices {
		v := &p.devices[d]
		v.r = rand.New(rand.NewPCG(seed+7, uint64(d)))
		switch {
		case d >= 16:
			v.jitter, v.unit = 15_000, 100
		case d >= 8:
			v.jitter, v.unit = 4, int64(time.Millisecond)
		}
		if d >= 8 {
			v.offset = int64(v.r.IntN(900)) * int64(time.Millisecond)
		}
	}
	for i := range tags {
		v := &p.devices[i/10%len(p.devices)]
		v.tags = append(v.tags, newSignal(i, r, seed))
	}
	return p
}

func newSignal(i int, r *rand.Rand, seed uint64) signal {
	s := signal{r: rand.New(rand.NewPCG(seed+99, uint64(i)))}
	slow := func(tau, spread float64) {
		s.keep = math.Exp(-1 / tau)
		s.drive = spread * math.Sqrt(1-s.keep*s.keep)
		s.x = spread * s.r.NormFloat64()
	}
	switch p := i * 619 % 1000; {
	case p < 450:
		s.kind = "analog"
		s.max = []float32{4095, 16383, 27648, 65535}[min(p/150+p/400, 3)]
		slow(60*math.Pow(10, r.Float64()), float64(s.max)*(0.01+0.04*r.Float64()))
		s.noise = float64(s.max) * (0.0002 + 0.0008*r.Float64())
		s.mean = float64(s.max) * (0.3 + 0.4*r.Float64())
		s.span = []float32{10, 16, 25, 100, 160, 250, 400, 600, 1000, 6000}[r.IntN(10)]
		if r.IntN(4) == 0 {
			s.lo = -s.span / 4
		}
		if r.IntN(10) < 3 {
			s.decimals = math.Pow10(max(0, int(math.Round(math.Log10(float64(s.max/s.span))))))
		}
	case p < 600:
		s.kind = "temperature"
		slow(1800*math.Pow(4, r.Float64()), 40+100*r.Float64())
		s.noise = 0.2 + 0.8*r.Float64()
		s.mean = 200 + 2000*r.Float64()
		s.decimals = float64(r.IntN(2))
	case p < 700:
		s.kind, s.dwell = "setpoint", 300*math.Pow(20, r.Float64())
	case p < 850:
		s.kind, s.dwell = "switch", 30*math.Pow(200, r.Float64())
	case p < 950:
		s.kind, s.dwell = "counter", 0.05*math.Pow(400, r.Float64())
	default:
		s.kind, s.dwell = "text", 120*math.Pow(20, r.Float64())
	}
	s.id = tag.ID(fmt.Sprintf("AREA%d.%s%04d.PV", i/200, s.kind, i))
	return s
}

// next is the value of the next second.
func (s *signal) next() tag.Scalar {
	switch s.kind {
	case "analog", "temperature":
		s.x = s.keep*s.x + s.drive*s.r.NormFloat64()
		y := s.mean + s.x + s.noise*s.r.NormFloat64()
		switch {
		case s.kind == "temperature" && s.decimals == 0:
			return tag.Float(float64(float32(math.Round(y)) * 0.1))
		case s.kind == "temperature":
			return tag.Float(math.Round(y) / 10)
		case s.decimals == 0:
			c := float32(math.Max(0, math.Min(float64(s.max), math.Round(y))))
			return tag.Float(float64(c/s.max*s.span + s.lo))
		}
		return tag.Float(math.Round((float64(s.lo)+y*float64(s.span/s.max))*s.decimals) / s.decimals)
	case "counter":
		if s.n == 0 {
			s.n = s.r.Int64N(1 << 30)
		}
		for range 4 {
			if s.r.Float64() < s.dwell/4 {
				s.n++
			}
		}
		return tag.Int(s.n)
	}
	if s.left--; s.left <= 0 {
		s.left = int(s.r.ExpFloat64() * s.dwell)
		s.n++
		switch s.kind {
		case "setpoint":
			s.value = tag.Float(math.Round(s.r.Float64()*1000) / 10)
		case "switch":
			s.value = tag.Bool(s.n%2 == 0)
		default:
			s.value = tag.Text(words[s.n%int64(len(words))])
		}
	}
	return s.value
}

// each calls f with the scans of the next seconds, a batch for each device.
// The batch is the callback's until it returns.
func (p *plant) each(seconds int, f func([]tag.Sample)) {
	for range seconds {
		for d := range p.devices {
			v := &p.devices[d]
			at := p.start + p.second*int64(time.Second) + v.offset
			if v.unit > 0 {
				at += int64(math.Round(v.r.NormFloat64()*float64(v.jitter))) * v.unit
			}
			if v.badLeft > 0 {
				v.badLeft--
			} else if v.r.IntN(14400) == 0 {
				v.badLeft = 5 + int(v.r.ExpFloat64()*30)
			}
			q := tag.Good
			if v.badLeft > 0 {
				q = tag.BadCommunicationError
			}
			v.batch = v.batch[:0]
			for i := range v.tags {
				v.batch = append(v.batch, tag.Sample{ID: v.tags[i].id, Value: tag.Value{Source: at, Received: at, Value: v.tags[i].next(), Quality: q}})
			}
			f(v.batch)
		}
		p.second++
	}
}
