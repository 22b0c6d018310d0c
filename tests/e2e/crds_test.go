package e2e

import (
	"context"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

var crds = gvk{"apiextensions.k8s.io/v1", "CustomResourceDefinition"}

// kedaCRDMissing: deleting a CRD deletes every object of its kind. AgentExecutors get theirs back by themselves.
func kedaCRDMissing(t *testing.T) {
	const namespace = "e2e-keda-crd"
	mustBeComposed(t, scaledObjects)
	gone, back := withoutCRDs("scaledobjects.keda.sh")
	before := &ready{}
	play(t, story("KEDA's CRD is missing", namespace, "E2E_KEDA_CRD", "E2E_KEDA_CRD_ELDER").
		Setup(elder(namespace, "E2E_KEDA_CRD_ELDER")).
		Setup(before.remember).
		Setup(broken(gone, back)).
		Setup(wanted(namespace, "E2E_KEDA_CRD")).
		Assess("an event names what cannot be created",
			hears(namespace, `cannot apply composed resource "agent-scaled-object"`, "scaledobjects.keda.sh")).
		Assess("the worker runs all the same", works(namespace, "100m")).
		Assess("with the CRD back", back).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Assess("also with those that were there before", before.again).
		Feature())
}

// nackCRDsMissing: the same for streams and consumers. Streams and their jobs stay in NATS; a job in work is done again.
func nackCRDsMissing(t *testing.T) {
	const namespace, stream = "e2e-nack-crds", "E2E_NACK_CRDS_ELDER"
	mustBeComposed(t, streams, consumers)
	gone, back := withoutCRDs("streams.jetstream.nats.io", "consumers.jetstream.nats.io")
	before := &ready{}
	play(t, story("NACK's CRDs are missing", namespace, "E2E_NACK_CRDS", stream).
		Setup(elder(namespace, stream)).
		Setup(published(stream)).
		Setup(taken(stream, "elders")).
		Setup(before.remember).
		Setup(broken(gone, back)).
		Setup(wanted(namespace, "E2E_NACK_CRDS")).
		Assess("an event names what cannot be created", hears(namespace, "cannot apply composed resource", "jetstream.nats.io")).
		Assess("the stream and its job are in NATS all the same", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			holdsOne(ctx, t, jetStream(ctx, t, c), stream)
			return ctx
		}).
		Assess("with the CRDs back", back).
		Assess("all is well by itself", says(namespace, "Ready", "True")).
		Assess("also with those that were there before", before.again).
		Assess("the job that was in work comes again", taken(stream, "elders")).
		Feature())
}

// elder creates another AgentExecutor, `elder`, and waits until it is ready.
func elder(namespace, stream string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		create(ctx, t, c, executor(namespace, "elder", stream, "elders", map[string]any{"size": "micro"}))
		becomes(ctx, t, c, namespace, "elder", "Ready", "True")
		return ctx
	}
}

// withoutCRDs is two steps: one deletes CRDs and with them all their objects, the other creates those CRDs again.
func withoutCRDs(names ...string) (gone, back step) {
	var taken []*unstructured.Unstructured
	gone = func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		for _, name := range names {
			crd := read(ctx, t, c, crds, "", name)
			if crd == nil {
				t.Fatalf("there is no CRD %s", name)
			}
			bare := crds.named("", name)
			bare.SetLabels(crd.GetLabels())
			bare.SetAnnotations(crd.GetAnnotations())
			bare.Object["spec"] = crd.Object["spec"]
			taken = append(taken, bare)
			if err := c.Client().Resources().Delete(ctx, crd); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range names {
			eventually(t, patience, name+" to be gone", func() (bool, string) {
				left := read(ctx, t, c, crds, "", name)
				return left == nil, fmt.Sprint(field(left, "status.conditions"))
			})
		}
		return ctx
	}
	back = func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		for _, crd := range taken {
			if err := c.Client().Resources().Create(ctx, crd.DeepCopy()); err != nil && !apierrors.IsAlreadyExists(err) {
				t.Fatalf("cannot create CRD %s again: %v", crd.GetName(), err)
			}
		}
		return ctx
	}
	return gone, back
}

// mustBeComposed spares clusters where objects of these kinds would be lost for good: those that no AgentExecutor composes.
func mustBeComposed(t *testing.T, kinds ...gvk) {
	t.Helper()
	for _, kind := range kinds {
		for _, object := range objects(t.Context(), t, stories.EnvConf(), kind, "") {
			if owners := object.GetOwnerReferences(); len(owners) != 1 || owners[0].Kind != executors.kind {
				t.Skipf("%s %s/%s would not come back", kind.kind, object.GetNamespace(), object.GetName())
			}
		}
	}
}

// ready are the AgentExecutors of the whole cluster that were ready before something happened.
type ready struct{ names [][2]string }

func (r *ready) remember(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	for _, object := range objects(ctx, t, c, executors, "") {
		if isTrue(&object, "Ready") {
			r.names = append(r.names, [2]string{object.GetNamespace(), object.GetName()})
		}
	}
	return ctx
}

// again waits until they are ready again with every composed object.
func (r *ready) again(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
	for _, name := range r.names {
		eventually(t, patience, fmt.Sprint(name, " to be whole and ready"), func() (bool, string) {
			for kind, object := range composed(name[1]) {
				if found := read(ctx, t, c, kind, name[0], object); found == nil || found.GetDeletionTimestamp() != nil {
					return false, fmt.Sprintf("no %s %s", kind.kind, object)
				}
			}
			object := read(ctx, t, c, executors, name[0], name[1])
			return isTrue(object, "Synced") && isTrue(object, "Ready"), condition(object, "Synced") + "; " + condition(object, "Ready")
		})
	}
	return ctx
}
