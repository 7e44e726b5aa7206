package opcua

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// jargon is what nobody who stands before a cabinet should have to read.
var jargon = regexp.MustCompile(`context|deadline|Status|0x80|EOF|i/o|%!|\bnil\b|malformed|chunk`)

// Whatever a server answers, a person reads a sentence.
func TestEveryErrorIsToldInASentence(t *testing.T) {
	cases := map[string]error{
		"nothing answers":       &channel.SentError{Err: ua.StatusBadTimeout},
		"nonsense":              fmt.Errorf("publish: %w: 3 answers to 4 questions", wire.ErrMalformed),
		"an impostor":           fmt.Errorf("open: %w", channel.ErrImpostor),
		"another program":       fmt.Errorf("monitor: %w", ErrMoved),
		"no folder":             errNoStore,
		"silence":               fmt.Errorf("%w: the clock was last heard 3 s ago", drivers.ErrQuiet),
		"deadline":              fmt.Errorf("read: %w", context.DeadlineExceeded),
		"stopped by ourselves":  fmt.Errorf("read: %w", context.Canceled),
		"a password in clear":   channel.ErrClear,
		"an unknown login":      channel.ErrNoToken,
		"other security":        fmt.Errorf("%w (Sign); it offers None", ErrPolicy),
		"a refusal of our own":  refused(drivers.Point{Address: "i=1"}, "500 is outside the range 0 to 100"),
		"an unconfirmed action": fmt.Errorf("write: %w: %w", drivers.ErrUnknown, &channel.SentError{Err: ua.StatusBadTimeout}),
	}
	for code, d := range ua.StatusCodes {
		if code>>30 == 2 {
			cases["line "+d.Name] = fmt.Errorf("publish: %w", code)
			cases["one "+d.Name] = fmt.Errorf("write i=1: %w", judged(code))
		}
	}
	for name, err := range cases {
		words := drivers.Words(inWords(err))
		if words == "" || !strings.ContainsAny(words[len(words)-1:], ".?") || strings.ToUpper(words[:1]) != words[:1] || jargon.MatchString(words) {
			t.Errorf("%s: %q", name, words)
		}
		for _, keep := range []error{drivers.ErrRefused, drivers.ErrUnknown, drivers.ErrQuiet} {
			if errors.Is(err, keep) != errors.Is(inWords(err), keep) {
				t.Errorf("%s: the words have lost what it is", name)
			}
		}
	}
	if words := drivers.Words(inWords(fmt.Errorf("write: %w", judged(ua.StatusBadOutOfRange)))); !strings.Contains(words, "out of the range") {
		t.Errorf("out of range: %q", words)
	}
	if words := drivers.Words(inWords(cases["an unconfirmed action"])); !strings.Contains(words, "did not confirm") {
		t.Errorf("unconfirmed: %q", words)
	}
	if words := drivers.Words(inWords(judged(0x81990000))); !strings.Contains(words, "0x81990000") {
		t.Errorf("a maker's own code: %q", words)
	}
}

// Each status has one meaning.
func TestMeaningsDoNotOverlap(t *testing.T) {
	for _, table := range [][]meaning{ofLine, ofOne} {
		seen := map[ua.StatusCode]string{}
		for _, m := range table {
			for _, c := range m.codes {
				if seen[c] != "" {
					t.Errorf("%v means %q and %q", c, seen[c], m.words)
				}
				seen[c] = m.words
			}
		}
	}
}
