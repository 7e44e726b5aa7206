package calc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"

	"penstock/app/tag"
)

// rewriter walks a parsed expression from the top, lets through what is of
// our language and nothing else, and turns each tag into a call that fetches
// the input.
type rewriter struct {
	program *Program
	scope   Scope
	index   map[tag.ID]int // of the program's inputs
	lets    []string       // variables in scope
	faults  []error
}

func (r *rewriter) fault() error { return errors.Join(r.faults...) }

func (r *rewriter) refuse(n ast.Node, format string, args ...any) {
	r.faults = append(r.faults, &Error{
		Source: r.program.source, Column: n.Location().From + 1, What: fmt.Sprintf(format, args...),
	})
}

func (r *rewriter) rewrite(n *ast.Node) {
	switch x := (*n).(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode:
		r.name(n)
	case *ast.UnaryNode:
		r.rewrite(&x.Node)
	case *ast.BinaryNode:
		r.binary(x)
	case *ast.ConditionalNode:
		r.rewrite(&x.Cond)
		r.rewrite(&x.Exp1)
		r.rewrite(&x.Exp2)
	case *ast.ArrayNode:
		for i := range x.Nodes {
			r.rewrite(&x.Nodes[i])
		}
	case *ast.VariableDeclaratorNode:
		r.rewrite(&x.Value)
		r.lets = append(r.lets, x.Name)
		r.rewrite(&x.Expr)
		r.lets = r.lets[:len(r.lets)-1]
	case *ast.CallNode:
		r.call(n, x)
	case *ast.BuiltinNode:
		r.refuse(x, "there is no function %s", x.Name)
	case *ast.NilNode:
		r.refuse(x, "nil is not a value")
	case nil:
		r.faults = append(r.faults, &Error{Source: r.program.source, Column: 1, What: "the expression is not complete"})
	default:
		r.refuse(x, "this is not part of the language")
	}
}

func (r *rewriter) binary(x *ast.BinaryNode) {
	switch x.Operator {
	case "..", "??", "|":
		r.refuse(x, "there is no operator %s", x.Operator)
		return
	case "matches":
		if _, ok := x.Right.(*ast.StringNode); !ok {
			r.refuse(x.Right, "matches wants a pattern in quotes")
		}
	case "in":
		if _, ok := x.Right.(*ast.ArrayNode); !ok {
			r.refuse(x.Right, "in wants a list such as [1, 2]")
		}
	}
	r.rewrite(&x.Left)
	r.rewrite(&x.Right)
}

// name turns a variable or an id with dots into what it stands for.
func (r *rewriter) name(n *ast.Node) {
	id, ok := dotted(*n)
	if !ok {
		r.refuse(leftmost(*n), "only names can be joined by dots")
		return
	}
	for _, l := range r.lets {
		if l == id {
			return
		}
	}
	r.input(n, tag.ID(id), fetchValue)
}

func (r *rewriter) call(n *ast.Node, x *ast.CallNode) {
	callee, ok := x.Callee.(*ast.IdentifierNode)
	if !ok {
		r.refuse(x, "only functions can be called")
		return
	}
	switch name := callee.Value; name {
	case "tag":
		if id, ok := r.tagCall(x); ok {
			r.input(n, id, fetchValue)
		}
	case "usable", "good", "status":
		if len(x.Arguments) != 1 {
			r.refuse(x, "%s wants one tag", name)
			return
		}
		arg := x.Arguments[0]
		id, ok := dotted(arg)
		if c, isCall := arg.(*ast.CallNode); isCall {
			if f, named := c.Callee.(*ast.IdentifierNode); named && f.Value == "tag" {
				t, _ := r.tagCall(c)
				id, ok = string(t), t != ""
			}
		}
		if !ok {
			r.refuse(arg, "%s wants a tag, not an expression", name)
			return
		}
		r.input(n, tag.ID(id), name)
	case ifName:
		if len(x.Arguments) != 3 {
			r.refuse(x, "if wants a condition and two values: if(c, a, b)")
			return
		}
		ast.Patch(n, &ast.ConditionalNode{Cond: x.Arguments[0], Exp1: x.Arguments[1], Exp2: x.Arguments[2]})
		r.rewrite(n)
	default:
		if functions[name] == nil {
			r.refuse(x, "there is no function %s", name)
			return
		}
		for i := range x.Arguments {
			r.rewrite(&x.Arguments[i])
		}
	}
}

