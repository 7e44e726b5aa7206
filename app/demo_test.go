package main

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// The test binary is also the plant that a demo starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == plantVerb.name {
		os.Exit(dispatch(context.Background(), verbs(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// said keeps what is logged.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// A demo plant that dies is started again where it was, and says so; one that
// is stopped is not.
func TestTheDemoPlantIsStartedAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the plant twice")
	}
	log := new(said)
	d, err := startDemo(t.Context(), log, []string{"pump-trip@1h"}, false)
	if err != nil {
		t.Fatal(err)
	}
	answers := func() bool {
		c, err := net.Dial("tcp", hostOf(d.at["RTU1"]))
		if err != nil {
			return false
		}
		c.Close()
		return true
	}
	if !answers() {
		t.Fatalf("nobody listens at %v", d.at)
	}
	first := d.newest()
	first.cmd.Process.Kill()
	<-first.ended
	for end := time.Now().Add(60 * time.Second); !answers() || d.newest() == first; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("nobody listens again; it said %q", log)
		}
	}
	if got := log.String(); !strings.Contains(got, "the demo plant has ended (signal: killed); it is started again in 1s") {
		t.Errorf("it said %q", got)
	}
	d.stop()
	if answers() {
		t.Error("it runs after it was stopped")
	}
}

func TestAScenarioThatIsNotThere(t *testing.T) {
	_, err := startDemo(t.Context(), io.Discard, []string{"frogs@2m"}, false)
	if err == nil || !isUsage(err) || !strings.Contains(err.Error(), `no scenario is called "frogs"; there are pump-trip`) {
		t.Errorf("%v", err)
	}
}
