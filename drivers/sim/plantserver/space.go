package plantserver

import (
	"strings"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/server"
	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
)

// The space is the address space: folders of areas with the signals as
// variables, each with what a client needs to show it properly.
type space struct {
	image  *image
	ns     *server.NodeNameSpace
	signal map[string]int // by string identifier
	pasts  []*past        // by signal; nil for a signal that is not here
	nodes  map[string]*server.Node
}

// areas is a folder's display name by the area's.
type areas map[string]string

func newSpace(s *server.Server, uri, root string, m *image, device string, names areas) *space {
	sp := &space{image: m, ns: server.NewNodeNameSpace(s, uri), signal: map[string]int{}, pasts: make([]*past, len(m.defs)), nodes: map[string]*server.Node{}}
	objects := s.Node(ua.NewNumericNodeID(0, id.ObjectsFolder))
	top := sp.object(root, root, "", id.FolderType)
	join(objects, top, id.Organizes)
	folders := map[string]*server.Node{}
	for i, d := range m.defs {
		if d.Device != device {
			continue
		}
		f := folders[d.Area]
		if f == nil {
			f = sp.object(d.Area, d.Area, names[d.Area], id.FolderType)
			join(top, f, id.Organizes)
			folders[d.Area] = f
		}
		join(f, sp.variable(i, d), id.Organizes)
	}
	return sp
}

// join adds a reference and its inverse.
func join(parent, child *server.Node, ref server.RefType) {
	parent.AddRef(child, ref, true)
	child.AddRef(parent, ref, false)
}

func (sp *space) nodeID(name string) *ua.NodeID { return ua.NewStringNodeID(sp.ns.ID(), name) }

func (sp *space) add(n *server.Node) *server.Node {
	sp.ns.AddNode(n)
	sp.nodes[n.ID().String()] = n
	return n
}

func static(v any) *ua.DataValue {
	return &ua.DataValue{EncodingMask: ua.DataValueValue, Value: ua.MustVariant(v)}
}

func plain(s string) *ua.LocalizedText {
	t := &ua.LocalizedText{Text: s}
	t.UpdateMask()
	return t
}

// typed is the reference from a node to its type.
func typed(typeID uint32, class ua.NodeClass) server.References {
	return server.References{{
		ReferenceTypeID: ua.NewNumericNodeID(0, id.HasTypeDefinition), IsForward: true,
		NodeID: ua.NewNumericExpandedNodeID(0, typeID), NodeClass: class,
		BrowseName: &ua.QualifiedName{Name: typeNames[typeID]}, DisplayName: plain(typeNames[typeID]),
		TypeDefinition: ua.NewTwoByteExpandedNodeID(0),
	}}
}

var typeNames = map[uint32]string{
	id.FolderType: "FolderType", id.BaseObjectType: "BaseObjectType", id.AnalogItemType: "AnalogItemType",
	id.TwoStateDiscreteType: "TwoStateDiscreteType", id.MultiStateDiscreteType: "MultiStateDiscreteType",
	id.DataItemType: "DataItemType", id.AnalogUnitType: "AnalogUnitType", id.PropertyType: "PropertyType",
}

func (sp *space) attributes(class ua.NodeClass, ns uint16, name, text string) server.Attributes {
	return server.Attributes{
		ua.AttributeIDNodeClass:   static(uint32(class)),
		ua.AttributeIDBrowseName:  static(&ua.QualifiedName{NamespaceIndex: ns, Name: name}),
		ua.AttributeIDDisplayName: static(plain(name)),
		ua.AttributeIDDescription: static(plain(text)),
	}
}

func (sp *space) object(name, display, text string, typeID uint32) *server.Node {
	a := sp.attributes(ua.NodeClassObject, sp.ns.ID(), display, text)
	return sp.add(server.NewNode(sp.nodeID(name), a, typed(typeID, ua.NodeClassObjectType), nil))
}

// variable makes the node of a signal.
func (sp *space) variable(i int, d tag.Def) *server.Node {
	name := string(d.ID)
	sp.signal[name] = i
	sp.pasts[i] = new(past)
	a := sp.attributes(ua.NodeClassVariable, sp.ns.ID(), name, d.Text)
	access := byte(ua.AccessLevelTypeCurrentRead | ua.AccessLevelTypeHistoryRead)
	if d.Writable {
		access |= byte(ua.AccessLevelTypeCurrentWrite)
	}
	a[ua.AttributeIDDataType] = static(ua.NewNumericNodeID(0, dataType(d)))
	a[ua.AttributeIDValueRank] = static(int32(-1))
	a[ua.AttributeIDAccessLevel] = static(access)
	a[ua.AttributeIDUserAccessLevel] = static(access)
	a[ua.AttributeIDHistorizing] = static(true)
	a[ua.AttributeIDMinimumSamplingInterval] = static(float64(worksPace / time.Millisecond))
	typeID := uint32(id.DataItemType)
	switch {
	case d.Kind == tag.KindFloat && d.HasRange():
		typeID = id.AnalogItemType
	case d.Kind == tag.KindBool:
		typeID = id.TwoStateDiscreteType
	case len(d.States) > 0:
		typeID = id.MultiStateDiscreteType
	case d.Unit != "":
		typeID = id.AnalogUnitType
	}
	n := sp.add(server.NewNode(sp.nodeID(name), a, typed(typeID, ua.NodeClassVariableType), func() *ua.DataValue {
		return dataValue(d, sp.image.at(i))
	}))
	if typeID == id.AnalogItemType {
		sp.property(n, name, "EURange", id.Range, ua.NewExtensionObject(&ua.Range{Low: d.Lo, High: d.Hi}))
	}
	if d.Unit != "" {
		sp.property(n, name, "EngineeringUnits", id.EUInformation, ua.NewExtensionObject(unit(d.Unit)))
	}
	switch typeID {
	case id.TwoStateDiscreteType:
		sp.property(n, name, "FalseState", id.LocalizedText, plain(d.States[0].Text))
		sp.property(n, name, "TrueState", id.LocalizedText, plain(d.States[1].Text))
	case id.MultiStateDiscreteType:
		var names []*ua.LocalizedText
		for _, s := range d.States {
			names = append(names, plain(s.Text))
		}
		sp.property(n, name, "EnumStrings", id.LocalizedText, names)
	}
	return n
}