// tagCall reads tag("...").
func (r *rewriter) tagCall(x *ast.CallNode) (tag.ID, bool) {
	if len(x.Arguments) == 1 {
		if s, ok := x.Arguments[0].(*ast.StringNode); ok && s.Value != "" {
			return tag.ID(s.Value), true
		}
	}
	r.refuse(x, `tag wants one id in quotes: tag("HL-FT601")`)
	return "", false
}

// input replaces n by a fetch of the tag id.
func (r *rewriter) input(n *ast.Node, id tag.ID, what string) {
	kind, ok := r.scope(id)
	if !ok {
		r.refuse(leftmost(*n), "there is no tag %q", string(id))
		return
	}
	i, known := r.index[id]
	if !known {
		i = len(r.program.inputs)
		r.index[id] = i
		r.program.inputs = append(r.program.inputs, id)
	}
	name := what
	if what == fetchValue {
		name = fetchName(kind)
	}
	f := call(name, &ast.IntegerNode{Value: i})
	ast.Patch(n, f)
}

// call makes a function call; its nodes stand where the node it replaces did.
func call(name string, args ...ast.Node) *ast.CallNode {
	c := &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: args}
	if len(args) > 0 {
		c.Callee.SetLocation(args[0].Location())
	}
	return c
}

// dotted returns the id that names joined by dots make.
func dotted(n ast.Node) (string, bool) {
	switch x := n.(type) {
	case *ast.IdentifierNode:
		return x.Value, true
	case *ast.MemberNode:
		p, ok := x.Property.(*ast.StringNode)
		if !ok || x.Optional {
			return "", false
		}
		left, ok := dotted(x.Node)
		return left + "." + p.Value, ok
	}
	return "", false
}

// leftmost returns the node an id with dots starts with: expr places the whole
// at its last dot.
func leftmost(n ast.Node) ast.Node {
	for {
		switch x := n.(type) {
		case *ast.MemberNode:
			n = x.Node
		case *ast.ChainNode:
			n = x.Node
		default:
			return n
		}
	}
}

// ifName is what if(c, a, b) is called in the tree. expr knows the word only
// in "if c { a } else { b }", which stays possible.
const ifName = "IF"

// callableIf writes the if of if(c, a, b) as IF, in place, so that columns
// stay as they are. It does not look into texts in quotes.
func callableIf(source string) string {
	var out []byte
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case c == '"' || c == '\'' || c == '`':
			for i++; i < len(source) && source[i] != c; i++ {
				if source[i] == '\\' && c != '`' {
					i++
				}
			}
		case strings.HasPrefix(source[i:], "if") && (i == 0 || !namePart(source[i-1])):
			open := i + 2 + spaces(source[i+2:])
			if open >= len(source) || source[open] != '(' || !callOf(source[open:]) {
				i++
				continue
			}
			if out == nil {
				out = []byte(source)
			}
			copy(out[i:], ifName)
			i++
		}
	}
	if out == nil {
		return source
	}
	return string(out)
}

// callOf reports whether the bracket s starts with holds arguments, and is
// not the condition of a block: a comma stands directly inside it.
func callOf(s string) bool {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\'', '`':
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' && c != '`' {
					i++
				}
			}
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return false
			}
		case ',':
			if depth == 1 {
				return true
			}
		}
	}
	return false
}

func spaces(s string) int { return len(s) - len(strings.TrimLeft(s, " \t\r\n")) }

func namePart(c byte) bool {
	return c == '_' || c == '.' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}
