package drivers_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// What is written for people is read back without a loss.
func TestARecordingReadsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r drivers.Recorder
		for _, line := range []string{"dial modbus://192.0.2.7", "-> unit 1 FC3 read HR0-9", "two\nlines\rof a device", "", "  spaces stay  s  so", strings.Repeat("x", 2000)} {
			r.Add(line)
			time.Sleep(1234567 * time.Microsecond)
		}
		r.Freeze("PLC 1", "the connection was lost:\nEOF")
		want := r.Frozen()[0]
		var text strings.Builder
		if _, err := want.WriteTo(&text); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(text.String(), "\n"); n != 3+len(want.Records) {
			t.Errorf("%d lines for %d records:\n%s", n, len(want.Records), text.String())
		}
		got, err := drivers.ReadRecording(strings.NewReader(text.String()))
		want.Why = `the connection was lost:\nEOF`
		if asJSON(t, got) != asJSON(t, want) || err != nil {
			t.Errorf("read back: %v, %v\n%+v, want\n%+v", err, text.String(), got, want)
		}
	})
	for _, bad := range []string{"x", "flight recorder of P\ntaken yesterday", "flight recorder of P\ntaken 2026-01-01T00:00:00.000000Z\nat noon  x"} {
		if r, err := drivers.ReadRecording(strings.NewReader(bad)); err == nil {
			t.Errorf("%q reads as %+v", bad, r)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A status survives the way through a file: nothing of it is private, and no
// number loses its unit.
func TestAStatusIsTheSameInJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t, setup{dev: drivers.Device{Driver: "sim"}})
		b.want(tag.Good, time.Second)
		time.Sleep(5 * time.Second)
		want := b.link.Status()
		text := asJSON(t, want)
		var got drivers.Status
		if err := json.Unmarshal([]byte(text), &got); err != nil || asJSON(t, got) != text || !reflect.DeepEqual(got.Counters, want.Counters) || got.Latency != want.Latency {
			t.Errorf("%v: %+v reads back as %+v", err, want, got)
		}
		for _, part := range []string{`"state":"up"`, `"period_ns":1000000000`, `"below_ms":[1,2,4,8`, `"words":"connected for 5 s, 2 points polled"`} {
			if !strings.Contains(text, part) {
				t.Errorf("%s is missing in %s", part, text)
			}
		}
		b.end()
	})
}
