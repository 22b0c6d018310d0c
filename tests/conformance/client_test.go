package conformance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"
)

// serviceConfig is what Crossplane sets for all its function clients.
const serviceConfig = `{"loadBalancingConfig": [{"round_robin": {}}], "methodConfig": [{"name": [{}], "waitForReady": true}]}`

// deadline bounds what would otherwise hang; nothing is expected to come near it.
const deadline = 2 * time.Minute

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	t.Cleanup(cancel)
	return ctx
}

// clientTLS is Crossplane's TLS configuration; a nil identity shows no certificate.
func clientTLS(ca, client *identity) *tls.Config {
	config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: serverName, MinVersion: tls.VersionTLS12}
	config.RootCAs.AddCert(ca.certificate)
	if client != nil {
		config.Certificates = []tls.Certificate{client.tls()}
	}
	return config
}

// connect makes a client like Crossplane's; a nil configuration is plain text.
func connect(t *testing.T, address string, config *tls.Config, options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	transport := insecure.NewCredentials()
	if config != nil {
		transport = credentials.NewTLS(config)
	}
	options = append([]grpc.DialOption{
		grpc.WithTransportCredentials(transport), grpc.WithDefaultServiceConfig(serviceConfig),
	}, options...)
	connection, err := grpc.NewClient("dns:///"+address, options...)
	if err != nil {
		t.Fatalf("cannot make a client: %v", err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// exampleRequest is the first call for the basic example.
func exampleRequest(t *testing.T) *fnv1.RunFunctionRequest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "basic", "xr.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text, err = yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	composite := &structpb.Struct{}
	if err := protojson.Unmarshal(text, composite); err != nil {
		t.Fatal(err)
	}
	return &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "a tag"},
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: composite}},
		Desired:  &fnv1.State{},
		Context:  &structpb.Struct{},
	}
}

// run calls the function once.
func run(ctx context.Context, connection *grpc.ClientConn, request *fnv1.RunFunctionRequest, options ...grpc.CallOption) error {
	_, err := fnv1.NewFunctionRunnerServiceClient(connection).RunFunction(ctx, request, options...)
	return err
}
