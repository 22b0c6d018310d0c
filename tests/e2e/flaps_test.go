package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// watched is how long nothing may move: within it the time to live of every answer runs out once (5 minutes, and Crossplane
// adds or takes up to a tenth).
const watched = 330 * time.Second

// nothingFlaps: once converged, neither Crossplane nor the function changes anything, although it is called again and
// again. KEDA, NACK and the Deployment controller write their own status; that is counted, and is not ours.
func nothingFlaps(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten minutes")
	}
	const namespace, size = "e2e-nothing-flaps", 50
	busy.Wait()
	moved := &movements{ours: map[string][]string{}, others: map[string]int{}}
	play(t, fleet(t, "50 AgentExecutors are left alone", namespace, size).
		Setup(func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			moved.follow(ctx, t, c, namespace)
			return ctx
		}).
		Assess("they settle", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			eventually(t, 10*time.Minute, "half a minute in which Crossplane changes nothing", func() (bool, string) {
				last, what := moved.last()
				return time.Since(last) > 30*time.Second, what
			})
			return ctx
		}).
		Assess("nothing moves on our account", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			count := len(objects(ctx, t, c, executors, "")) // those of other namespaces are called for too
			selector := "pkg.crossplane.io/function=" + packageNamed(ctx, t, c, functions, "function-agent-executor").GetName()
			calls := func() float64 { return metric(ctx, t, c, selector, "grpc_server_started_total", "") }
			dropped := func() float64 {
				return metric(ctx, t, c, "app=crossplane", "circuit_breaker_events_total", `result="Dropped"`)
			}
			moved.forget()
			callsBefore, droppedBefore := calls(), dropped()
			time.Sleep(watched) // not to wait for anything: this is the measurement
			perHour := (calls() - callsBefore) / float64(count) / watched.Hours()
			t.Logf("calls per composite and hour: %.1f", perHour)
			moved.mutex.Lock()
			defer moved.mutex.Unlock()
			for who, times := range moved.others {
				t.Logf("%4d changes by %s", times, who)
			}
			for who, changes := range moved.ours {
				t.Errorf("%d changes by %s, such as %s", len(changes), who, changes[0])
			}
			if events := dropped() - droppedBefore; events != 0 {
				t.Errorf("the circuit breaker dropped %v events", events)
			}
			return ctx
		}).
		Assess("the circuit breaker is closed for all", allHeard(namespace)).
		Feature())
}

// allHeard fails if Crossplane's circuit breaker is open for an AgentExecutor of the namespace.
func allHeard(namespace string) step {
	return func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
		for _, object := range objects(ctx, t, c, executors, namespace) {
			if unheard(&object) {
				t.Errorf("%s: Responsive is %s", object.GetName(), condition(&object, "Responsive"))
			}
		}
		return ctx
	}
}

// movements are the changes of all objects of the AgentExecutors in a namespace, told apart by who made them.
type movements struct {
	mutex  sync.Mutex
	ours   map[string][]string // by kind and manager: what changed
	others map[string]int
	when   time.Time // of our last one
	what   string
}

// follow watches until the story ends: it belongs into a setup, as the test of an assessment ends with that.
func (m *movements) follow(ctx context.Context, t *testing.T, c *envconf.Config, namespace string) {
	t.Helper()
	client, err := dynamic.NewForConfig(c.Client().RESTConfig())
	if err != nil {
		t.Fatal(err)
	}
	m.when = time.Now()
	for _, kind := range append(keys(composed("any")), executors) {
		resource, _ := meta.UnsafeGuessKindToResource(kind.named("", "").GroupVersionKind())
		all, err := client.Resource(resource).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]*unstructured.Unstructured{}
		for i := range all.Items {
			known[all.Items[i].GetName()] = &all.Items[i]
		}
		events, err := client.Resource(resource).Namespace(namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: all.GetResourceVersion()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(events.Stop)
		go func() {
			for event := range events.ResultChan() {
				m.add(kind, known, event)
			}
			m.add(kind, known, watch.Event{})
		}()
	}
}

// add takes note of a change.
func (m *movements) add(kind gvk, known map[string]*unstructured.Unstructured, event watch.Event) {
	after, ok := event.Object.(*unstructured.Unstructured)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if !ok { // the watch ended: what it would have shown is unknown, and not nothing
		m.note(kind.kind+" watch", fmt.Sprint(event.Object))
		return
	}
	before := known[after.GetName()]
	known[after.GetName()] = after
	if event.Type != watch.Modified || before == nil {
		m.note(kind.kind+" "+string(event.Type), after.GetName())
		return
	}
	for _, manager := range movers(before, after) {
		if who := kind.kind + " by " + manager; strings.Contains(manager, "crossplane") {
			m.note(who, after.GetName()+strings.Join(differences("", before.Object, after.Object), ", "))
		} else {
			m.others[who]++
		}
	}
}

func (m *movements) note(who, what string) {
	m.ours[who] = append(m.ours[who], what)
	m.when, m.what = time.Now(), who+": "+what
}

func (m *movements) last() (time.Time, string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.when, m.what
}

func (m *movements) forget() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	clear(m.ours)
	clear(m.others)
}

func keys(objects map[gvk]string) []gvk {
	var all []gvk
	for kind := range objects {
		all = append(all, kind)
	}
	return all
}
