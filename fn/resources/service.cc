// Service: port 8080 of the worker, which serves health, metrics and CloudEvents.
#include "resources/common.h"

namespace agent {
namespace {

using xfn::Json;

Json Build(const Plan& plan) {
  Json service = ObjectOf("v1", "Service", plan.names.service, plan);
  service["spec"] = {
      {"type", "ClusterIP"},
      {"selector", Selector(plan.executor.name)},
      {"ports", Json::array({{{"name", "http"}, {"port", 8080}, {"targetPort", "http"}, {"protocol", "TCP"}}})},
  };
  return service;
}

}  // namespace

extern const Kind service_kind;
const Kind service_kind{
    .key = "agent-service",
    .noun = "Service",
    .condition = "WorkloadReady",
    .name = [](const Names& names) { return names.service; },
    .build = Build,
    .assess = Exists,
};

}  // namespace agent
