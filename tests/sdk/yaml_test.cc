#include "xfn/yaml.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "xfn/status.h"

namespace xfn {
namespace {

// Rows with what the Go library makes of the same input.
const Json& Cases(const std::string& list) {
  static const Json all = Json::parse(std::ifstream("tests/sdk/yaml_cases.json"));
  return all.at(list);
}

// The one document of `text`, or null.
Json ParseOne(const std::string& text) {
  const auto documents = ParseYaml(text);
  INFO(Message(documents.status()));
  REQUIRE(documents.ok());
  REQUIRE(documents->size() <= 1);
  return documents->empty() ? Json() : documents->front();
}

TEST_CASE("ParseYaml reads what sigs.k8s.io/yaml reads") {
  for (const Json& row : Cases("read")) {
    INFO(row["reason"] << "\n" << row["yaml"].get<std::string>());
    CHECK(ParseOne(row["yaml"]).dump() == row["json"].dump());
  }
}

TEST_CASE("ToYaml writes what sigs.k8s.io/yaml writes") {
  for (const Json& row : Cases("write")) {
    INFO(row["reason"]);
    CHECK(ToYaml(row["json"]) == row["yaml"].get<std::string>());
  }
}

TEST_CASE("ParseYaml undoes ToYaml") {
  for (const Json& row : Cases("write")) {
    INFO(row["reason"]);
    CHECK(ParseOne(ToYaml(row["json"])) == row["json"]);
  }
}

TEST_CASE("ToYaml differs from sigs.k8s.io/yaml where that cannot read its own output") {
  struct Row {
    const char* reason;
    Json json;
    const char* yaml;
  };
  const Row rows[] = {
      {"a key << would merge", {{"<<", {{"a", 1}}}}, "\"<<\":\n  a: 1\n"},
      {"a line separator", "a\u2028b", "\"a\\Lb\"\n"},
      {"a paragraph separator in several lines", "a\u2029b\nc", "\"a\\Pb\\nc\"\n"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    CHECK(ToYaml(row.json) == row.yaml);
    CHECK(ParseOne(ToYaml(row.json)) == row.json);
  }
}

TEST_CASE("ParseYaml reads every document and leaves empty ones out") {
  const auto documents = ParseYaml("---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n---\n~\n");
  REQUIRE(documents.ok());
  CHECK(Json(*documents).dump() == R"([{"a":1},{"b":2}])");
}

TEST_CASE("In a merge, the object's own keys win, then the first source") {
  const std::string text = "p: &p {a: 1, b: 1, c: 1}\nq: &q {a: 2, b: 2, d: 2}\nr: {a: 0, <<: [*p, *q]}\n";
  CHECK(ParseOne(text)["r"].dump() == R"({"a":0,"b":1,"c":1,"d":2})");
}

TEST_CASE("ParseYaml refuses what has no one meaning") {
  struct Row {
    const char* reason;
    std::string yaml;
    const char* error;
  };
  std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int j = 0; j < 9; ++j) laughs += "," + below;
    laughs += "]\n";
  }
  const Row rows[] = {
      {"a number for a key", "a:\n  8080: x\n", "line 2, column 3: the key is no text; put it in quotes"},
      {"a boolean for a key", "on: x\n", "line 1, column 1: the key is no text; put it in quotes"},
      {"no key", "~: x\n", "line 1, column 1: the key is no text; put it in quotes"},
      {"a list for a key", "? [a]\n: x\n", "line 1, column 3: the key is no text"},
      {"a key given twice", "a: 1\nb: 2\na: 3\n", "line 3, column 1: the key \"a\" is given twice"},
      {"a tag of its own", "a: !foo b\n", "line 1, column 4: the value cannot be a !foo"},
      {"a tag on an object", "a: !foo {}\n", "line 1, column 4: the value cannot be a !foo"},
      {"no integer", "a: !!int x\n", "line 1, column 4: the value cannot be a tag:yaml.org,2002:int"},
      {"binary", "a: !!binary aGk=\n", "line 1, column 4: the value cannot be a tag:yaml.org,2002:binary"},
      {"infinity", "a: .inf\n", "line 1, column 4: the number is not finite"},
      {"not a number", "a: .nan\n", "line 1, column 4: the number is not finite"},
      {"an alias without an anchor", "a: *x\n", "line 1, column 4: the referenced anchor is not defined"},
      {"an alias inside its anchor", "&x [*x]\n", "line 1, column 5: the alias stands inside what it names"},
      {"merging text", "<<: x\n", "line 1, column 5: << takes an object or a list of objects"},
      {"aliases that explode", laughs, "line 6, column 34: anchors and aliases make the document too large"},
      {"an open quote", "a: 'x\n", "line 2, column 1: illegal document indicator in scalar"},
      {"an open bracket", "a: {b: 1\n", "line 2, column 1: end of map flow not found"},
      {"text after the end", "- a\nb: c\n", "line 2, column 1: more text where the document should end"},
      {"text after the end of a later document", "a: 1\n---\n- a\nb: c\n",
       "line 4, column 1: more text where the document should end"},
      {"a tab for indentation", "a:\n\tb: 1\n", "line 2, column 3: illegal map value"},
      {"text that is not UTF-8", "a: \xff\n", "the text is not UTF-8"},
      {"UTF-16", std::string("a\0:\0 \0b\0", 8), "the text is not UTF-8"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const auto documents = ParseYaml(row.yaml);
    CHECK(documents.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(Message(documents.status()) == std::string("cannot parse YAML: ") + row.error);
  }
}

}  // namespace
}  // namespace xfn
