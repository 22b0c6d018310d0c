package e2e

import (
	"context"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/e2e-framework/klient/k8s/resources"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
	"sigs.k8s.io/e2e-framework/pkg/features"
)

var (
	clusterRoles = gvk{"rbac.authorization.k8s.io/v1", "ClusterRole"}
	statefulSets = gvk{"apps/v1", "StatefulSet"}
)

type step = features.Func

// scale sets the replicas of a controller and waits until it has them.
func scale(kind gvk, namespace, name string, replicas int64) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		if err := patch(ctx, c, kind.named(namespace, name), fmt.Sprintf(`{"spec": {"replicas": %d}}`, replicas)); err != nil {
			t.Fatal(err)
		}
		eventually(t, patience, fmt.Sprintf("%s to have %d replicas", name, replicas), func() (bool, string) {
			object := read(ctx, t, c, kind, namespace, name)
			ready, _ := field(object, "status.readyReplicas").(int64)
			all, _ := field(object, "status.replicas").(int64)
			return ready == replicas && all == replicas, fmt.Sprintf("%d of %d", ready, all)
		})
		return ctx
	}
}

// broken breaks something and mends it when the story ends, whatever happened. A story that mends it itself asks the same
// step for it.
func broken(breaks, mends step) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		t.Cleanup(func() { mends(ctx, t, c) })
		return breaks(ctx, t, c)
	}
}

// says waits for a condition of the AgentExecutor `agent` to read as wanted.
func says(namespace, conditionType, wanted string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		becomes(ctx, t, c, namespace, "agent", conditionType, wanted)
		return ctx
	}
}

// wanted creates the AgentExecutor `agent`, of size micro.
func wanted(namespace, stream string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		create(ctx, t, c, executor(namespace, "agent", stream, "workers", map[string]any{"size": "micro"}))
		return ctx
	}
}

// edited changes the AgentExecutor `agent`.
func edited(namespace, body string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		if err := patch(ctx, c, executors.named(namespace, "agent"), body); err != nil {
			t.Fatal(err)
		}
		return ctx
	}
}

func nackDown(t *testing.T) {
	const namespace = "e2e-nack-down"
	play(t, story("NACK does not run", namespace, "E2E_NACK_DOWN").
		Setup(broken(scale(deployments, "nats", "nack", 0), scale(deployments, "nats", "nack", 1))).
		Setup(wanted(namespace, "E2E_NACK_DOWN")).
		Assess("StreamReady asks for it",
			says(namespace, "StreamReady", "False Waiting: Stream agent-stream: NACK has not taken it up; is its controller running?")).
		Assess("ConsumerReady waits for the stream",
			says(namespace, "ConsumerReady", "False Waiting: Consumer agent-consumer: created when Stream agent-stream is ready")).
		Assess("the worker runs all the same", says(namespace, "WorkloadReady", "True Running")).
		Assess("with NACK back", scale(deployments, "nats", "nack", 1)).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}

func kedaDown(t *testing.T) {
	const namespace = "e2e-keda-down"
	play(t, story("KEDA does not run", namespace, "E2E_KEDA_DOWN").
		Setup(broken(scale(deployments, "keda", "keda-operator", 0), scale(deployments, "keda", "keda-operator", 1))).
		Setup(wanted(namespace, "E2E_KEDA_DOWN")).
		Assess("AutoscalingReady asks for it", says(namespace, "AutoscalingReady",
			"False Waiting: ScaledObject agent-scaler: KEDA has not taken it up; is its operator running?")).
		Assess("with KEDA back", scale(deployments, "keda", "keda-operator", 1)).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}

func natsDown(t *testing.T) {
	const namespace = "e2e-nats-down"
	play(t, story("NATS goes away and comes back", namespace, "E2E_NATS_DOWN").
		Setup(wanted(namespace, "E2E_NATS_DOWN")).
		Setup(says(namespace, "Ready", "True")).
		Setup(broken(scale(statefulSets, "nats", "nats", 0), scale(statefulSets, "nats", "nats", 1))).
		Assess("AutoscalingReady says what KEDA says", says(namespace, "AutoscalingReady", "False Degraded: ScaledObject agent-scaler: ")).
		Assess("StreamReady says what NACK says", says(namespace, "StreamReady", "False Degraded: Stream agent-stream: ")).
		Assess("the worker runs on", says(namespace, "WorkloadReady", "True Running")).
		Assess("with NATS back", scale(statefulSets, "nats", "nats", 1)).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}

// missingVerb: without package/rbac.yaml Crossplane may not touch KEDA's and NACK's kinds.
func missingVerb(t *testing.T) {
	const namespace, role = "e2e-missing-verb", "function-agent-executor:aggregate-to-crossplane"
	label := func(value string) step {
		return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			body := fmt.Sprintf(`{"metadata": {"labels": {"rbac.crossplane.io/aggregate-to-crossplane": "%s"}}}`, value)
			if err := patch(ctx, c, clusterRoles.named("", role), body); err != nil {
				t.Fatal(err)
			}
			return ctx
		}
	}
	play(t, story("Crossplane lacks our role", namespace, "E2E_MISSING_VERB").
		Setup(broken(label("false"), label("true"))).
		Setup(wanted(namespace, "E2E_MISSING_VERB")).
		Assess("Synced says what is forbidden", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			becomes(ctx, t, c, namespace, "agent", "Synced", "False ReconcileError: ")
			t.Log(condition(read(ctx, t, c, executors, namespace, "agent"), "Synced"))
			return ctx
		}).
		Assess("with the role back", label("true")).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}

func missingSecret(t *testing.T) {
	const namespace = "e2e-missing-secret"
	play(t, story("a Secret comes late", namespace, "E2E_MISSING_SECRET").
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			if err := c.Client().Resources().Delete(ctx, secrets(namespace)[2]); err != nil {
				t.Fatal(err)
			}
			return ctx
		}).
		Setup(wanted(namespace, "E2E_MISSING_SECRET")).
		Assess("SecretsReady names it", says(namespace, "SecretsReady", "False Waiting: Secret llm-keys does not exist")).
		Assess("it comes", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			create(ctx, t, c, secrets(namespace)[2])
			return ctx
		}).
		Assess("SecretsReady is true", says(namespace, "SecretsReady", "True Available")).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}

