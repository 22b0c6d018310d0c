package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

const (
	crossplanePods = "app=crossplane"
	functionPods   = "pkg.crossplane.io/function"
)

// crossplaneRestarted: while Crossplane is away everything runs on, and edits wait.
func crossplaneRestarted(t *testing.T) {
	const namespace = "e2e-crossplane-restarted"
	remember, theSame := same(namespace, false)
	play(t, story("Crossplane goes away and comes back", namespace, "E2E_CROSSPLANE_RESTARTED").
		Setup(wanted(namespace, "E2E_CROSSPLANE_RESTARTED")).
		Setup(says(namespace, "Ready", "True")).
		Setup(remember).
		Setup(broken(scale(deployments, "crossplane-system", "crossplane", 0), scale(deployments, "crossplane-system", "crossplane", 1))).
		Assess("an edit", edited(namespace, `{"spec": {"size": "small"}}`)).
		Assess("waits: Synced is about an older generation", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			object := read(ctx, t, c, executors, namespace, "agent")
			if at, _ := conditionOf(object, "Synced")["observedGeneration"].(int64); at >= object.GetGeneration() {
				t.Errorf("Synced is about generation %d of %d", at, object.GetGeneration())
			}
			return ctx
		}).
		Assess("the worker runs", says(namespace, "WorkloadReady", "True Running")).
		Assess("with Crossplane back", scale(deployments, "crossplane-system", "crossplane", 1)).
		Assess("the edit comes through", works(namespace, "250m")).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Assess("nothing was made anew", theSame).
		Feature())
}

// reconciled keeps Crossplane calling the function for the AgentExecutors of a namespace until the story ends: for each every
// two seconds. More would open its circuit breaker for all, which after their creation is nearly open: one more event a second.
func reconciled(namespace string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		fleet := objects(ctx, t, c, executors, namespace)
		ctx2, stop := context.WithCancel(ctx)
		stopped := make(chan int)
		go func() {
			count := 0
			for ticks := time.NewTicker(2 * time.Second / time.Duration(len(fleet))); ctx2.Err() == nil; <-ticks.C {
				body := fmt.Sprintf(`{"metadata": {"annotations": {"e2e.example.org/count": "%d"}}}`, count)
				_ = patch(ctx2, c, executors.named(namespace, fleet[count%len(fleet)].GetName()), body) // the next one comes soon
				count++
			}
			stopped <- count
		}()
		t.Cleanup(func() {
			stop()
			t.Logf("%d reconciles asked for", <-stopped)
		})
		return ctx
	}
}

// functionIsBack waits until a pod of the function is ready.
func functionIsBack(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	eventually(t, patience, "a ready pod of the function", func() (bool, string) {
		pods, ready := &corev1.PodList{}, 0
		list(ctx, t, c, pods, "crossplane-system", functionPods)
		for _, pod := range pods.Items {
			for _, condition := range pod.Status.Conditions {
				if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil {
					ready++
				}
			}
		}
		return ready > 0, fmt.Sprintf("%d of %d pods are ready", ready, len(pods.Items))
	})
	return ctx
}

// functionRestarted: all its pods at once, again and again, while it is called all the time.
func functionRestarted(t *testing.T) {
	const namespace, times = "e2e-function-restarted", 20
	remember, theSame := same(namespace, true, "agent-1", "agent-2", "agent-3", "agent-4")
	play(t, fleet(t, "the function is restarted under a stream of reconciles", namespace, 5).
		Setup(remember).
		Setup(reconciled(namespace)).
		Assess(fmt.Sprint(times, " times"), func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for range times {
				kill(functionPods, 30)(ctx, t, c)
				functionIsBack(ctx, t, c)
			}
			return ctx
		}).
		Assess("an edit", edited(namespace, `{"spec": {"size": "small"}}`)).
		Assess("comes through", works(namespace, "250m")).
		Assess("no error stays", says(namespace, "Synced", "True ReconcileSuccess")).
		Assess("all is well", says(namespace, "Ready", "True")).
		Assess("nothing else was made anew or changed", theSame).
		Feature())
}

// functionKilled: in the middle of calls, with no time to finish them.
func functionKilled(t *testing.T) {
	const namespace = "e2e-function-killed"
	remember, theSame := same(namespace, false)
	play(t, fleet(t, "the function is killed in mid-call", namespace, 5).
		Setup(remember).
		Setup(reconciled(namespace)).
		Assess("three times, and edited meanwhile", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for _, size := range []string{"medium", "large", "small"} {
				kill(functionPods, 0)(ctx, t, c)
				edited(namespace, fmt.Sprintf(`{"spec": {"size": "%s"}}`, size))(ctx, t, c)
			}
			return ctx
		}).
		Assess("the last edit wins", works(namespace, "250m")).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Assess("nothing was made anew", theSame).
		Feature())
}

// apiServerRestarted: users and controllers alike are without it for a moment; workers are not.
func apiServerRestarted(t *testing.T) {
	const namespace = "e2e-api-server-restarted"
	command := os.Getenv("E2E_RESTART_API_SERVER")
	if command == "" {
		t.Skip("E2E_RESTART_API_SERVER is not a command that restarts the API server")
	}
	remember, theSame := same(namespace, false)
	play(t, story("the API server is restarted", namespace, "E2E_API_SERVER_RESTARTED").
		Setup(wanted(namespace, "E2E_API_SERVER_RESTARTED")).
		Setup(says(namespace, "Ready", "True")).
		Setup(remember).
		Assess("kubectl is refused for a moment", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			restart := exec.CommandContext(ctx, "sh", "-c", command)
			if err := restart.Start(); err != nil {
				t.Fatal(err)
			}
			eventually(t, patience, "an error", func() (bool, string) {
				err := c.Client().Resources().Get(ctx, "agent", namespace, executors.named(namespace, "agent"))
				return err != nil && strings.Contains(err.Error(), "connection refused"), fmt.Sprint(err)
			})
			if err := restart.Wait(); err != nil {
				t.Fatalf("cannot restart the API server: %v", err)
			}
			return ctx
		}).
		Assess("an edit", edited(namespace, `{"spec": {"size": "small"}}`)).
		Assess("comes through", works(namespace, "250m")).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Assess("nothing was made anew", theSame).
		Feature())
}
