//go:build unix

package pgserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a real PostgreSQL in a folder of its own, on a socket there.
type Server struct {
	Dir string // of its data, its log and its socket

	bin  string
	cred *syscall.Credential
	cmd  *exec.Cmd
}

// New starts a PostgreSQL that ends with the test. It refuses to run as
// root, so as root it runs as somebody else.
func New(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{Dir: dir, bin: postgresBin(t)}
	if os.Geteuid() == 0 {
		who, err := user.Lookup("postgres")
		if err != nil {
			who, err = user.Lookup("nobody")
		}
		if err != nil {
			missing(t, "no user to run PostgreSQL as")
		}
		uid, _ := strconv.Atoi(who.Uid)
		gid, _ := strconv.Atoi(who.Gid)
		s.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	out, err := s.command("initdb", "-D", s.data(), "-U", "penstock", "-A", "trust", "-E", "UTF8", "--locale=C", "-N").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s.Start(t)
	t.Cleanup(s.Kill)
	return s
}

func postgresBin(t testing.TB) string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		missing(t, "PostgreSQL is not installed (package postgresql)")
	}
	return filepath.Dir(path)
}

func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("PENSTOCK_PEERS") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	return cmd
}

// URL is the connection string.
func (s *Server) URL() string {
	return fmt.Sprintf("host=%s user=penstock dbname=postgres", s.Dir)
}

// Start starts the server and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.cmd = s.command("postgres", "-D", s.data(), "-k", s.Dir, "-c", "listen_addresses=", "-c", "max_connections=20", "-c", "shared_buffers=32MB")
	log, err := os.OpenFile(filepath.Join(s.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); ; {
		db, err := pgx.Connect(context.Background(), s.URL())
		if err == nil {
			db.Close(context.Background())
			return
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
			t.Fatalf("PostgreSQL does not answer: %v\n%s", err, text[max(0, len(text)-2000):])
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Kill ends the server the way a crash does: every process at once, nothing
// written, recovery at the next start.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(syscall.SIGQUIT)
	s.cmd.Wait()
	s.cmd = nil
}

// Query returns rows as lines of text.
func (s *Server) Query(t testing.TB, q string, args ...any) string {
	t.Helper()
	db, err := pgx.Connect(context.Background(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	rows, err := db.Query(context.Background(), q, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		v, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Trim(fmt.Sprint(v), "[]"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}
