package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// lacking ends a test whose peer is not installed: quietly, unless the peers
// were asked for.
func lacking(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("PENSTOCK_PEERS") == "1" {
		t.Fatal(what + " is missing; app/test installs it")
	}
	t.Skip(what + " is missing")
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// nodePeer finds the packages of node-opcua, and a program of drivers/opcua's
// tests that needs them.
func nodePeer(t testing.TB, program string) (packages, script string) {
	t.Helper()
	home := os.Getenv("PENSTOCK_OPCUA_PEER")
	if home == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		found, _ := filepath.Glob(filepath.Join(cache, "penstock", "opcua-peer-*"))
		if len(found) == 0 {
			lacking(t, "the node-opcua peer")
		}
		home = found[len(found)-1]
	}
	if _, err := exec.LookPath("node"); err != nil {
		lacking(t, "Node.js")
	}
	return filepath.Join(home, "node_modules"), filepath.Join(root(t), "drivers", "opcua", "testdata", "peer", program)
}

// nodeServer starts the node-opcua server of drivers/opcua's tests.
func nodeServer(t testing.TB, settings string) (p *process, endpoint string) {
	t.Helper()
	packages, script := nodePeer(t, "server.js")
	set := fmt.Sprintf(`{"pki": %q, %s}`, filepath.Join(t.TempDir(), "pki"), settings)
	p = start(t, []string{"NODE_PATH=" + packages}, "node", script, set)
	return p, strings.TrimPrefix(p.line(90*time.Second, "READY "), "READY ")
}

// pymodbusUnit starts the pymodbus unit of drivers/modbus' tests.
func pymodbusUnit(t *testing.T) (endpoint string) {
	t.Helper()
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import pymodbus").Run() != nil {
		lacking(t, "pymodbus")
	}
	p := start(t, nil, python, filepath.Join(root(t), "drivers", "modbus", "testdata", "peer", "unit.py"), "tcp")
	port := strings.TrimPrefix(p.line(patience, "ready "), "ready ")
	return "modbus://127.0.0.1:" + port + "?unit=1"
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Servers that share no code with Penstock: what they serve is stored, with
// their qualities and their source times.
func TestIndependentServers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	_, ua := nodeServer(t, `"vars": 5, "hz": 5`)
	mb := pymodbusUnit(t)
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	write(t, dir, map[string]string{
		"project.toml": "format = 1\nname = \"Peers\"\n[scan]\nnormal = \"200ms\"\nfast = \"50ms\"\n",
		"devices.toml": fmt.Sprintf("[device.NODE]\ndriver = \"opcua\"\nendpoint = %q\n[device.NODE.options]\npolicy = \"None\"\n[device.PY]\ndriver = \"modbus\"\nendpoint = %q\n", ua, mb),
		"tags.csv": "id,device,address,type,kind,scan\n" +
			"V0,NODE,nsu=urn:penstock:peer;s=V0,,float,\n" +
			"COUNT,NODE,nsu=urn:penstock:peer;s=COUNT,,int,fast\n" +
			"BAD,NODE,nsu=urn:penstock:peer;s=T.Bad,,float,\n" +
			"OLD,NODE,nsu=urn:penstock:peer;s=T.Uncertain,,float,\n" +
			"NAME,NODE,nsu=urn:penstock:peer;s=T.String,,text,\n" +
			"GONE,NODE,nsu=urn:penstock:peer;s=NoSuchNode,,float,\n" +
			"R10,PY,40011,uint16,float,\n" +
			"R20,PY,40021,uint32 ABCD,float,\n" +
			"C1,PY,00002,bool,bool,\n" +
			"FAR,PY,465536,uint16,float,\n",
	})
	run(t, 0, "check", "--project", dir)
	s := start(t, nil, penstock(t), "serve", "--project", dir, "--data", data)
	s.line(20*time.Second, "Peers runs")
	const good = "0x00000000"
	for id, status := range map[string]string{"COUNT": good, "BAD": "0x808C0000", "OLD": "0x40900000", "NAME": good, "R10": good, "R20": good, "C1": good} {
		becomes(t, patience, id+" is read", func() bool { return has(history(t, data, id), "status", status) })
	}
	becomes(t, patience, "the counter has a history of six seconds", func() bool { return len(history(t, data, "COUNT")) >= 60 })
	if err := s.stop(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	raw := func(id string) []map[string]string { return history(t, data, id) }

	// Every change of a counter, in order, at the server's own times.
	last, before := int64(0), time.Time{}
	for _, r := range raw("COUNT") {
		n, err := strconv.ParseInt(r["value"], 10, 64)
		at, terr := time.Parse(time.RFC3339Nano, r["time"])
		if err != nil || terr != nil {
			continue // the mark of the stop
		}
		if last != 0 && n != last+1 {
			t.Errorf("the counter goes from %d to %d", last, n)
		}
		if at.Before(before) {
			t.Errorf("%v after %v", at, before)
		}
		last, before = n, at
	}
	if rows := raw("BAD"); !has(rows, "status", "0x808C0000") {
		t.Errorf("the failed sensor: %v", rows)
	}
	old := raw("OLD")
	if !has(old, "status", "0x40900000") || !has(old, "value", "1.5") {
		t.Errorf("the last usable value: %v", old)
	}
	if rows := raw("NAME"); !has(rows, "value", "Prüfstand °C 日本") {
		t.Errorf("the text: %v", rows)
	}
	if rows := raw("GONE"); len(rows) == 0 || rows[len(rows)-1]["value"] != "" || !strings.HasPrefix(rows[len(rows)-1]["status"], "0x80") {
		t.Errorf("a node that is not there: %v", rows)
	}
	for id, want := range map[string]string{"R10": "10", "R20": "1310741", "C1": "true"} {
		if rows := raw(id); !has(rows, "value", want) || !has(rows, "status", "0x00000000") {
			t.Errorf("%s: want %s, have %v", id, want, rows[:min(len(rows), 3)])
		}
	}
	if rows := raw("FAR"); has(rows, "status", "0x00000000") || len(rows) == 0 {
		t.Errorf("a register the unit does not have: %v", rows)
	}
}

