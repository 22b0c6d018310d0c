#include "resources/kind_testing.h"

namespace agent {

TEST_CASE("stream: every field explicit, none zero, and it outlives its object") {
  Plan plan = PlanOf();
  const xfn::Json built = KindOf("agent-stream").build(plan);
  CHECK(built["metadata"]["name"] == "demo-stream");
  CHECK(built["spec"] == xfn::Json::parse(R"({
    "name": "JOBS", "description": "Jobs of AgentExecutor team-a/demo", "subjects": ["JOBS.>"], "storage": "file",
    "retention": "workqueue", "discard": "new", "maxAge": "168h", "maxBytes": 268435456, "maxMsgs": -1,
    "maxMsgSize": -1, "maxConsumers": -1, "duplicateWindow": "2m", "replicas": 1, "preventDelete": true})"));
}

TEST_CASE("stream: never more replicas than NATS has servers") {
  const struct {
    int servers;
    int replicas;
  } rows[] = {{1, 1}, {2, 1}, {3, 3}, {5, 3}};
  for (const auto& row : rows) {
    Plan plan = PlanOf();
    plan.platform.nats.servers = row.servers;
    INFO("servers: " << row.servers);
    CHECK(KindOf("agent-stream").build(plan)["spec"]["replicas"] == row.replicas);
  }
}

TEST_CASE("stream: readiness") { CheckAssessments(KindOf("agent-stream"), NackObservations()); }

TEST_CASE("stream: keeps the name it has in NATS") {
  AgentExecutor executor = PlanOf().executor;
  std::vector<std::string> kept;
  KindOf("agent-stream").keep(xfn::Json::parse(R"({"spec":{"name":"OLD"}})"), executor, kept);
  CHECK(executor.nats_stream_name == "OLD");
  CHECK(kept == std::vector<std::string>{R"(spec.natsStreamName stays "OLD": NATS cannot rename a stream)"});
  KindOf("agent-stream").keep(xfn::Json::parse(R"({"spec":{"name":"OLD"}})"), executor, kept);
  CHECK(kept.size() == 1);
}

}  // namespace agent