// badImage: a rollout that cannot succeed leaves the running pods alone.
func badImage(t *testing.T) {
	const namespace = "e2e-bad-image"
	play(t, story("an image that does not exist", namespace, "E2E_BAD_IMAGE").
		Setup(wanted(namespace, "E2E_BAD_IMAGE")).
		Setup(says(namespace, "Ready", "True")).
		Assess("it is asked for", edited(namespace, fmt.Sprintf(`{"spec": {"image": "%s-none"}}`, workerImage))).
		Assess("WorkloadReady says that it rolls out", says(namespace, "WorkloadReady", "False RollingOut")).
		Assess("the old pod serves", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			if got := field(read(ctx, t, c, deployments, namespace, "agent"), "status.availableReplicas"); got != int64(1) {
				t.Errorf("%v replicas are available", got)
			}
			return ctx
		}).
		Assess("with the image put right", edited(namespace, fmt.Sprintf(`{"spec": {"image": "%s"}}`, workerImage))).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}

// functionKilled: one XR edited 50 times in a row while the function's pods and Crossplane are killed under it.
func functionKilled(t *testing.T) {
	const namespace = "e2e-function-killed"
	kill := func(selector string) step {
		return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			pods := &corev1.PodList{}
			if err := c.Client().Resources("crossplane-system").List(ctx, pods, resources.WithLabelSelector(selector)); err != nil {
				t.Fatal(err)
			}
			if len(pods.Items) == 0 {
				t.Fatalf("no pod has %s", selector)
			}
			now := int64(0)
			for i := range pods.Items {
				if err := c.Client().Resources().Delete(ctx, &pods.Items[i], func(o *metav1.DeleteOptions) { o.GracePeriodSeconds = &now }); err != nil {
					t.Fatal(err)
				}
			}
			return ctx
		}
	}
	edit := func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		for i := range 50 {
			size := []string{"small", "micro"}[i%2]
			edited(namespace, fmt.Sprintf(`{"spec": {"size": "%s"}}`, size))(ctx, t, c)
			if i == 10 || i == 30 {
				kill("pkg.crossplane.io/function")(ctx, t, c)
			}
		}
		return ctx
	}
	play(t, story("everything is killed in mid-work", namespace, "E2E_FUNCTION_KILLED").
		Setup(wanted(namespace, "E2E_FUNCTION_KILLED")).
		Setup(says(namespace, "Ready", "True")).
		Assess("50 edits, the function killed twice", edit).
		Assess("Crossplane is killed", kill("app=crossplane")).
		Assess("the last edit wins", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			eventually(t, patience, "the worker to be micro", func() (bool, string) {
				containers, _ := field(read(ctx, t, c, deployments, namespace, "agent"), "spec.template.spec.containers").([]any)
				seen := fmt.Sprint(containers[0].(map[string]any)["resources"].(map[string]any)["requests"].(map[string]any)["cpu"])
				return seen == "100m", seen
			})
			return ctx
		}).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}
