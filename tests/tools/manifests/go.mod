module tools/manifests

go 1.26.0

require (
	github.com/crossplane/crossplane/v2 v2.3.4
	github.com/kedacore/keda/v2 v2.20.2
	github.com/nats-io/nack v0.22.4
	k8s.io/kubernetes v1.35.4
)
