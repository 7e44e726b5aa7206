package opcua

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// hierarchical are the references that lead from a node to its parts.
var hierarchical = ua.NewNumericNodeID(0, id.HierarchicalReferences)

// children finds the child with a standard name of each node; nil where there
// is none.
func (c *Conn) children(ctx context.Context, s *channel.Session, nodes []*ua.NodeID, path ...string) ([]*ua.NodeID, error) {
	c.mu.Lock()
	most, unable := c.limits.translate, c.noTranslate
	c.mu.Unlock()
	if unable {
		return c.childrenByBrowse(ctx, s, nodes, path)
	}
	out := make([]*ua.NodeID, len(nodes))
	err := portions(len(nodes), most, func(i, j int) error {
		var req ua.TranslateBrowsePathsToNodeIDsRequest
		for _, n := range nodes[i:j] {
			rel := &ua.RelativePath{}
			for _, name := range path {
				rel.Elements = append(rel.Elements, &ua.RelativePathElement{ReferenceTypeID: hierarchical, IncludeSubtypes: true, TargetName: &ua.QualifiedName{Name: name}})
			}
			req.BrowsePaths = append(req.BrowsePaths, &ua.BrowsePath{StartingNode: n, RelativePath: rel})
		}
		var got []*ua.BrowsePathResult
		if err := s.Do(ctx, &req, &got); err != nil {
			return err
		}
		if len(got) != j-i {
			return fmt.Errorf("%w: %d answers to %d questions", wire.ErrMalformed, len(got), j-i)
		}
		for k, r := range got {
			if r.StatusCode>>30 == 0 && len(r.Targets) > 0 {
				out[i+k] = r.Targets[0].TargetID.NodeID
			}
		}
		return nil
	})
	if errors.Is(err, ua.StatusBadServiceUnsupported) {
		c.mu.Lock()
		c.noTranslate = true
		c.mu.Unlock()
		return c.childrenByBrowse(ctx, s, nodes, path)
	}
	return out, err
}

// childrenByBrowse does it the long way, for servers that cannot translate
// paths.
func (c *Conn) childrenByBrowse(ctx context.Context, s *channel.Session, nodes []*ua.NodeID, path []string) ([]*ua.NodeID, error) {
	at := slices.Clone(nodes)
	for _, name := range path {
		var from []*ua.BrowseDescription
		var of []int
		for i, n := range at {
			if n != nil {
				from = append(from, &ua.BrowseDescription{NodeID: n, BrowseDirection: ua.BrowseDirectionForward, ReferenceTypeID: hierarchical, IncludeSubtypes: true})
				of = append(of, i)
			}
		}
		refs, err := c.references(ctx, s, from)
		if err != nil {
			return nil, err
		}
		for k, i := range of {
			at[i] = nil
			for _, r := range refs[k] {
				if r.BrowseName.NamespaceIndex == 0 && r.BrowseName.Name == name {
					at[i] = r.NodeID.NodeID
				}
			}
		}
	}
	return at, nil
}
