package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/e2e-framework/klient/k8s"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
	"sigs.k8s.io/e2e-framework/pkg/features"
)

// patience is how long anything may take that is expected to happen.
const patience = 5 * time.Minute // on two cores that other tests want too

// kinds that the stories look at.
var (
	executors      = gvk{"platform.bizmatters.io/v1alpha1", "AgentExecutor"}
	deployments    = gvk{"apps/v1", "Deployment"}
	services       = gvk{"v1", "Service"}
	accounts       = gvk{"v1", "ServiceAccount"}
	scaledObjects  = gvk{"keda.sh/v1alpha1", "ScaledObject"}
	streams        = gvk{"jetstream.nats.io/v1beta2", "Stream"}
	consumers      = gvk{"jetstream.nats.io/v1beta2", "Consumer"}
	autoscalers    = gvk{"autoscaling/v2", "HorizontalPodAutoscaler"}
	functions      = gvk{"pkg.crossplane.io/v1", "Function"}
	configurations = gvk{"pkg.crossplane.io/v1", "Configuration"}
	definitions    = gvk{"apiextensions.crossplane.io/v2", "CompositeResourceDefinition"}
)

type gvk struct{ apiVersion, kind string }

func (g gvk) named(namespace, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetAPIVersion(g.apiVersion)
	object.SetKind(g.kind)
	object.SetNamespace(namespace)
	object.SetName(name)
	return object
}

// read gets an object, or nil when there is none.
func read(ctx context.Context, t *testing.T, c *envconf.Config, g gvk, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	object := g.named(namespace, name)
	err := c.Client().Resources().Get(ctx, name, namespace, object)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		t.Fatalf("cannot get %s %s/%s: %v", g.kind, namespace, name, err)
	}
	return object
}

// field reads a value by its path, "a.b.c"; missing values are nil.
func field(object *unstructured.Unstructured, path string) any {
	if object == nil {
		return nil
	}
	value, _, _ := unstructured.NestedFieldNoCopy(object.Object, strings.Split(path, ".")...)
	return value
}

// conditionOf is a condition of the object's status, nil when it has none of that type.
func conditionOf(object *unstructured.Unstructured, conditionType string) map[string]any {
	conditions, _ := field(object, "status.conditions").([]any)
	for _, entry := range conditions {
		if c := entry.(map[string]any); c["type"] == conditionType {
			return c
		}
	}
	return nil
}

// condition is "STATUS REASON: MESSAGE" of a condition of the object's status.
func condition(object *unstructured.Unstructured, conditionType string) string {
	c := conditionOf(object, conditionType)
	if c == nil {
		return "none"
	}
	said := fmt.Sprintf("%v %v", c["status"], c["reason"])
	if message, ok := c["message"]; ok && message != "" {
		said += fmt.Sprintf(": %v", message)
	}
	return said
}

func isTrue(object *unstructured.Unstructured, conditionType string) bool {
	return strings.HasPrefix(condition(object, conditionType), "True")
}

// eventually waits until check says true, and logs a wait that was long; the second value of check is what it saw, for the
// failure's message.
func eventually(t *testing.T, limit time.Duration, what string, check func() (bool, string)) {
	t.Helper()
	for start := time.Now(); ; time.Sleep(500 * time.Millisecond) {
		done, seen := check()
		waited := time.Since(start)
		if done {
			if waited > 10*time.Second {
				t.Logf("%.0f s: %s", waited.Seconds(), what)
			}
			return
		}
		if waited > limit {
			t.Fatalf("not within %v: %s; last seen: %s", limit, what, seen)
		}
	}
}

// becomes waits for a condition of an AgentExecutor to read as wanted: its beginning, "STATUS REASON: MESSAGE".
func becomes(ctx context.Context, t *testing.T, c *envconf.Config, namespace, name, conditionType, wanted string) {
	t.Helper()
	eventually(t, patience, fmt.Sprintf("%s of %s to say %q", conditionType, name, wanted), func() (bool, string) {
		said := condition(read(ctx, t, c, executors, namespace, name), conditionType)
		return strings.HasPrefix(said, wanted), said
	})
}

