package trend

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimeTicks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones on this machine: ", err)
	}
	kathmandu, err := time.LoadLocation("Asia/Kathmandu")
	if err != nil {
		t.Skip(err)
	}
	at := func(s string, loc *time.Location) int64 {
		w, err := time.ParseInLocation("2006-01-02 15:04:05", s, loc)
		if err != nil {
			t.Fatal(err)
		}
		return w.UnixNano()
	}
	for _, c := range []struct {
		name     string
		from, to int64
		n        int
		loc      *time.Location
		want     string
	}{
		{"ten minutes", at("2026-03-14 09:00:10", time.UTC), at("2026-03-14 09:10:10", time.UTC), 5, time.UTC, "09:02 09:04 09:06 09:08 09:10"},
		{"seconds", at("2026-03-14 09:00:00", time.UTC), at("2026-03-14 09:00:20", time.UTC), 4, time.UTC, "09:00:00 09:00:05 09:00:10 09:00:15"},
		{"over midnight", at("2026-03-14 22:30:00", time.UTC), at("2026-03-15 01:30:00", time.UTC), 4, time.UTC, "23:00 00:00|Sun 15 Mar 01:00"},
		{"half hours in a zone of a quarter", at("2026-03-14 22:00:00", kathmandu), at("2026-03-14 23:40:00", kathmandu), 4, kathmandu, "22:00 22:30 23:00 23:30"},
		{"clocks go forward", at("2026-03-29 00:00:00", berlin), at("2026-03-29 05:00:00", berlin), 5, berlin, "00:00|Sun 29 Mar 01:00 03:00 04:00"},
		{"clocks go back", at("2026-10-25 00:00:00", berlin), at("2026-10-25 04:30:00", berlin), 6, berlin, "00:00|Sun 25 Oct 01:00 02:00 CEST 02:00 CET 03:00 04:00"},
		{"three hours over the change", at("2026-10-25 00:00:00", berlin), at("2026-10-25 12:00:00", berlin), 5, berlin, "00:00|Sun 25 Oct 03:00 06:00 09:00"},
		{"days over the change", at("2026-10-23 12:00:00", berlin), at("2026-10-28 12:00:00", berlin), 6, berlin, "Sat 24 Oct Sun 25 Oct Mon 26 Oct Tue 27 Oct Wed 28 Oct"},
		{"a month", at("2026-03-01 00:00:00", time.UTC), at("2026-03-31 00:00:00", time.UTC), 5, time.UTC, "Mon 2 Mar Mon 9 Mar Mon 16 Mar Mon 23 Mar Mon 30 Mar"},
		{"a year", at("2026-01-15 00:00:00", time.UTC), at("2027-01-15 00:00:00", time.UTC), 5, time.UTC, "Apr 2026 Jul 2026 Oct 2026 Jan 2027"},
	} {
		var got []string
		for _, k := range timeTicks(c.from, c.to, c.n, c.loc) {
			s := k.label
			if k.day != "" {
				s += "|" + k.day
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s:\nhave %s\nwant %s", c.name, s, c.want)
		}
	}
}

// However long the window and wherever it stands: ticks are in order, inside,
// no more than about as many as asked for, and read what the wall clock reads.
func TestTimeTicksHold(t *testing.T) {
	zones := []*time.Location{time.UTC}
	for _, n := range []string{"Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe"} {
		if z, err := time.LoadLocation(n); err == nil {
			zones = append(zones, z)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		from := rapid.Int64Range(0, 2e18).Draw(t, "from")
		span := int64(math.Pow(10, rapid.Float64Range(8, 17.5).Draw(t, "log of span")))
		n := rapid.IntRange(1, 30).Draw(t, "n")
		prev := int64(math.MinInt64)
		ticks := timeTicks(from, from+span, n, loc)
		for _, k := range ticks {
			if k.at <= prev || k.at < from || k.at >= from+span {
				t.Fatalf("tick at %d after %d in %d to %d", k.at, prev, from, from+span)
			}
			prev = k.at
			if w := time.Unix(0, k.at).In(loc); strings.Count(k.label, ":") == 1 && w.Format("15:04") != k.label[:5] {
				t.Fatalf("%s is labelled %s", w, k.label)
			}
		}
		// An hour that comes twice is there twice: two more than asked for.
		if len(ticks) > n+4 {
			t.Fatalf("%d ticks, asked for about %d", len(ticks), n)
		}
	})
}

func TestValueTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		w := math.Pow(10, rapid.Float64Range(-4, 7).Draw(t, "log of range"))
		n := rapid.IntRange(2, 20).Draw(t, "n")
		a := axis{lo, lo + w}
		at, digits := a.ticks(n)
		if len(at) > n+1 || len(at) == 0 && n > 3 {
			t.Fatalf("%d ticks, asked for %d", len(at), n)
		}
		for i, v := range at {
			if v < a.lo-w*1e-6 || v > a.hi+w*1e-6 {
				t.Fatalf("tick %g outside %g to %g", v, a.lo, a.hi)
			}
			if i > 0 && number(v, digits) == number(at[i-1], digits) {
				t.Fatalf("two ticks read %s", number(v, digits))
			}
		}
	})
}

func TestFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e9, 1e9).Draw(t, "lo")
		hi := lo + math.Pow(10, rapid.Float64Range(-6, 9).Draw(t, "log"))
		a := fit(lo, hi)
		if a.lo > lo || a.hi < hi || !(a.hi > a.lo) {
			t.Fatalf("%g to %g does not fit into %+v", lo, hi, a)
		}
		if b := fit(lo, lo); !(b.lo < lo && b.hi > lo) {
			t.Fatalf("a flat line at %g is not inside %+v", lo, b)
		}
	})
	if a := fit(math.NaN(), math.NaN()); a != (axis{0, 1}) {
		t.Errorf("nothing fits %+v", a)
	}
}

func TestWindow(t *testing.T) {
	const s = int64(time.Second)
	now := int64(1e6) * s
	w := Window{Span: 600 * s, Live: true}
	if got := w.pan(-60*s, now); got.Live || got.End >= w.at(now).End {
		t.Errorf("panned into the past it is %+v", got)
	}
	if got := w.pan(-60*s, now).pan(70*s, now); !got.Live {
		t.Errorf("panned back onto now it is %+v", got)
	}
	past := Window{Span: 600 * s, End: now - 3600*s}
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.Float64Range(0.1, 5).Draw(t, "k")
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		at := past.From() + int64(share*float64(past.Span))
		z := past.zoom(k, at, now)
		if z.Live {
			return // it reached now
		}
		was := float64(at-past.From()) / float64(past.Span)
		is := float64(at-z.From()) / float64(z.Span)
		if math.Abs(was-is) > 1e-6 {
			t.Fatalf("the time under the pointer moved from %.4f to %.4f of the width", was, is)
		}
		if z.End > (Window{Span: z.Span, Live: true}).at(now).End {
			t.Fatal("it shows the future")
		}
	})
}
