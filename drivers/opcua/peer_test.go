package opcua

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"penstock/drivers"
)

// peerVersion is the node-opcua the tests are proven with.
const peerVersion = "2.186.4"

// peer is a running server of testdata/peer.
type peer struct {
	t     testing.TB
	url   string
	pki   string
	set   map[string]any
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

// peerHome is where "npm install" puts the peer: a folder of the user's
// cache, so that a second run needs no network. app/test fills it.
func peerHome() (string, error) {
	if dir := os.Getenv("PENSTOCK_OPCUA_PEER"); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "penstock", "opcua-peer-"+peerVersion), err
}

// startPeer starts a server with settings, on a port of its own, and ends it
// with the test.
func startPeer(t testing.TB, set map[string]any) *peer {
	t.Helper()
	home, err := peerHome()
	if err == nil {
		_, err = os.Stat(filepath.Join(home, "node_modules", "node-opcua"))
	}
	if err == nil {
		_, err = exec.LookPath("node")
	}
	if err != nil {
		if os.Getenv("PENSTOCK_PEERS") == "1" {
			t.Fatalf("the OPC UA peer is missing: %v", err)
		}
		t.Skipf("needs node and node-opcua %s: npm install --prefix %s node-opcua@%s", peerVersion, home, peerVersion)
	}
	p := &peer{t: t, pki: filepath.Join(t.TempDir(), "server-pki"), set: map[string]any{"port": freePort(t)}}
	for k, v := range set {
		p.set[k] = v
	}
	p.start()
	t.Cleanup(p.kill)
	return p
}

var shared struct {
	sync.Once
	peer *peer
	dir  string
}

// plainPeer is a server that all tests share which neither stop nor change it.
func plainPeer(t testing.TB) *peer {
	t.Helper()
	home, err := peerHome()
	if err == nil {
		_, err = os.Stat(filepath.Join(home, "node_modules", "node-opcua"))
	}
	if err != nil {
		return startPeer(t, nil) // says what is missing
	}
	shared.Do(func() {
		dir, err := os.MkdirTemp("", "penstock-peer")
		if err != nil {
			t.Fatal(err)
		}
		p := &peer{t: t, pki: filepath.Join(dir, "pki"), set: map[string]any{"port": freePort(t), "vars": 300, "history": historySeconds}}
		p.start()
		shared.peer, shared.dir = p, dir
	})
	if shared.peer == nil {
		t.Fatal("the shared OPC UA peer did not start")
	}
	return shared.peer
}

// historySeconds is how much history the shared peer begins with.
const historySeconds = 3600

// start runs the server with its settings as they are now.
func (p *peer) start() {
	p.t.Helper()
	home, err := peerHome()
	if err != nil {
		p.t.Fatal(err)
	}
	p.set["pki"] = p.pki
	set, err := json.Marshal(p.set)
	if err != nil {
		p.t.Fatal(err)
	}
	script, err := filepath.Abs("testdata/peer/server.js")
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd = exec.Command("node", script, string(set))
	p.cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(home, "node_modules"))
	p.cmd.Stderr = io.Discard
	if os.Getenv("PEER_LOG") != "" {
		p.cmd.Stderr = os.Stderr
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		p.t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url, ok := strings.CutPrefix(lines.Text(), "READY "); ok {
				ready <- url
			}
		}
		close(ready)
	}()
	select {
	case url, ok := <-ready:
		if !ok {
			p.t.Fatal("the OPC UA peer ended before it was ready")
		}
		p.url = url
	case <-time.After(90 * time.Second):
		p.t.Fatal("the OPC UA peer did not get ready")
	}
}

func (p *peer) kill() { p.signal(syscall.SIGKILL) }

func (p *peer) signal(s os.Signal) {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	_ = p.cmd.Process.Signal(s) // it may have ended by itself
	_ = p.cmd.Wait()
	p.cmd = nil
}

// device is a device that connects to the peer without security.
func (p *peer) device() drivers.Device {
	return drivers.Device{Name: "peer", Driver: "opcua", Endpoint: p.url, Options: map[string]string{"policy": "None"}}
}
