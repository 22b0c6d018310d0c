// ServiceAccount: the identity of the worker's pods. It is bound to no role and its token is not mounted. A label says
// whose the stream is (stream_owner.h).
#include "resources/common.h"

namespace agent {
namespace {

xfn::Json Build(const Plan& plan) {
  xfn::Json account = ObjectOf("v1", "ServiceAccount", plan.names.service_account, plan);
  for (const auto& [key, value] : StreamLabels(plan.executor)) account["metadata"]["labels"][key] = value;
  account["automountServiceAccountToken"] = false;
  return account;
}

}  // namespace

extern const Kind service_account_kind;
const Kind service_account_kind{
    .key = "agent-service-account",
    .noun = "ServiceAccount",
    .condition = "WorkloadReady",
    .name = [](const Names& names) { return names.service_account; },
    .build = Build,
    .assess = Exists,
};

}  // namespace agent
