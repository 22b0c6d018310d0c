package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// autoscaling: one replica for every 5 jobs that wait or are in work, between 1 and 10; down again, slowly.
func autoscaling(t *testing.T) {
	const namespace, name, stream, consumer = "e2e-autoscaling", "agent", "E2E_AUTOSCALING", "e2e-autoscaling-workers"
	replicas := func(count int64) func(context.Context, *testing.T, *envconf.Config) context.Context {
		return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			eventually(t, patience, fmt.Sprintf("%d replicas", count), func() (bool, string) {
				object := read(ctx, t, c, deployments, namespace, name)
				available, _ := field(object, "status.availableReplicas").(int64)
				return available == count, fmt.Sprintf("%d available of %v", available, field(object, "spec.replicas"))
			})
			becomes(ctx, t, c, namespace, name, "Ready", "True")
			return ctx
		}
	}
	publish := func(count int) func(context.Context, *testing.T, *envconf.Config) context.Context {
		return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			js := jetStream(ctx, t, c)
			for range count {
				if _, err := js.Publish(ctx, stream+".job", nil); err != nil {
					t.Fatalf("cannot publish: %v", err)
				}
			}
			return ctx
		}
	}
	beginning := story("replicas follow the backlog", namespace, stream)
	if kwok(t) { // ten replicas would fill a small node, and others wait for room on it
		beginning.Setup(onKwok(namespace))
	}
	play(t, beginning.
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			create(ctx, t, c, executor(namespace, name, stream, consumer, map[string]any{"size": "micro"}))
			becomes(ctx, t, c, namespace, name, "Ready", "True")
			return ctx
		}).
		Assess("12 jobs wait", publish(12)).
		Assess("3 replicas, ceil(12 / 5)", replicas(3)).
		Assess("100 more jobs", publish(100)).
		Assess("10 replicas, the most there can be", replicas(10)).
		Assess("the stream drains", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			worker, err := jetStream(ctx, t, c).Consumer(ctx, stream, consumer)
			if err != nil {
				t.Fatal(err)
			}
			for done := 0; done < 112; {
				batch, err := worker.FetchNoWait(20)
				if err != nil {
					t.Fatal(err)
				}
				for message := range batch.Messages() {
					if err := message.DoubleAck(ctx); err != nil {
						t.Fatal(err)
					}
					done++
				}
			}
			return ctx
		}).
		Assess("replicas fall, one a minute after five minutes of quiet", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			if testing.Short() {
				return ctx
			}
			eventually(t, 8*time.Minute, "fewer than 10 replicas", func() (bool, string) {
				count, _ := field(read(ctx, t, c, deployments, namespace, name), "spec.replicas").(int64)
				return count < 10, fmt.Sprint(count)
			})
			return ctx
		}).
		Feature())
}
