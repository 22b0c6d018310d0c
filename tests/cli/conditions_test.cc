#include "cli/conditions.h"

#include "fixture.h"

namespace agent::cli {
namespace {

using xfn::Json;

TEST_CASE("SetCondition replaces in place, appends, and leaves what says the same") {
  Json conditions = Yaml("[{type: A, status: 'True', reason: R, observedGeneration: 2}, {type: B, status: 'False'}]");
  SetCondition(conditions, MakeCondition("A", "True", "R"));
  CHECK(conditions[0] == Yaml("{type: A, status: 'True', reason: R, observedGeneration: 2}"));
  SetCondition(conditions, MakeCondition("B", "True", "Now"));
  CHECK(conditions[1] == MakeCondition("B", "True", "Now"));
  SetCondition(conditions, MakeCondition("C", "Unknown", "New", "text"));
  CHECK(conditions.size() == 3);
  CHECK(conditions[2].at("message") == "text");
  Json changed = MakeCondition("A", "True", "R");
  changed["observedGeneration"] = 3;
  SetCondition(conditions, changed);
  CHECK(conditions[0].at("observedGeneration") == 3);
}

TEST_CASE("NormalizeConditions writes them as Crossplane does") {
  struct Row {
    std::string reason, before, after;
  };
  const Row rows[] = {
      {"no status", "{kind: A}", "{kind: A}"},
      {"status without conditions", "{status: {x: 1}}", "{status: {x: 1, conditions: null}}"},
      {"time replaced, reason added, unknown field dropped",
       "{status: {conditions: [{type: A, status: 'True', extra: 1, lastTransitionTime: yesterday}]}}",
       "{status: {conditions: [{type: A, status: 'True', reason: '', lastTransitionTime: '2024-01-01T00:00:00Z'}]}}"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    Json object = Yaml(row.before);
    NormalizeConditions(object);
    CHECK(object == Yaml(row.after));
  }
}

}  // namespace
}  // namespace agent::cli
