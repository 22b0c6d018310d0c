package e2e

import (
	"context"
	"strings"
	"testing"

	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// admission: what the API server itself refuses, each with a message that names the field.
func admission(t *testing.T) {
	const namespace = "e2e-admission"
	rows := []struct {
		reason, name string
		changes      map[string]any
		names        string
	}{
		{"a name that cannot name a Service", "1agent", nil, "metadata.name must consist of"},
		{"no image", "agent", map[string]any{"image": nil}, "spec.image: Required value"},
		{"no stream", "agent", map[string]any{"natsStreamName": nil}, "spec.natsStreamName: Required value"},
		{"no consumer", "agent", map[string]any{"natsConsumerGroup": nil}, "spec.natsConsumerGroup: Required value"},
		{"an image with a space", "agent", map[string]any{"image": "a b"}, "spec.image: Invalid value"},
		{"a size that does not exist", "agent", map[string]any{"size": "huge"}, `spec.size: Unsupported value: "huge"`},
		{"a stream with a dot", "agent", map[string]any{"natsStreamName": "A.B"}, "spec.natsStreamName: Invalid value"},
		{"a consumer with a star", "agent", map[string]any{"natsConsumerGroup": "a*"}, "spec.natsConsumerGroup: Invalid value"},
		{"a URL of another scheme", "agent", map[string]any{"natsUrl": "http://nats:4222"}, "spec.natsUrl: Invalid value"},
		{"a job timeout of another form", "agent", map[string]any{"jobTimeout": "1h30m"}, "spec.jobTimeout: Invalid value"},
		{"a job timeout beyond the limit", "agent", map[string]any{"jobTimeout": "25h"}, "spec.jobTimeout must be between 10s and 24h"},
		{"a Secret that cannot exist", "agent", map[string]any{"llmKeysSecret": "A_B"}, "spec.llmKeysSecret: Invalid value"},
		{"a pull secret twice", "agent", map[string]any{"imagePullSecrets": []any{"a", "a"}}, "spec.imagePullSecrets[1]: Duplicate value"},
	}
	feature := story("what cannot work is refused at once", namespace)
	for _, row := range rows {
		feature.Assess(row.reason, func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			object := executor(namespace, row.name, "E2E_ADMISSION", "e2e-admission", row.changes)
			for key, value := range row.changes {
				if value == nil {
					delete(object.Object["spec"].(map[string]any), key)
				}
			}
			err := c.Client().Resources().Create(ctx, object)
			if err == nil || !strings.Contains(err.Error(), row.names) {
				t.Errorf("says %v; wanted a message with %q", err, row.names)
			}
			return ctx
		})
	}
	play(t, feature.Feature())
}
