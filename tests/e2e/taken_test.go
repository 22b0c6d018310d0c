package e2e

import (
	"context"
	"testing"

	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// streamTaken: a copied AgentExecutor that still names the stream of the one it was copied from takes nothing from it.
func streamTaken(t *testing.T) {
	const namespace, elders, stream = "e2e-stream-taken", "e2e-stream-taken-elder", "E2E_STREAM_TAKEN"
	const why = `spec.natsStreamName: Invalid value: "` + stream + `": AgentExecutor ` + elders + `/elder has this stream`
	remember, unchanged := same(elders, true, "elder")
	play(t, story("another AgentExecutor has the stream", namespace).
		Setup(inNamespace(elders, stream)).
		Setup(elder(elders, stream)).
		Setup(remember).
		Setup(published(stream)).
		Setup(wanted(namespace, stream)).
		Assess("Valid names it", says(namespace, "Valid", "False Invalid: "+why)).
		Assess("Synced says it too", says(namespace, "Synced",
			`False ReconcileError: cannot compose resources: pipeline step "compose-agent-executor" returned a fatal result: `+why)).
		Assess("nothing was created", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for kind, name := range composed("agent") {
				if read(ctx, t, c, kind, namespace, name) != nil {
					t.Errorf("there is a %s %s", kind.kind, name)
				}
			}
			return ctx
		}).
		Assess("the other one has what it had", unchanged).
		Assess("also in NATS", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			js := jetStream(ctx, t, c)
			if found, err := js.Consumer(ctx, stream, "elders"); err != nil {
				t.Errorf("cannot find its consumer: %v", err)
			} else if waiting := found.CachedInfo().NumPending; waiting != 1 {
				t.Errorf("%d jobs wait for it, not 1", waiting)
			}
			return ctx
		}).
		Assess("when the other one goes", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			if err := c.Client().Resources().Delete(ctx, executors.named(elders, "elder")); err != nil {
				t.Fatal(err)
			}
			return ctx
		}).
		Assess("the stream is free, by itself", says(namespace, "Ready", "True")).
		Assess("and its job still there", taken(stream, "workers")).
		Feature())
}
