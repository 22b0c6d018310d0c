// ServiceAccount: the identity of the worker's pods. It is bound to no role and its token is not mounted.
#include "resources/common.h"

namespace agent {
namespace {

xfn::Json Build(const Plan& plan) {
  xfn::Json account = ObjectOf("v1", "ServiceAccount", plan.names.service_account, plan);
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
