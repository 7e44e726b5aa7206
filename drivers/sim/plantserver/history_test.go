package plantserver

import (
	"strings"
	"testing"
	"time"

	"github.com/gopcua/opcua"
	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers/sim/waterworks"
)

func at(second int) time.Time { return noon.Add(time.Duration(second) * time.Second) }

func TestPast(t *testing.T) {
	var p past
	for s := range 10 {
		p.add(reading{value: tag.Int(int64(s)), source: at(s)}, at(s))
	}
	for name, c := range map[string]struct {
		s    span
		want string
	}{
		"from and to":     {span{at(2), at(5), 0}, "234"},
		"all":             {span{at(-9), at(99), 0}, "0123456789"},
		"pages":           {span{at(2), at(9), 3}, "234 567 8"},
		"backwards":       {span{at(5), at(2), 0}, "543"},
		"pages backwards": {span{at(8), at(1), 3}, "876 543 2"},
		"first of":        {span{at(4), time.Time{}, 2}, "45 67 89"},
		"newest":          {span{time.Time{}, at(7), 2}, "98"},
		"nothing":         {span{at(20), at(30), 0}, ""},
	} {
		got := ""
		var from int64
		for resumed := false; ; resumed = true {
			list, next, more := p.read(c.s, from, resumed)
			if resumed && len(list) > 0 {
				got += " "
			}
			for _, v := range list {
				got += v.value.String()
			}
			if from = next; !more {
				break
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPastForgets(t *testing.T) {
	var p past
	for s := range 3 * 3600 {
		p.add(reading{value: tag.Int(int64(s)), source: at(s)}, at(s))
	}
	list, _, _ := p.read(span{at(0), at(4 * 3600), 0}, 0, false)
	if n := len(list); n < int(historyKept/time.Second) || n > 2*int(historyKept/time.Second) {
		t.Errorf("%d values are kept of %v", n, historyKept)
	}
	if last, _ := list[len(list)-1].value.Int(); last != 3*3600-1 {
		t.Errorf("the newest is %d", last)
	}
	// A page that began before the past was forgotten goes on with what is left.
	if list, _, _ := p.read(span{at(0), at(4 * 3600), 5}, 0, true); len(list) != 5 {
		t.Errorf("%d values after what was forgotten", len(list))
	}
}

// What a subscription saw, the history tells again, value for value.
func TestHistoryIsWhatWasShown(t *testing.T) {
	t.Parallel()
	s := calm(t)
	c := awake(t, dial(t, s))
	n := node(t, c, "HL.FT601")
	notes := make(chan *opcua.PublishNotificationData, 100)
	sub, err := c.Subscribe(t.Context(), &opcua.SubscriptionParameters{Interval: 200 * time.Millisecond}, notes)
	if err != nil {
		t.Fatal(err)
	}
	item := opcua.NewMonitoredItemCreateRequestWithDefaults(n, ua.AttributeIDValue, 1)
	item.RequestedParameters.QueueSize = 50
	if _, err := sub.Monitor(t.Context(), ua.TimestampsToReturnBoth, item); err != nil {
		t.Fatal(err)
	}
	var seen []*ua.DataValue
	for len(seen) < 10 {
		select {
		case note := <-notes:
			if d, ok := note.Value.(*ua.DataChangeNotification); ok {
				for _, m := range d.MonitoredItems {
					seen = append(seen, m.Value)
				}
			}
		case <-time.After(patience):
			t.Fatal("no news")
		}
	}
	first, last := seen[0].SourceTimestamp, seen[len(seen)-1].SourceTimestamp
	var told []*ua.DataValue
	var point []byte
	for {
		r, err := c.HistoryReadRawModified(t.Context(), []*ua.HistoryReadValueID{{NodeID: n, DataEncoding: &ua.QualifiedName{}, ContinuationPoint: point}},
			&ua.ReadRawModifiedDetails{StartTime: first, EndTime: last.Add(time.Microsecond), NumValuesPerNode: 4})
		if err != nil {
			t.Fatal(err)
		}
		one := r.Results[0]
		if one.StatusCode != ua.StatusOK {
			t.Fatal(one.StatusCode)
		}
		told = append(told, one.HistoryData.Value.(*ua.HistoryData).DataValues...)
		if point = one.ContinuationPoint; len(point) == 0 {
			break
		}
	}
	if len(told) != len(seen) {
		t.Fatalf("history has %d values, the subscription had %d", len(told), len(seen))
	}
	for i := range seen {
		if told[i].Value.Value() != seen[i].Value.Value() || !told[i].SourceTimestamp.Equal(seen[i].SourceTimestamp) {
			t.Errorf("value %d: %v at %v, and %v at %v", i, told[i].Value.Value(), told[i].SourceTimestamp, seen[i].Value.Value(), seen[i].SourceTimestamp)
		}
	}
	r, err := c.HistoryReadRawModified(t.Context(), []*ua.HistoryReadValueID{{NodeID: node(t, c, "HL.NOPE"), DataEncoding: &ua.QualifiedName{}}},
		&ua.ReadRawModifiedDetails{StartTime: first, EndTime: last})
	if err != nil || r.Results[0].StatusCode != ua.StatusBadNodeIDUnknown {
		t.Errorf("history of nothing: %v, %v", r, err)
	}
}

// A plant that has run before tells what it showed, without a gap up to now.
func TestPastBeforeTheStart(t *testing.T) {
	t.Parallel()
	const ran = 30 * time.Minute
	began := time.Now()
	s := start(t, Options{Past: ran})
	took := time.Since(began) // in which nothing is shown yet
	c := dial(t, s)
	until := time.Now()
	r, err := c.HistoryReadRawModified(t.Context(), []*ua.HistoryReadValueID{{NodeID: node(t, c, "HL.FT601"), DataEncoding: &ua.QualifiedName{}}},
		&ua.ReadRawModifiedDetails{StartTime: began.Add(-ran), EndTime: until})
	if err != nil {
		t.Fatal(err)
	}
	last, n := began.Add(-ran), 0
	for _, v := range r.Results[0].HistoryData.Value.(*ua.HistoryData).DataValues {
		if gap := v.SourceTimestamp.Sub(last); gap < 0 || gap > 6*pastPace+took {
			t.Errorf("%v after the value before", gap)
		}
		last = v.SourceTimestamp
		n++
	}
	if n < int(ran/pastPace)/4 || until.Sub(last) > 6*pastPace {
		t.Errorf("%d values, the last of %v", n, last)
	}
	// What has not changed since is there too.
	for i, d := range s.image.defs {
		if v := s.image.at(i); v.source.IsZero() {
			t.Errorf("%s shows nothing", d.ID)
		}
	}
	for _, o := range []Options{{Past: -time.Second}, {Past: 1000 * time.Hour}, {Past: time.Hour, Replay: "x.csv"}} {
		if _, err := Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "past") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	s := calm(t)
	c := dial(t, s)
	ns := node(t, c, "HL.PT601").Namespace()
	follow := func(from *ua.NodeID, names ...*ua.QualifiedName) (string, ua.StatusCode) {
		p := &ua.RelativePath{}
		for _, n := range names {
			p.Elements = append(p.Elements, &ua.RelativePathElement{ReferenceTypeID: ua.NewNumericNodeID(0, id.HierarchicalReferences), IncludeSubtypes: true, TargetName: n})
		}
		var got *ua.BrowsePathResult
		req := &ua.TranslateBrowsePathsToNodeIDsRequest{BrowsePaths: []*ua.BrowsePath{{StartingNode: from, RelativePath: p}}}
		err := c.Send(t.Context(), req, func(r ua.Response) error {
			got = r.(*ua.TranslateBrowsePathsToNodeIDsResponse).Results[0]
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Targets) == 0 {
			return "", got.StatusCode
		}
		return got.Targets[0].TargetID.NodeID.StringID(), got.StatusCode
	}
	q := func(space uint16, name string) *ua.QualifiedName {
		return &ua.QualifiedName{NamespaceIndex: space, Name: name}
	}
	objects := ua.NewNumericNodeID(0, id.ObjectsFolder)
	if got, st := follow(objects, q(ns, "Waterworks"), q(ns, "HL"), q(ns, "HL.PT601"), q(0, "EURange")); got != "HL.PT601.EURange" || st != ua.StatusOK {
		t.Errorf("the range by its path: %q, %v", got, st)
	}
	if _, st := follow(objects, q(ns, "Waterworks"), q(ns, "XX")); st != ua.StatusBadNoMatch {
		t.Errorf("a path to nothing: %v", st)
	}
	if _, st := follow(objects, q(0, "")); st != ua.StatusBadBrowseNameInvalid {
		t.Errorf("a path without a name: %v", st)
	}
}

// A cut link is silent for its time and then heals by itself, and what was
// missed is in the history.
func TestLinkCutHeals(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as a cut link")
	}
	t.Parallel()
	s := start(t, Options{Scenarios: []string{"link-cut@1s"}})
	c := dial(t, s)
	n := node(t, c, "HL.FT601")
	began := time.Now()
	time.Sleep(linkCutTime + time.Second)
	c = dial(t, s) // the old connection was hung up on
	eventually(t, "it heals", func() bool {
		v, _ := read(t, c, node(t, c, "SY.STATUS"), ua.AttributeIDValue).Value.Value().(string)
		return v == "Normal operation"
	})
	until := time.Now()
	r, err := c.HistoryReadRawModified(t.Context(), []*ua.HistoryReadValueID{{NodeID: n, DataEncoding: &ua.QualifiedName{}}},
		&ua.ReadRawModifiedDetails{StartTime: began, EndTime: until})
	if err != nil {
		t.Fatal(err)
	}
	last := began
	for _, v := range r.Results[0].HistoryData.Value.(*ua.HistoryData).DataValues {
		if gap := v.SourceTimestamp.Sub(last); gap > linkCutTime/2 {
			t.Errorf("history has a gap of %v", gap)
		}
		last = v.SourceTimestamp
	}
	if until.Sub(last) > linkCutTime/2 {
		t.Errorf("history ends at %v", last)
	}
	s.image.mu.Lock()
	defer s.image.mu.Unlock()
	if s.plant.Rehearsing(waterworks.LinkCut) {
		t.Error("the scenario still goes on")
	}
}
