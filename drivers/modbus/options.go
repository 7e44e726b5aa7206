package modbus

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"penstock/drivers/modbus/reg"
)

// options are a device's settings in devices.toml, by key; "probe" and
// "never_read" are read after them.
var options = map[string]func(*settings, string) error{
	"base": func(s *settings, v string) (err error) {
		s.mapping.Base, err = number(v, 0, 1)
		return err
	},
	"order": func(s *settings, v string) error {
		o, ok := reg.ParseOrder(v)
		if !ok || len(v) < 4 {
			return errors.New("want ABCD, CDAB, BADC or DCBA")
		}
		s.mapping.Order = o
		return nil
	},
	"retries":       count(0, 10, func(s *settings) *int { return &s.retries }),
	"max_read":      count(1, 125, func(s *settings) *int { return &s.maxRead }),
	"max_read_bits": count(1, 2000, func(s *settings) *int { return &s.maxReadBits }),
	"max_write":     count(1, 123, func(s *settings) *int { return &s.maxWrite }),
	"depth":         count(1, 32, func(s *settings) *int { return &s.line.depth }),
	"demote_after":  count(1, 100, func(s *settings) *int { return &s.failures }),
	"pause":         span(func(s *settings) *time.Duration { return &s.pause }),
	"settle":        span(func(s *settings) *time.Duration { return &s.line.settle }),
	"gap":           span(func(s *settings) *time.Duration { return &s.line.gap }),
	"guard":         span(func(s *settings) *time.Duration { return &s.line.guard }),
	"probe_every":   span(func(s *settings) *time.Duration { return &s.every }),
	"holes":         choice(func(s *settings, i int) { s.adjacent = i == 1 }, "read", "never"),
	"write":         choice(func(s *settings, i int) { s.write = writeChoices[i] }, "auto", "multiple", "readwrite"),
	"bit_write":     choice(func(s *settings, i int) { s.bits = bitWrite(i) }, "mask", "modify", "refuse", "auto"),
	"alive":         choice(func(s *settings, i int) { s.neverAlive = i == 1 }, "ask", "never"),
	"any_unit":      choice(func(s *settings, i int) { s.anyUnit = i == 1 }, "no", "yes"),
	"resync":        choice(func(s *settings, i int) { s.line.silence = i == 1 }, "marker", "silence"),
	"local_echo":    choice(func(s *settings, i int) { s.line.echo = i == 1 }, "no", "yes"),
	"ca":            word(func(s *settings) *string { return &s.line.tls.ca }),
	"cert":          word(func(s *settings) *string { return &s.line.tls.cert }),
	"key":           word(func(s *settings) *string { return &s.line.tls.key }),
	"server_name":   word(func(s *settings) *string { return &s.line.tls.name }),
	"pin":           word(func(s *settings) *string { return &s.line.tls.pin }),
}

// writeChoices are those of option write, in its order.
var writeChoices = [...]reg.WriteCode{reg.WriteAuto, reg.WriteMultiple, reg.WriteAndRead}

// OptionNames lists the options a Modbus device may have.
func OptionNames() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for key := range maps.Keys(options) {
			if !yield(key) {
				return
			}
		}
		_ = yield("probe") && yield("never_read")
	})
}

func count(lo, hi int, field func(*settings) *int) func(*settings, string) error {
	return func(s *settings, v string) (err error) {
		*field(s), err = number(v, lo, hi)
		return err
	}
}

func span(field func(*settings) *time.Duration) func(*settings, string) error {
	return func(s *settings, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 || d > time.Hour {
			return errors.New("want a time such as 50ms or 2s")
		}
		*field(s) = d
		return nil
	}
}

func choice(set func(*settings, int), words ...string) func(*settings, string) error {
	return func(s *settings, v string) error {
		i := slices.Index(words, v)
		if i < 0 {
			return fmt.Errorf("want %s", strings.Join(words, " or "))
		}
		set(s, i)
		return nil
	}
}

func word(field func(*settings) *string) func(*settings, string) error {
	return func(s *settings, v string) error {
		if v == "" {
			return errors.New("is empty")
		}
		*field(s) = v
		return nil
	}
}
