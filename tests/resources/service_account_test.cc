#include "resources/kind_testing.h"

namespace agent {

TEST_CASE("service account: named after the executor, no token") {
  const xfn::Json built = KindOf("agent-service-account").build(PlanOf());
  CHECK(built == xfn::Json::parse(R"({
    "apiVersion": "v1", "kind": "ServiceAccount",
    "metadata": {"name": "demo", "labels": {
      "app.kubernetes.io/name": "demo", "app.kubernetes.io/component": "agent-executor",
      "app.kubernetes.io/managed-by": "crossplane", "app.kubernetes.io/version": "v1.2.3", "platform.bizmatters.io/stream": "JOBS",
      "team": "a"}},
    "automountServiceAccountToken": false})"));
}

TEST_CASE("service account: ready once it exists") {
  CheckAssessments(KindOf("agent-service-account"), {{"it is there", "{}", true, Reason::kAvailable, ""}});
}

}  // namespace agent
