package e2e

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// TestUpgrade: from the packages of an earlier commit to the current ones, with AgentExecutors at work.
func TestUpgrade(t *testing.T) {
	const namespace, stream = "e2e-upgrade", "E2E_UPGRADE"
	earlier := os.Getenv("E2E_EARLIER_VERSION")
	if earlier == "" {
		t.Skip("E2E_EARLIER_VERSION does not name an earlier version of the packages in the same repositories")
	}
	current := map[string]string{} // by the package's name
	before := map[gvk]*unstructured.Unstructured{}
	var running []string
	play(t, story("AgentExecutors live through an upgrade", namespace, stream).
		// The Configuration asks for a Function at least as new as itself: down it goes first, up it comes last.
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			t.Cleanup(func() {
				for _, kind := range []gvk{functions, configurations} {
					if reference, moved := current[ourPackage(ctx, t, c, kind).GetName()]; moved {
						move(ctx, t, c, kind, reference)
					}
				}
			})
			for _, kind := range []gvk{configurations, functions} {
				object := ourPackage(ctx, t, c, kind)
				reference := field(object, "spec.package").(string)
				current[object.GetName()] = reference
				move(ctx, t, c, kind, reference[:strings.LastIndex(reference, ":")+1]+earlier)
			}
			return ctx
		}).
		Setup(wanted(namespace, stream)).
		Setup(says(namespace, "Ready", "True")).
		Setup(published(stream)).
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for kind, name := range composed("agent") {
				before[kind] = read(ctx, t, c, kind, namespace, name)
			}
			running = pods(ctx, t, c, namespace)
			return ctx
		}).
		Assess("the packages move to the current ones", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for _, kind := range []gvk{functions, configurations} {
				move(ctx, t, c, kind, current[ourPackage(ctx, t, c, kind).GetName()])
			}
			return ctx
		}).
		Assess("the new function takes care of the old AgentExecutor", corrected(namespace)).
		Assess("nothing was deleted or made again", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for kind, name := range composed("agent") {
				if now := read(ctx, t, c, kind, namespace, name); now == nil || now.GetUID() != before[kind].GetUID() {
					t.Errorf("%s %s is not the one that it was", kind.kind, name)
				}
			}
			return ctx
		}).
		Assess("no pod was replaced, unless its template has changed", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			deployment := read(ctx, t, c, deployments, namespace, "agent")
			changes := differences("template", field(before[deployments], "spec.template"), field(deployment, "spec.template"))
			if len(changes) > 0 {
				t.Logf("the template has changed: %s", strings.Join(changes, ", "))
				return ctx
			}
			if now := pods(ctx, t, c, namespace); !reflect.DeepEqual(now, running) {
				t.Errorf("pods %v became %v", running, now)
			}
			return ctx
		}).
		Assess("all is ready", says(namespace, "Ready", "True")).
		Assess("the message is still there", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			holdsOne(ctx, t, jetStream(ctx, t, c), stream)
			return ctx
		}).
		Feature())
}

func ourPackage(ctx context.Context, t *testing.T, c *envconf.Config, kind gvk) *unstructured.Unstructured {
	t.Helper()
	return packageNamed(ctx, t, c, kind, strings.ToLower(kind.kind)+"-agent-executor")
}

// move brings a package of ours to a version, and waits until its revision is healthy and nothing of the other one runs.
func move(ctx context.Context, t *testing.T, c *envconf.Config, kind gvk, reference string) {
	t.Helper()
	object := ourPackage(ctx, t, c, kind)
	if err := patch(ctx, c, object, fmt.Sprintf(`{"spec": {"package": "%s"}}`, reference)); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, object.GetName()+" to be "+reference, func() (bool, string) {
		now := read(ctx, t, c, kind, "", object.GetName())
		revision := read(ctx, t, c, gvk{kind.apiVersion, kind.kind + "Revision"}, "", fmt.Sprint(field(now, "status.currentRevision")))
		seen := fmt.Sprintf("revision of %v, %s", field(revision, "spec.image"), condition(now, "Healthy"))
		return field(revision, "spec.image") == reference && isTrue(now, "Healthy") && isTrue(now, "Installed"), seen
	})
	if kind != functions {
		return
	}
	eventually(t, patience, "only the pods of "+reference+" to run", func() (bool, string) {
		active := fmt.Sprint(field(read(ctx, t, c, functions, "", object.GetName()), "status.currentRevision"))
		var others []string
		for _, pod := range objects(ctx, t, c, gvk{"v1", "Pod"}, "crossplane-system") {
			if pod.GetLabels()["pkg.crossplane.io/function"] == object.GetName() && pod.GetLabels()["pkg.crossplane.io/revision"] != active {
				others = append(others, pod.GetName())
			}
		}
		deployment := read(ctx, t, c, deployments, "crossplane-system", active)
		available, _ := field(deployment, "status.availableReplicas").(int64)
		return len(others) == 0 && available > 0 && available == field(deployment, "status.replicas"), fmt.Sprint(others, available)
	})
}

// corrected edits the ScaledObject itself: our value comes back, from the only function there is.
func corrected(namespace string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		if err := patch(ctx, c, scaledObjects.named(namespace, "agent-scaler"), `{"spec": {"maxReplicaCount": 7}}`); err != nil {
			t.Fatal(err)
		}
		eventually(t, patience, "maxReplicaCount to be ours again", func() (bool, string) {
			value := field(read(ctx, t, c, scaledObjects, namespace, "agent-scaler"), "spec.maxReplicaCount")
			return value == int64(10), fmt.Sprint(value)
		})
		return ctx
	}
}

// pods are the names of a namespace's pods, in order.
func pods(ctx context.Context, t *testing.T, c *envconf.Config, namespace string) []string {
	t.Helper()
	var names []string
	for _, pod := range objects(ctx, t, c, gvk{"v1", "Pod"}, namespace) {
		names = append(names, pod.GetName())
	}
	return names
}
