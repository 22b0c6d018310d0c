// Package conformance drives the real server the way Crossplane does: Go's gRPC, the official protocol, certificates of
// Crossplane's shape. PROGRAM names the server's binary, BUILD the folder that it was built in.
package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// server is a running function.
type server struct {
	address string // host:port
	command *exec.Cmd
	exited  chan struct{}
}

// start runs the program with the certificates of dir, none when it is empty, until it serves. It ends with the test.
func start(t *testing.T, dir string, arguments ...string) *server {
	t.Helper()
	return startProgram(t, os.Getenv("PROGRAM"), dir, arguments...)
}

// startProgram runs another program on the same SDK.
func startProgram(t *testing.T, program, dir string, arguments ...string) *server {
	t.Helper()
	if !strings.Contains(strings.Join(arguments, " "), "--address") {
		arguments = append(arguments, "--address", "127.0.0.1:0")
	}
	s := &server{exited: make(chan struct{})}
	s.command = exec.Command(program, append(arguments, "--metrics-address", "")...)
	s.command.Env = append(os.Environ(), "TLS_SERVER_CERTS_DIR="+dir)
	logs, err := s.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatalf("cannot start the server: %v", err)
	}
	var kept lockedBuffer
	address := make(chan string, 1)
	go func() {
		readLog(io.TeeReader(logs, &kept), address)
		_ = s.command.Wait()
		close(s.exited)
	}()
	t.Cleanup(func() {
		_ = s.command.Process.Kill() // an error means that it has ended
		<-s.exited
		if t.Failed() {
			t.Logf("log of the server:\n%s", kept.String())
		}
	})
	select {
	case s.address = <-address:
	case <-s.exited:
		t.Fatalf("the server ended (%v) before it served", s.command.ProcessState)
	}
	return s
}

// readLog reads the server's log to its end and tells the address of the first line that has one.
func readLog(log io.Reader, address chan<- string) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Address != "" {
			select {
			case address <- line.Address:
			default:
			}
		}
	}
}

// terminate asks the server to end, as a kubelet does, and returns its exit code.
func (s *server) terminate(t *testing.T) int {
	t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("cannot signal the server: %v", err)
	}
	<-s.exited
	return s.command.ProcessState.ExitCode()
}

// lockedBuffer is a bytes.Buffer for one writer and one reader at the same time.
type lockedBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}

// secret is a mounted Secret: its files are symbolic links through one that is swapped, as the kubelet does it.
type secret struct {
	dir      string
	versions int
}

func newSecret(t *testing.T, ca, leaf *identity) *secret {
	t.Helper()
	s := &secret{dir: t.TempDir()}
	s.write(t, ca, leaf)
	for _, name := range []string{"ca.crt", "tls.crt", "tls.key"} {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// write replaces all files at once.
func (s *secret) write(t *testing.T, ca, leaf *identity) {
	t.Helper()
	s.versions++
	version := "..version" + strings.Repeat("i", s.versions)
	if err := os.Mkdir(filepath.Join(s.dir, version), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"ca.crt": ca.certificatePEM(), "tls.crt": leaf.certificatePEM(), "tls.key": leaf.keyPEM(),
	} {
		if err := os.WriteFile(filepath.Join(s.dir, version, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	next := filepath.Join(s.dir, "..data_tmp")
	if err := os.Symlink(version, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(s.dir, "..data")); err != nil {
		t.Fatal(err)
	}
}
