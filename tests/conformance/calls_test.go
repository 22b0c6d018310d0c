package conformance

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	fnv1beta1 "github.com/crossplane/function-sdk-go/proto/v1beta1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// bytesCodec passes messages as the bytes that they are on the wire.
type bytesCodec struct{}

func (bytesCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (bytesCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = bytes.Clone(data)
	return nil
}
func (bytesCodec) Name() string { return "proto" }

var _ encoding.Codec = bytesCodec{}

func TestBothVersionsAnswerTheSameBytes(t *testing.T) {
	connection := connect(t, start(t, "", "--insecure").address, nil)
	request, err := proto.Marshal(exampleRequest(t))
	if err != nil {
		t.Fatal(err)
	}
	call := func(method string) (response []byte) {
		t.Helper()
		if err := connection.Invoke(testContext(t), method, &request, &response, grpc.ForceCodec(bytesCodec{})); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		return response
	}
	v1 := call(fnv1.FunctionRunnerService_RunFunction_FullMethodName)
	v1beta1 := call(fnv1beta1.FunctionRunnerService_RunFunction_FullMethodName)
	if len(v1) == 0 || !bytes.Equal(v1, v1beta1) {
		t.Errorf("v1 answers %d bytes, v1beta1 %d other ones", len(v1), len(v1beta1))
	}
	if !bytes.Equal(v1, call(fnv1.FunctionRunnerService_RunFunction_FullMethodName)) {
		t.Error("the same request again gets other bytes")
	}
}

func TestRequestOverTheLimitIsRefusedAlone(t *testing.T) {
	connection := connect(t, start(t, "", "--insecure", "--max-recv-message-size", "1").address, nil)
	large := exampleRequest(t)
	large.Meta.Tag = strings.Repeat("x", 2<<20)
	if err := run(testContext(t), connection, large); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a request of 2 MiB: got %v, want ResourceExhausted", err)
	}
	if err := run(testContext(t), connection, exampleRequest(t)); err != nil {
		t.Errorf("the call after it: %v", err)
	}
}

const callersPerConnection = 4

// callers call a function all the time from several goroutines, each until its first error.
type callers struct {
	mutex    sync.Mutex
	answered *sync.Cond // signalled after each call
	calls    int
	crossed  int // calls that crossed the server's GOAWAY
	failed   error
	stopped  bool
	wait     sync.WaitGroup
}

func newCallers(t *testing.T, connection *grpc.ClientConn) *callers {
	t.Helper()
	c := &callers{}
	c.answered = sync.NewCond(&c.mutex)
	request, ctx := exampleRequest(t), testContext(t)
	for range callersPerConnection {
		c.wait.Go(func() {
			for c.note(run(ctx, connection, request)) {
			}
		})
	}
	return c
}

// note records how a call ended and tells whether to go on. A server of gRPC C++ that shuts down cancels, instead of
// refusing for another try, calls that were under way when it said GOAWAY (grpc/grpc#24237); Crossplane then reconciles
// once more. So each caller may see that once, and nothing else.
func (c *callers) note(err error) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.calls++
	if status.Code(err) == codes.Canceled && c.crossed < callersPerConnection {
		c.crossed++
		err = nil
	}
	c.failed = errors.Join(c.failed, err)
	c.answered.Broadcast()
	return c.failed == nil && !c.stopped
}

// more waits until that many more calls have been answered, or one has failed.
func (c *callers) more(n int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for end := c.calls + n; c.calls < end && c.failed == nil; {
		c.answered.Wait()
	}
}

// finish ends the calls; none of them may have failed.
func (c *callers) finish(t *testing.T) {
	t.Helper()
	c.mutex.Lock()
	c.stopped = true
	c.mutex.Unlock()
	c.wait.Wait()
	if c.failed != nil {
		t.Errorf("calls were lost: %v", c.failed)
	}
	t.Logf("%d calls, %d of them crossed a GOAWAY", c.calls, c.crossed)
}

func TestRestartIsSurvived(t *testing.T) {
	ca := newCA(t)
	files := newSecret(t, ca, issue(t, ca, serverLeaf()))
	first := start(t, files.dir)
	calls := newCallers(t, connect(t, first.address, clientTLS(ca, issue(t, ca, clientLeaf()))))
	calls.more(100)
	if code := first.terminate(t); code != 0 {
		t.Errorf("exit code after SIGTERM: got %d, want 0", code)
	}
	start(t, files.dir, "--address", first.address)
	calls.more(100)
	calls.finish(t)
}

func TestClientWaitsForTheServer(t *testing.T) {
	ca := newCA(t)
	files := newSecret(t, ca, issue(t, ca, serverLeaf()))
	first := start(t, files.dir)
	first.terminate(t)

	connection := connect(t, first.address, clientTLS(ca, issue(t, ca, clientLeaf())))
	answer := make(chan error, 1)
	request, ctx := exampleRequest(t), testContext(t)
	go func() { answer <- run(ctx, connection, request) }()
	for state := connection.GetState(); state != connectivity.TransientFailure; state = connection.GetState() {
		if !connection.WaitForStateChange(ctx, state) {
			t.Fatal("the client does not try to connect")
		}
	}
	start(t, files.dir, "--address", first.address)
	if err := <-answer; err != nil {
		t.Errorf("RunFunction: %v", err)
	}
}

func TestEndOfConnectionsByAgeIsSurvived(t *testing.T) {
	program := filepath.Join(os.Getenv("BUILD"), "tests", "server", "server_test_function")
	s := startProgram(t, program, "", "--insecure", "--max-connection-age-seconds", "0.5")
	connection := connect(t, s.address, nil)
	calls := newCallers(t, connection)
	ctx := testContext(t)
	for range 2 { // a connection that ends leaves the state Ready
		for state := connection.GetState(); state != connectivity.Ready; state = connection.GetState() {
			connection.WaitForStateChange(ctx, state)
		}
		if !connection.WaitForStateChange(ctx, connectivity.Ready) {
			t.Fatal("the server does not end old connections")
		}
	}
	calls.more(100)
	calls.finish(t)
	if calls.crossed > 0 {
		t.Errorf("%d calls were cancelled", calls.crossed)
	}
}
