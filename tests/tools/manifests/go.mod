module tools/manifests

go 1.26.0

require (
	github.com/argoproj/argo-cd/v3 v3.2.6
	github.com/crossplane/crossplane/v2 v2.3.4
	github.com/external-secrets/external-secrets v0.20.4
	github.com/kedacore/keda/v2 v2.20.2
	github.com/nats-io/nack v0.22.4
	github.com/prometheus-operator/prometheus-operator v0.85.0
	k8s.io/kubernetes v1.35.4
	sigs.k8s.io/kwok v0.7.0
)