// history is all that is stored of a tag, also while the station runs; nothing
// as long as there is none.
func history(t *testing.T, data, id string) []map[string]string {
	t.Helper()
	cmd := exec.Command(penstock(t), "history", "--data", data, "--tag", id, "--raw")
	cmd.Env = append(os.Environ(), locale)
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return table(t, string(out))
}

func has(rows []map[string]string, column, want string) bool {
	for _, r := range rows {
		if r[column] == want {
			return true
		}
	}
	return false
}

// An alarm that an OPC UA server raises of its own stands in the station's
// list; an acknowledgement and a confirmation given here are the server's.
func TestAServersOwnAlarm(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	node, ua := nodeServer(t, `"vars": 1, "alarms": true`)
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	write(t, dir, map[string]string{
		"project.toml": "format = 1\nname = \"Alarms\"\n",
		"devices.toml": fmt.Sprintf("[device.NODE]\ndriver = \"opcua\"\nendpoint = %q\n[device.NODE.options]\npolicy = \"None\"\n", ua),
		"tags.csv":     "id,device,address,kind\nV0,NODE,nsu=urn:penstock:peer;s=V0,float\n",
	})
	s := station(t, dir, data)
	fmt.Fprintln(node.in, "level 95")
	var id string
	for end := time.Now().Add(20 * time.Second); id == ""; time.Sleep(300 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the server's alarm is not in the list")
		}
		for _, r := range table(t, run(t, 0, "journal", "--data", data, "--kind", "alarm")) {
			if strings.HasPrefix(r["on"], "NODE:") && r["action"] == "annunciated" {
				id = r["on"]
			}
		}
	}
	if got := s.ask("state %s", id); got != "unacknowledged" {
		t.Fatalf("%s is %s", id, got)
	}
	if got := s.ask("ack %s seen here", id); got != "acknowledged" {
		t.Fatal(got)
	}
	s.until(10*time.Second, "acknowledged", "state %s", id)
	fmt.Fprintln(node.in, "level 50")
	s.until(10*time.Second, "latched acknowledged", "state %s", id) // the server wants it confirmed
	if got := s.ask("reset %s repaired", id); got != "reset" {
		t.Fatal(got)
	}
	s.until(10*time.Second, "normal", "state %s", id)
	var told []string
	for _, r := range table(t, run(t, 0, "journal", "--data", data, "--kind", "alarm")) {
		if r["on"] == id {
			told = append(told, strings.TrimSpace(r["action"]+" "+r["who"]))
		}
	}
	if got, want := strings.Join(told, ", "), "annunciated, acknowledged ann, returned, reset ann"; got != want {
		t.Errorf("the journal tells %q, want %q", got, want)
	}
}
