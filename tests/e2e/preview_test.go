package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/e2e-framework/klient/k8s"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// previews: what `crossplane composition render` shows, before there is anything and once all is there, is what the cluster
// holds in the end.
func previews(t *testing.T) {
	const namespace = "e2e-preview"
	program := os.Getenv("E2E_FUNCTION_PROGRAM")
	if program == "" {
		t.Skip("E2E_FUNCTION_PROGRAM does not name the program that the cluster runs")
	}
	var before []*unstructured.Unstructured
	play(t, story("a preview comes true", namespace, "E2E_PREVIEW").
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			_, before = preview(ctx, t, c, program, namespace,
				executor(namespace, "agent", "E2E_PREVIEW", "workers", map[string]any{"size": "micro"}), nil)
			return ctx
		}).
		Setup(wanted(namespace, "E2E_PREVIEW")).
		Setup(says(namespace, "Ready", "True")).
		Assess("the preview of the new AgentExecutor", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			if len(before) != 4 { // Consumer and ScaledObject wait
				t.Errorf("%d objects, not 4", len(before))
			}
			for _, object := range before {
				holds(ctx, t, c, object)
			}
			return ctx
		}).
		Assess("the preview of the running one", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			var observed []*unstructured.Unstructured
			for kind, name := range composed("agent") {
				observed = append(observed, read(ctx, t, c, kind, namespace, name))
			}
			running := read(ctx, t, c, executors, namespace, "agent")
			composite, objects := preview(ctx, t, c, program, namespace, running, observed)
			if len(objects) != len(observed) {
				t.Errorf("%d objects, not %d", len(objects), len(observed))
			}
			for _, object := range objects {
				holds(ctx, t, c, object)
			}
			conditions := map[string]string{}
			for _, conditionType := range []string{"Valid", "StreamReady", "ConsumerReady", "WorkloadReady", "AutoscalingReady",
				"SecretsReady", "Ready"} {
				conditions[conditionType] = condition(composite, conditionType)
			}
			settles(ctx, t, c, namespace, "agent", conditions)
			return ctx
		}).
		Feature())
}

// holds reports what applying the previewed object as Crossplane does would change in the cluster.
func holds(ctx context.Context, t *testing.T, c *envconf.Config, previewed *unstructured.Unstructured) {
	t.Helper()
	kind := gvk{previewed.GetAPIVersion(), previewed.GetKind()}
	held := read(ctx, t, c, kind, previewed.GetNamespace(), previewed.GetName())
	if held == nil {
		t.Errorf("the cluster has no %s %s", kind.kind, previewed.GetName())
		return
	}
	manager := ""
	for _, entry := range held.GetManagedFields() {
		if strings.HasPrefix(entry.Manager, "apiextensions.crossplane.io/composed") {
			manager = entry.Manager
		}
	}
	held.SetOwnerReferences(nil) // a new AgentExecutor has no uid yet
	previewed.SetOwnerReferences(nil)
	body, err := json.Marshal(previewed)
	if err != nil {
		t.Fatal(err)
	}
	applied := kind.named(previewed.GetNamespace(), previewed.GetName())
	err = c.Client().Resources().Patch(ctx, applied, k8s.Patch{PatchType: types.ApplyPatchType, Data: body}, func(o *metav1.PatchOptions) {
		force := true
		o.DryRun, o.FieldManager, o.Force = []string{metav1.DryRunAll}, manager, &force
	})
	if err != nil {
		t.Fatalf("cannot apply %s as %q: %v", kind.kind, manager, err)
	}
	applied.SetOwnerReferences(nil)
	for _, difference := range differences("", held.Object, applied.Object) {
		t.Errorf("%s: held -> previewed: %s", kind.kind, difference)
	}
}

// preview runs the Composition of the cluster through Crossplane's own renderer and the program: what it makes of the
// AgentExecutor and the objects that there are.
func preview(ctx context.Context, t *testing.T, c *envconf.Config, program, namespace string,
	composite *unstructured.Unstructured, observed []*unstructured.Unstructured) (*unstructured.Unstructured, []*unstructured.Unstructured) {
	t.Helper()
	composition := read(ctx, t, c, compositions, "", "agentexecutors.platform.bizmatters.io")
	function := functions.named("", field(composition, "spec.pipeline").([]any)[0].(map[string]any)["functionRef"].(map[string]any)["name"].(string))
	function.SetAnnotations(map[string]string{"render.crossplane.io/runtime": "Development",
		"render.crossplane.io/runtime-development-target": serve(ctx, t, program)})
	function.Object["spec"] = map[string]any{"package": "example.org/function:v0.0.0"}
	var required []*unstructured.Unstructured
	for _, secret := range objects(ctx, t, c, gvk{"v1", "Secret"}, namespace) {
		required = append(required, &secret)
	}
	file := func(objects ...*unstructured.Unstructured) string {
		text := &bytes.Buffer{}
		for _, object := range objects {
			if err := json.NewEncoder(text).Encode(object); err != nil {
				t.Fatal(err)
			}
			text.WriteString("---\n")
		}
		name := filepath.Join(t.TempDir(), "objects.yaml")
		if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	tools := os.Getenv("TOOLS")
	arguments := []string{"composition", "render", file(composite), file(composition), file(function), "--include-full-xr",
		"--crossplane-binary=" + filepath.Join(tools, "crossplane-core"), "--extra-resources=" + file(required...)}
	if len(observed) > 0 {
		arguments = append(arguments, "--observed-resources="+file(observed...))
	}
	command := exec.CommandContext(ctx, filepath.Join(tools, "crossplane"), arguments...)
	said := &bytes.Buffer{}
	command.Stderr = said
	output, err := command.Output()
	if err != nil {
		t.Fatalf("cannot render: %v: %s", err, said)
	}
	var objects []*unstructured.Unstructured
	for documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(output), 4096); ; {
		object := &unstructured.Unstructured{}
		if err := documents.Decode(&object.Object); errors.Is(err, io.EOF) {
			return objects[0], objects[1:]
		} else if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
}

// serve runs the function until the test ends, and gives its address.
func serve(ctx context.Context, t *testing.T, program string) string {
	t.Helper()
	command := exec.CommandContext(ctx, program, "serve", "--insecure", "--address", "127.0.0.1:0", "--metrics-address", "")
	log, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			return line.Address
		}
	}
	t.Fatalf("%s ended before it served", program)
	return ""
}
