package opcua

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// references follows references of each node, with their continuations.
func (c *Conn) references(ctx context.Context, s *channel.Session, from []*ua.BrowseDescription) ([][]*ua.ReferenceDescription, error) {
	for _, d := range from {
		d.ResultMask = uint32(ua.BrowseResultMaskAll)
	}
	c.mu.Lock()
	most := c.limits.browse
	c.mu.Unlock()
	out := make([][]*ua.ReferenceDescription, len(from))
	err := portions(len(from), most, func(i, j int) error {
		var got []*ua.BrowseResult
		req := &ua.BrowseRequest{View: &ua.ViewDescription{ViewID: ua.NewTwoByteNodeID(0)}, RequestedMaxReferencesPerNode: pageOfReferences, NodesToBrowse: from[i:j]}
		if err := s.Do(ctx, req, &got); err != nil {
			return err
		}
		if len(got) != j-i {
			return fmt.Errorf("%w: %d answers to %d questions", wire.ErrMalformed, len(got), j-i)
		}
		for k, r := range got {
			refs, err := c.rest(ctx, s, r)
			if err != nil {
				return err
			}
			out[i+k] = refs
		}
		return nil
	})
	return out, err
}

// pageOfReferences keeps an answer within a message of 2 MB.
const pageOfReferences = 500

// rest follows the continuation points of one result.
func (c *Conn) rest(ctx context.Context, s *channel.Session, r *ua.BrowseResult) ([]*ua.ReferenceDescription, error) {
	if r.StatusCode == ua.StatusBadNodeIDUnknown || r.StatusCode == ua.StatusBadNodeIDInvalid {
		return nil, nil
	}
	if uint32(r.StatusCode)>>30 == 2 {
		return nil, r.StatusCode
	}
	refs := r.References
	for point := r.ContinuationPoint; len(point) > 0; {
		var next []*ua.BrowseResult
		if err := s.Do(ctx, &ua.BrowseNextRequest{ContinuationPoints: [][]byte{point}}, &next); err != nil {
			return nil, err
		}
		if len(next) != 1 {
			return nil, wire.ErrMalformed
		}
		if uint32(next[0].StatusCode)>>30 == 2 {
			return nil, next[0].StatusCode
		}
		refs = append(refs, next[0].References...)
		point = next[0].ContinuationPoint
	}
	return refs, nil
}

// Browse implements drivers.Browser. Variables come with everything a tag
// needs: type, unit, range, states, whether they can be written.
func (c *Conn) Browse(ctx context.Context, under string) ([]drivers.Node, error) {
	nodes, err := c.list(ctx, under)
	return nodes, inWords(err)
}

func (c *Conn) list(ctx context.Context, under string) ([]drivers.Node, error) {
	s, err := c.command(ctx)
	if err != nil {
		return nil, err
	}
	from := ua.NewNumericNodeID(0, id.ObjectsFolder)
	var parts []drivers.Node
	if under != "" {
		a, err := parseAddress(under)
		if err != nil {
			return nil, err
		}
		var ok bool
		if from, ok = c.node(&a); !ok {
			return nil, fmt.Errorf("browse %s: the server has no namespace of this name", under)
		}
		if parts, err = c.parts(ctx, s, from, &a); err != nil || len(a.path) > 0 {
			return parts, err
		}
	}
	refs, err := c.references(ctx, s, []*ua.BrowseDescription{{NodeID: from, BrowseDirection: ua.BrowseDirectionForward,
		ReferenceTypeID: hierarchical, IncludeSubtypes: true,
		NodeClassMask: uint32(ua.NodeClassObject | ua.NodeClassVariable | ua.NodeClassView)}})
	if err != nil {
		return nil, fmt.Errorf("browse %s: %w", under, err)
	}
	if len(refs[0]) == 0 && len(parts) == 0 { // it has nothing, or is not there at all
		got, err := c.read(ctx, s, []*ua.ReadValueID{{NodeID: from, AttributeID: ua.AttributeIDNodeClass, DataEncoding: &ua.QualifiedName{}}}, ua.TimestampsToReturnNeither)
		if err == nil && len(got) == 1 && ua.StatusCode(got[0].Status) == ua.StatusBadNodeIDUnknown {
			err = judged(ua.StatusBadNodeIDUnknown)
		}
		if err != nil {
			return nil, fmt.Errorf("browse %s: %w", under, err)
		}
	}
	nodes, err := c.describe(ctx, s, refs[0])
	return append(parts, nodes...), err
}

