#include "cli/merge.h"

#include "fixture.h"

namespace agent::cli {
namespace {

TEST_CASE("Merged keeps the base where the top is empty") {
  struct Row {
    const char *reason, *base, *top, *want;
  };
  const Row rows[] = {
      {"objects are merged", "{a: {b: 1}}", "{a: {c: 2}}", "{a: {b: 1, c: 2}}"},
      {"values are replaced", "{a: 1}", "{a: 2}", "{a: 2}"},
      {"lists are replaced", "{a: [1, 2]}", "{a: [3]}", "{a: [3]}"},
      {"0 does not replace", "{a: 1}", "{a: 0}", "{a: 1}"},
      {"false does not replace", "{a: true}", "{a: false}", "{a: true}"},
      {"nor does an empty list", "{a: [1]}", "{a: []}", "{a: [1]}"},
      {"an empty list is added", "{}", "{a: []}", "{a: []}"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    CHECK(Merged(Yaml(row.base), Yaml(row.top)) == Yaml(row.want));
  }
}

}  // namespace
}  // namespace agent::cli
