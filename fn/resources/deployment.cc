// Deployment: the worker. spec.replicas is never written: KEDA and its HPA own it, and Crossplane's forced apply would
// undo them at every reconcile. Every container satisfies the restricted Pod Security Standard.
#include <algorithm>

#include "resources/common.h"
#include "resources/jetstream.h"
#include "xfn/field_path.h"

namespace agent {
namespace {

using xfn::FieldPath;
using xfn::Json;

// What a worker may need to stop besides the time that its job takes.
constexpr absl::Duration kTimeToStop = absl::Seconds(15);

Json Environment(const Plan& plan) {
  const AgentExecutor& executor = plan.executor;
  const std::string& url = executor.nats_url.empty() ? plan.platform.nats.url : executor.nats_url;
  Json env = Json::array({
      {{"name", "PORT"}, {"value", "8080"}},
      {{"name", "NATS_URL"}, {"value", url}},
      {{"name", "NATS_STREAM_NAME"}, {"value", executor.nats_stream_name}},
      {{"name", "NATS_CONSUMER_GROUP"}, {"value", executor.nats_consumer_group}},
  });
  for (const SecretKey& from : SecretKeys(executor)) {
    env.push_back({{"name", from.key}, {"valueFrom", {{"secretKeyRef", {{"name", from.secret}, {"key", from.key}}}}}});
  }
  return env;
}

Json Probe(std::string_view path, int delay, int period, int timeout, int failures) {
  return {{"httpGet", {{"path", path}, {"port", "http"}}},
          {"initialDelaySeconds", delay},
          {"periodSeconds", period},
          {"timeoutSeconds", timeout},
          {"failureThreshold", failures}};
}

// A moving tag is pulled each time; a fixed one, or a digest, is not.
std::string_view PullPolicy(std::string_view image) {
  if (image.find('@') != std::string_view::npos) return "IfNotPresent";
  const std::string_view tag = ImageTag(image);
  return tag.empty() || tag == "latest" ? "Always" : "IfNotPresent";
}

// What the worker and its migrations have in common: image, environment, resources, restrictions.
Json Container(std::string_view name, const Plan& plan) {
  const SizeRow& size = plan.platform.sizes.at(plan.executor.size);
  return {
      {"name", name},
      {"image", plan.executor.image},
      {"imagePullPolicy", PullPolicy(plan.executor.image)},
      {"env", Environment(plan)},
      {"resources",
       {{"requests", {{"cpu", size.cpu_request}, {"memory", size.memory_request}}},
        {"limits", {{"cpu", size.cpu_limit}, {"memory", size.memory_limit}}}}},
      {"securityContext", {{"allowPrivilegeEscalation", false}, {"capabilities", {{"drop", Json::array({"ALL"})}}}}},
  };
}

Json Worker(const Plan& plan) {
  Json worker = Container("agent-executor", plan);
  worker["ports"] = Json::array({{{"name", "http"}, {"containerPort", 8080}, {"protocol", "TCP"}}});
  worker["livenessProbe"] = Probe("/health", 10, 10, 5, 3);
  worker["readinessProbe"] = Probe("/ready", 5, 5, 3, 2);
  return worker;
}

// A failed migration keeps the worker from starting.
Json Migrations(const Plan& plan) {
  Json migrations = Container("run-migrations", plan);
  migrations["command"] = Json::array({"/bin/sh", "-c", "scripts/ci/run-migrations.sh"});
  return migrations;
}

Json PodSpec(const Plan& plan) {
  Json spec = {
      {"serviceAccountName", plan.names.service_account},
      {"automountServiceAccountToken", false},
      // Service links would put NATS_PORT=tcp://... and the like beside the worker's own variables.
      {"enableServiceLinks", false},
      {"terminationGracePeriodSeconds", absl::ToInt64Seconds(JobTimeout(plan.executor) + kTimeToStop)},
      {"securityContext", {{"runAsNonRoot", true}, {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
      {"initContainers", Json::array({Migrations(plan)})},
      {"containers", Json::array({Worker(plan)})},
  };
  for (const std::string& secret : plan.executor.image_pull_secrets) {
    spec["imagePullSecrets"].push_back({{"name", secret}});
  }
  return spec;
}

Json Build(const Plan& plan) {
  Json deployment = ObjectOf("apps/v1", "Deployment", plan.names.deployment, plan);
  deployment["spec"] = {
      {"selector", {{"matchLabels", Selector(plan.executor.name)}}},
      {"strategy", {{"type", "RollingUpdate"}, {"rollingUpdate", {{"maxUnavailable", 0}, {"maxSurge", 1}}}}},
      {"template", {{"metadata", {{"labels", Labels(plan.executor)}}}, {"spec", PodSpec(plan)}}},
  };
  return deployment;
}

// Ready means: the current version runs, with as many replicas available as must always be there. More than that come
// and go with the load, so they do not count; with zero replicas wanted the worker is asleep and healthy.
Assessment Assess(const Json& observed) {
  const auto count = [&](std::string_view field) {
    return xfn::FindInt(observed, FieldPath{"status", std::string(field)}, 0);
  };
  if (const Json* failure = ConditionIn(observed, "ReplicaFailure");
      failure != nullptr && xfn::FindString(*failure, {"status"}) == "True") {
    return {.reason = Reason::kDegraded, .message = Says(*failure)};
  }
  if (count("observedGeneration") < xfn::FindInt(observed, {"metadata", "generation"}, 1)) {
    return {.message = "the Deployment controller has not taken it up"};
  }
  const long long wanted = xfn::FindInt(observed, {"spec", "replicas"}, 1);
  if (wanted == 0) return {.ready = true, .reason = Reason::kAsleep, .message = "scaled to zero"};
  if (const Json* progress = ConditionIn(observed, "Progressing");
      progress != nullptr && xfn::FindString(*progress, {"status"}) == "False") {
    return {.reason = Reason::kDegraded, .message = Says(*progress)};
  }
  if (count("updatedReplicas") < count("replicas")) {
    return {.reason = Reason::kRollingOut, .message = "the new version is not running everywhere yet"};
  }
  if (count("availableReplicas") < std::min<long long>(wanted, kMinReplicas)) {
    return {.message = "no replica is available yet; see the events and logs of its pods"};
  }
  return {.ready = true, .reason = Reason::kRunning, .message = ""};
}

}  // namespace

extern const Kind deployment_kind;
const Kind deployment_kind{
    .key = "agent-deployment",
    .noun = "Deployment",
    .condition = "WorkloadReady",
    .name = [](const Names& names) { return names.deployment; },
    .build = Build,
    .assess = Assess,
};

}  // namespace agent
