#include "resources/kind_testing.h"

namespace agent {

using xfn::Json;

namespace {

Json Build(const Plan& plan) { return KindOf("agent-deployment").build(plan); }
Json Pod(const Plan& plan) { return Build(plan)["spec"]["template"]["spec"]; }

}  // namespace

TEST_CASE("deployment: never says how many replicas") { CHECK(!Build(PlanOf())["spec"].contains("replicas")); }

TEST_CASE("deployment: the selector leaves out what changes") {
  const Json spec = Build(PlanOf())["spec"];
  CHECK(spec["selector"]["matchLabels"] ==
        Json::parse(R"({"app.kubernetes.io/name": "demo", "app.kubernetes.io/component": "agent-executor",
                        "app.kubernetes.io/managed-by": "crossplane"})"));
  for (const auto& [key, value] : spec["selector"]["matchLabels"].items()) {
    CHECK(spec["template"]["metadata"]["labels"][key] == value);
  }
}

TEST_CASE("deployment: every container satisfies the restricted Pod Security Standard") {
  const Json pod = Pod(PlanOf());
  CHECK(pod["securityContext"] ==
        Json::parse(R"({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}})"));
  CHECK(pod["enableServiceLinks"] == false);
  CHECK(pod["automountServiceAccountToken"] == false);
  for (const char* list : {"containers", "initContainers"}) {
    INFO(list);
    REQUIRE(pod[list].size() == 1);
    CHECK(pod[list][0]["securityContext"] ==
          Json::parse(R"({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}})"));
  }
}

TEST_CASE("deployment: migrations run first, with the worker's image and environment") {
  const Json pod = Pod(PlanOf());
  const Json& migrations = pod["initContainers"][0];
  const Json& worker = pod["containers"][0];
  CHECK(migrations["name"] == "run-migrations");
  CHECK(migrations["command"] == Json::parse(R"(["/bin/sh", "-c", "scripts/ci/run-migrations.sh"])"));
  CHECK(migrations["image"] == worker["image"]);
  CHECK(migrations["env"] == worker["env"]);
  CHECK(worker["name"] == "agent-executor");
  CHECK(worker["ports"] == Json::parse(R"([{"name": "http", "containerPort": 8080, "protocol": "TCP"}])"));
}

TEST_CASE("deployment: environment") {
  const Json env = Pod(PlanOf())["containers"][0]["env"];
  const char* const expected[][2] = {
      {"PORT", R"({"value": "8080"})"},
      {"NATS_URL", R"({"value": "nats://nats.nats.svc:4222"})"},
      {"NATS_STREAM_NAME", R"({"value": "JOBS"})"},
      {"NATS_CONSUMER_GROUP", R"({"value": "demo-workers"})"},
      {"POSTGRES_HOST", R"({"valueFrom": {"secretKeyRef": {"name": "pg", "key": "POSTGRES_HOST"}}})"},
      {"POSTGRES_PORT", R"({"valueFrom": {"secretKeyRef": {"name": "pg", "key": "POSTGRES_PORT"}}})"},
      {"POSTGRES_DB", R"({"valueFrom": {"secretKeyRef": {"name": "pg", "key": "POSTGRES_DB"}}})"},
      {"POSTGRES_USER", R"({"valueFrom": {"secretKeyRef": {"name": "pg", "key": "POSTGRES_USER"}}})"},
      {"POSTGRES_PASSWORD", R"({"valueFrom": {"secretKeyRef": {"name": "pg", "key": "POSTGRES_PASSWORD"}}})"},
      {"DRAGONFLY_HOST", R"({"valueFrom": {"secretKeyRef": {"name": "df", "key": "DRAGONFLY_HOST"}}})"},
      {"DRAGONFLY_PORT", R"({"valueFrom": {"secretKeyRef": {"name": "df", "key": "DRAGONFLY_PORT"}}})"},
      {"DRAGONFLY_PASSWORD", R"({"valueFrom": {"secretKeyRef": {"name": "df", "key": "DRAGONFLY_PASSWORD"}}})"},
      {"OPENAI_API_KEY", R"({"valueFrom": {"secretKeyRef": {"name": "llm", "key": "OPENAI_API_KEY"}}})"},
      {"ANTHROPIC_API_KEY", R"({"valueFrom": {"secretKeyRef": {"name": "llm", "key": "ANTHROPIC_API_KEY"}}})"},
  };
  REQUIRE(env.size() == std::size(expected));
  for (std::size_t i = 0; i < env.size(); ++i) {
    Json entry = Json::parse(expected[i][1]);
    entry["name"] = expected[i][0];
    CHECK(env[i] == entry);
  }
}

TEST_CASE("deployment: sizes, probes, pull secrets") {
  const Json pod = Pod(PlanOf());
  const Json& worker = pod["containers"][0];
  CHECK(worker["resources"] == Json::parse(R"({"requests": {"cpu": "250m", "memory": "512Mi"},
                                               "limits": {"cpu": "1000m", "memory": "2Gi"}})"));
  CHECK(worker["livenessProbe"] ==
        Json::parse(R"({"httpGet": {"path": "/health", "port": "http"}, "initialDelaySeconds": 10, "periodSeconds": 10,
                        "timeoutSeconds": 5, "failureThreshold": 3})"));
  CHECK(worker["readinessProbe"] ==
        Json::parse(R"({"httpGet": {"path": "/ready", "port": "http"}, "initialDelaySeconds": 5, "periodSeconds": 5,
                        "timeoutSeconds": 3, "failureThreshold": 2})"));
  CHECK(pod["imagePullSecrets"] == Json::parse(R"([{"name": "pull"}])"));
  Plan plan = PlanOf();
  plan.executor.image_pull_secrets.clear();
  CHECK(!Pod(plan).contains("imagePullSecrets"));
}

TEST_CASE("deployment: pull policy") {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  const struct {
    const char* reason;
    std::string image;
    const char* policy;
  } rows[] = {
      {"no tag", "nginx", "Always"},
      {"latest moves", "registry.example.org:5000/a/b:latest", "Always"},
      {"a registry port is no tag", "registry.example.org:5000/a/b", "Always"},
      {"a fixed tag", "nginx:1.27", "IfNotPresent"},
      {"a digest never moves", "nginx" + digest, "IfNotPresent"},
      {"a digest beside latest", "nginx:latest" + digest, "IfNotPresent"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    Plan plan = PlanOf();
    plan.executor.image = row.image;
    CHECK(Pod(plan)["containers"][0]["imagePullPolicy"] == row.policy);
    CHECK(Pod(plan)["initContainers"][0]["imagePullPolicy"] == row.policy);
  }
}

TEST_CASE("deployment: readiness") {
  CheckAssessments(
      KindOf("agent-deployment"),
      {
          {"just applied", R"({"metadata":{"generation":1},"spec":{"replicas":1}})", false, Reason::kWaiting,
           "the Deployment controller has not taken it up"},
          {"pods are starting",
           R"({"metadata":{"generation":1},"spec":{"replicas":1},"status":{"observedGeneration":1,"replicas":1,"updatedReplicas":1}})",
           false, Reason::kWaiting, "no replica is available yet; see the events and logs of its pods"},
          {"no pods at all, refused by a quota perhaps",
           R"({"metadata":{"generation":1},"spec":{"replicas":1},"status":{"observedGeneration":1}})", false,
           Reason::kWaiting, "no replica is available yet; see the events and logs of its pods"},
          {"runs",
           R"({"metadata":{"generation":1},"spec":{"replicas":1},"status":{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"availableReplicas":1}})",
           true, Reason::kRunning, ""},
          {"scales up: replicas that are still starting do not make it unready",
           R"({"metadata":{"generation":2},"spec":{"replicas":5},"status":{"observedGeneration":2,"replicas":5,"updatedReplicas":5,"availableReplicas":1,"conditions":[{"type":"Available","status":"False"}]}})",
           true, Reason::kRunning, ""},
          {"scaled to zero: status counts are omitted",
           R"({"metadata":{"generation":3},"spec":{"replicas":0},"status":{"observedGeneration":3,"conditions":[{"type":"Available","status":"True"}]}})",
           true, Reason::kAsleep, "scaled to zero"},
          {"scaled to zero, not seen by the controller yet",
           R"({"metadata":{"generation":4},"spec":{"replicas":0},"status":{"observedGeneration":3}})", false,
           Reason::kWaiting, "the Deployment controller has not taken it up"},
          {"a new version is coming, the old one still serves",
           R"({"metadata":{"generation":2},"spec":{"replicas":2},"status":{"observedGeneration":2,"replicas":3,"updatedReplicas":1,"availableReplicas":2}})",
           false, Reason::kRollingOut, "the new version is not running everywhere yet"},
          {"the new version does not come up",
           R"({"metadata":{"generation":2},"spec":{"replicas":1},"status":{"observedGeneration":2,"replicas":2,"updatedReplicas":1,"availableReplicas":1,"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded","message":"ReplicaSet \"demo-1\" has timed out progressing."}]}})",
           false, Reason::kDegraded, "ProgressDeadlineExceeded: ReplicaSet \"demo-1\" has timed out progressing."},
          {"pods cannot be made",
           R"({"metadata":{"generation":1},"spec":{"replicas":1},"status":{"observedGeneration":1,"conditions":[{"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"exceeded quota"}]}})",
           false, Reason::kDegraded, "FailedCreate: exceeded quota"},
      });
}

}  // namespace agent
