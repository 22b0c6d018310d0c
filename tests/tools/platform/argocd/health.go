package main

import (
	"context"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/argoproj/gitops-engine/pkg/health"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

// healthOf assesses the object in a file as Argo CD does that has the ConfigMap argocd-cm in another.
func healthOf(ctx context.Context, configFile, objectFile string) (*health.HealthStatus, error) {
	var config corev1.ConfigMap
	if err := read(configFile, &config); err != nil {
		return nil, err
	}
	var object unstructured.Unstructured
	if err := read(objectFile, &object); err != nil {
		return nil, err
	}
	config.Name, config.Namespace = common.ArgoCDConfigMapName, "argocd"
	config.Labels = map[string]string{"app.kubernetes.io/part-of": "argocd"}
	overrides, err := settings.NewSettingsManager(ctx, fake.NewClientset(&config), config.Namespace).GetResourceOverrides()
	if err != nil {
		return nil, fmt.Errorf("cannot read the health checks of %s: %w", configFile, err)
	}
	found, err := health.GetResourceHealth(&object, lua.ResourceHealthOverrides(overrides))
	if err != nil {
		return nil, fmt.Errorf("cannot assess %s: %w", objectFile, err)
	}
	if found == nil {
		return nil, fmt.Errorf("cannot assess %s: Argo CD has no health check for %s", objectFile, object.GroupVersionKind())
	}
	return found, nil
}

func read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("cannot read %s: %w", file, err)
	}
	return nil
}
