package opcua

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
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
	home  string
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

// installed is where the peer is; it ends the test where that is missing.
func installed(t testing.TB) (home string) {
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
	return home
}

// startPeer starts a server with settings, and ends it with the test.
func startPeer(t testing.TB, set map[string]any) *peer {
	t.Helper()
	p := newPeer(t, filepath.Join(t.TempDir(), "server-pki"), set)
	p.start()
	t.Cleanup(p.kill)
	return p
}

func newPeer(t testing.TB, pki string, set map[string]any) *peer {
	p := &peer{t: t, home: installed(t), pki: pki, set: map[string]any{}}
	maps.Copy(p.set, set)
	return p
}

// shared is a server that tests share which neither stop it nor change how it
// works: to start one takes seconds.
type shared struct {
	set  map[string]any
	once sync.Once
	peer *peer
	dir  string
}

// The servers that are shared.
var (
	plainOne   = &shared{set: map[string]any{"vars": 300, "history": historySeconds}} // it has no alarm and cannot refresh
	alarmedOne = &shared{set: map[string]any{"alarms": true, "history": 500}}
	tightOne   = &shared{set: map[string]any{"vars": tightVars, "monitor": tightMonitor, "read": tightRead}} // it takes little at a time
)

// historySeconds is how much history the plain peer begins with.
const historySeconds = 3600

// What the tight peer has, and takes in one request.
const tightVars, tightMonitor, tightRead = 60, 7, 13

func (s *shared) use(t testing.TB) *peer {
	t.Helper()
	installed(t)
	s.once.Do(func() {
		var err error
		if s.dir, err = os.MkdirTemp("", "penstock-peer"); err != nil {
			t.Fatal(err)
		}
		p := newPeer(t, filepath.Join(s.dir, "pki"), s.set)
		p.start()
		s.peer = p
	})
	if s.peer == nil {
		t.Fatal("the shared OPC UA peer did not start")
	}
	return s.peer
}

// end is for after all tests.
func (s *shared) end() {
	if s.peer != nil {
		s.peer.kill()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

func plainPeer(t testing.TB) *peer { t.Helper(); return plainOne.use(t) }

// start runs the server with its settings as they are now, on a port that the
// system chooses.
func (p *peer) start() {
	p.t.Helper()
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
	p.cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(p.home, "node_modules"))
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
	case <-time.After(2 * patience):
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

// device is a device that connects to the peer without security, with time for
// a slow computer.
func (p *peer) device() drivers.Device {
	return drivers.Device{Name: "peer", Driver: "opcua", Endpoint: p.url, Timeout: patience, Options: map[string]string{"policy": "None", "quiet": "30s"}}
}

// usual is a device as engineers configure it.
func (p *peer) usual() drivers.Device {
	return drivers.Device{Name: "peer", Driver: "opcua", Endpoint: p.url, Options: map[string]string{"policy": "None"}}
}
