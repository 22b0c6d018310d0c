// Every field counts: a change of any field of the XRD changes what is composed, or is refused. 0, false and "" are
// values, not absence.
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <sstream>

#include "support/scenario.h"
#include "xfn/yaml.h"

namespace agent {

using xfn::Json;

namespace {

Json Schema() {
  std::ifstream file("xrd/agentexecutors.yaml");
  std::stringstream text;
  text << file.rdbuf();
  auto documents = xfn::ParseYaml(text.str());
  REQUIRE(documents.ok());
  return documents->front()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
}

// Visit calls `leaf` for every field of the schema that holds no other one.
void Visit(const Json& schema, const std::string& pointer,
           const std::function<void(const std::string&, const Json&)>& leaf) {
  for (const auto& [name, field] : schema["properties"].items()) {
    const std::string here = pointer + "/" + name;
    if (field.contains("properties")) {
      Visit(field, here, leaf);
    } else {
      leaf(here, field);
    }
  }
}

// Another valid value than the one that Demo() has or that is the default.
Json Other(const std::string& pointer, const Json& field) {
  if (pointer == "/spec/image") return "other.example.org/agent:v2";
  if (pointer == "/spec/natsUrl") return "tls://other:4222";
  if (pointer == "/spec/jobTimeout") return "90s";
  if (field.contains("enum")) return field["enum"].back();
  if (field["type"] == "array") return Json::array({"another"});
  if (field["type"] == "string") return "other";
  FAIL("no other value for " << pointer << ": teach this test the new field");
  return nullptr;
}

std::string Answer(const Json& composite) {
  auto response = Run({.composite = composite, .input = nullptr, .observed = {}, .required = {}, .base = {}});
  return response.desired().DebugString() + (response.results().empty() ? "" : response.results(0).message());
}

}  // namespace

TEST_CASE("every field changes the output") {
  const std::string before = Answer(Demo());
  int fields = 0;
  Visit(Schema(), "/spec", [&](const std::string& pointer, const Json& field) {
    INFO(pointer);
    Json composite = Demo();
    composite[Json::json_pointer(pointer)] = Other(pointer, field);
    CHECK(Answer(composite) != before);
    ++fields;
  });
  CHECK(fields == 10);
}

TEST_CASE("zero values are values: each is used or refused, never taken for absence") {
  Visit(Schema(), "/spec", [&](const std::string& pointer, const Json& field) {
    Json without = Demo();
    without["spec"].erase(Json::json_pointer(pointer).back());
    for (const Json& zero : {Json(""), Json(0), Json(false)}) {
      INFO(pointer << " = " << zero.dump());
      Json composite = Demo();
      composite[Json::json_pointer(pointer)] = zero;
      CHECK(Answer(composite) != Answer(without));
    }
    if (field["type"] != "array") return;
    INFO(pointer << " = []: no item is the same as no list");
    Json composite = Demo();
    composite[Json::json_pointer(pointer)] = Json::array();
    CHECK(Answer(composite) == Answer(without));
  });
}

}  // namespace agent
