#include "resources/kind_testing.h"

namespace agent {

using xfn::Json;

TEST_CASE("scaled object: 1 to 10 replicas by lag, all trigger values strings") {
  const Json built = KindOf("agent-scaled-object").build(PlanOf());
  CHECK(built["metadata"]["name"] == "demo-scaler");
  CHECK(built["spec"] == Json::parse(R"({
    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo"},
    "pollingInterval": 15, "minReplicaCount": 1, "maxReplicaCount": 10,
    "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": {
      "stabilizationWindowSeconds": 300, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}}}},
    "triggers": [{"type": "nats-jetstream", "metadata": {
      "natsServerMonitoringEndpoint": "nats-headless.nats.svc.cluster.local:8222", "account": "$G",
      "stream": "JOBS", "consumer": "demo-workers", "lagThreshold": "5"}, "useCachedMetrics": true}]})"));
}

TEST_CASE("scaled object: account and endpoint are the platform's") {
  Plan plan = PlanOf();
  plan.platform.nats.monitoring_endpoint = "nats:8222";
  plan.platform.nats.account = "AGENTS";
  plan.platform.nats.account_id = "AABC";
  const Json metadata = KindOf("agent-scaled-object").build(plan)["spec"]["triggers"][0]["metadata"];
  CHECK(metadata["natsServerMonitoringEndpoint"] == "nats:8222");
  CHECK(metadata["account"] == "AGENTS");
  CHECK(metadata["accountID"] == "AABC");
}

TEST_CASE("scaled object: the platform says how often KEDA reads the lag") {
  Plan plan = PlanOf();
  plan.platform.polling_interval = 120;
  CHECK(KindOf("agent-scaled-object").build(plan)["spec"]["pollingInterval"] == 120);
}

TEST_CASE("scaled object: KEDA's name limit holds, and names stay apart") {
  const std::string long_name(63, 'a');
  const std::string name = KindOf("agent-scaled-object").build(PlanOf(long_name))["metadata"]["name"];
  CHECK(name.size() == 54);
  CHECK(name != KindOf("agent-scaled-object").build(PlanOf(long_name.substr(1) + "b"))["metadata"]["name"]);
}

TEST_CASE("scaled object: created after the Deployment exists and the Consumer is ready") {
  const Kind& kind = KindOf("agent-scaled-object");
  REQUIRE(kind.after.size() == 2);
  CHECK(kind.after[0].key == "agent-deployment");
  CHECK(kind.after[0].until == Wait::Until::kExists);
  CHECK(kind.after[1].key == "agent-consumer");
  CHECK(kind.after[1].until == Wait::Until::kReady);
}

TEST_CASE("scaled object: readiness") {
  CheckAssessments(
      KindOf("agent-scaled-object"),
      {
          {"just applied", "{}", false, Reason::kWaiting, "KEDA has not taken it up; is its operator running?"},
          {"Ready before the HPA exists proves nothing",
           R"({"status":{"conditions":[{"type":"Ready","status":"True"}]}})", false, Reason::kWaiting,
           "KEDA is creating the HorizontalPodAutoscaler"},
          {"ready; Active False only means no work",
           R"({"status":{"hpaName":"keda-hpa-demo-scaler","conditions":[{"type":"Ready","status":"True"},{"type":"Active","status":"False"}]}})",
           true, Reason::kAvailable, ""},
          {"the trigger fails",
           R"({"status":{"hpaName":"h","conditions":[{"type":"Ready","status":"False","reason":"TriggerError","message":"no such host"}]}})",
           false, Reason::kDegraded, "TriggerError: no such host"},
          {"some triggers fail", R"({"status":{"hpaName":"h","conditions":[{"type":"Ready","status":"Unknown"}]}})",
           false, Reason::kWaiting, "KEDA cannot read the lag for the moment"},
          {"the fallback is in use",
           R"({"status":{"hpaName":"h","conditions":[{"type":"Ready","status":"True"},{"type":"Fallback","status":"True","reason":"FallbackExists","message":"At least one trigger is falling back"}]}})",
           false, Reason::kDegraded, "FallbackExists: At least one trigger is falling back"},
          {"paused: KEDA removes the HPA",
           R"({"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Paused","status":"True"}]}})", true,
           Reason::kPaused, "autoscaling is paused by annotation"},
      });
}

}  // namespace agent
