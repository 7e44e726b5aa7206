package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"penstock/app/plant"
	"penstock/drivers/sim/waterworks"
)

// demo is the simulated waterworks as a process of its own, so that nothing
// it does can harm the control room. It ends when its input is closed, however
// this process ends, and is started again when it ends by itself.
type demo struct {
	log  io.Writer
	at   endpoints     // of the demo project's devices; they stay over a restart
	quit chan struct{} // closed by stop
	over chan struct{} // closed when nothing of it runs any more

	mu  sync.Mutex
	run *demoRun // the newest
}

// demoRun is one life of the plant.
type demoRun struct {
	cmd   *exec.Cmd
	in    io.Closer
	out   io.Reader
	ended chan struct{}
	why   error // it ended with
}

// demoWait is how long the simulated plant may take to answer; it needs a
// second on an idle machine.
const demoWait = 30 * time.Second

// demoPast is how long the demo plant has run when it is first seen, so that
// there is a past to look at.
const demoPast = 4 * time.Hour

// fresh reports whether no plant has run on the data folder yet.
func (s *station) fresh() bool {
	_, err := os.Stat(plant.DataDir(s.data).JournalPath())
	return errors.Is(err, os.ErrNotExist)
}

// The pauses before the plant is started again: they double while it ends
// soon, so that one that cannot run does not keep the computer busy.
const (
	demoPause        = time.Second
	demoLongestPause = 30 * time.Second
	demoSoon         = time.Minute
)

// startDemo starts `penstock plant` on free ports of loopback; where it was
// never seen before, with a past.
func startDemo(ctx context.Context, log io.Writer, scenarios []string, first bool) (*demo, error) {
	for _, s := range scenarios {
		name, _, _ := strings.Cut(s, "@")
		if _, err := waterworks.ParseScenario(name); err != nil {
			return nil, usagef("--scenario: %w", err)
		}
	}
	d := &demo{log: log, quit: make(chan struct{}), over: make(chan struct{})}
	var more []string
	if first {
		more = append(more, "--past", demoPast.String())
	}
	for _, s := range scenarios {
		more = append(more, "--scenario", s)
	}
	var err error
	if d.at, err = d.start(ctx, "127.0.0.1:0", "127.0.0.1:0", more...); err != nil {
		return nil, fmt.Errorf("start the demo plant: %w", err)
	}
	go d.keep()
	return d, nil
}

// start begins a life of the plant, waits until it answers, and returns where.
func (d *demo) start(ctx context.Context, opcua, modbus string, more ...string) (at endpoints, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := &demoRun{cmd: exec.Command(self, append([]string{"plant", "--opcua", opcua, "--modbus", modbus, "--until-eof"}, more...)...), ended: make(chan struct{})}
	r.cmd.Stderr = d.log
	if r.out, err = r.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.run = r
	d.mu.Unlock()
	ready := make(chan error, 1)
	listening := endpoints{}
	go func() {
		ready <- listening.read(r.out)
		io.Copy(io.Discard, r.out)
		r.why = r.cmd.Wait()
		close(r.ended)
	}()
	select {
	case err = <-ready:
	case <-time.After(demoWait):
		err = fmt.Errorf("it did not answer within %v", demoWait)
	case <-ctx.Done():
		err = ctx.Err()
	case <-d.quit:
		err = context.Canceled
	}
	if err != nil {
		r.stop()
		return nil, err
	}
	return listening, nil
}

// read takes where the plant listens from what it says first.
func (e endpoints) read(out io.Reader) error {
	sc := bufio.NewScanner(out)
	for sc.Scan() {
		key, value, _ := strings.Cut(sc.Text(), ":")
		switch value = strings.TrimSpace(value); key {
		case "opcua":
			e["PLC1"] = value
		case "modbus":
			e["RTU1"] = value
		case "ready":
			return nil
		}
	}
	return errors.Join(sc.Err(), errors.New("it ended at once"))
}

// keep starts the plant again where it was whenever it has ended.
func (d *demo) keep() {
	defer close(d.over)
	opcua, modbus := hostOf(d.at["PLC1"]), hostOf(d.at["RTU1"])
	for pause := demoPause; ; pause = min(2*pause, demoLongestPause) {
		began, r := time.Now(), d.newest()
		select {
		case <-r.ended:
		case <-d.quit:
			r.stop()
			return
		}
		if time.Since(began) > demoSoon {
			pause = demoPause
		}
		fmt.Fprintf(d.log, "the demo plant has ended (%v); it is started again in %v\n", r.why, pause)
		select {
		case <-time.After(pause):
		case <-d.quit:
			return
		}
		if _, err := d.start(context.Background(), opcua, modbus); err != nil {
			fmt.Fprintf(d.log, "start the demo plant again: %v\n", err)
		}
	}
}

// hostOf is host and port of an endpoint.
func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Host
}

func (d *demo) newest() *demoRun {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.run
}

// stop ends the plant for good.
func (d *demo) stop() {
	close(d.quit)
	<-d.over
}

// stop ends one life, by force where it does not end by itself.
func (r *demoRun) stop() {
	r.in.Close()
	kill := time.AfterFunc(2*time.Second, func() { r.cmd.Process.Kill() })
	defer kill.Stop()
	<-r.ended
}

// demoData is where the demo keeps its history between runs.
func demoData() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for the demo's data: %w; name one with --data", err)
	}
	return filepath.Join(dir, "penstock", "demo"), nil
}
