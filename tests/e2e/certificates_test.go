package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

var (
	secretKind = gvk{"v1", "Secret"}
	podKind    = gvk{"v1", "Pod"}
)

const authoritySecret = "crossplane-root-ca"

// serverCertificateReplaced: Crossplane makes another at once; the function takes it up while it serves.
func serverCertificateReplaced(t *testing.T) {
	const namespace = "e2e-server-certificate"
	remember, theSame := same(namespace, false)
	running := &functionPodsOf{}
	play(t, story("the function's server certificate is replaced", namespace, "E2E_SERVER_CERTIFICATE").
		Setup(wanted(namespace, "E2E_SERVER_CERTIFICATE")).
		Setup(says(namespace, "Ready", "True")).
		Setup(remember).
		Setup(running.remember).
		Assess("its Secret is deleted", deleteServerSecret).
		Assess("the function serves with the new one", servesWithItsSecret).
		Assess("an edit", edited(namespace, `{"spec": {"size": "small"}}`)).
		Assess("comes through", works(namespace, "250m")).
		Assess("nobody was told of an error", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			events := &corev1.EventList{}
			list(ctx, t, c, events, namespace, "")
			for _, event := range events.Items {
				if event.InvolvedObject.Kind == executors.kind && strings.Contains(event.Message, "cannot run Function") {
					t.Error(event.Message)
				}
			}
			return ctx
		}).
		Assess("all is well", says(namespace, "Ready", "True")).
		Assess("no pod of the function was restarted", running.stillRun).
		Assess("nothing was made anew", theSame).
		Feature())
}

// authorityReplaced: Crossplane's CA and its own certificates are made anew when it starts, the function's is not.
func authorityReplaced(t *testing.T) {
	const namespace = "e2e-authority"
	remember, theSame := same(namespace, false)
	running := &functionPodsOf{}
	play(t, story("Crossplane's certificate authority is replaced", namespace, "E2E_AUTHORITY").
		Setup(wanted(namespace, "E2E_AUTHORITY")).
		Setup(says(namespace, "Ready", "True")).
		Setup(remember).
		Setup(running.remember).
		Setup(broken(newAuthority, newServerCertificate)).
		Assess("an edit", edited(namespace, `{"spec": {"size": "small"}}`)).
		Assess("after two minutes an event says why it does not come through",
			hears(namespace, "cannot run Function", "x509: certificate signed by unknown authority")).
		Assess("the worker runs on", works(namespace, "100m")).
		Assess("with the function's Secret deleted", newServerCertificate).
		Assess("the function serves with the new one", servesWithItsSecret).
		Assess("the edit comes through", works(namespace, "250m")).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Assess("no pod of the function was restarted", running.stillRun).
		Assess("nothing was made anew", theSame).
		Feature())
}

// newAuthority empties the Secrets of the CA and of Crossplane's own certificates and restarts Crossplane, which fills them.
// Without the Secrets its pod would wait for them to be mounted: its chart makes them, empty.
func newAuthority(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	for _, name := range []string{authoritySecret, "crossplane-tls-client", "crossplane-tls-server"} {
		if err := patch(ctx, c, secretKind.named("crossplane-system", name), `{"data": null}`); err != nil {
			t.Fatal(err)
		}
	}
	scale(deployments, "crossplane-system", "crossplane", 0)(ctx, t, c)
	return scale(deployments, "crossplane-system", "crossplane", 1)(ctx, t, c)
}

// newServerCertificate deletes the function's Secret unless the CA that Crossplane has now signed it.
func newServerCertificate(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	authority := read(ctx, t, c, secretKind, "crossplane-system", authoritySecret)
	server := read(ctx, t, c, secretKind, "crossplane-system", serverSecret(ctx, t, c))
	if authority != nil && server != nil && decoded(t, authority, "tls.crt") == decoded(t, server, "ca.crt") {
		return ctx
	}
	return deleteServerSecret(ctx, t, c)
}

func deleteServerSecret(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	if err := c.Client().Resources().Delete(ctx, secretKind.named("crossplane-system", serverSecret(ctx, t, c))); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// serverSecret is the name of the Secret with the function's certificate.
func serverSecret(ctx context.Context, t *testing.T, c *envconf.Config) string {
	t.Helper()
	return packageNamed(ctx, t, c, functions, "function-agent-executor").GetName() + "-tls-server"
}

func decoded(t *testing.T, secret *unstructured.Unstructured, key string) string {
	t.Helper()
	data, _ := field(secret, "data").(map[string]any)
	text, _ := data[key].(string)
	value, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

// servesWithItsSecret waits until every pod of the function shows the certificate of its Secret.
func servesWithItsSecret(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	name := serverSecret(ctx, t, c)
	pods := &corev1.PodList{}
	list(ctx, t, c, pods, "crossplane-system", functionPods)
	for _, pod := range pods.Items {
		address := fmt.Sprintf("127.0.0.1:%d", forward(t, c, pod.Namespace, pod.Name, 9443))
		eventually(t, patience, pod.Name+" to serve with the certificate of "+name, func() (bool, string) {
			secret := read(ctx, t, c, secretKind, "crossplane-system", name)
			if secret == nil {
				return false, "no Secret"
			}
			block, _ := pem.Decode([]byte(decoded(t, secret, "tls.crt")))
			if block == nil {
				return false, "an empty Secret"
			}
			// The kubelet looks at a pod's Secrets once a minute, and whenever the pod changes.
			_ = patch(ctx, c, podKind.named(pod.Namespace, pod.Name),
				fmt.Sprintf(`{"metadata": {"annotations": {"e2e.example.org/looked": "%d"}}}`, time.Now().UnixNano()))
			connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
			if err != nil {
				return false, err.Error()
			}
			defer func() { _ = connection.Close() }()
			return bytes.Equal(connection.ConnectionState().PeerCertificates[0].Raw, block.Bytes), "another certificate"
		})
	}
	return ctx
}

// functionPodsOf remembers which pods the function has, and how often each was restarted.
type functionPodsOf struct{ restarts map[string]int32 }

func (f *functionPodsOf) look(ctx context.Context, t *testing.T, c *envconf.Config) map[string]int32 {
	pods, seen := &corev1.PodList{}, map[string]int32{}
	list(ctx, t, c, pods, "crossplane-system", functionPods)
	for _, pod := range pods.Items {
		seen[pod.Name] = 0
		for _, container := range pod.Status.ContainerStatuses {
			seen[pod.Name] += container.RestartCount
		}
	}
	return seen
}

func (f *functionPodsOf) remember(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	f.restarts = f.look(ctx, t, c)
	return ctx
}

func (f *functionPodsOf) stillRun(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	if now := f.look(ctx, t, c); fmt.Sprint(now) != fmt.Sprint(f.restarts) {
		t.Errorf("pods and restarts were %v and are %v", f.restarts, now)
	}
	return ctx
}
