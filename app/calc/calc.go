// Package calc works out expressions on tags: computed tags, alarm
// conditions, rules of a mimic.
//
//	HL.FT601 / 3.6                           a tag by its id
//	tag("HL-FT601") + tag("2.LT01")          an id that is not written like a name
//	if(PUMP1.RUN and HL.PT601 < 2.5, 1, 0)   also  PUMP1.RUN ? 1 : 0
//	usable(LT1) ? LT1 : LT2                  the second level where the first is bad
//	max(LT1, LT2) - min(LT1, LT2)
//	let d = FT1 - FT2; abs(d) > 5
//
// Tag ids. An id made of names with dots between (a letter or underscore
// first, then letters, digits, underscores) is written as it is. Any other id,
// and one that is a word of the language (in, not, and, or, let, if, else,
// matches, contains, startsWith, endsWith, true, false), is written
// tag("..."), and only a text in quotes may stand there. Dots are always part
// of an id: nothing has members.
//
// Operators. + - * / % ** (or ^), == != < <= > >=, and or not (&& || !),
// c ? a : b, in [1, 2, 3]; for text + (joins), contains, startsWith, endsWith,
// matches "regexp". / always gives a float; % wants whole numbers.
//
// Functions. abs sign sqrt exp ln log10 pow sin cos tan asin acos atan atan2
// floor ceil trunc round(x) round(x, digits) min max sum avg clamp(x, lo, hi)
// if(c, a, b) count(c1, c2, ...) (how many are true) num(bool) int(x)
// bit(word, n) text(x), and on tags alone usable(T) good(T) status(T).
//
// Quality. The result has the worst quality of the inputs it was made of; an
// input that was not looked at (the branch not taken) does not count. Bad
// shall never be used: as soon as a bad input is needed the result is without
// a value and has that input's quality. usable, good and status look at the
// quality alone and so let an expression choose. A result that is not a number
// (x/0) is BadOutOfRange; a wrong type at run time is BadTypeMismatch.
//
// Cost. There are no loops, no closures, no files, no clock and no network in
// the language, so an evaluation costs at most a few steps for each of its at
// most MaxNodes nodes, and the length of a text is bounded.
package calc

import (
	"fmt"
	"math"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"penstock/app/tag"
)

// The bounds of one expression.
const (
	MaxSource = 4096    // bytes of source
	MaxNodes  = 1000    // nodes of its tree
	maxText   = 4096    // bytes of a text made by an expression
	maxMemory = 1 << 16 // expr's own memory units while one evaluation runs
)

// Scope reports whether there is a tag and what kind of value it has; None is
// a kind not known before the first value comes.
type Scope func(id tag.ID) (kind tag.Kind, ok bool)

// Lookup hands over input i of a program: the value and the quality of the tag
// Inputs()[i].
type Lookup func(i int) (tag.Scalar, tag.Quality)

// A Program is a compiled expression. One goroutine may use it at a time.
type Program struct {
	source string
	inputs []tag.ID
	kind   tag.Kind

	code *vm.Program
	vm   vm.VM

	// Of the evaluation that is running.
	look  Lookup
	worst tag.Quality
}

// Error is what is wrong with an expression, and where.
type Error struct {
	Source string
	Column int    // the first character is 1
	What   string // lower case, without the place
}

func (e *Error) Error() string {
	return fmt.Sprintf("column %d of %q: %s", e.Column, e.Source, e.What)
}

// Check reports what is wrong with an expression. See Compile.
func Check(source string, scope Scope) error {
	_, err := Compile(source, scope)
	return err
}

// Compile makes a Program. The error joins an *Error for each unknown tag and
// each construct that is not of the language; types are checked after that, up
// to the first fault.
func Compile(source string, scope Scope) (*Program, error) {
	fault := func(column int, format string, args ...any) error {
		return &Error{Source: source, Column: column, What: fmt.Sprintf(format, args...)}
	}
	switch {
	case strings.TrimSpace(source) == "":
		return nil, fault(1, "there is no expression")
	case len(source) > MaxSource:
		return nil, fault(MaxSource, "the expression is longer than %d bytes", MaxSource)
	}
	p := &Program{source: source}
	cfg := p.language()
	tree, err := parser.ParseWithConfig(callableIf(source), cfg)
	if err != nil {
		return nil, p.located(err)
	}
	r := rewriter{program: p, scope: scope, index: map[tag.ID]int{}}
	r.rewrite(&tree.Node)
	if err := r.fault(); err != nil {
		return nil, err
	}
	if _, err := checker.Check(tree, cfg); err != nil {
		return nil, p.located(err)
	}
	if joinTexts(&tree.Node) {
		if _, err := checker.Check(tree, cfg); err != nil {
			return nil, p.located(err)
		}
	}
	p.kind = kindOf(tree.Node.Type())
	if p.code, err = compiler.Compile(tree, cfg); err != nil {
		return nil, p.located(err)
	}
	p.vm.MemoryBudget = maxMemory
	return p, nil
}

// located turns an error of expr into ours.
func (p *Program) located(err error) error {
	e := &Error{Source: p.source, Column: 1, What: err.Error()}
	if f, ok := err.(*file.Error); ok {
		e.Column, e.What = f.From+1, plainWords(f.Message)
	}
	return e
}

// Source is the text p was compiled from.
func (p *Program) Source() string { return p.source }

// Inputs lists the tags p depends on, each once, in order of appearance. The
// slice is p's own.
func (p *Program) Inputs() []tag.ID { return p.inputs }

// Kind is the kind of the result, or None where it depends on the inputs.
func (p *Program) Kind() tag.Kind { return p.kind }

// Eval works p out. It never panics.
func (p *Program) Eval(look Lookup) (tag.Scalar, tag.Quality) {
	p.look, p.worst = look, tag.Good
	out, err := p.vm.Run(p.code, nil)
	p.look = nil
	switch {
	case !p.worst.Usable():
		return tag.Scalar{}, p.worst
	case err != nil:
		return tag.Scalar{}, tag.BadTypeMismatch
	}
	v := scalarOf(out)
	if f, ok := v.Float(); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return tag.Scalar{}, tag.BadOutOfRange
	}
	if v.Kind() == tag.None {
		return v, tag.BadTypeMismatch
	}
	return v, p.worst
}

// joinTexts replaces every + that may join texts by a call of join, which
// bounds what comes of it, and reports whether there was one.
func joinTexts(n *ast.Node) bool {
	w := &joiner{}
	ast.Walk(n, w)
	return w.found
}

type joiner struct{ found bool }

// Visit implements ast.Visitor.
func (w *joiner) Visit(n *ast.Node) {
	b, ok := (*n).(*ast.BinaryNode)
	if !ok || b.Operator != "+" {
		return
	}
	if k := kindOf(b.Type()); k == tag.KindFloat || k == tag.KindInt {
		return
	}
	w.found = true
	ast.Patch(n, call(joinName, b.Left, b.Right))
}
