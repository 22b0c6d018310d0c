#include "cli/manifests.h"

#include "fixture.h"

namespace agent::cli {
namespace {

using Catch::Contains;

TEST_CASE("ReadManifests reads streams and directories") {
  Files files;
  const auto path = files.Add("b.yaml", "apiVersion: v1\nkind: A\n---\n---\napiVersion: v1\nkind: B\n");
  files.Add("a.yml", "apiVersion: v1\nkind: First\n");
  files.Add("notes.txt", "not: [yaml");
  auto one = ReadManifests(path);
  REQUIRE(one.ok());
  CHECK(one->size() == 2);
  auto all = ReadManifests(files.directory());
  REQUIRE(all.ok());
  REQUIRE(all->size() == 3);
  CHECK(all->front().at("kind") == "First");
}

TEST_CASE("ReadManifests names the file and what is wrong with it") {
  Files files;
  struct Row {
    std::string reason, path, want;
    absl::StatusCode code;
  };
  const Row rows[] = {
      {"missing", files.directory() + "/none.yaml", "none.yaml: No such file or directory",
       absl::StatusCode::kNotFound},
      {"empty directory", files.directory(), "no .yaml or .yml file in it", absl::StatusCode::kNotFound},
      {"bad YAML", files.Add("bad.yaml", "a: 1\nb: [\n"), "bad.yaml: ", absl::StatusCode::kInvalidArgument},
      {"no kind", files.Add("kind.yaml", "apiVersion: v1\nkind: A\n---\nx: 1\n"),
       "document 2 has no apiVersion and kind", absl::StatusCode::kInvalidArgument},
      {"no map", files.Add("list.yaml", "[1]"), "document 1 has no apiVersion and kind",
       absl::StatusCode::kInvalidArgument},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    if (row.reason == "empty directory") {
      Files empty;
      CHECK_THAT(std::string(ReadManifests(empty.directory()).status().message()), Contains(row.want));
      continue;
    }
    const auto status = ReadManifests(row.path).status();
    CHECK(status.code() == row.code);
    CHECK_THAT(std::string(status.message()), Contains(row.want));
  }
  CHECK_THAT(std::string(ReadManifests(files.Add("line.yaml", "a: 1\nb: [\n")).status().message()), Contains("line 3"));
}

TEST_CASE("ReadManifest wants exactly one object") {
  Files files;
  CHECK(ReadManifest(files.Add("one.yaml", "apiVersion: v1\nkind: A\n")).ok());
  CHECK_THAT(std::string(ReadManifest(files.Add("none.yaml", "")).status().message()), Contains("holds 0 objects"));
}

}  // namespace
}  // namespace agent::cli
