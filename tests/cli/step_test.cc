#include "cli/step.h"

#include "fixture.h"

namespace agent::cli {
namespace {

using Catch::Contains;

std::string Composition(const std::string& kind, const std::string& pipeline) {
  return "apiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nmetadata: {name: things}\n"
         "spec: {compositeTypeRef: {apiVersion: example.org/v1, kind: " +
         kind + "}, pipeline: " + pipeline + "}\n";
}

constexpr char kStep[] = "{step: go, functionRef: {name: acme-function-agent-executor}, input: {a: 1}}";

TEST_CASE("StepOf takes name and input from the Composition") {
  auto step = StepOf(Yaml(Composition("Thing", std::string("[") + kStep + "]")), Yaml(kComposite));
  REQUIRE(step.ok());
  CHECK(step->composition == "things");
  CHECK(step->name == "go");
  CHECK(step->input == xfn::Json{{"a", 1}});
}

TEST_CASE("StepOf refuses what it would render wrongly") {
  struct Row {
    std::string reason, kind, pipeline, want;
  };
  const Row rows[] = {
      {"another kind", "Other", std::string("[") + kStep + "]", "the Composition is for example.org/v1 Other"},
      {"no pipeline", "Thing", "null", "no spec.pipeline"},
      {"another function", "Thing", "[{step: a, functionRef: {name: function-auto-ready}}]", "must have one step"},
      {"a second step", "Thing", std::string("[") + kStep + ", {step: b}]", "must have one step"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const auto status = StepOf(Yaml(Composition(row.kind, row.pipeline)), Yaml(kComposite)).status();
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK_THAT(std::string(status.message()), Contains(row.want));
  }
}

TEST_CASE("ReadStep without a Composition fits the Composition of this repository") {
  const std::string composition = "composition/agentexecutor.yaml";
  auto step = ReadStep(composition, "", Yaml("{apiVersion: platform.bizmatters.io/v1alpha1, kind: AgentExecutor}"));
  INFO(std::string(step.status().message()));
  REQUIRE(step.ok());
  CHECK(step->composition == Step().composition);
  CHECK(step->name == Step().name);
}

}  // namespace
}  // namespace agent::cli
