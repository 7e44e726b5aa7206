package mimic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// node is a JSON value that knows its line, so that a mistake in what it
// means can be reported where it stands.
type node struct {
	line   int
	value  any // string, float64, bool or nil; unused for the two below
	fields []field
	list   []*node
	is     byte // '{', '[' or 0
}

type field struct {
	name string
	line int
	node *node
}

func (n *node) what() string {
	switch n.is {
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	switch n.value.(type) {
	case string:
		return "a text"
	case float64:
		return "a number"
	case bool:
		return "true or false"
	}
	return "null"
}

// maxNest bounds how deep a file may nest, so that none can use up the stack.
const maxNest = 32

// readNode reads the one JSON value of a file.
func readNode(file string, data []byte) (*node, *Problem) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		i := 0
		for i < len(data) {
			r, n := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && n <= 1 {
				break
			}
			i += n
		}
		return nil, &Problem{File: file, Line: lineAt(data, int64(i)), What: "the text is not UTF-8", Do: "save the file as UTF-8"}
	}
	r := reader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	n, err := r.value(0)
	if err == nil {
		if _, extra := r.dec.Token(); extra != io.EOF {
			err = errors.New("there is more after the end of the display")
			if extra != nil {
				err = extra
			}
		}
	}
	if err != nil {
		at := r.dec.InputOffset()
		what := err.Error()
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = syntax.Offset
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			what, at = "the file ends in the middle", int64(len(data))
		}
		return nil, &Problem{File: file, Line: lineAt(data, at), What: "this is not JSON: " + what, Do: "check the commas, quotes and brackets at and before this line"}
	}
	return n, nil
}

func lineAt(data []byte, at int64) int {
	return 1 + bytes.Count(data[:min(max(at, 0), int64(len(data)))], []byte("\n"))
}

// reader counts lines forward only, so that a file is read in one pass.
type reader struct {
	data []byte
	dec  *json.Decoder
	at   int64
	line int
}

func (r *reader) token() (json.Token, int, error) {
	t, err := r.dec.Token()
	if err != nil {
		return nil, 0, err
	}
	end := r.dec.InputOffset()
	r.line += bytes.Count(r.data[r.at:end], []byte("\n"))
	r.at = end
	return t, r.line + 1, nil
}

func (r *reader) value(depth int) (*node, error) {
	t, line, err := r.token()
	if err != nil {
		return nil, err
	}
	n := &node{line: line}
	d, open := t.(json.Delim)
	if !open {
		n.value = t
		return n, nil
	}
	if depth >= maxNest {
		return nil, fmt.Errorf("it is nested more than %d deep", maxNest)
	}
	n.is = byte(d)
	for r.dec.More() {
		var f field
		if d == '{' {
			t, line, err := r.token()
			if err != nil {
				return nil, err
			}
			f.name, _ = t.(string)
			f.line = line
		}
		if f.node, err = r.value(depth + 1); err != nil {
			return nil, err
		}
		if d == '{' {
			n.fields = append(n.fields, f)
		} else {
			n.list = append(n.list, f.node)
		}
	}
	_, _, err = r.token() // the closing bracket
	return n, err
}
