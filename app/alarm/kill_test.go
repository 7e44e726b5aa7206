package alarm

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/historian/journal"
)

// TestMain lets the test program be the station that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("PENSTOCK_ALARM_VICTIM"); path != "" {
		if err := victim(path); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

const victimAlarms = 500

func victimRules() (rules []Rule) {
	for i := range victimAlarms {
		r := high(fmt.Sprint("A", i), tag.ID(fmt.Sprint("T", i)), 80)
		r.Class.Latched = i%5 == 0
		rules = append(rules, r)
	}
	return rules
}

// victim floods itself with alarms and answers them until it is killed. What
// is durable it says: "occurrence action who".
func victim(path string) error {
	j, err := journal.Open(journal.Options{Path: path})
	if err != nil {
		return err
	}
	docs, err := j.Docs(DocKind)
	if err != nil {
		return err
	}
	states, err := FromDocs(docs)
	if err != nil {
		return err
	}
	now := time.Now().UnixNano()
	rules := victimRules()
	e, err := NewEngine(rules, Options{Now: now, States: states})
	if err != nil {
		return err
	}
	rnd := rand.New(rand.NewSource(now))
	out := bufio.NewWriter(os.Stdout)
	for {
		now += 50e6
		var samples []tag.Sample
		for range 30 {
			samples = append(samples, sample(rules[rnd.Intn(victimAlarms)].Tag, now, float64(rnd.Intn(160))))
		}
		ts := append([]Transition(nil), e.Observe(now, samples)...)
		for range 5 {
			id := rules[rnd.Intn(victimAlarms)].ID
			what := []What{Ack, Ack, Ack, Shelve, Unshelve, Reset}[rnd.Intn(6)]
			more, _ := e.Do(id, Event{At: now, What: what, Who: "anna", Note: "why", Until: now + 1e9}) // most are refused
			ts = append(ts, more...)
		}
		if len(ts) == 0 {
			continue
		}
		entries, docs := Record(ts)
		if err := j.Record(context.Background(), entries, docs); err != nil {
			return err
		}
		for _, en := range entries {
			fmt.Fprintf(out, "%s|%s|%s|%d\n", en.Ref, en.Action, en.Who, en.At)
		}
		out.Flush()
	}
}

// TestKillInAFlood is R-05: a station that is killed in a flood keeps
// everything it told. PENSTOCK_KILLS says how often; the default is short.
func TestKillInAFlood(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_KILLS")); err == nil {
		kills = n
	}
	path := filepath.Join(t.TempDir(), "ops.db")
	var said []string
	for k := range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PENSTOCK_ALARM_VICTIM="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(out)
		for lines := 0; ; lines++ {
			if lines == 10 { // however slow the machine is, it had begun
				time.AfterFunc(time.Duration(rand.Intn(250))*time.Millisecond, func() { cmd.Process.Kill() })
			}
			line, err := r.ReadString('\n')
			if err != nil {
				break // a line that was cut off was not said
			}
			if strings.HasPrefix(line, "error") {
				t.Fatalf("kill %d: %s", k, line)
			}
			said = append(said, strings.TrimSpace(line))
		}
		cmd.Wait()
	}
	st := startKept(t, path, victimRules(), time.Now().UnixNano())
	defer st.j.Close()
	st.e.Standing()
	st.agree()
	have := map[string]int{}
	if err := st.j.Each(t.Context(), journal.Filter{}, func(e *journal.Entry) error {
		have[fmt.Sprintf("%s|%s|%s|%d", e.Ref, e.Action, e.Who, e.At)]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(said) == 0 {
		t.Fatal("nothing was told")
	}
	for _, line := range said {
		if have[line] == 0 {
			t.Fatalf("told and lost: %s", line)
		}
		have[line]--
	}
	t.Logf("%d kills, %d lines told, all there", kills, len(said))
}
