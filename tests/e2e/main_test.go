// Package e2e tells what users of AgentExecutors live through, story by story, on a real cluster: the one of `./dev up`, or
// any other that KUBECONFIG names and that has Crossplane, KEDA, NATS, NACK and our packages.
package e2e

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/e2e-framework/klient"
	"sigs.k8s.io/e2e-framework/klient/conf"
	"sigs.k8s.io/e2e-framework/pkg/env"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
	"sigs.k8s.io/e2e-framework/pkg/types"
)

var (
	stories env.Environment
	// workerImage answers /health and /ready on 8080, and has /bin/sh and scripts/ci/run-migrations.sh.
	workerImage    = os.Getenv("E2E_WORKER_IMAGE")
	passed, failed atomic.Int64   // stories
	busy           sync.WaitGroup // those of TestStories that NothingFlaps lets end first
)

// TestStories leave the platform alone, so all are told at once: each in a namespace and with NATS streams of its own (see
// story). A new one is a line here. One alone: tests/e2e/run -run TestStories/Founding
func TestStories(t *testing.T) {
	for name, tell := range map[string]func(*testing.T){
		"Admission":       admission,
		"Autoscaling":     autoscaling,
		"BadImage":        badImage,
		"Founding":        founding,
		"Immutables":      immutables,
		"Install":         install,
		"Jobs":            thousandJobs,
		"ManyEdits":       manyEdits,
		"MissingSecret":   missingSecret,
		"NothingFlaps":    nothingFlaps,
		"Order":           order,
		"PipelineOfThree": pipelineOfThree,
		"Previews":        previews,
		"StreamTaken":     streamTaken,
	} {
		t.Run(name, func(t *testing.T) {
			if name != "NothingFlaps" && name != "Autoscaling" { // which is quiet for five minutes
				busy.Add(1)
				t.Cleanup(busy.Done)
			}
			t.Parallel()
			tell(t)
		})
	}
}

// TestFaults break a part of the platform that all share, so they are told one after the other. Whoever
// breaks something says in the same breath how it is mended (see broken), so that it is even when the story fails.
func TestFaults(t *testing.T) {
	t.Run("NACKDown", nackDown)
	t.Run("KEDADown", kedaDown)
	t.Run("NATSDown", natsDown)
	t.Run("MissingVerb", missingVerb)
	t.Run("KEDACRDMissing", kedaCRDMissing)
	t.Run("NACKCRDsMissing", nackCRDsMissing)
	t.Run("InvalidEdit", invalidEdit)
	t.Run("CrossplaneRestarted", crossplaneRestarted)
	t.Run("FunctionKilled", functionKilled)
	t.Run("FunctionRestarted", functionRestarted)
	t.Run("ServerCertificateReplaced", serverCertificateReplaced)
	t.Run("AuthorityReplaced", authorityReplaced)
	t.Run("APIServerRestarted", apiServerRestarted)
}

func TestMain(m *testing.M) {
	if workerImage == "" {
		fmt.Fprintln(os.Stderr, "E2E_WORKER_IMAGE is not set: tests/e2e/run says which image it names")
		os.Exit(2)
	}
	log.SetLogger(log.Log) // the client warns when nobody does
	client, err := connect(os.Getenv("KUBECONFIG"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot connect to the cluster:", err)
		os.Exit(2)
	}
	stories = env.NewWithConfig(envconf.New().WithClient(client)) // without it, every call would make a client of its own
	code := stories.Run(m)
	fmt.Printf("%d passed, %d failed\n", passed.Load(), failed.Load())
	os.Exit(code)
}

func connect(kubeconfig string) (klient.Client, error) {
	config, err := conf.New(kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 200, 400
	return klient.New(config)
}

// play tells a story and counts it.
func play(t *testing.T, feature types.Feature) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			failed.Add(1)
		} else {
			passed.Add(1)
		}
	})
	stories.Test(t, feature)
}
