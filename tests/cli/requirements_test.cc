#include "cli/requirements.h"

#include <functional>

#include "fixture.h"

namespace agent::cli {
namespace {

using xfn::Json;
using xfn::wire::RunFunctionRequest;
using xfn::wire::RunFunctionResponse;

const std::vector<Json>& Objects() {
  static const auto& objects = *new std::vector<Json>{
      Yaml("{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: b, labels: {x: v, z: w}}}"),
      Yaml("{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: a, labels: {x: v}}}"),
      Yaml("{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: a, labels: {x: v}}, data: {k: dg==}}"),
      Yaml("{apiVersion: v1, kind: ConfigMap, metadata: {name: s, namespace: a, labels: {x: v}}}"),
      Yaml("{apiVersion: v1, kind: Namespace, metadata: {name: a}}"),
  };
  return objects;
}

struct Resolution {
  absl::StatusOr<RunFunctionResponse> response;
  int calls = 0;
  RunFunctionRequest last;
};

// RunWith calls a function that answers the n-th call as `answer` says.
Resolution RunWith(const std::function<void(int, RunFunctionResponse&)>& answer) {
  Resolution resolution{.response = absl::UnknownError(""), .calls = 0, .last = {}};
  resolution.response = CallUntilAnswered(
      [&](const RunFunctionRequest& request) -> absl::StatusOr<RunFunctionResponse> {
        RunFunctionResponse response;
        answer(resolution.calls++, response);
        resolution.last = request;
        return response;
      },
      Objects(), RunFunctionRequest());
  return resolution;
}

TEST_CASE("the loop ends when requirements stay the same") {
  struct Row {
    std::string reason;
    std::function<void(int, RunFunctionResponse&)> answer;
    int calls;
    bool ok;
  };
  const auto ask = [](RunFunctionResponse& response, const std::string& name) {
    (*response.mutable_requirements()->mutable_resources())["r"].set_match_name(name);
  };
  const Row rows[] = {
      {"none asked for", [](int, RunFunctionResponse&) {}, 1, true},
      {"always the same", [&](int, RunFunctionResponse& r) { ask(r, "s"); }, 2, true},
      {"present but empty is not absent", [](int, RunFunctionResponse& r) { r.mutable_requirements(); }, 2, true},
      {"asks once, then no more",
       [&](int call, RunFunctionResponse& r) {
         if (call == 0) ask(r, "s");
       },
       3, true},
      {"never the same", [&](int call, RunFunctionResponse& r) { ask(r, std::to_string(call)); }, 6, false},
      {"a fatal result ends it",
       [&](int call, RunFunctionResponse& r) {
         ask(r, std::to_string(call));
         if (call == 1) r.add_results()->set_severity(apiextensions::fn::proto::v1::SEVERITY_FATAL);
       },
       2, true},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const Resolution resolution = RunWith(row.answer);
    CHECK(resolution.calls == row.calls);
    CHECK(resolution.response.ok() == row.ok);
  }
}

TEST_CASE("selectors find what Crossplane's find") {
  struct Row {
    std::string reason, kind, ns, name, label;
    std::vector<std::string> want;  // namespaces of what is found
  };
  const Row rows[] = {
      {"by name", "Secret", "b", "s", "", {"b"}},
      {"by name, other namespace", "Secret", "c", "s", "", {}},
      {"by name, cluster scoped", "Namespace", "", "a", "", {""}},
      {"by label, all namespaces, sorted", "Secret", "", "", "x", {"a", "b"}},
      {"by label in a namespace", "Secret", "b", "", "x", {"b"}},
      {"by kind alone", "ConfigMap", "", "", "", {"a"}},
      {"no such kind", "Nothing", "", "", "", {}},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const Resolution resolution = RunWith([&row](int, RunFunctionResponse& response) {
      auto& selector = (*response.mutable_requirements()->mutable_resources())["r"];
      selector.set_api_version("v1");
      selector.set_kind(row.kind);
      if (!row.ns.empty()) selector.set_namespace_(row.ns);
      if (!row.name.empty()) selector.set_match_name(row.name);
      if (!row.label.empty()) (*selector.mutable_match_labels()->mutable_labels())[row.label] = "v";
    });
    auto request = xfn::Request::Parse(resolution.last.SerializeAsString());
    REQUIRE(request.ok());
    auto found = request->RequiredResources("r");
    REQUIRE(found.ok());
    REQUIRE(found->has_value());
    std::vector<std::string> namespaces;
    for (const Json& object : **found) namespaces.push_back(object.at("metadata").value("namespace", ""));
    REQUIRE(namespaces == row.want);
    if (row.reason == "by label, all namespaces, sorted") CHECK((**found)[0].contains("data"));
  }
}

TEST_CASE("the context travels to the next call") {
  const Resolution resolution = RunWith([](int, RunFunctionResponse& response) {
    response.mutable_requirements();
    response.set_context("bytes");
  });
  CHECK(resolution.last.context() == "bytes");
}

}  // namespace
}  // namespace agent::cli
