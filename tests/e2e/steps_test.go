package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
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

// broken is for a Setup: it breaks something that all share and mends it when the story ends, whatever happened. To mend
// what is whole does nothing, so that a story can ask for it before.
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

// works waits until the worker of the AgentExecutor `agent` asks for this much CPU: its size has come through.
func works(namespace, cpu string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		eventually(t, patience, "the worker to ask for "+cpu, func() (bool, string) {
			containers, _ := field(read(ctx, t, c, deployments, namespace, "agent"), "spec.template.spec.containers").([]any)
			if len(containers) == 0 {
				return false, "no worker"
			}
			seen, _, _ := unstructured.NestedString(containers[0].(map[string]any), "resources", "requests", "cpu")
			return seen == cpu, seen
		})
		return ctx
	}
}

// same is two steps: one remembers the composed objects of the AgentExecutors named (`agent` unless any is), the other demands
// that they are still those and not others of the same name; with unchanged, nobody may have changed what they say either.
func same(namespace string, unchanged bool, names ...string) (remember, demand step) {
	if len(names) == 0 {
		names = []string{"agent"}
	}
	before := map[string]string{}
	each := func(do func(kind gvk, name string)) {
		for _, executor := range names {
			for kind, name := range composed(executor) {
				do(kind, name)
			}
		}
	}
	look := func(ctx context.Context, t *testing.T, c *envconf.Config, kind gvk, name string) string {
		object := read(ctx, t, c, kind, namespace, name)
		if object == nil || object.GetDeletionTimestamp() != nil {
			return "none"
		}
		seen := string(object.GetUID())
		if unchanged {
			seen += fmt.Sprint(" generation ", object.GetGeneration())
		}
		return seen
	}
	remember = func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		each(func(kind gvk, name string) { before[kind.kind+" "+name] = look(ctx, t, c, kind, name) })
		return ctx
	}
	demand = func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		each(func(kind gvk, name string) {
			was := before[kind.kind+" "+name]
			if seen := look(ctx, t, c, kind, name); seen != was || seen == "none" {
				t.Errorf("%s %s was %s and is %s", kind.kind, name, was, seen)
			}
		})
		return ctx
	}
	return remember, demand
}

// hears waits for an event of the AgentExecutor `agent` that has all of these in its message.
func hears(namespace string, parts ...string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		eventually(t, patience, fmt.Sprintf("an event with %q", parts), func() (bool, string) {
			events, seen := &corev1.EventList{}, ""
			list(ctx, t, c, events, namespace, "")
			for _, event := range events.Items {
				if event.InvolvedObject.Kind != executors.kind || event.InvolvedObject.Name != "agent" {
					continue
				}
				missing := false
				for _, part := range parts {
					missing = missing || !strings.Contains(event.Message, part)
				}
				if !missing {
					t.Log(event.Message)
					return true, ""
				}
				seen += event.Message + "\n"
			}
			return false, seen
		})
		return ctx
	}
}

// list fills a list of what a namespace, or the cluster for "", has under a label selector; "" is everything.
func list(ctx context.Context, t *testing.T, c *envconf.Config, into client.ObjectList, namespace, selector string) {
	t.Helper()
	parsed, err := labels.Parse(selector)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Client().Resources().GetControllerRuntimeClient().List(ctx, into, client.InNamespace(namespace),
		client.MatchingLabelsSelector{Selector: parsed})
	if err != nil {
		t.Fatalf("cannot list %T in %q: %v", into, namespace, err)
	}
}

// kill deletes the pods under a label selector in Crossplane's namespace; gracePeriod in seconds.
func kill(selector string, gracePeriod int64) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		pods := &corev1.PodList{}
		list(ctx, t, c, pods, "crossplane-system", selector)
		if len(pods.Items) == 0 {
			t.Fatalf("no pod has %s", selector)
		}
		for i := range pods.Items {
			err := c.Client().Resources().Delete(ctx, &pods.Items[i], func(o *metav1.DeleteOptions) { o.GracePeriodSeconds = &gracePeriod })
			if client.IgnoreNotFound(err) != nil {
				t.Fatal(err)
			}
		}
		return ctx
	}
}
