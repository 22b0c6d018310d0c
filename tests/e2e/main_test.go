// Package e2e tells what users of AgentExecutors live through, story by story, on a real cluster: the one of `./dev up`, or
// any other that KUBECONFIG names and that has Crossplane, KEDA, NATS, NACK and our packages.
package e2e

import (
	"fmt"
	"os"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/e2e-framework/pkg/env"
	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

var (
	stories env.Environment
	// workerImage answers /health and /ready on 8080, and has /bin/sh and scripts/ci/run-migrations.sh.
	workerImage = os.Getenv("E2E_WORKER_IMAGE")
)

func TestMain(m *testing.M) {
	if workerImage == "" {
		fmt.Fprintln(os.Stderr, "E2E_WORKER_IMAGE is not set; tests/e2e/run sets it")
		os.Exit(2)
	}
	log.SetLogger(log.Log) // the client warns when nobody does
	config := envconf.NewWithKubeConfig(os.Getenv("KUBECONFIG"))
	config.Client().RESTConfig().QPS, config.Client().RESTConfig().Burst = 100, 200
	stories = env.NewWithConfig(config)
	os.Exit(stories.Run(m))
}
