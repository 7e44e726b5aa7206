package plantserver

import (
	"encoding/binary"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"
)

func (u *uaServer) browse(r *ua.BrowseRequest) (ua.Response, error) {
	if len(r.NodesToBrowse) == 0 {
		return nil, ua.StatusBadNothingToDo
	}
	out := &ua.BrowseResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, d := range r.NodesToBrowse {
		out.Results = append(out.Results, u.page(d, 0, r.RequestedMaxReferencesPerNode))
	}
	return out, nil
}

func (u *uaServer) browseNext(r *ua.BrowseNextRequest) (ua.Response, error) {
	out := &ua.BrowseNextResponse{ResponseHeader: header(r, ua.StatusOK), DiagnosticInfos: []*ua.DiagnosticInfo{}}
	for _, p := range r.ContinuationPoints {
		one := &ua.BrowseResult{StatusCode: ua.StatusBadContinuationPointInvalid}
		if r.ReleaseContinuationPoints {
			one.StatusCode = ua.StatusOK
		} else if d := new(ua.BrowseDescription); len(p) > 8 {
			// A continuation point is the request itself and how far it got.
			if _, err := ua.Decode(p[8:], d); err == nil {
				one = u.page(d, binary.LittleEndian.Uint32(p), binary.LittleEndian.Uint32(p[4:]))
			}
		}
		out.Results = append(out.Results, one)
	}
	return out, nil
}

// page returns at most most references from the first on; most 0 is all.
func (u *uaServer) page(d *ua.BrowseDescription, first, most uint32) *ua.BrowseResult {
	if d == nil || d.NodeID == nil {
		return &ua.BrowseResult{StatusCode: ua.StatusBadNodeIDInvalid}
	}
	if d.ReferenceTypeID == nil {
		d.ReferenceTypeID = ua.NewTwoByteNodeID(0)
	}
	ns, err := u.lib.Namespace(int(d.NodeID.Namespace()))
	if err != nil {
		return &ua.BrowseResult{StatusCode: ua.StatusBadNodeIDUnknown}
	}
	all := ns.Browse(d)
	if all.StatusCode != ua.StatusOK {
		return all
	}
	refs := all.References
	if uint32(len(refs)) <= first {
		return &ua.BrowseResult{StatusCode: ua.StatusOK}
	}
	refs = refs[first:]
	out := &ua.BrowseResult{StatusCode: ua.StatusOK}
	if most > 0 && uint32(len(refs)) > most {
		refs = refs[:most]
		rest, err := ua.Encode(d)
		if err != nil {
			return &ua.BrowseResult{StatusCode: ua.StatusBadInternalError}
		}
		p := binary.LittleEndian.AppendUint32(nil, first+most)
		out.ContinuationPoint = append(binary.LittleEndian.AppendUint32(p, most), rest...)
	}
	for _, r := range refs {
		one := *r
		one.TypeDefinition = u.typeOf(r)
		out.References = append(out.References, &one)
	}
	return out
}

// typeOf is the type definition of what a reference leads to; the library
// gives the data type there.
func (u *uaServer) typeOf(r *ua.ReferenceDescription) *ua.ExpandedNodeID {
	none := ua.NewTwoByteExpandedNodeID(0)
	if r.NodeID == nil || r.NodeID.NodeID == nil || r.NodeClass != ua.NodeClassObject && r.NodeClass != ua.NodeClassVariable {
		return none
	}
	ns, err := u.lib.Namespace(int(r.NodeID.NodeID.Namespace()))
	if err != nil {
		return none
	}
	types := ns.Browse(&ua.BrowseDescription{
		NodeID: r.NodeID.NodeID, BrowseDirection: ua.BrowseDirectionForward,
		ReferenceTypeID: ua.NewNumericNodeID(0, id.HasTypeDefinition), ResultMask: uint32(ua.BrowseResultMaskAll),
	})
	if types.StatusCode != ua.StatusOK || len(types.References) == 0 {
		return none
	}
	return types.References[0].NodeID
}
