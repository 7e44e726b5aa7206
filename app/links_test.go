package main

import (
	"strings"
	"testing"
	"time"

	"penstock/app/plant"
)

func TestHowTheCopyStandsIsTold(t *testing.T) {
	since := time.Date(2026, 6, 1, 12, 0, 0, 0, time.Local)
	for _, c := range []struct {
		copy plant.CopyReport
		want []string
	}{
		{plant.CopyReport{Connected: true, Sent: 1234, Rate: 99.6}, []string{"copy of history  connected", "0 commits, 0s behind", "1234 values, 100 a second"}},
		{plant.CopyReport{Connected: true, CatchingUp: true, Waiting: 70_000, Lag: 36 * time.Hour}, []string{"catching up out of files", "70000 commits, 36h0m0s behind"}},
		{plant.CopyReport{Error: "connection refused", Since: since, Retries: 7, Waiting: 1}, []string{"not connected", "connection refused (since 2026-06-01 12:00:00, tried 7 times)", "1 commit,"}},
	} {
		var b strings.Builder
		if err := printCopy(&b, &c.copy); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%q is not in\n%s", want, b.String())
			}
		}
	}
}
