package alarm

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"penstock/app/tag"
)

// One sample that changes nothing, one alarm: the common case.
func BenchmarkObserve(b *testing.B) {
	e := newEngine(b, []Rule{high("A", "T", 80)}, nil)
	s := []tag.Sample{sample("T", second(0), 10)}
	now := second(0)
	b.ReportAllocs()
	for b.Loop() {
		now += 1e6
		e.Observe(now, s)
	}
}

// Samples of a plant of 10,000 tags with four levels each, a tenth of a
// percent of them crossing a limit.
func BenchmarkObservePlant(b *testing.B) {
	const tags = 10000
	var rules []Rule
	samples := make([]tag.Sample, tags)
	for i := range tags {
		id := tag.ID(fmt.Sprint("T", i))
		for k, limit := range map[Kind]float64{HighHigh: 90, High: 80, Low: 20, LowLow: 10} {
			rules = append(rules, Rule{ID: string(id) + "." + k.String(), Tag: id, Kind: k, Limit: limit, Deadband: Band{Size: 1}, Priority: 2})
		}
		samples[i] = sample(id, second(0), 50)
	}
	e := newEngine(b, rules, nil)
	now, n := second(0), 0
	b.ReportAllocs()
	for b.Loop() {
		now += 1e8
		n++
		for i := range 10 {
			s := &samples[(n*10+i)%tags]
			s.Value = sample(s.ID, now, float64(50+45*(n/1000%2))).Value
		}
		e.Observe(now, samples)
	}
	b.ReportMetric(float64(b.N)*tags*4/b.Elapsed().Seconds(), "steps/s")
}

// Start-up with 50,000 configured alarms, their states read from documents.
func BenchmarkStart50000(b *testing.B) {
	const n = 50000
	rules := make([]Rule, n)
	for i := range rules {
		rules[i] = high(fmt.Sprint("A", i), tag.ID(fmt.Sprint("T", i)), 80)
	}
	e := newEngine(b, rules, nil)
	for i := range rules[:2000] {
		e.Observe(second(1), []tag.Sample{sample(rules[i].Tag, second(1), 90)})
	}
	_, docs := Record(transitionsOf(e))
	b.ReportAllocs()
	for b.Loop() {
		states, err := FromDocs(docs)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := NewEngine(rules, Options{Now: second(2), States: states}); err != nil {
			b.Fatal(err)
		}
	}
}

func transitionsOf(e *Engine) (ts []Transition) {
	for _, l := range e.order {
		ts = append(ts, Transition{Rule: l.rule, Action: Annunciated, State: l.state})
	}
	return ts
}

// The list people see, with 10,000 standing alarms.
func BenchmarkStanding10000(b *testing.B) {
	const n = 10000
	rules := make([]Rule, n)
	samples := make([]tag.Sample, n)
	for i := range rules {
		rules[i] = high(fmt.Sprint("A", i), tag.ID(fmt.Sprint("T", i)), 80)
		samples[i] = sample(rules[i].Tag, second(1), 90)
	}
	e := newEngine(b, rules, nil)
	e.Observe(second(1), samples)
	b.ReportAllocs()
	for b.Loop() {
		e.Standing()
	}
}

// A tick with 50,000 configured alarms of which nothing is due.
func BenchmarkTickIdle(b *testing.B) {
	rules := make([]Rule, 50000)
	for i := range rules {
		rules[i] = high(fmt.Sprint("A", i), tag.ID(fmt.Sprint("T", i)), 80)
	}
	e := newEngine(b, rules, nil)
	now := second(0)
	for b.Loop() {
		now += 1e8
		e.Tick(now)
	}
}

// 10,000 alarms in a second with 200 acknowledgements, through the journal.
func BenchmarkFlood(b *testing.B) {
	var all []time.Duration
	for b.Loop() {
		l, took := flood(b, 10000, 200)
		l.stop()
		all = append(all, took...)
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100])/1e6, "p99-ms")
}

// What-if of one alarm over 30 days of data at 1 s.
func BenchmarkReplay30Days(b *testing.B) {
	const n = 30 * 24 * 3600
	r := []Rule{high("A", "T", 80)}
	r[0].Deadband.Size, r[0].OnDelay = 2, 5*time.Second
	for b.Loop() {
		out, err := Replay(r, nil, second(0), second(n), func(yield func(tag.Sample) bool) {
			for i := range n {
				if !yield(sample("T", second(float64(i)), float64(i%100))) {
					return
				}
			}
		})
		if err != nil || out.Samples != n {
			b.Fatal(out, err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}
