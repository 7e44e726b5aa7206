package sim

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// signal is a parsed address.
type signal struct {
	shape  string // "reg" for a register
	name   string // of a register
	kind   tag.Kind
	period time.Duration
	lo, hi float64
	value  tag.Scalar // of const, and what a register holds at first
}

func parse(p drivers.Point) (s signal, err error) {
	fault := func(format string, args ...any) (signal, error) {
		return signal{}, fmt.Errorf("%w %q: %s", drivers.ErrAddress, p.Address, fmt.Sprintf(format, args...))
	}
	switch p.Type {
	case "", "float":
		s.kind = tag.KindFloat
	case "int":
		s.kind = tag.KindInt
	case "bool":
		s.kind = tag.KindBool
	case "text":
		s.kind = tag.KindText
	default:
		return fault("type %q is not float, int, bool or text", p.Type)
	}
	shape, query, _ := strings.Cut(p.Address, "?")
	s.shape, s.period, s.hi = shape, 10*time.Second, 100
	if name, ok := strings.CutPrefix(shape, "reg:"); ok {
		s.shape, s.name = "reg", name
		if name == "" {
			return fault("a register needs a name: reg:NAME")
		}
	}
	allowed := "period lo hi"
	switch s.shape {
	case "sine", "ramp", "square", "triangle", "noise":
		if s.kind == tag.KindText {
			return fault("%s has no text", shape)
		}
	case "count":
		allowed, s.period = "period", time.Second
	case "const", "reg":
		allowed = "value"
	default:
		return fault("there is no signal %q", shape)
	}
	q, err := url.ParseQuery(query)
	if err != nil {
		return fault("%v", err)
	}
	for k := range q {
		v := q.Get(k)
		if !strings.Contains(" "+allowed+" ", " "+k+" ") {
			return fault("%s has no setting %q", s.shape, k)
		}
		switch k {
		case "period":
			s.period, err = time.ParseDuration(v)
			if err == nil && s.period <= 0 {
				err = fmt.Errorf("period %s is not positive", v)
			}
		case "lo":
			s.lo, err = strconv.ParseFloat(v, 64)
		case "hi":
			s.hi, err = strconv.ParseFloat(v, 64)
		case "value":
			s.value, err = tag.Parse(s.kind, v)
		}
		if err != nil {
			return fault("%v", err)
		}
	}
	if s.shape == "const" && s.value.Kind() == tag.None {
		return fault("const wants a value: const?value=42")
	}
	return s, nil
}

// at is the value of a signal that is not a register at a time.
func (s *signal) at(now time.Time) tag.Scalar {
	n := now.UnixNano() / int64(s.period)
	phase := float64(now.UnixNano()%int64(s.period)) / float64(s.period)
	var share float64
	switch s.shape {
	case "const":
		return s.value
	case "count":
		return s.as(float64(n))
	case "sine":
		share = 0.5 + 0.5*math.Sin(2*math.Pi*phase)
	case "ramp":
		share = phase
	case "triangle":
		share = 1 - math.Abs(2*phase-1)
	case "square":
		share = math.Round(phase)
	case "noise":
		// A hash of the time: the same moment gives the same value to everyone.
		x := uint64(now.UnixNano()) * 0x9E3779B97F4A7C15
		x ^= x >> 29
		share = float64(x>>11) / (1 << 53)
	}
	return s.as(s.lo + share*(s.hi-s.lo))
}

// as gives f the signal's kind.
func (s *signal) as(f float64) tag.Scalar {
	switch s.kind {
	case tag.KindInt:
		return tag.Int(int64(math.Round(f)))
	case tag.KindBool:
		return tag.Bool(f >= (s.lo+s.hi)/2)
	case tag.KindText:
		return tag.Text(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return tag.Float(f)
}

// hold turns what is written into what the register's type holds, or refuses.
func (s *signal) hold(v tag.Scalar) (tag.Scalar, error) {
	if held, ok := v.As(s.kind); ok {
		return held, nil
	}
	return tag.Scalar{}, fmt.Errorf("%w: a %v register does not hold %v", drivers.ErrRefused, s.kind, v)
}
