#include "compose/stream_owner.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/scenario.h"

namespace agent {

namespace pb = apiextensions::fn::proto::v1;
using xfn::Json;

namespace {

constexpr const char* kKey = "agent-service-account";

Json Account(const std::string& ns, const std::string& name, const std::string& created) {
  return {{"apiVersion", "v1"},
          {"kind", "ServiceAccount"},
          {"metadata", {{"namespace", ns}, {"name", name}, {"creationTimestamp", created}}}};
}

// Answered is a composite that Crossplane has told which ServiceAccounts have its stream.
Scenario Answered(const Json& accounts) {
  Scenario scenario{.composite = Demo(), .input = nullptr, .observed = {}, .required = Secrets(), .base = {}};
  scenario.required["stream-owners"] = accounts;
  return scenario;
}

// Running is the same after its own objects were created on the second day.
Scenario Running(const Json& accounts) {
  Scenario scenario = Answered(Json::array());
  scenario.observed = Desired(Run(scenario));
  scenario.observed[kKey]["metadata"]["namespace"] = "team-a";
  scenario.observed[kKey]["metadata"]["creationTimestamp"] = "2026-01-02T00:00:00Z";
  scenario.required["stream-owners"] = accounts;
  return scenario;
}

}  // namespace

TEST_CASE("stream owner: ServiceAccounts of all namespaces are asked for by the label that ours has") {
  const auto response = Run(Answered(Json::array()));
  const auto& selector = response.requirements().resources().at("stream-owners");
  CHECK(selector.api_version() == "v1");
  CHECK(selector.kind() == "ServiceAccount");
  CHECK_FALSE(selector.has_namespace_());
  REQUIRE(selector.match_labels().labels().size() == 1);
  const Json labels = Desired(response)[kKey]["metadata"]["labels"];
  for (const auto& [key, value] : selector.match_labels().labels()) CHECK(labels[key] == value);
}

TEST_CASE("stream owner: whoever comes later gets nothing and is told of the first") {
  const auto response = Run(Answered(Json::array({Account("team-b", "other", "2026-01-01T00:00:00Z")})));
  REQUIRE(response.results().size() == 1);
  CHECK(response.results(0).severity() == pb::SEVERITY_FATAL);
  const std::string why =
      "spec.natsStreamName: Invalid value: \"JOBS\": AgentExecutor team-b/other has this stream, "
      "and each has its own";
  CHECK(response.results(0).message() == why);
  CHECK(ConditionText(response, "Valid") == "FALSE/Invalid: " + why);
  CHECK(ConditionText(response, "StreamReady") ==
        "FALSE/Waiting: Stream demo-stream: not created while the spec is invalid");
  CHECK(Desired(response).empty());
}

TEST_CASE("stream owner: a stream that nobody else had before is ours") {
  const struct {
    const char* reason;
    Scenario scenario;
  } rows[] = {
      {"nobody has it", Answered(Json::array())},
      {"our own account, seen before Crossplane tells us that it exists",
       Answered(Json::array({Account("team-a", "demo", "2026-01-02T00:00:00Z")}))},
      {"somebody later", Running(Json::array({Account("team-0", "a", "2026-01-03T00:00:00Z")}))},
      {"somebody of the same second, further down the alphabet",
       Running(Json::array({Account("team-b", "a", "2026-01-02T00:00:00Z")}))},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    const auto response = Run(row.scenario);
    CHECK(ConditionText(response, "Valid") == "TRUE/Valid: ");
    CHECK(Desired(response).count("agent-stream") == 1);
  }
}

TEST_CASE("stream owner: where two run already, the later one is told and keeps what it has") {
  const struct {
    const char* reason;
    Json accounts;
    const char* first;
  } rows[] = {
      {"earlier", Json::array({Account("team-b", "other", "2026-01-01T00:00:00Z")}), "team-b/other"},
      {"the same second, another namespace", Json::array({Account("team-0", "other", "2026-01-02T00:00:00Z")}),
       "team-0/other"},
      {"the first of several",
       Json::array({Account("team-b", "b", "2026-01-01T00:00:01Z"), Account("team-c", "c", "2026-01-01T00:00:00Z"),
                    Account("team-d", "d", "2026-01-03T00:00:00Z")}),
       "team-c/c"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    const Scenario alone = Running(Json::array());
    const auto response = Run(Running(row.accounts));
    CHECK(response.results().empty());
    CHECK(Desired(response) == Desired(Run(alone)));
    const std::string first = row.first;
    CHECK(ConditionText(response, "Valid") == "FALSE/Invalid: spec.natsStreamName \"JOBS\": AgentExecutor " + first +
                                                  " had this stream before, and each has its own");
  }
}

}  // namespace agent