func (sp *space) property(of *server.Node, owner, name string, typ uint32, v any) {
	a := sp.attributes(ua.NodeClassVariable, 0, name, "")
	a[ua.AttributeIDDataType] = static(ua.NewNumericNodeID(0, typ))
	a[ua.AttributeIDValueRank] = static(int32(-1))
	if _, list := v.([]*ua.LocalizedText); list {
		a[ua.AttributeIDValueRank] = static(int32(1))
	}
	if _, list := v.([]*ua.ExtensionObject); list {
		a[ua.AttributeIDValueRank] = static(int32(1))
	}
	a[ua.AttributeIDAccessLevel] = static(byte(ua.AccessLevelTypeCurrentRead))
	a[ua.AttributeIDUserAccessLevel] = static(byte(ua.AccessLevelTypeCurrentRead))
	a[ua.AttributeIDMinimumSamplingInterval] = static(float64(-1))
	a[ua.AttributeIDHistorizing] = static(false)
	value := static(v)
	n := sp.add(server.NewNode(sp.nodeID(owner+"."+name), a, typed(id.PropertyType, ua.NodeClassVariableType), func() *ua.DataValue { return value }))
	join(of, n, id.HasProperty)
}

// method makes a method of an object, with its text arguments.
func (sp *space) method(of *server.Node, name, display, text string, args ...*ua.Argument) {
	a := sp.attributes(ua.NodeClassMethod, sp.ns.ID(), display, text)
	a[ua.AttributeIDExecutable] = static(true)
	a[ua.AttributeIDUserExecutable] = static(true)
	n := sp.add(server.NewNode(sp.nodeID(name), a, nil, nil))
	join(of, n, id.HasComponent)
	if len(args) > 0 {
		var list []*ua.ExtensionObject
		for _, arg := range args {
			list = append(list, ua.NewExtensionObject(arg))
		}
		sp.property(n, name, "InputArguments", id.Argument, list)
	}
}

// dataType is the OPC UA type of a signal.
func dataType(d tag.Def) uint32 {
	switch {
	case d.Kind == tag.KindFloat:
		return id.Double
	case d.Kind == tag.KindBool:
		return id.Boolean
	case d.Kind == tag.KindText:
		return id.String
	case len(d.States) > 0:
		return id.UInt32
	}
	return id.Int64
}

// dataValue is a reading as OPC UA sends it.
func dataValue(d tag.Def, r reading) *ua.DataValue {
	dv := &ua.DataValue{
		EncodingMask:    ua.DataValueServerTimestamp | ua.DataValueSourceTimestamp,
		SourceTimestamp: r.source.UTC(), ServerTimestamp: time.Now().UTC(),
	}
	if status := ua.StatusCode(r.quality.Status()); status != ua.StatusOK {
		dv.Status = status
		dv.EncodingMask |= ua.DataValueStatusCode
	}
	var v any
	switch r.value.Kind() {
	case tag.None:
		return dv
	case tag.KindText:
		v = r.value.Str()
	case tag.KindBool:
		v, _ = r.value.Truth()
	case tag.KindInt:
		n, _ := r.value.Int()
		if v = n; dataType(d) == id.UInt32 {
			v = uint32(n)
		}
	default:
		v, _ = r.value.Float()
	}
	dv.Value = ua.MustVariant(v)
	dv.EncodingMask |= ua.DataValueValue
	return dv
}

// The units of the plant with their UNECE codes (recommendation 20), from
// which OPC UA makes its unit ids.
var unitCodes = map[string]string{
	"m": "MTR", "mm": "MMT", "degC": "CEL", "m3/h": "MQH", "m3": "MTQ", "bar": "BAR", "%": "P1", "h": "HUR", "min": "MIN",
	"mm/s": "C16", "A": "AMP", "l/h": "E32", "l": "LTR", "mg/l": "M1", "kW": "KWT", "kWh": "KWH", "V": "VLT", "Hz": "HTZ", "pH": "Q30",
}

// unit is an engineering unit as OPC UA names it; a unit without a code has
// its name alone.
func unit(name string) *ua.EUInformation {
	shown := strings.NewReplacer("degC", "°C", "m3", "m³").Replace(name)
	eu := &ua.EUInformation{NamespaceURI: "http://www.opcfoundation.org/UA/units/un/cefact", UnitID: -1, DisplayName: plain(shown), Description: plain(name)}
	if code := unitCodes[name]; code != "" {
		eu.UnitID = 0
		for _, c := range []byte(code) {
			eu.UnitID = eu.UnitID<<8 | int32(c)
		}
	}
	return eu
}
