#include "cli/live.h"

#include "fixture.h"

namespace agent::cli {
namespace {

using xfn::FieldPath;
using xfn::Json;

TEST_CASE("Live gives each kind the status of a healthy object") {
  struct Row {
    std::string reason, applied, path;
    Json want;
  };
  const Row rows[] = {
      {"one replica by default", "{kind: Deployment}", "status.availableReplicas", 1},
      {"as many as are wanted", "{kind: Deployment, spec: {replicas: 3}}", "status.updatedReplicas", 3},
      {"observed", "{kind: Stream}", "status.observedGeneration", 1},
      {"ready", "{kind: Consumer}", "status.conditions[0].status", "True"},
      {"autoscaler", "{kind: ScaledObject, metadata: {name: a}}", "status.hpaName", "keda-hpa-a"},
      {"generation", "{kind: Service}", "metadata.generation", 1},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const Json live = Live(Yaml(row.applied));
    const Json* found = xfn::Find(live, *FieldPath::Parse(row.path));
    REQUIRE(found != nullptr);
    CHECK(*found == row.want);
  }
  CHECK_FALSE(Live(Yaml("{kind: ServiceAccount}")).contains("status"));
}

TEST_CASE("AssumedSecrets holds every key that pods refer to, but no Secret that is given") {
  const Json deployment = Yaml(R"(
kind: Deployment
metadata: {namespace: agents}
spec:
  template:
    spec:
      imagePullSecrets: [{name: pull}]
      volumes: [{secret: {secretName: files}}]
      initContainers:
      - env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: host}}}]
      containers:
      - env:
        - {name: A, valueFrom: {secretKeyRef: {name: db, key: port}}}
        - {name: B, valueFrom: {secretKeyRef: {name: given, key: k}}}
        envFrom: [{secretRef: {name: all}}]
)");
  const Json given = Yaml("{kind: Secret, metadata: {name: given, namespace: agents}}");
  const Json elsewhere = Yaml("{kind: Secret, metadata: {name: db, namespace: elsewhere}}");
  const auto secrets = AssumedSecrets({deployment}, {given, elsewhere});
  std::vector<std::string> names;
  for (const Json& secret : secrets) names.push_back(secret.at("metadata").at("name"));
  CHECK(names == std::vector<std::string>{"all", "db", "files", "pull"});
  CHECK(secrets[1].at("data").contains("host"));
  CHECK(secrets[1].at("data").contains("port"));
}

}  // namespace
}  // namespace agent::cli
