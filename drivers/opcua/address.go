package opcua

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers"
)

// address is where a point is: a node, and what part of its value.
//
//	nsu=urn:plant;s=Tank1.Level          namespace by URI: what survives a server's restart
//	ns=3;i=1234   i=2258   ns=2;g=72962B91-FA75-4AE6-8D28-B404DC7DAF63   nsu=urn:x;b=AQID
//	nsu=urn:plant;s=Temperatures#[3]     element 3 of an array, [1,2] of a matrix
//	i=2256#.BuildInfo.ProductName        member of a structure
//
// The mark # ends an identifier; one that is part of it is written twice.
type address struct {
	uri   string // of the namespace; empty: index counts
	index uint16
	id    string // with its kind, such as "s=Tank1.Level"
	path  []step
}

// step goes one level into a value: an element, or a member by name.
type step struct {
	at     []int32 // indexes, one for each dimension
	member string
}

func addressError(text, format string, args ...any) error {
	return fmt.Errorf("%w %q: %s", drivers.ErrAddress, text, fmt.Sprintf(format, args...))
}

func parseAddress(text string) (a address, err error) {
	rest := text
	switch {
	case strings.HasPrefix(rest, "nsu="):
		uri, id, ok := strings.Cut(rest[4:], ";")
		if !ok || uri == "" {
			return a, addressError(text, "wanted nsu=URI;s=NAME or nsu=URI;i=NUMBER")
		}
		a.uri, rest = unescapeURI(uri), id
	case strings.HasPrefix(rest, "ns="):
		n, id, ok := strings.Cut(rest[3:], ";")
		i, err := strconv.ParseUint(n, 10, 16)
		if !ok || err != nil {
			return a, addressError(text, "wanted ns=NUMBER;s=NAME or ns=NUMBER;i=NUMBER")
		}
		a.index, rest = uint16(i), id
	}
	id, path, err := cutPath(rest)
	if err != nil {
		return a, addressError(text, "%v", err)
	}
	a.id = id
	if a.path, err = parsePath(path); err != nil {
		return a, addressError(text, "%v", err)
	}
	if _, err := a.node(0); err != nil {
		return a, addressError(text, "%v", err)
	}
	return a, nil
}

// cutPath splits an identifier from the path into its value. A number or a
// GUID ends by itself; a name ends at a single #.
func cutPath(s string) (id, path string, err error) {
	if !strings.HasPrefix(s, "s=") {
		if i := strings.IndexAny(s, "#[."); i >= 0 {
			return s[:i], strings.TrimPrefix(s[i:], "#"), nil
		}
		return s, "", nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '#' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '#' {
			b.WriteByte('#')
			i++
			continue
		}
		if i+1 == len(s) {
			return "", "", fmt.Errorf("nothing after #")
		}
		return b.String(), s[i+1:], nil
	}
	return b.String(), "", nil
}

func parsePath(s string) (path []step, err error) {
	for s != "" {
		switch s[0] {
		case '[':
			inside, rest, ok := strings.Cut(s[1:], "]")
			if !ok {
				return nil, fmt.Errorf("no ] after [")
			}
			var at []int32
			for _, f := range strings.Split(inside, ",") {
				n, err := strconv.ParseUint(strings.TrimSpace(f), 10, 31)
				if err != nil {
					return nil, fmt.Errorf("%q is not an index; the first element is 0", f)
				}
				at = append(at, int32(n))
			}
			path, s = append(path, step{at: at}), rest
		case '.':
			name := s[1:]
			if i := strings.IndexAny(name, ".["); i >= 0 {
				name = name[:i]
			}
			if name == "" {
				return nil, fmt.Errorf("no member after the point")
			}
			path, s = append(path, step{member: name}), s[1+len(name):]
		default:
			return nil, fmt.Errorf("%q is neither [index] nor .Member", s)
		}
	}
	return path, nil
}

// node makes the NodeId for a namespace index.
func (a *address) node(index uint16) (*ua.NodeID, error) {
	kind, id, ok := strings.Cut(a.id, "=")
	if !ok || id == "" {
		return nil, fmt.Errorf("the identifier must be s=NAME, i=NUMBER, g=GUID or b=BASE64")
	}
	switch kind {
	case "s":
		return ua.NewStringNodeID(index, id), nil
	case "i":
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is not a number from 0 to 4294967295", id)
		}
		return ua.NewNumericNodeID(index, uint32(n)), nil
	case "g":
		if ua.NewGUID(id) == nil {
			return nil, fmt.Errorf("%q is not a GUID", id)
		}
		return ua.NewGUIDNodeID(index, id), nil
	case "b":
		b, err := base64.StdEncoding.DecodeString(id)
		if err != nil {
			return nil, fmt.Errorf("%q is not base64", id)
		}
		return ua.NewByteStringNodeID(index, b), nil
	}
	return nil, fmt.Errorf("the identifier must be s=NAME, i=NUMBER, g=GUID or b=BASE64")
}

// formatNode writes a NodeId as an address that outlives the server's
// namespace table.
func formatNode(id *ua.NodeID, namespaces []string) string {
	var s string
	switch id.Type() {
	case ua.NodeIDTypeString:
		s = "s=" + escapeMark(id.StringID())
	case ua.NodeIDTypeGUID:
		s = "g=" + id.StringID()
	case ua.NodeIDTypeByteString:
		s = "b=" + id.StringID() // base64 already
	default:
		s = "i=" + strconv.FormatUint(uint64(id.IntID()), 10)
	}
	switch ns := int(id.Namespace()); {
	case ns == 0:
		return s
	case ns < len(namespaces) && namespaces[ns] != "":
		return "nsu=" + escapeURI(namespaces[ns]) + ";" + s
	default:
		return "ns=" + strconv.Itoa(ns) + ";" + s
	}
}

func escapeMark(s string) string { return strings.ReplaceAll(s, "#", "##") }

func escapeURI(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "%", "%25"), ";", "%3B")
}

func unescapeURI(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "%3B", ";"), "%25", "%")
}

// indexRange writes a step as OPC 10000-4, 7.27 wants it.
func (s *step) indexRange() string {
	var out []string
	for _, i := range s.at {
		out = append(out, strconv.Itoa(int(i)))
	}
	return strings.Join(out, ",")
}

// key is a NodeId as a map key, whatever form it was encoded in.
func key(id *ua.NodeID) string { return id.String() }
