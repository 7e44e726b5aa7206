package host

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"penstock/drivers"
)

// child is a running child process as its parent sees it.
type child struct {
	cmd  *exec.Cmd
	send chan []byte // whole frames, to the goroutine that writes
	dead chan struct{}

	// Of the Driver, under its lock.
	key  string
	used int
	idle uint64 // changes whenever the child becomes idle

	mu    sync.Mutex
	why   error // set before dead is closed
	next  uint32
	calls map[uint32]chan reader
	conns map[uint32]*conn
	cause string // the line of its standard error that says why it died
}

// ErrChild is in every error that the end of a child process caused.
var ErrChild = errors.New("the driver's process ended")

// start runs a child for one driver.
func start(driver string, memory int) (*child, error) {
	cmd := exec.Command(self(), verb)
	cmd.Env = append(os.Environ(), envDriver+"="+driver, envMemory+"="+strconv.Itoa(memory))
	cmd.SysProcAttr = attributes()
	ch := &child{
		cmd: cmd, send: make(chan []byte, 64), dead: make(chan struct{}),
		calls: map[uint32]chan reader{}, conns: map[uint32]*conn{},
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	errs, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	started := make(chan error, 1)
	go func() {
		// The kernel ends the child when the thread that started it ends, so
		// this thread stays as long as the child.
		runtime.LockOSThread()
		err := cmd.Start()
		if err == nil {
			if err = bind(cmd.Process); err != nil { // it must not outlive us
				cmd.Process.Kill()
				cmd.Wait()
			}
		}
		started <- err
		if err != nil {
			return
		}
		var reading sync.WaitGroup
		reading.Go(func() { ch.listen(errs) })
		reading.Go(func() { ch.receive(out) })
		reading.Wait() // Wait closes the pipes
		ch.fail(ch.obituary(cmd.Wait()))
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	go ch.write(in)
	return ch, nil
}

func (ch *child) alive() bool {
	select {
	case <-ch.dead:
		return false
	default:
		return true
	}
}

// fail ends the child and everything that waits for it. The first reason counts.
func (ch *child) fail(why error) {
	ch.mu.Lock()
	if ch.why != nil {
		ch.mu.Unlock()
		return
	}
	ch.why = &drivers.PlainError{Words: failedWords, Err: why}
	conns := ch.conns
	ch.conns = map[uint32]*conn{}
	close(ch.dead)
	ch.mu.Unlock()
	ch.cmd.Process.Kill()
	for _, c := range conns {
		c.tell(why.Error())
		c.end(ch.why)
	}
}

// end lets an idle child go: its input ends, and so does it.
func (ch *child) end() {
	ch.fail(fmt.Errorf("%w: not needed", ErrChild))
}

// obituary says what a child died of, with the last word it had.
func (ch *child) obituary(err error) error {
	what := "it stopped"
	if err != nil {
		what = err.Error()
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.cause != "" {
		what += ": " + ch.cause
	}
	return fmt.Errorf("%w: %s", ErrChild, what)
}

// failedWords are for people, who can do nothing about a driver that fails.
const failedWords = "The part of this station that talks to the device has failed, and is started again. If it goes on, restart the station, and report what the recording of the link says."

// lastWords are how a Go program begins to say why it dies.
var lastWords = []string{"panic:", "fatal error:", "runtime: out of memory", memoryWords, "SIG", "ThreadSanitizer"}

func isLastWord(line string) bool {
	return slices.ContainsFunc(lastWords, func(w string) bool { return strings.HasPrefix(line, w) })
}

// write is the goroutine that writes to the child.
func (ch *child) write(in io.WriteCloser) {
	defer in.Close()
	for {
		select {
		case b := <-ch.send:
			if _, err := in.Write(b); err != nil {
				return // its end is noticed by reading
			}
		case <-ch.dead:
			return
		}
	}
}

// post hands a frame to the child.
func (ch *child) post(ctx context.Context, op byte, id, conn uint32, body []byte) error {
	select {
	case ch.send <- appendFrame(make([]byte, 0, frameHead+len(body)), op, id, conn, body):
		return nil
	case <-ch.dead:
		return ch.why
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lastWord is how long a call whose context has ended waits for the answer that
// this brings, which knows more than "deadline exceeded".
const lastWord = 150 * time.Millisecond

// call asks the child and waits for the answer, at the latest shortly after
// the end of ctx. id 0 makes a new one. The deadline goes in front of body.
func (ch *child) call(ctx context.Context, op byte, id, conn uint32, body []byte) (reader, error) {
	answer := make(chan reader, 1)
	if id == 0 {
		id = ch.number()
	}
	ch.mu.Lock()
	ch.calls[id] = answer
	ch.mu.Unlock()
	defer func() {
		ch.mu.Lock()
		delete(ch.calls, id)
		ch.mu.Unlock()
	}()
	left := time.Duration(0)
	if d, ok := ctx.Deadline(); ok {
		if left = time.Until(d); left <= 0 {
			return reader{}, context.DeadlineExceeded
		}
	}
	if err := ch.post(ctx, op, id, conn, append(binary.AppendVarint(make([]byte, 0, 10+len(body)), int64(left)), body...)); err != nil {
		return reader{}, err
	}
	select {
	case r := <-answer:
		return answered(r)
	case <-ch.dead:
		return reader{}, ch.why
	case <-ctx.Done():
	}
	// The child has the same deadline, and says what was in the way when it is
	// over. Who is cancelled knows only that somebody did.
	if errors.Is(ctx.Err(), context.Canceled) {
		ch.post(context.Background(), opCancel, id, conn, nil)
	}
	t := time.NewTimer(lastWord)
	defer t.Stop()
	select {
	case r := <-answer:
		return answered(r)
	case <-ch.dead:
		return reader{}, ch.why
	case <-t.C:
		ch.post(context.Background(), opCancel, id, conn, nil)
		return reader{}, ctx.Err()
	}
}

// answered takes the error off an answer.
func answered(r reader) (reader, error) {
	err := r.error()
	if r.err != nil {
		return r, r.err
	}
	return r, err
}

// number makes a new id, for a request or a connection.
func (ch *child) number() uint32 {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.next++
	return ch.next
}

// register gives c an id, under which the child knows it.
func (ch *child) register(c *conn) {
	c.id = ch.number()
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.conns[c.id] = c
}

func (ch *child) forget(c *conn) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	delete(ch.conns, c.id)
}

// receive is the goroutine that reads what the child says. It never waits for
// anyone: pushes are limited by credit.
func (ch *child) receive(out io.Reader) {
	r := bufio.NewReaderSize(out, 64<<10)
	f, err := readFrame(r)
	if err == nil && (f.op != opHello || len(f.body) != 1 || f.body[0] != version) {
		err = errors.New("it is not the same program")
	}
	for err == nil {
		if f, err = readFrame(r); err == nil {
			err = ch.take(f)
		}
	}
	if errors.Is(err, io.EOF) {
		return // it ended, and Wait knows how
	}
	ch.fail(fmt.Errorf("%w: it was ended because of what it sent: %w", ErrChild, err))
}

func (ch *child) take(f frame) error {
	ch.mu.Lock()
	answer, c := ch.calls[f.id], ch.conns[f.conn]
	ch.mu.Unlock()
	r := reader{b: f.body}
	switch f.op {
	case opReply:
		if answer != nil {
			select {
			case answer <- r:
			default:
				return errors.New("two answers to one request")
			}
		}
	case opPush, opNotice:
		if c != nil {
			return c.receive(f.op, r)
		}
	case opEnded:
		err := r.error()
		if r.err != nil {
			return r.err
		}
		if err == nil {
			err = errors.New("the subscription ended")
		}
		if c != nil {
			c.end(err)
		}
	case opWire:
		if c != nil {
			return c.metered(r)
		}
	case opTrace, opAudit:
		line := r.text()
		switch {
		case r.err != nil:
			return r.err
		case c == nil:
		case f.op == opTrace:
			c.tell(line)
		default:
			return c.decided(line)
		}
	default:
		return fmt.Errorf("a frame of kind %d", f.op)
	}
	return nil
}

// listen passes the child's standard error to the flight recorders.
func (ch *child) listen(errs io.Reader) {
	s := bufio.NewReaderSize(errs, 4096)
	for {
		line, err := s.ReadSlice('\n')
		if text := strings.TrimRight(string(line), "\r\n"); text != "" {
			ch.mu.Lock()
			if ch.cause == "" && isLastWord(text) {
				ch.cause = text
			}
			conns := make([]*conn, 0, len(ch.conns))
			for _, c := range ch.conns {
				conns = append(conns, c)
			}
			ch.mu.Unlock()
			for _, c := range conns {
				c.tell("process: " + text)
			}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}