// describe reads along what an engineer wants to know of the nodes found.
func (c *Conn) describe(ctx context.Context, s *channel.Session, refs []*ua.ReferenceDescription) ([]drivers.Node, error) {
	seen := map[string]bool{}
	refs = slices.DeleteFunc(refs, func(r *ua.ReferenceDescription) bool {
		again := seen[key(r.NodeID.NodeID)]
		seen[key(r.NodeID.NodeID)] = true
		return again || r.NodeID.ServerIndex != 0
	})
	c.mu.Lock()
	names := c.namespaces
	c.mu.Unlock()
	nodes := make([]drivers.Node, len(refs))
	var vars []variable
	for i, r := range refs {
		n := &nodes[i]
		n.Address, n.Name = formatNode(r.NodeID.NodeID, names), r.DisplayName.Text
		if n.Name == "" {
			n.Name = r.BrowseName.Name
		}
		n.Parent = r.NodeClass != ua.NodeClassVariable
		if n.Leaf = r.NodeClass == ua.NodeClassVariable; n.Leaf {
			vars = append(vars, variable{node: r.NodeID.NodeID, out: n})
		}
	}
	if err := c.readAlong(ctx, s, vars); err != nil {
		return nil, err
	}
	if err := c.readProperties(ctx, s, vars); err != nil {
		return nil, err
	}
	return nodes, nil
}

// variable is a node being described.
type variable struct {
	node *ua.NodeID
	out  *drivers.Node
	typ  *dataType
}

// accessWrite is the bit of AccessLevel that lets us write.
const accessWrite = 2

// readAlong reads the attributes of the variables.
func (c *Conn) readAlong(ctx context.Context, s *channel.Session, vars []variable) error {
	attrs := []ua.AttributeID{ua.AttributeIDDescription, ua.AttributeIDDataType, ua.AttributeIDValueRank, ua.AttributeIDUserAccessLevel}
	var abstract []int // their type says only "a number" or "anything"
	var want []*ua.ReadValueID
	for _, v := range vars {
		for _, a := range attrs {
			want = append(want, attribute(v.node, a))
		}
	}
	got, err := c.read(ctx, s, want, ua.TimestampsToReturnNeither)
	if err != nil {
		return err
	}
	for i := range vars {
		v, a := &vars[i], got[i*len(attrs):]
		text, _ := a[0].Value.Scalar()
		v.out.Text = text.Str()
		if typ, ok := nodeID(a[1].Value); ok {
			if v.typ, err = c.dataType(ctx, s, typ, deepest); err != nil {
				if c.life.Err() != nil || s.Err() != nil {
					return err
				}
				v.typ = nil // described by its name alone; it cannot be taken apart
			}
		}
		if v.typ != nil {
			if v.typ.builtin == wire.VariantType {
				abstract = append(abstract, i)
			}
			v.out.Type = v.typ.builtin.String()
			for _, f := range v.typ.states {
				v.out.States = append(v.out.States, tag.State{Value: f.Value, Text: enumText(f)})
			}
		}
		rank, _ := a[2].Value.Scalar()
		if n, _ := rank.Int(); n >= 0 {
			v.out.Type += "[]"
		}
		if n, ok := rank.Int(); ok && n >= 0 || v.typ != nil && v.typ.layout != nil {
			v.out.Leaf, v.out.Parent = false, true // its elements or members are leaves
		}
		level, _ := a[3].Value.Scalar()
		n, _ := level.Int()
		v.out.Writable = n&accessWrite != 0
	}
	return c.readTypes(ctx, s, vars, abstract)
}

// readTypes takes the type of variables that may hold several from the value
// they have now.
func (c *Conn) readTypes(ctx context.Context, s *channel.Session, vars []variable, of []int) error {
	var want []*ua.ReadValueID
	for _, i := range of {
		want = append(want, valueOf(vars[i].node))
	}
	got, err := c.read(ctx, s, want, ua.TimestampsToReturnNeither)
	if err != nil {
		return err
	}
	for k, i := range of {
		if t := got[k].Value.Type; t != wire.Null {
			vars[i].out.Type = strings.Replace(vars[i].out.Type, wire.VariantType.String(), t.String(), 1)
		}
	}
	return nil
}

