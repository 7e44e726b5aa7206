package historian

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
)

// values stores a stream of "SECOND=VALUE" and returns what was kept.
func kept(t *testing.T, def tag.Def, stream string) string {
	t.Helper()
	s := open(t, Options{})
	def.ID = "X"
	s.Configure([]tag.Def{def})
	for _, f := range strings.Fields(stream) {
		at, v, _ := strings.Cut(f, "=")
		q := tag.Good
		v, bad := strings.CutSuffix(v, "!")
		if bad {
			q = tag.Bad
		}
		s.Append([]tag.Sample{sample("X", t0+seconds(t, at), scalar(v), q)})
	}
	dir := s.o.Dir
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	st := s.Stats()
	if st.Received != st.Stored+st.Dropped[Thinned] {
		t.Errorf("received %d, stored %d, thinned %d", st.Received, st.Stored, st.Dropped[Thinned])
	}
	s = open(t, Options{Dir: dir, seamless: true})
	var out []string
	for _, v := range raw(t, s, "X") {
		text := strconv.FormatFloat(float64(v.At()-t0)/1e9, 'g', -1, 64) + "=" + v.Value.String()
		if !v.Quality.IsGood() {
			text += "!"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestStorageClasses(t *testing.T) {
	for _, c := range []struct {
		name         string
		def          tag.Def
		stream, want string
	}{
		{"all", tag.Def{}, "0=1 1=1 2=1", "0=1 1=1 2=1"},
		{"off", tag.Def{Store: tag.StoreOff}, "0=1 1=2", ""},
		{"on change", tag.Def{Store: tag.StoreChange}, "0=1 1=1 2=2 3=2 4=2! 5=2! 6=2", "0=1 2=2 4=2! 6=2"},
		{"on change, text", tag.Def{Store: tag.StoreChange}, "0=IDLE 1=IDLE 2=FILLING", "0=IDLE 2=FILLING"},
		{"deadband", tag.Def{Store: tag.StoreDeadband, StoreBand: 1}, "0=10 1=10.5 2=11 3=11.2 4=10.4 5=10.1", "0=10 3=11.2 5=10.1"},
		{"late samples are not thinned", tag.Def{Store: tag.StoreDeadband, StoreBand: 1}, "0=10 9=10.1 5=10.2 10=10.3", "0=10 5=10.2"},
		{"sampled", tag.Def{Store: tag.StoreSampled, Period: 10 * time.Second}, "0=1 3=2 6=3 10=4 13=5 35=6", "0=1 10=4 13=5 35=6"},
		{"swinging door on a line", tag.Def{Store: tag.StoreSwingingDoor, StoreBand: 0.1}, "0=0 1=1 2=2 3=3 4=4 5=4 6=4", "0=0 4=4 6=4"},
		{"swinging door on a spike", tag.Def{Store: tag.StoreSwingingDoor, StoreBand: 0.5}, "0=0 1=0 2=0 3=9 4=0 5=0", "0=0 2=0 3=9 4=0 5=0"},
		{"swinging door and bad", tag.Def{Store: tag.StoreSwingingDoor, StoreBand: 5}, "0=0 1=1 2=2 3=2! 4=2 5=3", "0=0 2=2 3=2! 4=2 5=3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := kept(t, c.def, c.stream); got != c.want {
				t.Errorf("kept %s\nwant %s", got, c.want)
			}
		})
	}
}

// Every sample left out by a swinging door lies within the band of the line
// through those kept around it.
func TestSwingingDoorKeepsItsPromise(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	const band = 0.7
	s := open(t, Options{})
	s.Configure([]tag.Def{{ID: "X", Store: tag.StoreSwingingDoor, StoreBand: band}})
	var at []int64
	var values []float64
	v, now := 50.0, t0
	for range 5000 {
		now += 1 + r.Int64N(3*second)
		v += r.NormFloat64() * 0.3
		at, values = append(at, now), append(values, v)
		s.Append([]tag.Sample{sample("X", now, tag.Float(v), tag.Good)})
	}
	dir := s.o.Dir
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Dir: dir, seamless: true})
	got := raw(t, s, "X")
	if len(got) > len(at)/3 || got[len(got)-1].At() != at[len(at)-1] {
		t.Fatalf("%d of %d samples kept", len(got), len(at))
	}
	for i, t1 := range at {
		k, _ := slices.BinarySearchFunc(got, t1, func(v tag.Value, t int64) int { return int(v.At() - t) })
		b, _ := got[k].Value.Float()
		line := b
		if got[k].At() != t1 {
			a, _ := got[k-1].Value.Float()
			line = a + (b-a)*float64(t1-got[k-1].At())/float64(got[k].At()-got[k-1].At())
		}
		if math.Abs(line-values[i]) > band*(1+1e-9) {
			t.Fatalf("sample %d is %v, the line says %v", i, values[i], line)
		}
	}
}

func TestClassChangesWhileRunning(t *testing.T) {
	s := open(t, Options{})
	put := func(at int64, v float64) {
		s.Append([]tag.Sample{sample("X", t0+at*second, tag.Float(v), tag.Good)})
		flush(t, s)
	}
	put(0, 1)
	put(1, 1)
	s.Configure([]tag.Def{{ID: "X", Store: tag.StoreChange}})
	put(2, 1) // the first of the new class
	put(3, 1)
	s.Configure([]tag.Def{{ID: "X", Store: tag.StoreOff}})
	put(4, 9)
	s.Configure([]tag.Def{{ID: "X"}})
	put(5, 2)
	var got []float64
	for _, v := range raw(t, s, "X") {
		got = append(got, float64(v.At()-t0)/1e9)
	}
	if want := []float64{0, 1, 2, 5}; !slices.Equal(got, want) {
		t.Errorf("kept the samples of %v, want %v", got, want)
	}
}

func TestTheTimeAStoreWasClosedHasNoData(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	s.Append([]tag.Sample{sample("A", t0, tag.Float(1), tag.Good), sample("B", t0+5*second, tag.Float(2), tag.Good), sample("C", t0, tag.Float(3), tag.Bad)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Dir: dir})
	s.Append([]tag.Sample{sample("A", t0+100*second, tag.Float(4), tag.Good)})
	flush(t, s)
	got, err := s.At(t.Context(), t0+50*second, []tag.ID{"A", "B", "C"})
	if err != nil || got[0].Quality != tag.BadNoData || got[1].Quality != tag.BadNoData || got[2].Quality != tag.Bad {
		t.Errorf("while closed: %v %v", got, err)
	}
	if got[0].Value != tag.Float(1) {
		t.Errorf("the old value is gone: %v", got[0])
	}
	a, err := s.Aggregates(t.Context(), "A", []int64{t0, t0 + 100*second})
	if err != nil || a[0].Usable != 5*time.Second+1 || a[0].Mean != 1 {
		t.Errorf("%+v %v", a, err)
	}
}
