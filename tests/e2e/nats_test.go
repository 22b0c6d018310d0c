package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// jetStream connects to the NATS server in pod nats-0 of namespace nats, through the API server as `kubectl port-forward`
// does, so that it works from anywhere.
func jetStream(ctx context.Context, t *testing.T, c *envconf.Config) jetstream.JetStream {
	t.Helper()
	connection, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", forward(t, c, "nats", "nats-0", 4222)), nats.Timeout(time.Minute))
	if err != nil {
		t.Fatalf("cannot connect to NATS: %v", err)
	}
	t.Cleanup(connection.Close)
	js, err := jetstream.New(connection)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// forward makes a port of a pod reachable until the test ends, and gives the local port.
func forward(t *testing.T, c *envconf.Config, namespace, pod string, port int) uint16 {
	t.Helper()
	config := c.Client().RESTConfig()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		t.Fatal(err)
	}
	target := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
	dialer := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, (*url.URL)(target))
	stop, ready, failed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var said bytes.Buffer
	forwarder, err := portforward.New(dialer, []string{fmt.Sprintf("0:%d", port)}, stop, ready, io.Discard, &said)
	if err != nil {
		t.Fatal(err)
	}
	go func() { failed <- forwarder.ForwardPorts() }()
	t.Cleanup(func() { close(stop) })
	select {
	case err := <-failed:
		t.Fatalf("cannot forward to %s/%s: %v %s", namespace, pod, err, said.String())
	case <-ready:
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		t.Fatal(err)
	}
	return ports[0].Local
}

const job = "precious"

// published puts a job into a stream.
func published(stream string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		if _, err := jetStream(ctx, t, c).Publish(ctx, stream+".job", []byte(job)); err != nil {
			t.Fatalf("cannot publish: %v", err)
		}
		return ctx
	}
}

// taken takes that job and does not acknowledge it.
func taken(stream, consumer string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		worker, err := jetStream(ctx, t, c).Consumer(ctx, stream, consumer)
		if err != nil {
			t.Fatalf("cannot find the consumer: %v", err)
		}
		message, err := worker.Next(jetstream.FetchMaxWait(30 * time.Second))
		if err != nil {
			t.Fatalf("cannot take a job: %v", err)
		}
		if string(message.Data()) != job {
			t.Fatalf("took %q", message.Data())
		}
		return ctx
	}
}
