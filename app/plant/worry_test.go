package plant

import (
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/historian"
)

// Samples that history refuses name their true cause: a device whose clock is
// wrong is no fault of the disk.
func TestLostSamplesNameTheirCause(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	s, err := historian.Open(historian.Options{Dir: t.TempDir(), Now: func() time.Time { return now },
		Keep: historian.Keep{Raw: 30 * 24 * time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sample := func(id tag.ID, at time.Time) tag.Sample {
		return tag.Sample{ID: id, Value: tag.Value{Source: at.UnixNano(), Received: now.UnixNano(), Value: tag.Float(1), Quality: tag.Good}}
	}
	year := 365 * 24 * time.Hour
	if w := lossWorries(s.Stats()); len(w) > 0 {
		t.Errorf("nothing is lost yet: %v", w)
	}
	s.Append([]tag.Sample{sample("A", now), sample("OLD", now.Add(-year)), sample("OLD", now.Add(-year+1)), sample("B", now.Add(-year))})
	w := lossWorries(s.Stats())
	if len(w) != 1 || w[0].Text != "Values missing from history: 3, older than retention (OLD and others)" || !strings.Contains(w[0].Remedy, "Nothing is wrong with the disk") {
		t.Fatalf("worries %q", w)
	}
	s.Append([]tag.Sample{sample("AHEAD", now.Add(year))})
	if w = lossWorries(s.Stats()); len(w) != 2 || w[0].Text != "Values missing from history: 1, no usable time" || w[1].Text != "Values missing from history: 3, older than retention" {
		t.Errorf("worries %q", w)
	}
}

// Every cause is told with a remedy, but for what a storage class leaves out.
func TestEveryCauseOfLossHasARemedy(t *testing.T) {
	st := historian.Stats{Dropped: map[historian.Drop]uint64{}, Lost: map[tag.ID]uint64{"T": 1}}
	for cause := historian.Thinned; cause <= historian.NotStored; cause++ {
		st.Dropped = map[historian.Drop]uint64{historian.Thinned: 7, cause: 1}
		w := lossWorries(st)
		if cause == historian.Thinned {
			if len(w) > 0 {
				t.Errorf("thinned: %q", w)
			}
			continue
		}
		if len(w) != 1 || !strings.Contains(w[0].Text, cause.String()+" (T)") || w[0].Remedy == "" {
			t.Errorf("%v: %q", cause, w)
		}
	}
}
