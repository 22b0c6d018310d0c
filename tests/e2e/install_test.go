package e2e

import (
	"context"
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
	"sigs.k8s.io/e2e-framework/pkg/features"
)

func install(t *testing.T) {
	play(t, features.New("the packages are installed").
		Assess("both are installed and healthy", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for name, kind := range map[string]gvk{
				"configuration-agent-executor": configurations, "function-agent-executor": functions} {
				object := packageNamed(ctx, t, c, kind, name)
				for _, wanted := range []string{"Installed", "Healthy"} {
					if !isTrue(object, wanted) {
						t.Errorf("%s: %s is %s", object.GetName(), wanted, condition(object, wanted))
					}
				}
			}
			return ctx
		}).
		Assess("the API is established", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			definition := read(ctx, t, c, definitions, "", "agentexecutors.platform.bizmatters.io")
			if !isTrue(definition, "Established") {
				t.Errorf("Established: %s", condition(definition, "Established"))
			}
			return ctx
		}).
		Assess("kubectl explain tells what every field of the spec means", everyFieldIsExplained).
		Feature())
}

// packageNamed finds a package by the end of its name: registries with an organization put that in front.
func packageNamed(ctx context.Context, t *testing.T, c *envconf.Config, kind gvk, name string) *unstructured.Unstructured {
	t.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(kind.apiVersion)
	list.SetKind(kind.kind + "List")
	if err := c.Client().Resources().List(ctx, list); err != nil {
		t.Fatal(err)
	}
	for i := range list.Items {
		if found := list.Items[i].GetName(); len(found) >= len(name) && found[len(found)-len(name):] == name {
			return &list.Items[i]
		}
	}
	t.Fatalf("%s %s is not installed", kind.kind, name)
	return nil
}

// schema is as much of OpenAPI as kubectl explain shows.
type schema struct {
	Description string            `json:"description"`
	Properties  map[string]schema `json:"properties"`
	Items       *schema           `json:"items"`
}

func everyFieldIsExplained(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	client, err := discovery.NewDiscoveryClientForConfig(c.Client().RESTConfig())
	if err != nil {
		t.Fatal(err)
	}
	paths, err := client.OpenAPIV3().Paths()
	if err != nil {
		t.Fatal(err)
	}
	text, err := paths["apis/platform.bizmatters.io/v1alpha1"].Schema("application/json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	spec := document.Components.Schemas["io.bizmatters.platform.v1alpha1.AgentExecutor"].Properties["spec"]
	if len(spec.Properties) < 10 {
		t.Fatalf("the spec has %d fields", len(spec.Properties))
	}
	for name, property := range spec.Properties {
		if name != "crossplane" { // Crossplane's own
			explained(t, "spec."+name, property)
		}
	}
	return ctx
}

func explained(t *testing.T, path string, s schema) {
	if s.Description == "" {
		t.Errorf("%s has no description", path)
	}
	for name, property := range s.Properties {
		explained(t, path+"."+name, property)
	}
	if s.Items != nil {
		explained(t, path+"[]", *s.Items)
	}
}
