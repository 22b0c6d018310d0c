package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

var compositions = gvk{"apiextensions.crossplane.io/v1", "Composition"}

// noteTemplate desires a Service that only points elsewhere.
const noteTemplate = `
apiVersion: v1
kind: Service
metadata:
  name: {{ .observed.composite.resource.metadata.name }}-note
  annotations:
    gotemplating.fn.crossplane.io/composition-resource-name: note
    made-by: the template
spec:
  type: ExternalName
  externalName: {{ .observed.composite.resource.spec.size }}.example.org
`

// pipelineOfThree: a template function before ours and function-auto-ready after it, as platform teams combine them.
func pipelineOfThree(t *testing.T) {
	const namespace, composition = "e2e-pipeline", "e2e-pipeline-of-three"
	templating, autoReady := os.Getenv("E2E_TEMPLATING_FUNCTION"), os.Getenv("E2E_AUTO_READY_FUNCTION")
	if templating == "" || autoReady == "" {
		t.Skip("E2E_TEMPLATING_FUNCTION and E2E_AUTO_READY_FUNCTION do not name packages of these functions")
	}
	added := []*unstructured.Unstructured{functions.named("", "e2e-templating"), functions.named("", "e2e-auto-ready"),
		compositions.named("", composition)}
	uids := map[gvk]any{}
	play(t, story("a pipeline of three", namespace, "E2E_PIPELINE").
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			t.Cleanup(func() {
				for _, object := range added { // some may not have come to be
					_ = c.Client().Resources().Delete(ctx, object)
				}
			})
			for i, image := range []string{templating, autoReady} {
				added[i].Object["spec"] = map[string]any{"package": image}
				create(ctx, t, c, added[i])
				eventually(t, patience, added[i].GetName()+" to be healthy", func() (bool, string) {
					said := condition(read(ctx, t, c, functions, "", added[i].GetName()), "Healthy")
					return said == "True HealthyPackageRevision", said
				})
			}
			added[2].Object["spec"] = map[string]any{"mode": "Pipeline",
				"compositeTypeRef": map[string]any{"apiVersion": executors.apiVersion, "kind": executors.kind},
				"pipeline":         threeSteps(ctx, t, c)}
			create(ctx, t, c, added[2])
			return ctx
		}).
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			create(ctx, t, c, executor(namespace, "agent", "E2E_PIPELINE", "workers", map[string]any{"size": "micro",
				"crossplane": map[string]any{"compositionRef": map[string]any{"name": composition}}}))
			return ctx
		}).
		Assess("the composite is ready: auto-ready tells of the template's object, ours of our own", says(namespace, "Ready", "True")).
		Assess("what the template desires is there as it was desired", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			note := read(ctx, t, c, services, namespace, "agent-note")
			if note == nil {
				t.Fatal("there is no Service of the template")
			}
			if got := field(note, "spec.externalName"); got != "micro.example.org" || note.GetAnnotations()["made-by"] != "the template" {
				t.Errorf("the template's Service is %v", note)
			}
			return ctx
		}).
		Assess("so is all that ours desires", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for kind, name := range composed("agent") {
				object := read(ctx, t, c, kind, namespace, name)
				if object == nil {
					t.Fatalf("there is no %s %s", kind.kind, name)
				}
				uids[kind] = object.GetUID()
			}
			return ctx
		}).
		Assess("an edit reaches both", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			edited(namespace, `{"spec": {"size": "small"}}`)(ctx, t, c)
			eventually(t, patience, "both to be small", func() (bool, string) {
				note := fmt.Sprint(field(read(ctx, t, c, services, namespace, "agent-note"), "spec.externalName"))
				worker := fmt.Sprint(field(read(ctx, t, c, deployments, namespace, "agent"), "spec.template.spec.containers"))
				return note == "small.example.org" && strings.Contains(worker, "cpu:250m"), note + " " + worker
			})
			return ctx
		}).
		Assess("and nothing of either goes", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			becomes(ctx, t, c, namespace, "agent", "WorkloadReady", "True Running")
			for kind, name := range composed("agent") {
				if object := read(ctx, t, c, kind, namespace, name); object == nil || object.GetUID() != uids[kind] {
					t.Errorf("%s %s is not the one that it was", kind.kind, name)
				}
			}
			if read(ctx, t, c, services, namespace, "agent-note") == nil {
				t.Error("the template's Service is gone")
			}
			return ctx
		}).
		Feature())
}

// threeSteps is the pipeline of the Composition that is installed, between the other two steps.
func threeSteps(ctx context.Context, t *testing.T, c *envconf.Config) []any {
	t.Helper()
	ours := field(read(ctx, t, c, compositions, "", "agentexecutors.platform.bizmatters.io"), "spec.pipeline").([]any)
	step := func(name string, input map[string]any) map[string]any {
		step := map[string]any{"step": name, "functionRef": map[string]any{"name": "e2e-" + name}}
		if input != nil {
			step["input"] = input
		}
		return step
	}
	pipeline := []any{step("templating", map[string]any{"apiVersion": "gotemplating.fn.crossplane.io/v1beta1", "kind": "GoTemplate",
		"source": "Inline", "inline": map[string]any{"template": noteTemplate}})}
	return append(append(pipeline, ours...), step("auto-ready", nil))
}
