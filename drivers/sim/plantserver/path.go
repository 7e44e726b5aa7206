package plantserver

import (
	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
)

// translate finds nodes by the names on the way to them.
func (u *uaServer) translate(r *ua.TranslateBrowsePathsToNodeIDsRequest) (ua.Response, error) {
	if len(r.BrowsePaths) == 0 {
		return nil, ua.StatusBadNothingToDo
	}
	if len(r.BrowsePaths) > maxNodes {
		return nil, ua.StatusBadTooManyOperations
	}
	out := &ua.TranslateBrowsePathsToNodeIDsResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, p := range r.BrowsePaths {
		out.Results = append(out.Results, u.follow(p))
	}
	return out, nil
}

// maxPath is the most steps of one path.
const maxPath = 32

func (u *uaServer) follow(p *ua.BrowsePath) *ua.BrowsePathResult {
	fail := func(status ua.StatusCode) *ua.BrowsePathResult {
		return &ua.BrowsePathResult{StatusCode: status, Targets: []*ua.BrowsePathTarget{}}
	}
	if p == nil || p.StartingNode == nil || p.RelativePath == nil || len(p.RelativePath.Elements) == 0 || len(p.RelativePath.Elements) > maxPath {
		return fail(ua.StatusBadBrowseNameInvalid)
	}
	at := []*ua.NodeID{p.StartingNode}
	for _, e := range p.RelativePath.Elements {
		if e == nil || e.TargetName == nil || e.TargetName.Name == "" {
			return fail(ua.StatusBadBrowseNameInvalid)
		}
		var next []*ua.NodeID
		for _, n := range at {
			found, status := u.named(n, e)
			if status != ua.StatusOK {
				return fail(status)
			}
			next = append(next, found...)
		}
		at = next
	}
	if len(at) == 0 {
		return fail(ua.StatusBadNoMatch)
	}
	out := fail(ua.StatusOK)
	for _, n := range at {
		out.Targets = append(out.Targets, &ua.BrowsePathTarget{TargetID: ua.NewExpandedNodeID(n, "", 0), RemainingPathIndex: ^uint32(0)})
	}
	return out
}

// named lists what one step of a path leads to.
func (u *uaServer) named(n *ua.NodeID, e *ua.RelativePathElement) (out []*ua.NodeID, status ua.StatusCode) {
	d := &ua.BrowseDescription{NodeID: n, ReferenceTypeID: e.ReferenceTypeID, IncludeSubtypes: e.IncludeSubtypes, ResultMask: uint32(ua.BrowseResultMaskAll)}
	if d.ReferenceTypeID == nil {
		d.ReferenceTypeID = ua.NewNumericNodeID(0, id.References)
		d.IncludeSubtypes = true
	}
	if e.IsInverse {
		d.BrowseDirection = ua.BrowseDirectionInverse
	}
	r := u.page(d, 0, 0)
	for _, ref := range r.References {
		if ref.BrowseName != nil && ref.NodeID != nil && *ref.BrowseName == *e.TargetName {
			out = append(out, ref.NodeID.NodeID)
		}
	}
	return out, r.StatusCode
}