func enumText(f ua.EnumField) string {
	if f.DisplayName != nil && f.DisplayName.Text != "" {
		return f.DisplayName.Text
	}
	return f.Name
}

// properties are what is read along of a variable's properties.
var properties = []string{"EURange", "EngineeringUnits", "EnumStrings", "EnumValues", "TrueState", "FalseState"}

// readProperties finds the properties of the variables and whether they have
// anything else under them.
func (c *Conn) readProperties(ctx context.Context, s *channel.Session, vars []variable) error {
	var from []*ua.BrowseDescription
	for _, v := range vars {
		from = append(from, &ua.BrowseDescription{NodeID: v.node, BrowseDirection: ua.BrowseDirectionForward,
			ReferenceTypeID: hierarchical, IncludeSubtypes: true})
	}
	refs, err := c.references(ctx, s, from)
	if err != nil {
		return err
	}
	type found struct {
		v    *variable
		name string
	}
	var want []*ua.ReadValueID
	var what []found
	for i, of := range refs {
		for _, r := range of {
			switch {
			case slices.Contains(properties, r.BrowseName.Name) && r.BrowseName.NamespaceIndex == 0:
				want = append(want, valueOf(r.NodeID.NodeID))
				what = append(what, found{&vars[i], r.BrowseName.Name})
			case r.ReferenceTypeID.IntID() != id.HasProperty || r.ReferenceTypeID.Namespace() != 0:
				vars[i].out.Parent = true
			}
		}
	}
	got, err := c.read(ctx, s, want, ua.TimestampsToReturnNeither)
	if err != nil {
		return err
	}
	for i, dv := range got {
		if dv.Status>>30 == 0 {
			what[i].v.property(what[i].name, dv.Value)
		}
	}
	return nil
}

// property takes one property over into the node.
func (v *variable) property(name string, val wire.Value) {
	text, _ := val.Scalar()
	switch name {
	case "EURange":
		if lo, hi, ok := euRange(val); ok {
			v.out.Lo, v.out.Hi = lo, hi
		}
	case "EngineeringUnits":
		_, body := wire.NewCursor(val.Body).Object()
		eu := new(ua.EUInformation)
		if val.Type == wire.ExtensionObject && channel.Decode(body, eu) == nil && eu.DisplayName != nil {
			v.out.Unit = strings.TrimSpace(eu.DisplayName.Text)
		}
	case "EnumStrings":
		v.out.States = nil
		for i := range val.Len {
			e, _ := val.At(i)
			t, _ := e.Scalar()
			v.out.States = append(v.out.States, tag.State{Value: int64(i), Text: t.Str()})
		}
	case "EnumValues":
		v.out.States = nil
		for i := range val.Len {
			e, _ := val.At(i)
			_, body := wire.NewCursor(e.Body).Object()
			ev := new(ua.EnumValueType)
			if channel.Decode(body, ev) == nil && ev.DisplayName != nil {
				v.out.States = append(v.out.States, tag.State{Value: ev.Value, Text: ev.DisplayName.Text})
			}
		}
	case "FalseState":
		v.state(0, text.Str())
	case "TrueState":
		v.state(1, text.Str())
	}
}

func (v *variable) state(value int64, text string) {
	v.out.States = append(v.out.States, tag.State{Value: value, Text: text})
	slices.SortFunc(v.out.States, func(a, b tag.State) int { return int(a.Value - b.Value) })
}

// euRange reads a Range.
func euRange(v wire.Value) (lo, hi float64, ok bool) {
	if v.Type != wire.ExtensionObject || v.Array {
		return 0, 0, false
	}
	encoding, body := wire.NewCursor(v.Body).Object()
	if wire.Numeric(encoding) != id.Range_Encoding_DefaultBinary {
		return 0, 0, false
	}
	r := wire.NewCursor(body)
	lo, hi = r.F64(), r.F64()
	return lo, hi, r.Err() == nil && lo < hi
}