// settles waits for conditions of an AgentExecutor to be exactly those wanted, by type. To look once is not enough even after it
// was ready: Crossplane (2.3) writes back the conditions that its cache has before it writes new ones, so that for a moment a
// composite can be seen as it was before.
func settles(ctx context.Context, t *testing.T, c *envconf.Config, namespace, name string, wanted map[string]string) {
	t.Helper()
	eventually(t, patience, "the conditions of "+name+" to be those wanted", func() (bool, string) {
		object := read(ctx, t, c, executors, namespace, name)
		for conditionType, says := range wanted {
			if said := condition(object, conditionType); said != says {
				return false, fmt.Sprintf("%s is %q, not %q", conditionType, said, says)
			}
		}
		return true, ""
	})
}

// story starts a feature that has a namespace of its own.
func story(title, namespace string, natsStreams ...string) *features.FeatureBuilder {
	return features.New(title).WithSetup("a namespace", inNamespace(namespace, natsStreams...))
}

// inNamespace creates a namespace that enforces the restricted Pod Security Standard and has the Secrets that an AgentExecutor
// wants; it and the NATS streams named are deleted at the end, whatever happened.
func inNamespace(namespace string, natsStreams ...string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		create(ctx, t, c, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}})
		t.Cleanup(func() { // the framework plays no teardown after a setup that failed
			deleteNamespace(ctx, t, c, namespace)
			for _, stream := range natsStreams {
				_ = jetStream(ctx, t, c).DeleteStream(ctx, stream) // it may not have come to be
			}
		})
		for _, secret := range secrets(namespace) {
			create(ctx, t, c, secret)
		}
		return ctx
	}
}

func secrets(namespace string) []*corev1.Secret {
	of := func(name string, data map[string]string) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, StringData: data}
	}
	return []*corev1.Secret{
		of("postgres-connection", map[string]string{"POSTGRES_HOST": "postgres", "POSTGRES_PORT": "5432",
			"POSTGRES_DB": "agents", "POSTGRES_USER": "agents", "POSTGRES_PASSWORD": "example"}),
		of("dragonfly-connection", map[string]string{"DRAGONFLY_HOST": "dragonfly", "DRAGONFLY_PORT": "6379",
			"DRAGONFLY_PASSWORD": "example"}),
		of("llm-keys", map[string]string{"OPENAI_API_KEY": "example", "ANTHROPIC_API_KEY": "example"}),
	}
}

func create(ctx context.Context, t *testing.T, c *envconf.Config, object k8s.Object) {
	t.Helper()
	if err := c.Client().Resources().Create(ctx, object); err != nil {
		t.Fatalf("cannot create %s: %v", object.GetName(), err)
	}
}

// patch applies a JSON merge patch and gives what the API server says about it.
func patch(ctx context.Context, c *envconf.Config, object *unstructured.Unstructured, body string) error {
	return c.Client().Resources().Patch(ctx, object, k8s.Patch{PatchType: types.MergePatchType, Data: []byte(body)})
}

// deleteNamespace deletes the AgentExecutors first: a namespace whose objects have finalizers, such as Streams, is looked at
// again only after 15 seconds.
func deleteNamespace(ctx context.Context, t *testing.T, c *envconf.Config, name string) {
	t.Helper()
	for _, object := range objects(ctx, t, c, executors, name) {
		if err := c.Client().Resources().Delete(ctx, &object); err != nil && !apierrors.IsNotFound(err) {
			t.Fatalf("cannot delete AgentExecutor %s/%s: %v", name, object.GetName(), err)
		}
	}
	eventually(t, patience, "all streams and consumers of "+name+" to be gone", func() (bool, string) {
		left := len(objects(ctx, t, c, executors, name)) + len(objects(ctx, t, c, consumers, name)) + len(objects(ctx, t, c, streams, name))
		return left == 0, fmt.Sprint(left, " are left")
	})
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := c.Client().Resources().Delete(ctx, namespace); err != nil && !apierrors.IsNotFound(err) {
		t.Fatalf("cannot delete namespace %s: %v", name, err)
	}
	eventually(t, patience, "namespace "+name+" to be gone", func() (bool, string) {
		err := c.Client().Resources().Get(ctx, name, "", namespace)
		return apierrors.IsNotFound(err), fmt.Sprint(namespace.Status.Conditions)
	})
}

// executor is an AgentExecutor that works on the stream; the size is small, or what the changes say.
func executor(namespace, name, stream, consumer string, changes map[string]any) *unstructured.Unstructured {
	object := executors.named(namespace, name)
	spec := map[string]any{"image": workerImage, "size": "small", "natsStreamName": stream, "natsConsumerGroup": consumer}
	for key, value := range changes {
		spec[key] = value
	}
	object.Object["spec"] = spec
	return object
}
