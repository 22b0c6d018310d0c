package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// immutables: NATS cannot rename a stream or a consumer, so neither can a user; no message is ever lost by trying.
func immutables(t *testing.T) {
	const namespace, name, stream, consumer = "e2e-immutables", "agent", "E2E_IMMUTABLES", "e2e-immutables-workers"
	refused := func(body, says string) func(context.Context, *testing.T, *envconf.Config) context.Context {
		return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			err := patch(ctx, c, executors.named(namespace, name), body)
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("says %v; wanted a message with %q", err, says)
			}
			return ctx
		}
	}
	play(t, story("what NATS cannot change stays", namespace, stream).
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			create(ctx, t, c, executor(namespace, name, stream, consumer, map[string]any{"size": "micro"}))
			return ctx
		}).
		Setup(says(namespace, "StreamReady", "True")).
		Setup(published(stream)).
		Assess("another stream is refused",
			refused(`{"spec": {"natsStreamName": "OTHER"}}`, "spec.natsStreamName is immutable")).
		Assess("another consumer is refused",
			refused(`{"spec": {"natsConsumerGroup": "other"}}`, "spec.natsConsumerGroup is immutable")).
		Assess("a value changed behind our back is put right and the message stays", behindOurBack(namespace, name, stream)).
		Assess("after the AgentExecutor is gone the message is still there",
			func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
				if err := c.Client().Resources().Delete(ctx, executors.named(namespace, name)); err != nil {
					t.Fatal(err)
				}
				eventually(t, patience, "the Stream object to be gone", func() (bool, string) {
					return read(ctx, t, c, streams, namespace, name+"-stream") == nil, "still there"
				})
				holdsOne(ctx, t, jetStream(ctx, t, c), stream)
				return ctx
			}).
		Feature())
}

// behindOurBack edits the Stream object itself: our values come back by themselves.
func behindOurBack(namespace, name, stream string) func(context.Context, *testing.T, *envconf.Config) context.Context {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		if err := patch(ctx, c, streams.named(namespace, name+"-stream"), `{"spec": {"maxBytes": 1048576}}`); err != nil {
			t.Fatal(err)
		}
		eventually(t, patience, "maxBytes to be ours again", func() (bool, string) {
			value := field(read(ctx, t, c, streams, namespace, name+"-stream"), "spec.maxBytes")
			return value == int64(256<<20), "another value"
		})
		holdsOne(ctx, t, jetStream(ctx, t, c), stream)
		return ctx
	}
}

func holdsOne(ctx context.Context, t *testing.T, js jetstream.JetStream, stream string) {
	t.Helper()
	found, err := js.Stream(ctx, stream)
	if err != nil {
		t.Fatalf("cannot find the stream: %v", err)
	}
	if messages := found.CachedInfo().State.Msgs; messages != 1 {
		t.Errorf("the stream has %d messages, not 1", messages)
	}
}
