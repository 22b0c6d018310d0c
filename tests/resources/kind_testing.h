// What the tests of the kinds share: a plan, a kind by its key, and the table of what is observed and what to conclude.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "resources/kind.h"
#include "xfn/json.h"

namespace agent {

inline Plan PlanOf(std::string name = "demo") {
  Plan plan;
  plan.executor = {.name = name,
                   .ns = "team-a",
                   .labels = {{"team", "a"}},
                   .image = "registry.example.org:5000/agent:v1.2.3",
                   .size = "small",
                   .nats_url = "",
                   .nats_stream_name = "JOBS",
                   .nats_consumer_group = "demo-workers",
                   .job_timeout = "5m",
                   .postgres_connection_secret = "pg",
                   .dragonfly_connection_secret = "df",
                   .llm_keys_secret = "llm",
                   .image_pull_secrets = {"pull"}};
  plan.platform = BuiltInDefaults();
  plan.names = NamesOf(plan.executor.name);
  return plan;
}

inline const Kind& KindOf(std::string_view key) {
  for (const Kind* kind : Kinds()) {
    if (kind->key == key) return *kind;
  }
  FAIL("no kind " << key);
  std::abort();
}

struct Observation {
  std::string reason;  // why the row is here
  std::string observed;
  bool ready;
  Reason concluded;
  std::string message;
};

inline void CheckAssessments(const Kind& kind, const std::vector<Observation>& rows) {
  for (const Observation& row : rows) {
    INFO(row.reason);
    const Assessment assessment = kind.assess(xfn::Json::parse(row.observed));
    CHECK(assessment.ready == row.ready);
    CHECK(ReasonName(assessment.reason) == ReasonName(row.concluded));
    CHECK(assessment.message == row.message);
  }
}

// The rows that hold for both kinds of NACK.
inline std::vector<Observation> NackObservations() {
  return {
      {"just applied: NACK has written no status", R"({"metadata":{"generation":1}})", false, Reason::kWaiting,
       "NACK has not taken it up; is its controller running?"},
      {"control loop reconciles",
       R"({"metadata":{"generation":1},"status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"Reconciling"}]}})",
       false, Reason::kWaiting, "NACK is applying it to NATS"},
      {"ready for this generation",
       R"({"metadata":{"generation":2},"status":{"observedGeneration":2,"conditions":[{"type":"Ready","status":"True","reason":"Ready"}]}})",
       true, Reason::kAvailable, ""},
      {"legacy mode says Created: reasons are never matched",
       R"({"metadata":{"generation":2},"status":{"observedGeneration":2,"conditions":[{"type":"Ready","status":"True","reason":"Created"}]}})",
       true, Reason::kAvailable, ""},
      {"ready, but for the generation before",
       R"({"metadata":{"generation":3},"status":{"observedGeneration":2,"conditions":[{"type":"Ready","status":"True"}]}})",
       false, Reason::kWaiting, "NACK is applying it to NATS"},
      {"NATS refused it; errors do not advance observedGeneration",
       R"({"metadata":{"generation":1},"status":{"conditions":[{"type":"Ready","status":"False","reason":"Errored","message":"stream name already in use, 10058"}]}})",
       false, Reason::kDegraded, "Errored: stream name already in use, 10058"},
      {"NATS is down: the address does not answer",
       R"({"metadata":{"generation":1},"status":{"conditions":[{"type":"Ready","status":"False","reason":"Errored","message":"create or update stream: dial tcp 10.96.1.2:4222: i/o timeout"}]}})",
       false, Reason::kDegraded, "NACK gets no answer from JetStream; is NATS up?"},
      {"NATS is down: a connection that NACK had was lost",
       R"({"metadata":{"generation":1},"status":{"conditions":[{"type":"Ready","status":"False","reason":"Errored","message":"create or update stream: create jsm client: not connected"}]}})",
       false, Reason::kDegraded, "NACK gets no answer from JetStream; is NATS up?"},
      {"NATS is down: NACK's next try has other words, ours stay",
       R"({"metadata":{"generation":1},"status":{"conditions":[{"type":"Ready","status":"False","reason":"Errored","message":"connect: no servers available for connection"}]}})",
       false, Reason::kDegraded, "NACK gets no answer from JetStream; is NATS up?"},
  };
}

}  // namespace agent
