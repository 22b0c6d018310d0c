package e2e

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

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
		Assess("StreamReady asks for NATS", says(namespace, "StreamReady",
			"False Degraded: Stream agent-stream: NACK gets no answer from JetStream; is NATS up?")).
		Assess("the worker runs on", says(namespace, "WorkloadReady", "True Running")).
		Assess("with NATS back", scale(statefulSets, "nats", "nats", 1)).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}

var forbidden = regexp.MustCompile(`^False ReconcileError: .* is forbidden: User ".*" cannot [a-z]+ resource ` +
	`"(streams|consumers|scaledobjects)" in API group "(jetstream\.nats\.io|keda\.sh)" in the namespace "e2e-missing-verb"`)

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
			eventually(t, patience, "Synced to name what is forbidden", func() (bool, string) {
				said := condition(read(ctx, t, c, executors, namespace, "agent"), "Synced")
				return forbidden.MatchString(said), said
			})
			return ctx
		}).
		Assess("with the role back", label("true")).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}
