package calc

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/conf"

	"penstock/app/tag"
)

// A function of the language: its signature for the checker and its body.
// Arguments the signature calls float64 may arrive as any number.
type function struct {
	as   any
	body func(args []any) (any, error)
}

var functions = map[string]*function{
	"abs":   of1(math.Abs),
	"sqrt":  of1(math.Sqrt),
	"exp":   of1(math.Exp),
	"ln":    of1(math.Log),
	"log10": of1(math.Log10),
	"sin":   of1(math.Sin),
	"cos":   of1(math.Cos),
	"tan":   of1(math.Tan),
	"asin":  of1(math.Asin),
	"acos":  of1(math.Acos),
	"atan":  of1(math.Atan),
	"floor": of1(math.Floor),
	"ceil":  of1(math.Ceil),
	"trunc": of1(math.Trunc),
	"sign": of1(func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	}),
	"pow":   of2(math.Pow),
	"atan2": of2(math.Atan2),

	"min": ofMany(func(xs []float64) float64 {
		m := xs[0]
		for _, x := range xs[1:] {
			m = math.Min(m, x)
		}
		return m
	}),
	"max": ofMany(func(xs []float64) float64 {
		m := xs[0]
		for _, x := range xs[1:] {
			m = math.Max(m, x)
		}
		return m
	}),
	"sum": ofMany(sum),
	"avg": ofMany(func(xs []float64) float64 { return sum(xs) / float64(len(xs)) }),

	"clamp": {new(func(x, lo, hi float64) float64), numbers(func(xs []float64) (any, error) {
		return math.Max(xs[1], math.Min(xs[2], xs[0])), nil
	})},
	"round": {new(func(x float64, digits ...float64) float64), numbers(func(xs []float64) (any, error) {
		if len(xs) == 1 {
			return math.Round(xs[0]), nil
		}
		if len(xs) > 2 || xs[1] != math.Trunc(xs[1]) || math.Abs(xs[1]) > 15 {
			return nil, errors.New("round wants a value and a whole number of digits")
		}
		p := math.Pow(10, xs[1])
		return math.Round(xs[0]*p) / p, nil
	})},
	"int": {new(func(x float64) int), numbers(func(xs []float64) (any, error) {
		t := math.Trunc(xs[0])
		if !(t >= -1<<63 && t < 1<<63) {
			return nil, fmt.Errorf("%g is too large for a whole number", xs[0])
		}
		return int(t), nil
	})},
	"num": {new(func(c bool) float64), func(args []any) (any, error) {
		if args[0] == true {
			return 1.0, nil
		}
		return 0.0, nil
	}},
	"count": {new(func(c bool, more ...bool) int), func(args []any) (any, error) {
		n := 0
		for _, a := range args {
			if a == true {
				n++
			}
		}
		return n, nil
	}},
	"bit": {new(func(word, n int) bool), func(args []any) (any, error) {
		w, ok1 := scalarOf(args[0]).Int()
		n, ok2 := scalarOf(args[1]).Int()
		if !ok1 || !ok2 || n < 0 || n > 63 {
			return nil, errors.New("bit wants a whole number and a bit from 0 to 63")
		}
		return w>>uint(n)&1 == 1, nil
	}},
	"text": {new(func(x any) string), func(args []any) (any, error) { return scalarOf(args[0]).String(), nil }},
}

func sum(xs []float64) float64 {
	var s float64
	for _, x := range xs {
		s += x
	}
	return s
}

func of1(f func(float64) float64) *function {
	return &function{new(func(float64) float64), func(args []any) (any, error) {
		x, ok := scalarOf(args[0]).Float()
		if !ok {
			return nil, errNotNumber
		}
		return f(x), nil
	}}
}

func of2(f func(a, b float64) float64) *function {
	return &function{new(func(a, b float64) float64), numbers(func(xs []float64) (any, error) { return f(xs[0], xs[1]), nil })}
}

func ofMany(f func(xs []float64) float64) *function {
	return &function{new(func(x float64, more ...float64) float64), numbers(func(xs []float64) (any, error) { return f(xs), nil })}
}

var errNotNumber = errors.New("this wants a number")

func numbers(f func(xs []float64) (any, error)) func(args []any) (any, error) {
	return func(args []any) (any, error) {
		xs := make([]float64, len(args))
		for i, a := range args {
			x, ok := scalarOf(a).Float()
			if !ok {
				return nil, errNotNumber
			}
			xs[i] = x
		}
		return f(xs)
	}
}

// The functions that rewriting puts in. Their names cannot be written, but
// for those that are words of the language.
const (
	fetchValue = "tag"
	joinName   = "(join)"
)

func fetchName(k tag.Kind) string { return "(" + k.String() + ")" }

// errBad ends an evaluation that needs a bad input.
var errBad = errors.New("a bad input is needed")

