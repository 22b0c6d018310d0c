#include "cli/reconcile.h"

#include "cli/converge.h"
#include "fixture.h"

namespace agent::cli {
namespace {

using Catch::Contains;
using xfn::Json;

const Step kStep{.composition = "things", .name = "go", .input = std::nullopt};

Cluster Fresh() { return Cluster{.composite = Yaml(kComposite), .composed = {}, .others = {}}; }

// In the form that `crossplane composition render` prints; tests/parity holds the two together.
TEST_CASE("Reconcile of a new composite") {
  auto rendered = Reconcile(CallHere(Small), kStep, Fresh());
  INFO(std::string(rendered.status().message()));
  REQUIRE(rendered.ok());
  const std::string name = rendered->composed.at(0).at("metadata").at("name");
  CHECK_THAT(name, Catch::StartsWith("demo-"));
  CHECK(rendered->composite == Yaml(R"(
apiVersion: example.org/v1
kind: Thing
metadata: {name: demo, namespace: agents}
spec: {crossplane: {resourceRefs: [{apiVersion: v1, kind: ConfigMap, name: )" +
                                    name + R"(}]}}
status:
  conditions:
  - {type: Responsive, status: "True", reason: WatchCircuitClosed, lastTransitionTime: "2024-01-01T00:00:00Z"}
  - {type: AppReady, status: "False", reason: Waiting, message: Deployment app waits for the ConfigMap,
     lastTransitionTime: "2024-01-01T00:00:00Z"}
  - {type: Synced, status: "True", reason: ReconcileSuccess, lastTransitionTime: "2024-01-01T00:00:00Z"}
  - {type: Ready, status: "False", reason: Creating, message: "Unready resources: config",
     lastTransitionTime: "2024-01-01T00:00:00Z"}
)"));
  CHECK(rendered->composed.size() == 1);
  std::vector<std::string> messages;
  for (const Json& event : rendered->events) messages.push_back(event.at("message"));
  CHECK(messages == std::vector<std::string>{"Successfully selected composition: things",
                                             "Composed resource \"config\" is not yet ready"});
}

TEST_CASE("Reconcile words the unready resources as Crossplane does") {
  struct Row {
    int count;
    std::string want;
  };
  const Row rows[] = {{1, "Unready resources: r0"},
                      {2, "Unready resources: r0, r1"},
                      {3, "Unready resources: r0, r1, and r2"},
                      {5, "Unready resources: r0, r1, r2, and 2 more"}};
  for (const Row& row : rows) {
    const xfn::Function many = [&row](const xfn::Request&, xfn::Response& response) {
      for (int i = 0; i < row.count; ++i) {
        const Json object{{"apiVersion", "v1"}, {"kind", "ConfigMap"}};
        if (auto status = response.SetDesired("r" + std::to_string(i), object, xfn::Ready::kFalse); !status.ok()) {
          return status;
        }
      }
      return absl::OkStatus();
    };
    auto rendered = Reconcile(CallHere(many), kStep, Fresh());
    REQUIRE(rendered.ok());
    CHECK(rendered->composite.at("status").at("conditions").back().at("message") == row.want);
  }
}

TEST_CASE("Reconcile keeps conditions, readiness and events apart as Crossplane does") {
  const xfn::Function function = [](const xfn::Request&, xfn::Response& response) {
    response.SetCondition({.type = "Ready", .status = xfn::ConditionStatus::kTrue, .reason = "Mine", .message = ""});
    response.SetCondition(
        {.type = "Valid", .status = xfn::ConditionStatus::kUnknown, .reason = "Maybe", .message = ""});
    if (auto status = response.SetCompositeReady(xfn::Ready::kFalse); !status.ok()) return status;
    response.Normal("fine", "Fine");
    response.Warning("careful");
    return response.MergeCompositeStatus({{"endpoint", "http://x"}});
  };
  Cluster cluster = Fresh();
  cluster.composite["metadata"]["generation"] = 3;
  cluster.composite["status"] =
      Yaml("{gone: 1, conditions: [{type: Ready, status: 'True', reason: Available}, {type: Old, status: 'True'}]}");
  auto rendered = Reconcile(CallHere(function), kStep, cluster);
  REQUIRE(rendered.ok());
  const Json& status = rendered->composite.at("status");
  CHECK(status.at("endpoint") == "http://x");
  CHECK_FALSE(status.contains("gone"));
  std::vector<std::string> lines;
  for (const Json& c : status.at("conditions")) {
    lines.push_back(c.at("type").get<std::string>() + " " + c.at("status").get<std::string>() + " " +
                    c.at("reason").get<std::string>() + " " + std::to_string(c.value("observedGeneration", 0)));
  }
  CHECK(lines == std::vector<std::string>{"Ready False Creating 0", "Old True  0",
                                          "Responsive True WatchCircuitClosed 3", "Valid Unknown Maybe 0",
                                          "Synced True ReconcileSuccess 0"});
  CHECK(rendered->events.at(1) == Yaml("{apiVersion: render.crossplane.io/v1beta1, kind: Result, severity: Normal, "
                                       "reason: Fine, message: 'Pipeline step \"go\": fine'}"));
  CHECK(rendered->events.at(2).at("reason") == "ComposeResources");
}

TEST_CASE("Reconcile refuses a cluster that does not fit together") {
  const std::string head = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, ";
  struct Row {
    std::string reason, observed, want;
  };
  const Row rows[] = {
      {"no annotation", head + "namespace: agents}}", "has no annotation crossplane.io/composition-resource-name"},
      {"other namespace", head + "namespace: other}}", "is not in the composite's namespace agents"},
      {"other owner", head + "namespace: agents, ownerReferences: [{uid: u, controller: true}]}}",
       "is not controlled by the composite"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    Cluster cluster = Fresh();
    cluster.composed = {Yaml(row.observed)};
    const auto status = Reconcile(CallHere(Small), kStep, cluster).status();
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK_THAT(std::string(status.message()), Contains(row.want));
  }
  Cluster misshapen = Fresh();
  misshapen.composite["spec"] = "text";
  CHECK_THAT(std::string(Reconcile(CallHere(Small), kStep, misshapen).status().message()),
             Contains("spec is no object"));
  Cluster nameless = Fresh();
  nameless.composite["metadata"].erase("name");
  CHECK_THAT(std::string(Reconcile(CallHere(Small), kStep, nameless).status().message()), Contains("no metadata.name"));
}

TEST_CASE("a fatal result is ABORTED and keeps its lines") {
  Cluster cluster = Fresh();
  cluster.composite["spec"].erase("color");
  const auto status = Reconcile(CallHere(Small), kStep, cluster).status();
  CHECK(status.code() == absl::StatusCode::kAborted);
  CHECK(std::string(status.message()) ==
        "pipeline step \"go\" returned a fatal result:\nspec.color: Required value\nspec.size: Required value");
}

TEST_CASE("Converge passes every gate and ends") {
  auto rendered = Converge(CallHere(Small), kStep, Fresh());
  INFO(std::string(rendered.status().message()));
  REQUIRE(rendered.ok());
  CHECK(rendered->composed.size() == 2);
  for (const Json& condition : rendered->composite.at("status").at("conditions")) {
    CHECK(condition.at("status") == "True");
  }
}

TEST_CASE("Converge gives up on a function that flips") {
  const xfn::Function flips = [](const xfn::Request& request, xfn::Response& response) {
    const Json object{{"apiVersion", "v1"}, {"kind", "ConfigMap"}};
    return request.HasObservedResource("a") ? response.SetDesired("b", object, xfn::Ready::kTrue)
                                            : response.SetDesired("a", object, xfn::Ready::kTrue);
  };
  CHECK(absl::IsDeadlineExceeded(Converge(CallHere(flips), kStep, Fresh()).status()));
}

}  // namespace
}  // namespace agent::cli
