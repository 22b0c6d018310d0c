package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
	"sigs.k8s.io/e2e-framework/pkg/features"

	"e2e/jobs"
)

// script runs a program of tests/controlplane.
func script(ctx context.Context, t *testing.T, name string, arguments ...string) {
	t.Helper()
	said, err := exec.CommandContext(ctx, filepath.Join(os.Getenv("E2E_CONTROLPLANE"), name), arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, arguments, err, said)
	}
}

// run is 1,000 jobs on their way through the executor of examples/consumer.
type run struct {
	*jobs.Platform
	name    string
	all     []jobs.Job
	channel *jobs.Channel
	most    int // replicas
}

// begin starts a story about jobs, each of which lasts a little longer than `lasts`: a team gets its executor by GitOps and
// publishes them.
func begin(t *testing.T, title string, lasts time.Duration) (*run, *features.FeatureBuilder) {
	t.Helper()
	platform, err := jobs.Connect(t.Context())
	if errors.Is(err, jobs.ErrUnreachable) || os.Getenv("E2E_CONTROLPLANE") == "" {
		t.Skipf("only in the local platform: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(platform.Close)
	r := &run{Platform: platform, name: fmt.Sprintf("run-%d", time.Now().UnixMilli())}
	r.all = jobs.New(r.name, 1000, lasts)
	return r, features.New(title).
		WithSetup("a team pushes its side to git and is onboarded; Argo CD syncs it", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			script(ctx, t, "team")
			becomes(ctx, t, c, jobs.Namespace, jobs.Executor, "Ready", "True")
			return ctx
		}).
		Assess("its Secrets come from the parameter store", func(ctx context.Context, t *testing.T, c *envconf.Config) context.Context {
			for _, name := range []string{"postgres-connection", "dragonfly-connection", "llm-keys", "ghcr-pull"} {
				secret := read(ctx, t, c, gvk{"v1", "Secret"}, jobs.Namespace, name)
				if secret == nil || secret.GetLabels()["reconcile.external-secrets.io/managed"] != "true" {
					t.Errorf("Secret %s is not External Secrets' own: %v", name, field(secret, "metadata.labels"))
				}
			}
			return ctx
		}).
		WithTeardown("the team leaves", func(ctx context.Context, t *testing.T, _ *envconf.Config) context.Context {
			script(ctx, t, "team", "leave")
			return ctx
		})
}

// publish publishes the jobs and listens to their progress.
func (r *run) publish(ctx context.Context, t *testing.T, _ *envconf.Config) context.Context {
	var err error
	if r.channel, err = r.Listen(ctx, r.name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.channel.Close)
	if err := jobs.Publish(ctx, r.JetStream, r.all); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// drained waits until no job is left, and does something once a second.
func (r *run) drained(ctx context.Context, t *testing.T, limit time.Duration, each func(jobs.Sample)) {
	t.Helper()
	start := time.Now()
	for end := start.Add(limit); ; time.Sleep(time.Second) {
		sample, err := r.Observe(ctx, r.name)
		if err == nil {
			r.most = max(r.most, sample.Ready)
			if sample.Lag() == 0 && sample.Finished == len(r.all) {
				t.Logf("%d jobs in %.0f s, at most %d replicas", len(r.all), time.Since(start).Seconds(), r.most)
				return
			}
			each(sample)
		}
		if time.Now().After(end) {
			t.Fatalf("not drained within %v: %+v %v", limit, sample, err)
		}
	}
}

// outcome compares what became of the jobs with what should have.
func (r *run) outcome(ctx context.Context, t *testing.T, _ *envconf.Config) context.Context {
	outcome, err := r.Find(ctx, r.name)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(outcome.Summary())
	problems := outcome.Problems(r.all)
	for _, problem := range problems[:min(20, len(problems))] {
		t.Error(problem)
	}
	return ctx
}

// thousandJobs: what the whole platform is for.
func thousandJobs(t *testing.T) {
	r, story := begin(t, "1,000 jobs, every tenth of them poison", 400*time.Millisecond)
	play(t, story.
		WithStep("1,000 jobs are published", 0, r.publish).
		Assess("all are worked off, by more replicas", func(ctx context.Context, t *testing.T, _ *envconf.Config) context.Context {
			r.drained(ctx, t, 4*time.Minute, func(jobs.Sample) {})
			if r.most < 5 {
				t.Errorf("there were never more than %d replicas", r.most)
			}
			return ctx
		}).
		Assess("every one once; the poison, and only it, is among the dead letters", r.outcome).
		Assess("each told its end on its channel, once", func(ctx context.Context, t *testing.T, _ *envconf.Config) context.Context {
			ended := r.channel.Ended()
			for _, job := range r.all {
				if ended[job.ID] != 1 {
					t.Errorf("%s: %d end events", job.ID, ended[job.ID])
				}
			}
			return ctx
		}).
		Assess("the autoscaler wants fewer replicas, once five minutes have been quiet", func(ctx context.Context, t *testing.T, _ *envconf.Config) context.Context {
			eventually(t, patience, "the autoscaler to hold a scale-down back", func() (bool, string) {
				name := "keda-hpa-" + jobs.Executor + "-scaler"
				hpa, err := r.Kubernetes.AutoscalingV2().HorizontalPodAutoscalers(jobs.Namespace).Get(ctx, name, metav1.GetOptions{})
				if err != nil {
					return false, err.Error()
				}
				for _, condition := range hpa.Status.Conditions {
					if condition.Reason == "ScaleDownStabilized" {
						return true, ""
					}
				}
				return hpa.Status.DesiredReplicas < hpa.Status.CurrentReplicas, fmt.Sprint(hpa.Status.Conditions)
			})
			return ctx
		}).
		Feature())
}
