#include "xfn/field_path.h"

#include <catch2/catch.hpp>
#include <limits>
#include <set>
#include <string>

#include "xfn/status.h"

namespace xfn {
namespace {

TEST_CASE("FieldPath::Parse reads paths and ToString writes them back") {
  struct Row {
    const char* text;
    FieldPath path;
  };
  const Row rows[] = {
      {"spec", {"spec"}},
      {"spec.image", {"spec", "image"}},
      {"spec.env[0].name", {"spec", "env", std::size_t{0}, "name"}},
      {"a[1][2]", {"a", std::size_t{1}, std::size_t{2}}},
      {"metadata.labels[app.kubernetes.io/name]", {"metadata", "labels", "app.kubernetes.io/name"}},
      {"data[a.b].c", {"data", "a.b", "c"}},
      {"[0].name", {std::size_t{0}, "name"}},
      {"[a.b]", {"a.b"}},
      {"data.8080", {"data", "8080"}},
      {"a b.c-d_e/f", {"a b", "c-d_e/f"}},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto path = FieldPath::Parse(row.text);
    REQUIRE(path.ok());
    CHECK(*path == row.path);
    CHECK(path->ToString() == row.text);
  }
}

TEST_CASE("FieldPath::Parse names the position of a mistake") {
  struct Row {
    const char* text;
    const char* error;
  };
  const Row rows[] = {
      {"", "at position 0: expected a name"},
      {".spec", "at position 0: expected a name"},
      {"spec.", "at position 5: expected a name"},
      {"spec..image", "at position 5: expected a name"},
      {"spec.[0]", "at position 5: expected a name"},
      {"spec[", "at position 4: [ is not closed"},
      {"spec[a[b]]", "at position 4: [ is not closed"},
      {"spec[]", "at position 4: nothing between [ and ]"},
      {"spec]x", "at position 4: expected . or ["},
      {"spec[0]x", "at position 7: expected . or ["},
      {"a[99999999999999999999]", "at position 1: the index is too large"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto path = FieldPath::Parse(row.text);
    CHECK(path.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(Message(path.status()) == "cannot parse field path \"" + std::string(row.text) + "\": " + row.error);
  }
}

TEST_CASE("FieldPath children") {
  const FieldPath env = FieldPath{"spec"}.Key("env");
  CHECK(env.Index(0).ToString() == "spec.env[0]");
  CHECK(env.ToString() == "spec.env");
  CHECK(FieldPath().Key("").ToString() == "[]");
}

TEST_CASE("FieldPath order is that of a walk through the object") {
  const std::set<FieldPath> paths = {{"spec", "env", std::size_t{10}},
                                     {"spec", "env", std::size_t{9}},
                                     {"spec"},
                                     {"metadata", "name"},
                                     {"spec", "env"},
                                     {"spec", "a"}};
  std::string order;
  for (const FieldPath& path : paths) order += path.ToString() + " ";
  CHECK(order == "metadata.name spec spec.a spec.env spec.env[9] spec.env[10] ");
}

const Json kObject = {{"spec",
                       {{"image", "i"},
                        {"port", 8080},
                        {"ratio", 0.5},
                        {"huge", std::numeric_limits<std::uint64_t>::max()},
                        {"none", nullptr},
                        {"env", {{{"name", "A"}}, {{"name", "B"}}}}}}};

TEST_CASE("Find walks down or finds nothing") {
  struct Row {
    const char* reason;
    const char* path;
    const char* found;  // as JSON, "" for nothing
  };
  const Row rows[] = {
      {"a field", "spec.image", "\"i\""},         {"an item", "spec.env[1].name", "\"B\""},
      {"a null is there", "spec.none", "null"},   {"no such field", "spec.nope", ""},
      {"below nothing", "nope.nope.nope", ""},    {"below text", "spec.image.nope", ""},
      {"past the end", "spec.env[2]", ""},        {"an index into an object", "spec[0]", ""},
      {"a key into a list", "spec.env.name", ""}, {"below null", "spec.none.x", ""},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const Json* found = Find(kObject, *FieldPath::Parse(row.path));
    CHECK((found == nullptr ? "" : found->dump()) == row.found);
  }
  CHECK(Find(kObject, FieldPath()) == &kObject);
}

TEST_CASE("FindString and FindInt give a default for what is absent or of another type") {
  CHECK(FindString(kObject, {"spec", "image"}) == "i");
  CHECK(FindString(kObject, {"spec", "port"}).empty());
  CHECK(FindString(kObject, {"spec", "nope"}).empty());
  CHECK(FindInt(kObject, {"spec", "port"}, -1) == 8080);
  CHECK(FindInt(kObject, {"spec", "ratio"}, -1) == -1);
  CHECK(FindInt(kObject, {"spec", "image"}, -1) == -1);
  CHECK(FindInt(kObject, {"spec", "nope"}, -1) == -1);
  CHECK(FindInt(kObject, {"spec", "huge"}, -1) == -1);
}

}  // namespace
}  // namespace xfn
