package conformance

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestCrossplaneIsServed(t *testing.T) {
	ca := newCA(t)
	s := start(t, newSecret(t, ca, issue(t, ca, serverLeaf())).dir)
	request := exampleRequest(t)

	for _, version := range []struct {
		reason string
		max    uint16
	}{
		{"what Crossplane negotiates", tls.VersionTLS13},
		{"the oldest version that Crossplane allows", tls.VersionTLS12},
	} {
		t.Run(version.reason, func(t *testing.T) {
			config := clientTLS(ca, issue(t, ca, clientLeaf()))
			config.MaxVersion = version.max
			client := fnv1.NewFunctionRunnerServiceClient(connect(t, s.address, config))
			response, err := client.RunFunction(testContext(t), request)
			if err != nil {
				t.Fatalf("RunFunction: %v", err)
			}
			if got, want := response.GetMeta().GetTag(), request.GetMeta().GetTag(); got != want {
				t.Errorf("tag: got %q, want %q", got, want)
			}
			for _, result := range response.GetResults() {
				t.Errorf("unexpected result: %v", result)
			}
			if len(response.GetDesired().GetResources()) == 0 {
				t.Error("no desired resources")
			}
		})
	}
}

func TestOthersAreRefused(t *testing.T) {
	ca, otherCA := newCA(t), newCA(t)
	s := start(t, newSecret(t, ca, issue(t, ca, serverLeaf())).dir)
	good := connect(t, s.address, clientTLS(ca, issue(t, ca, clientLeaf())))

	expired := clientLeaf()
	expired.NotBefore, expired.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().Add(-time.Minute)
	early := clientLeaf()
	early.NotBefore = time.Now().AddDate(0, 0, 1)
	tls11 := clientTLS(ca, issue(t, ca, clientLeaf()))
	tls11.MinVersion, tls11.MaxVersion = tls.VersionTLS10, tls.VersionTLS11

	for _, row := range []struct {
		reason string
		config *tls.Config
	}{
		{"no client certificate", clientTLS(ca, nil)},
		{"another CA of the same name", clientTLS(ca, issue(t, otherCA, clientLeaf()))},
		{"expired", clientTLS(ca, issue(t, ca, expired))},
		{"not valid yet", clientTLS(ca, issue(t, ca, early))},
		{"for servers only", clientTLS(ca, issue(t, ca, leaf(x509.ExtKeyUsageServerAuth, "crossplane.crossplane-system")))},
		{"self-signed", clientTLS(ca, issue(t, nil, clientLeaf()))},
		{"TLS 1.1", tls11},
		{"plain text", nil},
	} {
		t.Run(row.reason, func(t *testing.T) {
			err := run(testContext(t), connect(t, s.address, row.config), exampleRequest(t), grpc.WaitForReady(false))
			if status.Code(err) != codes.Unavailable {
				t.Errorf("RunFunction: got %v, want that it cannot connect", err)
			}
			if err := run(testContext(t), good, exampleRequest(t)); err != nil {
				t.Errorf("Crossplane is not served after that: %v", err)
			}
		})
	}
}

// served returns the certificate that a new connection gets, or why it gets none. A server of TLS 1.3 refuses a client
// only after the client's part of the handshake, so the connection is read until its first bytes, those of HTTP/2.
func served(address string, config *tls.Config) (*x509.Certificate, error) {
	config = config.Clone()
	config.NextProtos = []string{"h2"}
	connection, err := tls.Dial("tcp", address, config)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	if _, err := connection.Read(make([]byte, 1)); err != nil {
		return nil, err
	}
	return connection.ConnectionState().PeerCertificates[0], nil
}

func TestCertificatesRotateWhileServing(t *testing.T) {
	ca, nextCA := newCA(t), newCA(t)
	files := newSecret(t, ca, issue(t, ca, serverLeaf()))
	s := start(t, files.dir)
	before := clientTLS(ca, issue(t, ca, clientLeaf()))
	after := clientTLS(nextCA, issue(t, nextCA, clientLeaf()))
	connection := connect(t, s.address, before)
	ctx := testContext(t)

	// await calls the function all the time, which must not fail, until new connections get the certificate.
	await := func(want *identity, config *tls.Config, connection *grpc.ClientConn) {
		t.Helper()
		for got := (*x509.Certificate)(nil); got == nil || !got.Equal(want.certificate); {
			if err := run(ctx, connection, exampleRequest(t)); err != nil {
				t.Fatalf("RunFunction during the rotation: %v", err)
			}
			got, _ = served(s.address, config)
		}
	}

	renewed := issue(t, ca, serverLeaf())
	files.write(t, ca, renewed)
	await(renewed, before, connection)

	replaced := issue(t, nextCA, serverLeaf())
	files.write(t, nextCA, replaced)
	await(replaced, after, connect(t, s.address, after))
	if _, err := served(s.address, &tls.Config{
		RootCAs: after.RootCAs, ServerName: serverName, Certificates: before.Certificates,
	}); err == nil {
		t.Error("a client of the CA before is still let in")
	}
	if err := run(ctx, connect(t, s.address, after), exampleRequest(t)); err != nil {
		t.Errorf("a client of the new CA is refused: %v", err)
	}
}
