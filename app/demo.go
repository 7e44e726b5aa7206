package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"penstock/app/plant"
)

// demo is the simulated waterworks as a process of its own, so that nothing
// it does can harm the control room. It ends when its input is closed, however
// this process ends.
type demo struct {
	cmd *exec.Cmd
	in  io.Closer
	at  endpoints // of the demo project's devices
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

// startDemo starts `penstock plant` on free ports of loopback; where it was
// never seen before, with a past.
func startDemo(ctx context.Context, log io.Writer, scenarios []string, first bool) (*demo, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"plant", "--opcua", "127.0.0.1:0", "--modbus", "127.0.0.1:0", "--until-eof"}
	if first {
		args = append(args, "--past", demoPast.String())
	}
	for _, s := range scenarios {
		args = append(args, "--scenario", s)
	}
	d := &demo{cmd: exec.Command(self, args...), at: endpoints{}}
	d.cmd.Stderr = log
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if d.in, err = d.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the demo plant: %w", err)
	}
	ready := make(chan error, 1)
	go func() { ready <- d.listen(out) }()
	select {
	case err = <-ready:
	case <-time.After(demoWait):
		err = fmt.Errorf("it did not answer within %v", demoWait)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		d.stop()
		return nil, fmt.Errorf("start the demo plant: %w", err)
	}
	return d, nil
}

// listen reads where the plant listens, and goes on emptying the pipe.
func (d *demo) listen(out io.Reader) error {
	sc := bufio.NewScanner(out)
	for sc.Scan() {
		key, value, _ := strings.Cut(sc.Text(), ":")
		switch value = strings.TrimSpace(value); key {
		case "opcua":
			d.at["PLC1"] = value
		case "modbus":
			d.at["RTU1"] = value
		case "ready":
			go io.Copy(io.Discard, out)
			return nil
		}
	}
	return errors.Join(sc.Err(), errors.New("it ended at once"))
}

// stop ends the plant, by force where it does not end by itself.
func (d *demo) stop() {
	d.in.Close()
	kill := time.AfterFunc(2*time.Second, func() { d.cmd.Process.Kill() })
	defer kill.Stop()
	d.cmd.Wait()
}

// demoData is where the demo keeps its history between runs.
func demoData() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for the demo's data: %w; name one with --data", err)
	}
	return filepath.Join(dir, "penstock", "demo"), nil
}
