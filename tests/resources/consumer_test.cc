#include "resources/jetstream.h"
#include "resources/kind_testing.h"

namespace agent {

TEST_CASE("consumer: explicit acknowledgement, every field written out") {
  const xfn::Json built = KindOf("agent-consumer").build(PlanOf());
  CHECK(built["metadata"]["name"] == "demo-consumer");
  CHECK(built["spec"] == xfn::Json::parse(R"({
    "streamName": "JOBS", "durableName": "demo-workers", "description": "Workers of AgentExecutor team-a/demo",
    "ackPolicy": "explicit", "ackWait": "5m", "deliverPolicy": "all", "replayPolicy": "instant",
    "filterSubject": "JOBS.>", "maxDeliver": 5, "maxAckPending": 20})"));
}

TEST_CASE("consumer: the times and numbers that must agree do") {
  CHECK(kMaxAckPending >= kMaxReplicas * kConcurrency);
  Plan plan = PlanOf();
  plan.executor.job_timeout = "2h";
  CHECK(KindOf("agent-consumer").build(plan)["spec"]["ackWait"] == "2h");
  const xfn::Json pod = KindOf("agent-deployment").build(plan)["spec"]["template"]["spec"];
  CHECK(pod["terminationGracePeriodSeconds"] == 2 * 60 * 60 + 15);
}

TEST_CASE("consumer: readiness") { CheckAssessments(KindOf("agent-consumer"), NackObservations()); }

TEST_CASE("consumer: keeps the durable name it has in NATS") {
  AgentExecutor executor = PlanOf().executor;
  std::vector<std::string> kept;
  KindOf("agent-consumer").keep(xfn::Json::parse(R"({"spec":{"durableName":"old-workers"}})"), executor, kept);
  CHECK(executor.nats_consumer_group == "old-workers");
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].find("spec.natsConsumerGroup stays \"old-workers\"") == 0);
}

TEST_CASE("consumer: created only after its stream is ready") {
  const Kind& kind = KindOf("agent-consumer");
  REQUIRE(kind.after.size() == 1);
  CHECK(kind.after[0].key == "agent-stream");
  CHECK(kind.after[0].until == Wait::Until::kReady);
}

}  // namespace agent