// language is expr with its built-in functions taken out and ours put in.
func (p *Program) language() *conf.Config {
	cfg := conf.CreateNew()
	for name := range cfg.Builtins {
		cfg.Disabled[name] = true
	}
	clear(cfg.Builtins)
	cfg.WithEnv(map[string]any{}) // no variable but those of let
	cfg.MaxNodes = MaxNodes
	cfg.Optimize = false
	add := func(name string, as any, body func(args ...any) (any, error)) {
		expr.Function(name, body, as)(cfg)
	}
	for name, f := range functions {
		add(name, f.as, func(args ...any) (any, error) { return f.body(args) })
	}
	for kind, as := range map[tag.Kind]any{
		tag.None:      new(func(int) any),
		tag.KindFloat: new(func(int) float64),
		tag.KindInt:   new(func(int) int),
		tag.KindBool:  new(func(int) bool),
		tag.KindText:  new(func(int) string),
	} {
		add(fetchName(kind), as, func(args ...any) (any, error) { return p.fetch(args[0].(int), kind) })
	}
	add("usable", new(func(int) bool), func(args ...any) (any, error) { return p.quality(args).Usable(), nil })
	add("good", new(func(int) bool), func(args ...any) (any, error) { return p.quality(args).IsGood(), nil })
	add("status", new(func(int) int), func(args ...any) (any, error) { return int(p.quality(args).Status()), nil })
	expr.Function(joinName, func(args ...any) (any, error) { return join(args[0], args[1]) })(cfg)
	cfg.Functions[joinName].Validate = joinType
	return cfg
}

func (p *Program) quality(args []any) tag.Quality {
	_, q := p.look(args[0].(int))
	return q
}

// fetch hands the value of an input to the expression, as the type its tag's
// kind was compiled to.
func (p *Program) fetch(i int, want tag.Kind) (any, error) {
	v, q := p.look(i)
	p.worst = tag.Worst(p.worst, q)
	if !q.Usable() {
		return nil, errBad
	}
	switch want {
	case tag.KindFloat:
		if f, ok := v.Float(); ok {
			return f, nil
		}
	case tag.KindInt:
		if n, ok := v.Int(); ok {
			return int(n), nil
		}
	case tag.KindBool:
		if b, ok := v.Truth(); ok {
			return b, nil
		}
	case tag.KindText:
		if v.Kind() == tag.KindText {
			return v.Str(), nil
		}
	case tag.None:
		switch v.Kind() {
		case tag.KindFloat:
			f, _ := v.Float()
			return f, nil
		case tag.KindInt:
			n, _ := v.Int()
			return int(n), nil
		case tag.KindBool:
			b, _ := v.Truth()
			return b, nil
		case tag.KindText:
			return v.Str(), nil
		}
	}
	return nil, fmt.Errorf("tag %s has no %s value", p.inputs[i], want)
}

// join is + where it may be between texts.
func join(a, b any) (any, error) {
	s, ok1 := a.(string)
	t, ok2 := b.(string)
	switch {
	case ok1 && ok2 && len(s)+len(t) > maxText:
		return nil, fmt.Errorf("the text grows beyond %d bytes", maxText)
	case ok1 && ok2:
		return strings.Clone(s + t), nil
	case ok1 != ok2:
		return nil, errors.New("a text and a number cannot be added")
	}
	x, ok1 := scalarOf(a).Float()
	y, ok2 := scalarOf(b).Float()
	if !ok1 || !ok2 {
		return nil, errNotNumber
	}
	return x + y, nil
}

func joinType(args []reflect.Type) (reflect.Type, error) {
	for _, a := range args {
		if kindOf(a) == tag.KindText {
			return reflect.TypeFor[string](), nil
		}
	}
	return reflect.TypeFor[any](), nil
}

// scalarOf turns what an expression holds into a Scalar.
func scalarOf(v any) tag.Scalar {
	switch x := v.(type) {
	case float64:
		return tag.Float(x)
	case int:
		return tag.Int(int64(x))
	case bool:
		return tag.Bool(x)
	case string:
		return tag.Text(x)
	}
	return tag.Scalar{}
}

func kindOf(t reflect.Type) tag.Kind {
	if t == nil {
		return tag.None
	}
	switch t.Kind() {
	case reflect.Float64:
		return tag.KindFloat
	case reflect.Int:
		return tag.KindInt
	case reflect.Bool:
		return tag.KindBool
	case reflect.String:
		return tag.KindText
	}
	return tag.None
}

// plainWords says what expr's checker says without words of its insides.
func plainWords(s string) string {
	return strings.NewReplacer(
		"("+"float"+")", "a float tag", "("+"int"+")", "a whole-number tag", "("+"bool"+")", "an on/off tag", "("+"text"+")", "a text tag",
		ifName+" ", "if ", "float64", "float", "non-bool expression", "the condition",
	).Replace(s)
}
