#include "cli/composed.h"

#include <string>

#include "fixture.h"

namespace agent::cli {
namespace {

using xfn::Json;

// Expected values here were printed by `crossplane composition render`.
TEST_CASE("PreviewUid is the uid that crossplane render gives") {
  CHECK(PreviewUid(Yaml("apiVersion: platform.bizmatters.io/v1alpha1\nkind: AgentExecutor\n"
                        "metadata: {name: demo, namespace: agents}")) == "93d4b2d7-c231-5b18-9023-0692755bd78d");
  CHECK(PreviewUid(Yaml("apiVersion: platform.bizmatters.io/v1alpha1\nkind: AgentExecutor\nmetadata: {name: demo}")) ==
        "500f3123-a734-5f3a-8d0d-90cd0e208591");
}

TEST_CASE("ChildName hashes the owner's uid and the resource name") {
  const std::string uid = "93d4b2d7-c231-5b18-9023-0692755bd78d";
  struct Row {
    std::string reason, prefix, resource, want;
  };
  const Row rows[] = {
      {"prefix with a hyphen", "demo-", "b", "demo-2f0519f70af4"},
      {"another resource", "gen-", "c", "gen-24a67b85f8c9"},
      {"a hyphen is added", "demo", "b", "demo-2f0519f70af4"},
      {"51 characters just fit", std::string(50, 'x') + "-", "b", std::string(50, 'x') + "-2f0519f70af4"},
      {"longer is cut, and ends in a hyphen", std::string(60, 'x'), "b", std::string(50, 'x') + "-2f0519f70af4"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    CHECK(ChildName(row.prefix, uid, row.resource) == row.want);
    CHECK(ChildName(row.prefix, uid, row.resource).size() <= 63);
  }
}

Json Composite() {
  return Yaml(
      "{apiVersion: example.org/v1, kind: Thing, metadata: {name: demo, namespace: agents, uid: u1, "
      "labels: {crossplane.io/composite: demo}}}");
}

TEST_CASE("CompleteMetadata writes what Crossplane writes") {
  struct Row {
    std::string reason, composed, observed, want;
  };
  const std::string rest =
      "namespace: agents, annotations: {crossplane.io/composition-resource-name: r}, "
      "labels: {crossplane.io/composite: demo}, ownerReferences: [{apiVersion: example.org/v1, kind: Thing, "
      "name: demo, uid: u1, controller: true, blockOwnerDeletion: true}]}";
  const Row rows[] = {
      {"a name is kept", "{name: mine}", "", "{name: mine, " + rest},
      {"a foreign namespace is not", "{name: mine, namespace: other}", "", "{name: mine, " + rest},
      {"no name: generated", "{}", "", "{generateName: demo-, name: " + ChildName("demo-", "u1", "r") + ", " + rest},
      {"what exists keeps its name", "{name: new}", "{name: old, namespace: agents}", "{name: old, " + rest},
      {"our own old reference is replaced", "{name: mine, ownerReferences: [{uid: u1, controller: true}]}", "",
       "{name: mine, " + rest},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    Json composed{{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", Yaml(row.composed)}};
    const Json observed{{"metadata", row.observed.empty() ? Json() : Yaml(row.observed)}};
    REQUIRE(CompleteMetadata(Composite(), "r", row.observed.empty() ? nullptr : &observed, composed).ok());
    CHECK(composed.at("metadata") == Yaml(row.want));
  }
}

TEST_CASE("CompleteMetadata refuses what cannot be applied") {
  struct Row {
    std::string reason, metadata, want;
  };
  const Row rows[] = {
      {"another controller", "{name: a, ownerReferences: [{kind: Other, name: o, uid: u2, controller: true}]}",
       "it is already controlled by Other o"},
      {"upper case", "{name: B_d}", "its name \"B_d\" is no RFC 1123 subdomain"},
      {"hyphen at the end", "{name: b-}", "its name \"b-\" is no RFC 1123 subdomain"},
      {"empty part", "{name: a..b}", "its name \"a..b\" is no RFC 1123 subdomain"},
      {"part that ends in a hyphen", "{name: a-.b}", "its name \"a-.b\" is no RFC 1123 subdomain"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    Json composed{{"metadata", Yaml(row.metadata)}};
    const absl::Status status = CompleteMetadata(Composite(), "r", nullptr, composed);
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(std::string(status.message()) == row.want);
  }
}

}  // namespace
}  // namespace agent::cli
