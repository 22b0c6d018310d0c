package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/e2e-framework/pkg/envconf"

	"e2e/jobs"
)

// kills is how many workers are killed at least.
const kills = 100

// TestChaos: the same as thousandJobs while workers are killed at random and NATS, PostgreSQL and Redis crash.
func TestChaos(t *testing.T) {
	r, story := begin(t, "1,000 jobs while everything crashes", time.Second)
	play(t, story.
		WithStep("1,000 jobs are published", 0, r.publish).
		Assess("all are worked off", func(ctx context.Context, t *testing.T, _ *envconf.Config) context.Context {
			monkey := &monkey{run: r, random: rand.New(rand.NewPCG(1, 2)), killed: map[types.UID]int{}}
			r.drained(ctx, t, 8*time.Minute, func(s jobs.Sample) { monkey.strike(ctx, t, s) })
			t.Logf("killed %d workers; crashed %v", monkey.count, monkey.crashed)
			if monkey.count < kills || len(monkey.crashed) < len(crashes) {
				t.Errorf("too little chaos: %d workers killed, crashed %v", monkey.count, monkey.crashed)
			}
			return ctx
		}).
		Assess("no job is lost, none applied twice", r.outcome).
		Assess("Prometheus has all that rules and dashboard ask for", func(ctx context.Context, t *testing.T, _ *envconf.Config) context.Context {
			script(ctx, t, "metrics")
			return ctx
		}).
		Feature())
}

// crashes are what else ends in mid-run, each once, when so many jobs are finished.
var crashes = []struct {
	name  string
	after int
	end   func(context.Context, *testing.T, *monkey)
}{
	{"NATS", 200, func(ctx context.Context, t *testing.T, m *monkey) {
		m.kill(ctx, t, m.pods(ctx, t, "nats", "app.kubernetes.io/name=nats")[0])
	}},
	{"PostgreSQL", 400, func(ctx context.Context, t *testing.T, _ *monkey) { script(ctx, t, "data", "crash", "postgres") }},
	{"Redis", 600, func(ctx context.Context, t *testing.T, _ *monkey) { script(ctx, t, "data", "crash", "redis") }},
}

type monkey struct {
	*run
	random  *rand.Rand
	count   int               // workers killed
	killed  map[types.UID]int // how often, by pod
	crashed []string
}

// strike kills one worker, or two, and whatever else it is time for.
func (m *monkey) strike(ctx context.Context, t *testing.T, s jobs.Sample) {
	if len(m.crashed) < len(crashes) && s.Finished >= crashes[len(m.crashed)].after {
		next := crashes[len(m.crashed)]
		next.end(ctx, t, m)
		m.crashed = append(m.crashed, next.name)
	}
	running := m.pods(ctx, t, jobs.Namespace, "app.kubernetes.io/name="+jobs.Executor)
	for range min(1+m.random.IntN(2), len(running)-1) {
		victim := m.random.IntN(len(running))
		m.killWorker(ctx, t, running[victim])
		running = append(running[:victim], running[victim+1:]...)
	}
}

// killWorker ends a worker's process. A pod that has had that twice goes, and another comes: the kubelet would wait longer and
// longer before it starts the same one again.
func (m *monkey) killWorker(ctx context.Context, t *testing.T, pod corev1.Pod) {
	if !m.kill(ctx, t, pod) {
		return
	}
	m.count++
	m.killed[pod.UID]++
	if m.killed[pod.UID] == 2 {
		now := int64(0)
		if err := m.Kubernetes.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
			t.Logf("cannot delete pod %s: %v", pod.Name, err)
		}
	}
}

// pods lists those whose container runs.
func (m *monkey) pods(ctx context.Context, t *testing.T, namespace, selector string) []corev1.Pod {
	t.Helper()
	list, err := m.Kubernetes.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		t.Fatal(err)
	}
	var running []corev1.Pod
	for _, pod := range list.Items {
		if status := pod.Status.ContainerStatuses; len(status) > 0 && status[0].State.Running != nil && pod.DeletionTimestamp == nil {
			running = append(running, pod)
		}
	}
	return running
}

// kill sends KILL to the process of a pod's container, which this machine runs, and tells whether there was one.
func (m *monkey) kill(_ context.Context, t *testing.T, pod corev1.Pod) bool {
	t.Helper()
	groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, path := range groups {
		group, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(group, []byte(pod.UID)) {
			continue // it has ended, or belongs to others
		}
		folder := filepath.Dir(path)
		if name, err := os.ReadFile(filepath.Join(folder, "comm")); err != nil || string(name) == "pause\n" {
			continue
		}
		id, err := strconv.Atoi(filepath.Base(folder))
		if err != nil {
			t.Fatal(fmt.Errorf("cannot read a process id: %w", err))
		}
		process, err := os.FindProcess(id)
		found = err == nil && process.Kill() == nil || found
	}
	return found
}
