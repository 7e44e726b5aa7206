package main

import (
	"fmt"
	"io"

	"penstock/app/project"
)

// where prints every place of a project that refers to something of a name,
// one a line as check prints mistakes, and returns how many there are.
func where(out io.Writer, p *project.Project, name string) int {
	uses := p.WhereUsed(name)
	for _, u := range uses {
		fmt.Fprintln(out, u)
	}
	return len(uses)
}
