package drivers

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"time"
)

// State is where a link is in its life.
type State string

// The states of a link.
const (
	Stopped    State = "stopped"        // Run has not been called, or has ended
	Connecting State = "connecting"     // dialling
	Up         State = "up"             // connected, data comes
	Waiting    State = "waiting"        // down, until the next attempt
	OffService State = "out of service" // disabled in the project
)

// Status is how a link is doing. It is a copy; nothing in it changes.
type Status struct {
	Device   string    `json:"device"`
	Driver   string    `json:"driver"`
	Endpoint string    `json:"endpoint"`
	State    State     `json:"state"`
	Words    string    `json:"words"` // the state in a sentence
	Since    time.Time `json:"since"` // of State
	UpSince  time.Time `json:"up_since,omitzero"`
	LastData time.Time `json:"last_data,omitzero"`
	DownAt   time.Time `json:"down_at,omitzero"` // when the outage that lasts began

	Error   string    `json:"error,omitempty"`  // the last fault, for someone at the cabinet
	Detail  string    `json:"detail,omitempty"` // the last fault, for someone with the manual
	ErrorAt time.Time `json:"error_at,omitzero"`

	Mode        string        `json:"mode,omitempty"`   // "subscribed" or "polled"
	Alarms      string        `json:"alarms,omitempty"` // how the device's own alarms are followed
	Probed      bool          `json:"probed"`           // it is asked for a sign of life between scans
	Points      int           `json:"points"`
	BadPoints   int           `json:"bad_points"`               // points whose newest quality is bad
	ClockOffset time.Duration `json:"clock_offset_ns,omitzero"` // source's clock minus ours, where the source gives times
	Overloaded  bool          `json:"overloaded"`               // a scan class cannot keep its period
	Cycles      []Cycle       `json:"cycles,omitempty"`
	Counters    Counters      `json:"counters"`
	Latency     Histogram     `json:"latency"`       // of requests: reads and writes, answered or not
	Wire        Wire          `json:"wire,omitzero"` // since the link was made, where the driver counts
}

// Cycle is how a scan class is kept.
type Cycle struct {
	Period time.Duration `json:"period_ns"` // configured
	Actual time.Duration `json:"actual_ns"` // between the last two polls
	Worst  time.Duration `json:"worst_ns"`  // since the link is up
	Took   time.Duration `json:"took_ns"`   // the last poll
	Points int           `json:"points"`
	Missed uint64        `json:"missed"` // polls left out because the one before was not done
}

// Counters count since the link was made.
type Counters struct {
	Requests   uint64            `json:"requests"`   // reads, writes, history reads, signs of life
	Probes     uint64            `json:"probes"`     // of these, signs of life between scans
	Failed     uint64            `json:"failed"`     // of these, ended in an error
	Dials      uint64            `json:"dials"`      // attempts to connect
	Retries    uint64            `json:"retries"`    // of these, after one that failed
	Reconnects uint64            `json:"reconnects"` // connections after the first
	Outages    uint64            `json:"outages"`    // times the points were marked bad
	Samples    uint64            `json:"samples"`    // handed on, marks not counted
	Bad        uint64            `json:"bad"`        // of these, with a bad quality
	Skewed     uint64            `json:"skewed"`     // of these, with a source time that is not believed
	Backfilled uint64            `json:"backfilled"` // read from the device's history
	Writes     uint64            `json:"writes"`     // sent
	Refused    uint64            `json:"refused"`    // writes not sent because the link was down
	Drops      map[string]uint64 `json:"drops"`      // samples lost, by cause; received == samples + drops
}

// Histogram counts durations in powers of two of a millisecond: Counts[0] is
// below 1 ms, Counts[i] below 2^i ms, the last one everything longer.
type Histogram struct {
	Counts [16]uint64    `json:"counts"`
	Max    time.Duration `json:"max_ns"`
	Sum    time.Duration `json:"sum_ns"`
}

// MarshalJSON writes the bounds of the slots beside their counts, so that
// whoever reads them need not know this package; the last slot has none.
func (h Histogram) MarshalJSON() ([]byte, error) {
	type plain Histogram
	var below [len(h.Counts) - 1]int
	for i := range below {
		below[i] = 1 << i
	}
	return json.Marshal(struct {
		Below []int `json:"below_ms"`
		plain
	}{below[:], plain(h)})
}

// Add counts one duration.
func (h *Histogram) Add(d time.Duration) {
	h.Counts[min(bits.Len64(uint64(max(d, 0)/time.Millisecond)), len(h.Counts)-1)]++
	h.Max = max(h.Max, d)
	h.Sum += d
}

// plus returns the sum of both.
func (h *Histogram) plus(o *Histogram) Histogram {
	out := Histogram{Max: max(h.Max, o.Max), Sum: h.Sum + o.Sum}
	for i := range out.Counts {
		out.Counts[i] = h.Counts[i] + o.Counts[i]
	}
	return out
}

// Count is how many durations were added.
func (h *Histogram) Count() (n uint64) {
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Quantile returns a duration that the share q (0 to 1) of all does not
// exceed: the end of the slot it falls into, at most Max. 0 without any.
func (h *Histogram) Quantile(q float64) time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	want := uint64(q*float64(n-1)) + 1
	for i, c := range h.Counts {
		if want <= c {
			return min(time.Millisecond<<i, h.Max)
		}
		want -= c
	}
	return h.Max
}

// Answers is how long the device takes to answer: each message where the driver
// measures that, else each request of the link, which may be several messages.
func (s *Status) Answers() *Histogram {
	if s.Wire.Answers.Count() > 0 {
		return &s.Wire.Answers
	}
	return &s.Latency
}

// words says the state in a sentence; now is for how long ago.
func (s *Status) words(now time.Time) string {
	ago := func(t time.Time) string {
		d := now.Sub(t)
		switch {
		case d < time.Minute:
			return fmt.Sprintf("%d s", int(d.Seconds()))
		case d < time.Hour:
			return fmt.Sprintf("%d min", int(d.Minutes()))
		case d < 48*time.Hour:
			return fmt.Sprintf("%d h", int(d.Hours()))
		}
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	switch s.State {
	case OffService:
		return "out of service: scanning is switched off in the project"
	case Up:
		points := "points"
		if s.Points == 1 {
			points = "point"
		}
		out := fmt.Sprintf("connected for %s, %d %s %s", ago(s.Since), s.Points, points, s.Mode)
		if s.BadPoints > 0 {
			out += fmt.Sprintf(", %d of them bad", s.BadPoints)
		}
		if s.Overloaded {
			out += "; the device is too slow for the scan period"
		}
		return out
	case Connecting, Waiting:
		if s.LastData.IsZero() {
			return "not connected yet, trying again"
		}
		return fmt.Sprintf("no connection for %s, trying again", ago(s.DownAt))
	}
	return "stopped"
}
