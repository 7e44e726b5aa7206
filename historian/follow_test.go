package historian

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"penstock/app/tag"
)

// A follower that is behind by anything, while the store commits, seals,
// compacts, is corrected and restarted, has in the end what the store has.
func TestAFollowerHasWhatTheStoreHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := testDir()
		first := time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC).UnixNano()
		open := func() *Store {
			s, err := Open(Options{Dir: dir, Linger: time.Microsecond, Slots: 8, SealAfter: 40, Now: func() time.Time { return time.Unix(0, first) }, seamless: true})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := open()
		defer func() { s.Close() }()
		type key struct {
			id tag.ID
			at int64
		}
		has := map[key]tag.Value{}
		var place Place
		ids := []tag.ID{"A", "B", "C"}
		follow := func(most int) bool {
			samples, next, err := s.Follow(bg, place, most)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range samples {
				has[key{v.ID, v.At()}] = v.Value
			}
			moved := next != place
			place = next
			return moved
		}
		i := 0
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				for range rapid.IntRange(1, 12).Draw(t, "commits") {
					var batch []tag.Sample
					for range rapid.IntRange(1, 6).Draw(t, "samples") {
						i++
						at := first + rapid.Int64Range(0, 3*24*60).Draw(t, "minute")*minute
						batch = append(batch, tag.Sample{ID: rapid.SampledFrom(ids).Draw(t, "tag"), Value: tag.Value{Source: at, Received: at, Value: tag.Int(int64(i)), Quality: tag.Good}})
					}
					s.Append(batch)
					if err := s.Flush(); err != nil {
						t.Fatal(err)
					}
				}
			},
			"follow": func(t *rapid.T) {
				for range rapid.IntRange(1, 5).Draw(t, "times") {
					follow(rapid.IntRange(1, 30).Draw(t, "most"))
				}
			},
			"seal": func(t *rapid.T) {
				if err := s.Seal(context.Background()); err != nil {
					t.Fatal(err)
				}
			},
			"compact": func(t *rapid.T) {
				if err := s.Compact(bg, time.Unix(0, first+rapid.Int64Range(1, 4).Draw(t, "days")*day)); err != nil {
					t.Fatal(err)
				}
			},
			"restart": func(t *rapid.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open()
			},
		})
		for follow(10) {
		}
		if newest, _ := s.Newest(); place.Seq != newest || place.Upto != 0 {
			t.Fatalf("the follower ends at %+v, the newest commit is %d", place, newest)
		}
		n := 0
		for _, id := range ids {
			err := s.Raw(bg, id, 0, maxTime, func(v tag.Value) bool {
				n++
				if got := has[key{id, v.At()}]; got != v {
					t.Fatalf("%s at %d: the follower has %+v, the store %+v", id, v.At(), got, v)
				}
				return true
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if n != len(has) {
			t.Fatalf("the follower has %d samples, the store %d", len(has), n)
		}
	})
}

// What the log still has comes in the order of commits, once.
func TestFollowingTheLog(t *testing.T) {
	s, err := Open(Options{Dir: t.TempDir(), Linger: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var place Place
	if got, next, err := s.Follow(bg, place, 10); len(got) != 0 || next != place || err != nil {
		t.Fatal(got, next, err)
	}
	at := time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC).UnixNano()
	for i := range 200 {
		s.Append([]tag.Sample{{ID: "A", Value: tag.Value{Source: at + int64(i), Received: at, Value: tag.Int(int64(i)), Quality: tag.Good}}})
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	var seen int64
	for {
		got, next, err := s.Follow(bg, place, 7)
		if err != nil {
			t.Fatal(err)
		}
		if next == place {
			break
		}
		for _, v := range got {
			if n, _ := v.Value.Value.Int(); n != seen {
				t.Fatalf("sample %d comes where %d should", n, seen)
			}
			seen++
		}
		place = next
	}
	if seen != 200 || place != (Place{Seq: 200}) {
		t.Errorf("%d samples, at %+v", seen, place)
	}
	// A place of before a restore is the beginning.
	if got, next, err := s.Follow(bg, Place{Seq: 900, Upto: 901}, 7); len(got) != 7 || next.Seq != 7 || err != nil {
		t.Errorf("%d samples, %+v, %v", len(got), next, err)
	}
}
