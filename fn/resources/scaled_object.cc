// ScaledObject (KEDA, keda.sh/v1alpha1): scales the worker by what waits in the stream and what is in work. All values
// of a trigger's metadata are strings; KEDA ignores keys that it does not know without a word.
#include "resources/common.h"
#include "resources/jetstream.h"
#include "xfn/field_path.h"

namespace agent {
namespace {

using xfn::FieldPath;
using xfn::Json;

Json Trigger(const Plan& plan) {
  const PlatformDefaults::Nats& nats = plan.platform.nats;
  Json metadata = {
      {"natsServerMonitoringEndpoint", nats.monitoring_endpoint},
      {"account", nats.account},
      {"stream", plan.executor.nats_stream_name},
      {"consumer", plan.executor.nats_consumer_group},
      {"lagThreshold", std::to_string(kLagThreshold)},
  };
  if (!nats.account_id.empty()) metadata["accountID"] = nats.account_id;
  // The HPA gets what KEDA read last. Otherwise each of its own questions, every 15 s, would be one more to NATS.
  return {{"type", "nats-jetstream"}, {"metadata", metadata}, {"useCachedMetrics", true}};
}

Json Build(const Plan& plan) {
  Json scaled = ObjectOf("keda.sh/v1alpha1", "ScaledObject", plan.names.scaled_object, plan);
  scaled["spec"] = {
      {"scaleTargetRef", {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", plan.names.deployment}}},
      {"pollingInterval", plan.platform.polling_interval},
      {"minReplicaCount", kMinReplicas},
      {"maxReplicaCount", kMaxReplicas},
      // With at least one replica KEDA's own cooldown has no effect; the HPA paces the way down. It does not know which
      // pods are busy, so it goes slowly.
      {"advanced",
       {{"horizontalPodAutoscalerConfig",
         {{"behavior",
           {{"scaleDown",
             {{"stabilizationWindowSeconds", 300},
              {"policies", Json::array({{{"type", "Pods"}, {"value", 1}, {"periodSeconds", 60}}})}}}}}}}}},
      {"triggers", Json::array({Trigger(plan)})},
  };
  return scaled;
}

bool Is(const Json* condition, std::string_view status) {
  return condition != nullptr && xfn::FindString(*condition, FieldPath{"status"}) == status;
}

// Active only says that there is work, so it does not count. Ready alone proves nothing in the first seconds, hence the
// HPA's name. Needs KEDA 2.20.2, before which Ready flaps with the HPA.
Assessment Assess(const Json& observed) {
  if (Is(ConditionIn(observed, "Paused"), "True")) {
    return {.ready = true, .reason = Reason::kPaused, .message = "autoscaling is paused by annotation"};
  }
  const Json* ready = ConditionIn(observed, "Ready");
  if (ready == nullptr) return {.message = "KEDA has not taken it up; is its operator running?"};
  if (const Json* fallback = ConditionIn(observed, "Fallback"); Is(fallback, "True")) {
    return {.reason = Reason::kDegraded, .message = Says(*fallback)};
  }
  if (Is(ready, "False")) return {.reason = Reason::kDegraded, .message = Says(*ready)};
  if (!Is(ready, "True")) return {.message = "KEDA cannot read the lag for the moment"};
  if (xfn::FindString(observed, FieldPath{"status", "hpaName"}).empty()) {
    return {.message = "KEDA is creating the HorizontalPodAutoscaler"};
  }
  return {.ready = true, .reason = Reason::kAvailable, .message = ""};
}

// KEDA reads the worker's environment when it takes the object up, and fails loudly while a Secret is missing.
constexpr Wait kAfter[] = {{"agent-deployment", Wait::Until::kExists}, {"agent-consumer", Wait::Until::kReady}};

}  // namespace

extern const Kind scaled_object_kind;
const Kind scaled_object_kind{
    .key = "agent-scaled-object",
    .noun = "ScaledObject",
    .condition = "AutoscalingReady",
    .name = [](const Names& names) { return names.scaled_object; },
    .build = Build,
    .assess = Assess,
    .after = kAfter,
    .after_secrets = true,
};

}  // namespace agent
