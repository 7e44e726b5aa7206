package opcua

import (
	"context"
	"strings"

	"penstock/drivers"
)

// Found is a node a walk came by.
type Found struct {
	drivers.Node
	Path  string // the names on the way, with points between
	Depth int    // 0: directly under where the walk began
}

// maxFound ends a walk that would never end.
const maxFound = 100_000

// Walk lists what is under a node, depth levels down; text, where it is not
// empty, must be in a node's name, address or description, whatever the case.
// A node that is reached twice is listed once.
func (c *Conn) Walk(ctx context.Context, under string, depth int, text string) ([]Found, error) {
	text = strings.ToLower(text)
	seen := map[string]bool{under: true}
	var out []Found
	var walk func(under, path string, level int) error
	walk = func(under, path string, level int) error {
		nodes, err := c.Browse(ctx, under)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if seen[n.Address] || len(out) == maxFound {
				continue
			}
			seen[n.Address] = true
			f := Found{Node: n, Path: join(path, n.Name), Depth: level}
			if text == "" || strings.Contains(strings.ToLower(n.Name+"\n"+n.Address+"\n"+n.Text), text) {
				out = append(out, f)
			}
			if n.Parent && level+1 < depth {
				if err := walk(n.Address, f.Path, level+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return out, walk(under, "", 0)
}

func join(path, name string) string {
	if path == "" || strings.HasPrefix(name, "[") {
		return path + name
	}
	return path + "." + name
}
