package horn

import (
	"bytes"
	"testing"
	"time"

	"penstock/app/alarm"
)

// tape is a speaker that records.
type tape struct{ played []int }

func (t *tape) Err() error { return nil }
func (t *tape) Play(pcm []byte) {
	for p := 1; p <= alarm.Lowest; p++ {
		if bytes.Equal(pcm, Sound(p)) {
			t.played = append(t.played, p)
		}
	}
}

func TestHorn(t *testing.T) {
	now := time.Unix(1000, 0)
	out := &tape{}
	h := &Horn{Out: out}
	list := &alarm.Snapshot{}
	stand := func(rows ...alarm.Row) { list = &alarm.Snapshot{Rows: rows} }
	row := func(priority int, p alarm.Phase, announced time.Time) alarm.Row {
		return alarm.Row{Rule: &alarm.Rule{Priority: priority}, State: alarm.State{AnnouncedAt: announced.UnixNano()}, Phase: p}
	}
	pass := func(d time.Duration) {
		for end := now.Add(d); now.Before(end); now = now.Add(100 * time.Millisecond) {
			h.Frame(now, list)
		}
	}
	want := func(what string, played ...int) {
		t.Helper()
		if len(out.played) != len(played) {
			t.Errorf("%s: played %v, want %v", what, out.played, played)
		} else {
			for i := range played {
				if out.played[i] != played[i] {
					t.Errorf("%s: played %v, want %v", what, out.played, played)
				}
			}
		}
		out.played = nil
	}
	pass(time.Minute)
	want("nothing stands")
	stand(row(3, alarm.Unacked, now))
	pass(21 * time.Second)
	want("medium, every ten seconds", 3, 3, 3)
	stand(row(1, alarm.Unacked, now), row(3, alarm.Unacked, now.Add(-time.Minute)))
	pass(3 * time.Second)
	want("an urgent one does not wait", 1, 1)
	h.Silence(now)
	pass(time.Minute)
	want("silenced")
	if h.Sounding() != 0 {
		t.Error("silenced, it sounds")
	}
	stand(row(1, alarm.Unacked, now.Add(-time.Minute)), row(2, alarm.Unacked, now.Add(time.Millisecond)))
	pass(time.Second)
	want("a new one sounds although the older are silent", 2)
	stand(row(2, alarm.Acked, now), row(1, alarm.Returned, now), row(2, alarm.Shelved, now))
	pass(time.Minute)
	want("acknowledged, returned and shelved ones are quiet")
}

func TestSoundsDiffer(t *testing.T) {
	seen := map[int]bool{}
	for p := 1; p <= alarm.Lowest; p++ {
		s := Sound(p)
		if len(s)%2 != 0 || seen[len(s)] {
			t.Errorf("priority %d is as long as another", p)
		}
		seen[len(s)] = true
		if d := time.Duration(len(s)/2) * time.Second / Rate; d > Every[p] {
			t.Errorf("the sound of priority %d lasts %v, longer than until it is repeated", p, d)
		}
		loud := int16(0)
		for i := 0; i+1 < len(s); i += 2 {
			loud = max(loud, int16(s[i])|int16(s[i+1])<<8)
		}
		if loud < 8000 || loud > 32000 {
			t.Errorf("priority %d peaks at %d", p, loud)
		}
	}
	if Sound(0) != nil || Sound(9) != nil {
		t.Error("no priority has a sound")
	}
}
