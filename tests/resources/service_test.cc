#include "resources/kind_testing.h"

namespace agent {

TEST_CASE("service: 8080 to the worker's pods, protocol explicit") {
  const xfn::Json built = KindOf("agent-service").build(PlanOf());
  CHECK(built["metadata"]["name"] == "demo");
  CHECK(built["spec"] == xfn::Json::parse(R"({
    "type": "ClusterIP",
    "selector": {"app.kubernetes.io/name": "demo", "app.kubernetes.io/component": "agent-executor",
                 "app.kubernetes.io/managed-by": "crossplane"},
    "ports": [{"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP"}]})"));
}

TEST_CASE("service: ready once it exists") {
  CheckAssessments(KindOf("agent-service"), {{"it is there", "{}", true, Reason::kAvailable, ""}});
}

}  // namespace agent
