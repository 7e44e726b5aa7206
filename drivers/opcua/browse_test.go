package opcua

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"penstock/app/tag"
	"penstock/drivers"
)

func TestBrowseGivesWhatATagNeeds(t *testing.T) {
	p := plainPeer(t) // it has more variables than it browses in one request
	c := dialPeer(t, Driver{}, p.device())
	top, err := c.Browse(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	plant := find(t, top, "Plant")
	if !plant.Parent || plant.Leaf {
		t.Errorf("a folder is %+v", plant)
	}
	nodes, err := c.Browse(t.Context(), plant.Address)
	if err != nil {
		t.Fatal(err)
	}
	if n := slices.IndexFunc(nodes, func(n drivers.Node) bool { return n.Name == "V299" }); n < 0 || len(nodes) < 330 {
		t.Errorf("%d nodes, V299 at %d", len(nodes), n)
	}
	for _, want := range []drivers.Node{
		{Name: "V7", Address: at("V7"), Text: "Variable 7", Type: "Double", Unit: "°C", Lo: 0, Hi: 100, Leaf: true, Writable: true},
		{Name: "ReadOnly", Address: at("W.ReadOnly"), Type: "Double", Leaf: true},
		{Name: "Doubles", Address: at("T.Doubles"), Type: "Double[]", Writable: true}, // its elements are leaves
		{Name: "Enum", Address: at("T.Enum"), Type: "Int32", Leaf: true, Writable: true, States: []tag.State{{Value: 0, Text: "Stopped"}, {Value: 1, Text: "Starting"}, {Value: 2, Text: "Running"}, {Value: 3, Text: "Fault"}}},
		{Name: "Mode", Address: at("T.Mode"), Type: "UInt32", Leaf: true, Writable: true, States: []tag.State{{Value: 0, Text: "Off"}, {Value: 1, Text: "Auto"}, {Value: 2, Text: "Hand"}}},
		{Name: "Valve", Address: at("T.Valve"), Type: "Boolean", Leaf: true, Writable: true, States: []tag.State{{Value: 0, Text: "Closed"}, {Value: 1, Text: "Open"}}},
		{Name: "Odd", Address: at("T.Odd##Name"), Type: "Int32", Leaf: true, Writable: true},
	} {
		got := nodes[slices.IndexFunc(nodes, func(n drivers.Node) bool { return n.Address == want.Address })]
		if got.Name != want.Name || got.Text != want.Text || got.Type != want.Type || got.Unit != want.Unit || got.Lo != want.Lo || got.Hi != want.Hi ||
			got.Leaf != want.Leaf || got.Writable != want.Writable || !slices.Equal(got.States, want.States) {
			t.Errorf("%s:\n got %+v\nwant %+v", want.Name, got, want)
		}
	}
	for under, want := range map[string]string{
		at("T.Doubles"):              "[[0] [1] [2] [3]]",
		at("T.Matrix"):               "[[0,0] [0,1] [0,2] [1,0] [1,1] [1,2]]",
		at("T.Struct"):               "[PC UId XPC_W1 XPC_W2]",
		"i=2256#.BuildInfo":          "[ProductUri ManufacturerName ProductName SoftwareVersion BuildNumber BuildDate]",
		at("T.Struct") + "#.Nothing": "[]",
	} {
		parts, err := c.Browse(t.Context(), under)
		if err != nil {
			t.Errorf("browse %s: %v", under, err)
		}
		var names []string
		for _, n := range parts {
			names = append(names, n.Name)
			var vals [1]tag.Value
			if err := c.Read(t.Context(), []drivers.Point{{Address: n.Address}}, vals[:]); err != nil || !vals[0].Quality.IsGood() {
				t.Errorf("the part %s reads %v %v %v", n.Address, vals[0].Value, vals[0].Quality, err)
			}
		}
		if got := fmt.Sprint(names); got != want {
			t.Errorf("under %s: %s, want %s", under, got, want)
		}
	}
	if _, err := c.Browse(t.Context(), "nsu=urn:nobody;s=X"); err == nil {
		t.Error("browsing a namespace the server does not have succeeds")
	}
	if nodes, err := c.Browse(t.Context(), at("nowhere")); !errors.Is(err, drivers.ErrRefused) {
		t.Errorf("under a node that is not there: %v, %v", nodes, err)
	}
	if nodes, err := c.Browse(t.Context(), at("T.Int16")); err != nil || len(nodes) > 0 {
		t.Errorf("under a node that has nothing: %v, %v", nodes, err)
	}
}

func find(t *testing.T, nodes []drivers.Node, name string) drivers.Node {
	t.Helper()
	i := slices.IndexFunc(nodes, func(n drivers.Node) bool { return n.Name == name })
	if i < 0 {
		t.Fatalf("no node %s among %v", name, nodes)
	}
	return nodes[i]
}
