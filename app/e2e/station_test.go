package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/host"
	"penstock/drivers/modbus"
	"penstock/drivers/opcua"
	"penstock/drivers/sim"
)

// The test binary has three lives: the tests, the child process of a driver,
// and a station that a test can talk to and kill.
func TestMain(m *testing.M) {
	set := drivers.Set{"opcua": new(opcua.Driver), "modbus": new(modbus.Driver), "sim": new(sim.Driver)}
	host.Main(set)
	if args := os.Getenv("PENSTOCK_E2E_STATION"); args != "" {
		w := strings.Split(args, "\n")
		if err := stationMain(host.Wrap(set), w[0], w[1], w[2:]); err != nil {
			fmt.Fprintln(os.Stdout, "failed", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	keys, err := os.MkdirTemp("", "penstock-keys")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv("XDG_CONFIG_HOME", keys) // anchors and keys of stations that are gone soon
	code := m.Run()
	os.RemoveAll(keys)
	os.RemoveAll(builtIn)
	os.Exit(code)
}

// operator may do everything.
type operator struct{}

func (operator) User() string         { return "ann" }
func (operator) May(_, _ string) bool { return true }

// stationMain runs a plant as the window does, for one operator who types:
//
//	get TAG              value, quality
//	set TAG VALUE        the outcome
//	ack ALARM COMMENT    acknowledged, or why not
//	reset ALARM COMMENT  reset, or why not
//	state ALARM          the phase
//	link DEVICE          up or down
//	stop
func stationMain(set drivers.Set, dir, data string, redirect []string) error {
	proj, err := project.Load(dir, set)
	if err != nil {
		return err
	}
	to := map[string]string{}
	for _, r := range redirect {
		name, url, _ := strings.Cut(r, "=")
		to[name] = url
	}
	if err := proj.Redirect(to); err != nil {
		return err
	}
	p, err := plant.Start(plant.Config{Project: proj, Data: plant.DataDir(data), Drivers: set, Keys: plant.KeyDir(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "penstock", "keys")), Station: "e2e"})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		w := strings.SplitN(in.Text(), " ", 3)
		switch w[0] {
		case "get":
			c := p.Tags().Cell(tag.ID(w[1]))
			if c == nil {
				fmt.Println("no such tag")
				continue
			}
			r := c.Load()
			fmt.Println(c.Def().Format(r.Value.Value), r.Quality)
		case "set":
			c := p.Tags().Cell(tag.ID(w[1]))
			v, err := tag.Parse(c.Def().Kind, w[2])
			if err != nil {
				fmt.Println(err)
				continue
			}
			fmt.Println(p.Desk.Set(context.Background(), operator{}, command.Request{Tag: tag.ID(w[1]), Value: v}))
		case "ack", "reset":
			do, done := alarm.Ack, "acknowledged"
			if w[0] == "reset" {
				do, done = alarm.Reset, "reset"
			}
			errs := p.Answer(context.Background(), operator{}, []plant.Answer{{Alarm: w[1], Event: alarm.Event{What: do, Note: w[2]}}})
			if errs[0] != nil {
				fmt.Println(errs[0])
				continue
			}
			fmt.Println(done)
		case "state":
			phase := alarm.Normal
			if r := p.Alarms().Row(w[1]); r != nil {
				phase = r.Phase
			}
			fmt.Println(phase)
		case "link":
			state := "down"
			for _, l := range p.Links() {
				if l.Device == w[1] && l.State == drivers.Up {
					state = "up"
				}
			}
			fmt.Println(state)
		case "stop":
			return p.Stop()
		}
	}
	return p.Stop()
}

// process is a program a test started.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	mu    sync.Mutex
	said  []string
	done  chan struct{}
	err   error
}

func start(t testing.TB, env []string, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(name, args...), lines: make(chan string, 1000), done: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), locale), env...)
	p.cmd.Stderr = &said{p: p}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for sc := bufio.NewScanner(out); sc.Scan(); {
			p.note(sc.Text())
			select {
			case p.lines <- sc.Text():
			default: // nobody reads any more
			}
		}
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			p.mu.Lock()
			defer p.mu.Unlock()
			t.Logf("%s said:\n%s", filepath.Base(name)+" "+strings.Join(args, " "), strings.Join(p.said, "\n"))
		}
	})
	return p
}

