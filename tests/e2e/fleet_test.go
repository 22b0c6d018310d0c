package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
	"sigs.k8s.io/e2e-framework/pkg/features"
)

// fleet starts a story with many AgentExecutors, agent, agent-1 and so on. Their pods only claim to run: they go to kwok nodes
// (tests/controlplane/manifests/kwok.yaml). In a cluster without such nodes a small fleet goes to the others.
func fleet(t *testing.T, title, namespace string, size int) *features.FeatureBuilder {
	t.Helper()
	claim := kwok(t)
	if !claim && size > 10 {
		t.Skip("there are no kwok nodes")
	}
	names, natsStreams := make([]string, size), make([]string, size)
	for i := range size {
		names[i], natsStreams[i] = fmt.Sprintf("agent-%d", i), fmt.Sprintf("%s_%d", strings.ToUpper(strings.ReplaceAll(namespace, "-", "_")), i)
	}
	names[0] = "agent"
	beginning := story(title, namespace, natsStreams...)
	if claim {
		beginning.Setup(onKwok(namespace))
	}
	return beginning.
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for i, name := range names {
				create(ctx, t, c, executor(namespace, name, natsStreams[i], "workers", map[string]any{"size": "micro"}))
			}
			return ctx
		}).
		WithSetup("all become ready", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			eventually(t, 10*time.Minute, fmt.Sprintf("%d AgentExecutors to be ready", size), func() (bool, string) {
				var waiting []string
				for _, object := range objects(ctx, t, c, executors, namespace) {
					if !isTrue(&object, "Ready") || unheard(&object) {
						waiting = append(waiting, object.GetName())
					}
				}
				return len(waiting) == 0, fmt.Sprint(len(waiting), " wait: ", waiting)
			})
			return ctx
		})
}

// unheard tells whether Crossplane's circuit breaker is open for an AgentExecutor: events are then dropped.
func unheard(object *unstructured.Unstructured) bool {
	return strings.HasPrefix(condition(object, "Responsive"), "False")
}

// kwok tells whether the cluster has kwok nodes.
func kwok(t *testing.T) bool {
	t.Helper()
	nodes := &corev1.NodeList{}
	list(t.Context(), t, stories.EnvConf(), nodes, "", "type=kwok")
	return len(nodes.Items) > 0
}

// onKwok sends the pods of a namespace to kwok nodes.
func onKwok(namespace string) step {
	const body = `{"metadata": {"annotations": {"scheduler.alpha.kubernetes.io/node-selector": "type=kwok",
		"scheduler.alpha.kubernetes.io/defaultTolerations": "[{\"key\": \"kwok.x-k8s.io/node\", \"operator\": \"Exists\"}]"}}}`
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		if err := patch(ctx, c, gvk{"v1", "Namespace"}.named("", namespace), body); err != nil {
			t.Fatal(err)
		}
		return ctx
	}
}

func objects(ctx context.Context, t *testing.T, c *envconf.Config, kind gvk, namespace string) []unstructured.Unstructured {
	t.Helper()
	found := &unstructured.UnstructuredList{}
	found.SetAPIVersion(kind.apiVersion)
	found.SetKind(kind.kind + "List")
	list(ctx, t, c, found, namespace, "")
	return found.Items
}

// metric sums a counter over the pods in crossplane-system that match the selector, and over its series that have the label
// (`name="value"`, or none for all). It is read through the API server, from port 8080.
func metric(ctx context.Context, t *testing.T, c *envconf.Config, selector, name, label string) float64 {
	t.Helper()
	client, err := kubernetes.NewForConfig(c.Client().RESTConfig())
	if err != nil {
		t.Fatal(err)
	}
	pods, err := client.CoreV1().Pods("crossplane-system").List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		t.Fatal(err)
	}
	sum, seen := 0.0, false
	for _, pod := range pods.Items {
		text, err := client.CoreV1().Pods(pod.Namespace).ProxyGet("http", pod.Name, "8080", "/metrics", nil).DoRaw(ctx)
		if err != nil {
			t.Fatalf("cannot read the metrics of %s: %v", pod.Name, err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			words := strings.Fields(lines.Text())
			if len(words) < 2 || strings.Split(words[0], "{")[0] != name {
				continue
			}
			value, err := strconv.ParseFloat(words[len(words)-1], 64)
			if err != nil {
				t.Fatalf("%s: %v", lines.Text(), err)
			}
			seen = true
			if strings.Contains(words[0], label) {
				sum += value
			}
		}
	}
	if !seen {
		t.Fatalf("no pod with %s has the metric %s", selector, name)
	}
	return sum
}

// movers are the field managers on whose account the object changed.
func movers(before, after *unstructured.Unstructured) []string {
	known := map[string]string{}
	key := func(entry metav1.ManagedFieldsEntry) string {
		return strings.Join([]string{entry.Manager, string(entry.Operation), entry.Subresource, entry.APIVersion}, " ")
	}
	state := func(entry metav1.ManagedFieldsEntry) string { return fmt.Sprint(entry.Time, entry.FieldsV1) }
	for _, entry := range before.GetManagedFields() {
		known[key(entry)] = state(entry)
	}
	var moved []string
	for _, entry := range after.GetManagedFields() {
		if known[key(entry)] != state(entry) {
			moved = append(moved, entry.Manager)
		}
	}
	slices.Sort(moved)
	return slices.Compact(moved)
}

// differences lists the paths at which two values differ, with both values.
func differences(path string, before, after any) []string {
	a, isMap := before.(map[string]any)
	b, isMap2 := after.(map[string]any)
	if !isMap || !isMap2 {
		if list, ok := before.([]any); ok {
			if list2, ok := after.([]any); ok && len(list) == len(list2) {
				var all []string
				for i := range list {
					all = append(all, differences(fmt.Sprintf("%s[%d]", path, i), list[i], list2[i])...)
				}
				return all
			}
		}
		if fmt.Sprint(before) == fmt.Sprint(after) {
			return nil
		}
		return []string{fmt.Sprintf("%s: %v -> %v", path, before, after)}
	}
	var all []string
	for key := range a {
		if _, still := b[key]; !still {
			all = append(all, fmt.Sprintf("%s.%s: %v -> none", path, key, a[key]))
		}
	}
	for key, value := range b {
		if ignored := path == ".metadata" && (key == "managedFields" || key == "resourceVersion"); !ignored {
			all = append(all, differences(path+"."+key, a[key], value)...)
		}
	}
	slices.Sort(all)
	return all
}
