package e2e

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// What an independent server recorded while nobody was connected is in this
// station's history afterwards, every value once; an alarm that came and went
// meanwhile does not ring hours late, and one that stood and was acknowledged
// does not ring again.
func TestAGapIsFilledOnceAndRingsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	node, ua := nodeServer(t, `"vars": 1`)
	address, _, _ := strings.Cut(strings.TrimPrefix(ua, "opc.tcp://"), "/")
	line := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "NODE", "127.0.0.1:0", address)
	if err := line.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Stop)
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	write(t, dir, map[string]string{
		"project.toml": "format = 1\nname = \"Gap\"\n[scan]\nnormal = \"100ms\"\n",
		"devices.toml": fmt.Sprintf("[device.NODE]\ndriver = \"opcua\"\nendpoint = \"opc.tcp://%s/plant\"\n[device.NODE.options]\npolicy = \"None\"\n", line.Listen),
		"tags.csv":     "id,device,address,kind\nLIVE,NODE,nsu=urn:penstock:peer;s=LIVE,float\n",
		"alarms.csv":   "id,tag,kind,limit,priority,expression\nSTANDS,LIVE,high,2,2,\nPASSED,LIVE,expression,,2,LIVE > 1000 and LIVE < 1020\n",
	})
	s := station(t, dir, data)
	s.until(20*time.Second, "unacknowledged", "state STANDS")
	s.ask("ack STANDS seen before the outage")
	line.Stop()
	s.until(15*time.Second, "down", "link NODE")
	fmt.Fprintln(node.in, "live 1000") // it counts five times a second from there
	for n := 0; n < 1035; time.Sleep(time.Second) {
		fmt.Fprintln(node.in, "live?")
		if _, err := fmt.Sscanf(node.line(20*time.Second, "LIVE "), "LIVE %d", &n); err != nil {
			t.Fatal(err)
		}
	}
	listenAgain(t, line)
	s.until(30*time.Second, "up", "link NODE")

	// Everything of the gap is stored, once, and marked as filled in.
	var values map[int64]int
	var filled int
	complete := func() (missing []int64, last int64) {
		values, filled = map[int64]int{}, 0
		for _, r := range table(t, run(t, 0, "history", "--data", data, "--tag", "LIVE", "--raw")) {
			f, err := strconv.ParseFloat(r["value"], 64)
			if err != nil || f < 1001 || r["status"] != "0x00000000" {
				continue
			}
			values[int64(f)]++
			last = max(last, int64(f))
			if strings.Contains(r["flags"], "backfilled") {
				filled++
			}
		}
		for v := int64(1001); v <= 1030; v++ { // all of them in the outage
			if values[v] == 0 {
				missing = append(missing, v)
			}
		}
		return missing, last
	}
	var missing []int64
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		var last int64
		if missing, last = complete(); len(missing) == 0 && last > 1040 {
			break
		}
	}
	if len(missing) > 0 || filled < 30 {
		t.Errorf("of the gap are missing %v; %d values are marked as filled in", missing, filled)
	}
	for v, n := range values {
		if n > 1 {
			t.Errorf("%d is stored %d times", v, n)
		}
	}
	var told []string
	for _, r := range table(t, run(t, 0, "journal", "--data", data, "--kind", "alarm")) {
		if r["on"] == "STANDS" || r["on"] == "PASSED" {
			told = append(told, r["on"]+" "+r["action"])
		}
	}
	if got, want := strings.Join(told, ", "), "STANDS annunciated, STANDS acknowledged, STANDS value lost, STANDS value back"; got != want {
		t.Errorf("the journal tells: %s\nwant: %s", got, want)
	}
}
