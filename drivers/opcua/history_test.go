package opcua

import (
	"errors"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

func TestHistoryComesWholeAndInOrder(t *testing.T) {
	const seconds = historySeconds // four answers of a thousand
	p := plainPeer(t)
	c := dialPeer(t, Driver{}, p.device())
	point := drivers.Point{Address: at("HIST")}
	now := time.Now()
	vals, err := c.ReadHistory(t.Context(), point, now.Add(-2*time.Hour).UnixNano(), now.UnixNano())
	if err != nil {
		t.Fatal(err)
	}
	vals = vals[1:] // the first was there before the history
	if len(vals) != seconds {
		t.Fatalf("%d values, want %d", len(vals), seconds)
	}
	for i, v := range vals {
		if v.Value != tag.Float(float64(i)) || !v.Quality.IsGood() {
			t.Fatalf("value %d is %v %v", i, v.Value, v.Quality)
		}
		if i > 0 && v.Source-vals[i-1].Source != int64(time.Second) {
			t.Fatalf("value %d is %v after the one before", i, time.Duration(v.Source-vals[i-1].Source))
		}
	}
	// From is in, to is not.
	part, err := c.ReadHistory(t.Context(), point, vals[100].Source, vals[200].Source)
	if err != nil {
		t.Fatal(err)
	}
	if len(part) != 100 || part[0].Value != tag.Float(100) || part[99].Value != tag.Float(199) {
		t.Errorf("between 100 and 200 there are %d values", len(part))
	}
	if none, err := c.ReadHistory(t.Context(), point, now.Add(time.Hour).UnixNano(), now.Add(2*time.Hour).UnixNano()); err != nil || len(none) != 0 {
		t.Errorf("tomorrow's history: %d values, %v", len(none), err)
	}
	if _, err := c.ReadHistory(t.Context(), drivers.Point{Address: at("V0")}, 0, now.UnixNano()); !errors.Is(err, drivers.ErrRefused) {
		t.Errorf("a node without history: %v, want a refusal of this point alone", err)
	}
}
