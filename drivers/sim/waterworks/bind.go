package waterworks

import (
	"fmt"
	"math"
	"time"

	"penstock/app/tag"
)

var periods = map[string]time.Duration{"fast": 500 * time.Millisecond, "normal": time.Second, "slow": 5 * time.Second}

// bind gives a signal of the table its way into the model; every signal gets
// one, once.
func (p *Plant) bind(id tag.ID, b binding) {
	i, ok := p.index[id]
	switch {
	case !ok:
		panic(fmt.Sprintf("waterworks: %s is not in the table", id))
	case p.signals[i].read != nil:
		panic(fmt.Sprintf("waterworks: %s is bound twice", id))
	case (b.write != nil) != table[i].Writable:
		panic(fmt.Sprintf("waterworks: %s: the table and the model do not agree on writing", id))
	}
	p.signals[i] = b
}

// measure binds an analog signal to an instrument with the range of the
// table. Its noise is given in thousandths of the span.
func (p *Plant) measure(id tag.ID, lag, noise float64, truth func() float64) *instrument {
	i, ok := p.index[id]
	if !ok {
		panic(fmt.Sprintf("waterworks: %s is not in the table", id))
	}
	d := table[i]
	span := d.Hi - d.Lo
	m := &instrument{lo: d.Lo, hi: d.Hi, lag: lag, noise: noise / 1000 * span, truth: truth, quality: tag.Good,
		period: periods[d.Scan].Seconds(), floor: d.Lo == 0, fine: fineness(span)}
	// Instruments are not read all at the same instant.
	m.due = m.period * float64(len(p.instruments)%4) / 4
	p.instruments = append(p.instruments, m)
	p.bind(id, binding{inst: m, read: func() (tag.Scalar, tag.Quality) { return tag.Float(m.shown), m.quality }})
	return m
}

// number binds an analog signal the controller knows without an instrument.
func (p *Plant) number(id tag.ID, decimals int, v func() float64) {
	scale := math.Pow10(decimals)
	p.bind(id, binding{read: func() (tag.Scalar, tag.Quality) { return tag.Float(math.Round(v()*scale) / scale), tag.Good }})
}

// flag binds a contact.
func (p *Plant) flag(id tag.ID, v func() bool) {
	p.bind(id, binding{read: func() (tag.Scalar, tag.Quality) { return tag.Bool(v()), tag.Good }})
}

// whole binds a state or a counter.
func (p *Plant) whole(id tag.ID, v func() int64) {
	p.bind(id, binding{read: func() (tag.Scalar, tag.Quality) { return tag.Int(v()), tag.Good }})
}

// words binds a text that the plant writes.
func (p *Plant) words(id tag.ID, v func() string) {
	p.bind(id, binding{read: func() (tag.Scalar, tag.Quality) { return tag.Text(v()), tag.Good }})
}

// setting binds an analog set point that starts at v.
func (p *Plant) setting(id tag.ID, at *float64, v float64) {
	p.guarded(id, at, v, func() error { return nil })
}

// guarded is setting for a value that may not always be written.
func (p *Plant) guarded(id tag.ID, at *float64, v float64, may func() error) {
	*at = v
	d := table[p.index[id]]
	p.bind(id, binding{
		read: func() (tag.Scalar, tag.Quality) { return tag.Float(*at), tag.Good },
		write: func(v tag.Scalar) error {
			f, ok := v.Float()
			if !ok || v.Kind() == tag.KindBool {
				return ErrType
			}
			if math.IsNaN(f) || f < d.WriteLo || f > d.WriteHi {
				return fmt.Errorf("%g %s: %w %g to %g", f, d.Unit, ErrRange, d.WriteLo, d.WriteHi)
			}
			if err := may(); err != nil {
				return err
			}
			*at = f
			return nil
		},
	})
}

// choice binds a selector that starts at v.
func (p *Plant) choice(id tag.ID, at *float64, v float64) {
	*at = v
	p.choose(id, func() int64 { return int64(*at) }, func(v int64) error { *at = float64(v); return nil })
}

// choose binds a selector whose position is looked up and taken by functions.
func (p *Plant) choose(id tag.ID, get func() int64, take func(int64) error) {
	d := table[p.index[id]]
	p.bind(id, binding{
		read: func() (tag.Scalar, tag.Quality) { return tag.Int(get()), tag.Good },
		write: func(v tag.Scalar) error {
			n, ok := v.Int()
			if !ok || v.Kind() == tag.KindBool {
				return ErrType
			}
			if _, ok := d.StateText(n); !ok {
				return fmt.Errorf("%d: %w 0 to %d", n, ErrRange, len(d.States)-1)
			}
			return take(n)
		},
	})
}

// A push is a button that comes back by itself, slowly enough for whoever
// pressed it to see it down.
type push struct{ left float64 } // s

const pushTime = 3.0 // s

func (b *push) drive(dt float64) { b.left = math.Max(0, b.left-dt) }
func (b *push) down() bool       { return b.left > 0 }

// press binds a button that does something when it is pressed.
func (p *Plant) press(id tag.ID, b *push, do func()) {
	p.bind(id, binding{
		read: func() (tag.Scalar, tag.Quality) { return tag.Bool(b.down()), tag.Good },
		write: func(v tag.Scalar) error {
			on, ok := v.Truth()
			if n, whole := v.Int(); !ok || !whole || n < 0 || n > 1 {
				return ErrType
			}
			if !on {
				b.left = 0
				return nil
			}
			b.left = pushTime
			do()
			return nil
		},
	})
}