type said struct{ p *process }

func (s *said) Write(b []byte) (int, error) {
	s.p.note(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

func (p *process) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, line)
}

// patience is the least that a test waits for what will come: computers are
// slow at times, and who measures does so by himself.
const patience = 2 * time.Minute

// line waits for the next line that begins with one of the words.
func (p *process) line(within time.Duration, words ...string) string {
	p.t.Helper()
	within = max(within, patience)
	late := time.After(within)
	for {
		select {
		case l := <-p.lines:
			for _, w := range words {
				if strings.HasPrefix(l, w) {
					return l
				}
			}
		case <-p.done:
			p.t.Fatalf("ended (%v) before it said %q", p.err, words)
		case <-late:
			p.t.Fatalf("did not say %q within %v", words, within)
		}
	}
}

// ask types a line and returns the answer.
func (p *process) ask(format string, args ...any) string {
	p.t.Helper()
	fmt.Fprintf(p.in, format+"\n", args...)
	return p.line(15*time.Second, "")
}

// until asks again and again until the answer is what is wanted.
func (p *process) until(within time.Duration, want string, format string, args ...any) {
	p.t.Helper()
	within = max(within, patience)
	var got string
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if got = p.ask(format, args...); got == want {
			return
		}
	}
	p.t.Fatalf("%s: %q, want %q within %v", fmt.Sprintf(format, args...), got, want, within)
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// stop ends the process as a system that shuts down does.
func (p *process) stop(within time.Duration) error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	within = max(within, patience)
	select {
	case <-p.done:
		return p.err
	case <-time.After(within):
		return fmt.Errorf("did not stop within %v", within)
	}
}

var (
	builtIn   string
	buildOnce sync.Once
	buildErr  error
)

// penstock builds the program, with the display driver in memory, once.
func penstock(t testing.TB) string {
	t.Helper()
	buildOnce.Do(func() {
		if builtIn, buildErr = os.MkdirTemp("", "penstock-e2e"); buildErr != nil {
			return
		}
		cmd := exec.Command("go", "build", "-tags", "ci,migrated_fynedo,no_animations", "-o", filepath.Join(builtIn, "penstock"), "./app")
		cmd.Dir, cmd.Env = root(t), append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			buildErr = fmt.Errorf("%w: %s", err, out)
		}
	})
	if buildErr != nil {
		t.Fatal(buildErr)
	}
	return filepath.Join(builtIn, "penstock")
}

// demoPlant starts the simulated waterworks and returns where it listens.
func demoPlant(t *testing.T, args ...string) (p *process, opcua, modbus string) {
	t.Helper()
	p = start(t, nil, penstock(t), append([]string{"plant", "--opcua", "127.0.0.1:0", "--modbus", "127.0.0.1:0"}, args...)...)
	opcua = strings.TrimSpace(strings.TrimPrefix(p.line(20*time.Second, "opcua:"), "opcua:"))
	modbus = strings.TrimSpace(strings.TrimPrefix(p.line(20*time.Second, "modbus:"), "modbus:"))
	return p, opcua, modbus
}

// station starts a station on a project.
func station(t *testing.T, project, data string, redirect ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{"PENSTOCK_E2E_STATION=" + strings.Join(append([]string{project, data}, redirect...), "\n")}, self)
	p.line(20*time.Second, "ready")
	return p
}

// locale keeps the window toolkit from remarking on the plain C locale.
const locale = "LC_ALL=en_US.UTF-8"

// run runs one command of the program and returns what it printed.
func run(t *testing.T, want int, args ...string) string {
	t.Helper()
	cmd := exec.Command(penstock(t), args...)
	cmd.Env = append(os.Environ(), locale)
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("penstock %s: exit code %d (%v), want %d\n%s%s", strings.Join(args, " "), got, err, want, out.String(), errOut.String())
	}
	return out.String() + errOut.String()
}
