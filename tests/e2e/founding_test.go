package e2e

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// composed are the objects of an AgentExecutor called `name`.
func composed(name string) map[gvk]string {
	return map[gvk]string{
		deployments: name, services: name, accounts: name,
		streams: name + "-stream", consumers: name + "-consumer", scaledObjects: name + "-scaler",
	}
}

// founding is the test case that the project was founded on: a public image, size small.
func founding(t *testing.T) {
	const namespace, name = "agent-executor-test", "test-agent"
	const stream, consumer = "TEST_AGENT_STREAM", "test-agent-workers"
	play(t, story("an AgentExecutor runs", namespace, stream).
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			create(ctx, t, c, executor(namespace, name, stream, consumer, nil))
			return ctx
		}).
		Assess("it becomes ready", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			becomes(ctx, t, c, namespace, name, "Ready", "True Available")
			return ctx
		}).
		Assess("its conditions are true", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			settles(ctx, t, c, namespace, name, map[string]string{
				"Synced":           "True ReconcileSuccess",
				"Valid":            "True Valid",
				"StreamReady":      "True Available",
				"ConsumerReady":    "True Available",
				"WorkloadReady":    "True Running",
				"AutoscalingReady": "True Available",
				"SecretsReady":     "True Available",
			})
			return ctx
		}).
		Assess("every resource has the stated values", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			container := "spec.template.spec.containers"
			for _, wanted := range []struct {
				kind  gvk
				path  string
				value any
			}{
				{deployments, "status.availableReplicas", int64(1)},
				{deployments, "spec.template.spec.serviceAccountName", name},
				{services, "spec.type", "ClusterIP"},
				{accounts, "automountServiceAccountToken", false},
				{scaledObjects, "spec.minReplicaCount", int64(1)},
				{scaledObjects, "spec.maxReplicaCount", int64(10)},
				{scaledObjects, "spec.scaleTargetRef.name", name},
				{streams, "spec.name", stream},
				{streams, "spec.subjects", []any{stream + ".>"}},
				{consumers, "spec.streamName", stream},
				{consumers, "spec.durableName", consumer},
			} {
				got := field(read(ctx, t, c, wanted.kind, namespace, composed(name)[wanted.kind]), wanted.path)
				if !reflect.DeepEqual(got, wanted.value) {
					t.Errorf("%s: %s is %v, not %v", wanted.kind.kind, wanted.path, got, wanted.value)
				}
			}
			worker := field(read(ctx, t, c, deployments, namespace, name), container).([]any)[0].(map[string]any)
			resources := map[string]any{"requests": map[string]any{"cpu": "250m", "memory": "512Mi"},
				"limits": map[string]any{"cpu": "1", "memory": "2Gi"}}
			if worker["image"] != workerImage || !reflect.DeepEqual(worker["resources"], resources) {
				t.Errorf("the worker has image %v and resources %v", worker["image"], worker["resources"])
			}
			return ctx
		}).
		Assess("NATS has the stream and the consumer", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			js := jetStream(ctx, t, c)
			found, err := js.Stream(ctx, stream)
			if err != nil {
				t.Fatalf("cannot find the stream: %v", err)
			}
			config := found.CachedInfo().Config
			got := fmt.Sprint(config.Subjects, config.Retention, config.Storage, config.Discard, config.MaxAge, config.MaxBytes, config.Replicas)
			if want := fmt.Sprint([]string{stream + ".>"}, jetstream.WorkQueuePolicy, jetstream.FileStorage, jetstream.DiscardNew,
				168*time.Hour, 256<<20, 1); got != want {
				t.Errorf("the stream has %s, not %s", got, want)
			}
			worker, err := found.Consumer(ctx, consumer)
			if err != nil {
				t.Fatalf("cannot find the consumer: %v", err)
			}
			settings := worker.CachedInfo().Config
			got = fmt.Sprint(settings.AckPolicy, settings.DeliverPolicy, settings.AckWait, settings.MaxDeliver, settings.MaxAckPending)
			if want := fmt.Sprint(jetstream.AckExplicitPolicy, jetstream.DeliverAllPolicy, 5*time.Minute, 5, 20); got != want {
				t.Errorf("the consumer has %s, not %s", got, want)
			}
			return ctx
		}).
		Assess("deleting it removes every composed resource; the stream stays", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			if err := c.Client().Resources().Delete(ctx, executors.named(namespace, name)); err != nil {
				t.Fatal(err)
			}
			objects := composed(name)
			objects[executors], objects[autoscalers] = name, "keda-hpa-"+name+"-scaler"
			for kind, object := range objects {
				eventually(t, patience, kind.kind+" to be gone", func() (bool, string) {
					found := read(ctx, t, c, kind, namespace, object)
					return found == nil, fmt.Sprint(field(found, "metadata"))
				})
			}
			if _, err := jetStream(ctx, t, c).Stream(ctx, stream); err != nil {
				t.Errorf("the stream and its messages are gone: %v", err)
			}
			return ctx
		}).
		Feature())
}
