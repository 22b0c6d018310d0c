package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/e2e-framework/klient/k8s"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

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

// manyEdits: one after the other without a pause; what counts is the last.
func manyEdits(t *testing.T) {
	const namespace, times = "e2e-many-edits", 50 // the 50th is small
	remember, theSame := same(namespace, false)
	play(t, story("an AgentExecutor is edited all the time", namespace, "E2E_MANY_EDITS").
		Setup(wanted(namespace, "E2E_MANY_EDITS")).
		Setup(says(namespace, "Ready", "True")).
		Setup(remember).
		Assess(fmt.Sprint(times, " edits in a row"), func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for i := range times {
				size := []string{"large", "small", "medium", "micro"}[i%4]
				edited(namespace, fmt.Sprintf(`{"spec": {"size": "%s"}}`, size))(ctx, t, c)
			}
			return ctx
		}).
		Assess("the last one wins", works(namespace, "250m")).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Assess("nothing was made anew", theSame).
		Feature())
}

// invalidEdit: what the API server lets through, since its schema is older than the rule, the function refuses.
func invalidEdit(t *testing.T) {
	const namespace = "e2e-invalid-edit"
	remember, unchanged := same(namespace, true)
	lenient, strict := withoutPattern("image")
	const why = "spec.image: Invalid value: \"registry/a worker\""
	play(t, story("a running AgentExecutor is edited into nonsense", namespace, "E2E_INVALID_EDIT").
		Setup(wanted(namespace, "E2E_INVALID_EDIT")).
		Setup(says(namespace, "Ready", "True")).
		Setup(remember).
		Setup(broken(lenient, strict)).
		Assess("the API server lets it through", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			eventually(t, patience, "the edit to be accepted", func() (bool, string) {
				err := patch(ctx, c, executors.named(namespace, "agent"), `{"spec": {"image": "registry/a worker"}}`)
				return err == nil, fmt.Sprint(err)
			})
			return ctx
		}).
		Assess("Valid says what is wrong", says(namespace, "Valid", "False Invalid: "+why)).
		Assess("Synced says it too", says(namespace, "Synced",
			`False ReconcileError: cannot compose resources: pipeline step "compose-agent-executor" returned a fatal result: `+why)).
		Assess("the worker runs on", says(namespace, "WorkloadReady", "True Running")).
		Assess("nothing has changed", unchanged).
		Assess("a valid edit", edited(namespace, fmt.Sprintf(`{"spec": {"image": "%s", "size": "small"}}`, workerImage))).
		Assess("is valid", says(namespace, "Valid", "True Valid")).
		Assess("and comes through", works(namespace, "250m")).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Feature())
}

// withoutPattern is two steps: one takes the pattern of a field of the spec out of the XRD, the other puts it back.
func withoutPattern(name string) (lenient, strict step) {
	path := "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/" + name + "/pattern"
	var pattern []byte
	change := func(ctx context.Context, t *testing.T, c *envconf.Config, body string) context.Context {
		object := definitions.named("", "agentexecutors.platform.bizmatters.io")
		if err := c.Client().Resources().Patch(ctx, object, k8s.Patch{PatchType: types.JSONPatchType, Data: []byte(body)}); err != nil {
			t.Fatal(err)
		}
		return ctx
	}
	lenient = func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		versions, _ := field(read(ctx, t, c, definitions, "", "agentexecutors.platform.bizmatters.io"), "spec.versions").([]any)
		found, _, err := unstructured.NestedString(versions[0].(map[string]any),
			"schema", "openAPIV3Schema", "properties", "spec", "properties", name, "pattern")
		if err != nil || found == "" {
			t.Fatalf("spec.%s has no pattern: %v", name, err)
		}
		if pattern, err = json.Marshal(found); err != nil {
			t.Fatal(err)
		}
		return change(ctx, t, c, fmt.Sprintf(`[{"op": "remove", "path": "%s"}]`, path))
	}
	strict = func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		if pattern == nil {
			return ctx
		}
		return change(ctx, t, c, fmt.Sprintf(`[{"op": "add", "path": "%s", "value": %s}]`, path, pattern))
	}
	return lenient, strict
}
