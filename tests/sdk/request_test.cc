#include "xfn/request.h"

#include <google/protobuf/util/json_util.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "fn/v1/run_function.pb.h"
#include "xfn/wire.pb.h"

namespace xfn {

namespace pb = apiextensions::fn::proto::v1;

namespace {

google::protobuf::Struct StructOf(const std::string& json) {
  google::protobuf::Struct object;
  REQUIRE(google::protobuf::util::JsonStringToMessage(json, &object).ok());
  return object;
}

// Everything that a request can hold, written with the official messages.
pb::RunFunctionRequest Full() {
  pb::RunFunctionRequest request;
  request.mutable_meta()->set_tag("tag");
  request.mutable_meta()->add_capabilities(pb::CAPABILITY_CAPABILITIES);
  request.mutable_meta()->add_capabilities(pb::CAPABILITY_REQUIRED_SCHEMAS);
  *request.mutable_observed()->mutable_composite()->mutable_resource() =
      StructOf(R"({"kind": "XR", "metadata": {"name": "x", "managedFields": [{"manager": "m"}]}})");
  *(*request.mutable_observed()->mutable_resources())["b"].mutable_resource() = StructOf(R"({"kind": "B"})");
  *(*request.mutable_observed()->mutable_resources())["a"].mutable_resource() = StructOf(R"({"kind": "A"})");
  *request.mutable_desired()->mutable_composite()->mutable_resource() = StructOf(R"({"status": {"x": 1}})");
  *(*request.mutable_desired()->mutable_resources())["d"].mutable_resource() = StructOf(R"({"kind": "D"})");
  *request.mutable_input() = StructOf(R"({"kind": "Input", "n": 3})");
  *request.mutable_context() = StructOf(R"({"key": {"a": [1, 2.5, null]}})");
  *(*request.mutable_required_resources())["some"].add_items()->mutable_resource() = StructOf(R"({"kind": "S"})");
  (*request.mutable_required_resources())["none"];
  *(*request.mutable_required_schemas())["known"].mutable_openapi_v3() = StructOf(R"({"type": "object"})");
  (*request.mutable_required_schemas())["unknown"];
  (*(*request.mutable_credentials())["db"].mutable_credential_data()->mutable_data())["user"] = "u";
  return request;
}

Request Parse(const pb::RunFunctionRequest& message) {
  auto request = Request::Parse(message.SerializeAsString());
  REQUIRE(request.ok());
  return *std::move(request);
}

}  // namespace

TEST_CASE("request: everything that Crossplane sends can be read") {
  const Request request = Parse(Full());
  CHECK(request.tag() == "tag");
  CHECK(request.HasCapability(Capability::kCapabilities));
  CHECK(request.HasCapability(Capability::kRequiredSchemas));
  CHECK(!request.HasCapability(Capability::kCredentials));
  CHECK(**request.Input() == Json::parse(R"({"kind": "Input", "n": 3})"));
  CHECK(**request.Context("key") == Json::parse(R"({"a": [1, 2.5, null]})"));
  CHECK(!request.Context("other")->has_value());
  CHECK(request.ObservedNames() == std::vector<std::string>{"a", "b"});
  CHECK(request.DesiredNames() == std::vector<std::string>{"d"});
  CHECK(request.HasObservedResource("a"));
  CHECK(!request.HasObservedResource("c"));
  CHECK(**request.ObservedResource("a") == Json::parse(R"({"kind": "A"})"));
  CHECK(!request.ObservedResource("c")->has_value());
  CHECK(**request.DesiredComposite() == Json::parse(R"({"status": {"x": 1}})"));
  CHECK(**request.DesiredResource("d") == Json::parse(R"({"kind": "D"})"));
  CHECK((**request.RequiredResources("some")).at(0) == Json::parse(R"({"kind": "S"})"));
  CHECK((**request.RequiredResources("none")).empty());
  CHECK(!request.RequiredResources("not asked")->has_value());
  CHECK(**request.RequiredSchema("known") == Json::parse(R"({"type": "object"})"));
  CHECK((**request.RequiredSchema("unknown")).is_null());
  CHECK(!request.RequiredSchema("not asked")->has_value());
  CHECK(request.Credentials("db")->at("user") == "u");
  CHECK(!request.Credentials("other"));
}

TEST_CASE("request: managedFields are not decoded") {
  CHECK(**Parse(Full()).ObservedComposite() == Json::parse(R"({"kind": "XR", "metadata": {"name": "x"}})"));
}

TEST_CASE("request: what a function does not read can be skipped") {
  pb::RunFunctionRequest message;
  *(*message.mutable_observed()->mutable_resources())["r"].mutable_resource() =
      StructOf(R"({"spec": {"template": {"a": 1}, "replicas": 2}, "metadata": {"managedFields": [], "name": "x"}})");
  CHECK(**Parse(message).ObservedResource("r", {{"spec", "template"}}) ==
        Json::parse(R"({"spec": {"replicas": 2}, "metadata": {"name": "x"}})"));
}

TEST_CASE("request: an empty one is absence everywhere, not an error") {
  const Request request = Parse({});
  CHECK(request.tag() == "");
  CHECK(!request.Input()->has_value());
  CHECK(!request.Context("key")->has_value());
  CHECK(!request.ObservedComposite()->has_value());
  CHECK(!request.DesiredComposite()->has_value());
  CHECK(request.ObservedNames().empty());
}

TEST_CASE("request: garbage is refused where it is read, by name") {
  wire::RunFunctionRequest garbage;
  garbage.set_input("\xff");
  garbage.set_context("\xff");
  garbage.mutable_observed()->set_composite("\xff");
  (*garbage.mutable_observed()->mutable_resources())["r"] = "\x0a\x01\xff";
  (*garbage.mutable_required_resources())["q"].add_items("\xff");
  auto request = Request::Parse(garbage.SerializeAsString());
  REQUIRE(request.ok());
  const struct {
    std::string field;
    absl::Status status;
  } rows[] = {
      {"input", request->Input().status()},
      {"context", request->Context("k").status()},
      {"observed.composite", request->ObservedComposite().status()},
      {"observed.resources[r]", request->ObservedResource("r").status()},
      {"required_resources[q].items[0]", request->RequiredResources("q").status()},
  };
  for (const auto& row : rows) {
    INFO(row.field);
    CHECK(row.status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(std::string(row.status.message()).find("cannot read " + row.field + ": ") == 0);
  }
}

TEST_CASE("request: what is no message at all is refused") {
  for (const std::string wire : {"\xff", "\x0a\x7f", "garbage"}) {
    CHECK(Request::Parse(wire).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("protocol: v1beta1 is v1 under another package") {
  const auto body = [](const std::string& version) {
    std::ifstream file("proto/fn/" + version + "/run_function.proto");
    std::stringstream text;
    text << file.rdbuf();
    const std::string package = "package apiextensions.fn.proto." + version + ";";
    REQUIRE(text.str().find(package) != std::string::npos);
    return text.str().substr(text.str().find(package) + package.size());
  };
  CHECK(body("v1") == body("v1beta1"));
}

TEST_CASE("wire view: the same numbers as the official messages") {
  // Each field of the view stands for the official one of that number, and none is missing.
  const struct {
    const google::protobuf::Descriptor* view;
    const google::protobuf::Descriptor* official;
  } rows[] = {
      {wire::RunFunctionRequest::descriptor(), pb::RunFunctionRequest::descriptor()},
      {wire::RunFunctionResponse::descriptor(), pb::RunFunctionResponse::descriptor()},
      {wire::Resources::descriptor(), pb::Resources::descriptor()},
      {wire::Schema::descriptor(), pb::Schema::descriptor()},
      {wire::State::descriptor(), pb::State::descriptor()},
      {wire::Resource::descriptor(), pb::Resource::descriptor()},
  };
  for (const auto& row : rows) {
    INFO(row.view->full_name());
    REQUIRE(row.view->field_count() == row.official->field_count());
    for (int i = 0; i < row.official->field_count(); ++i) {
      const auto* field = row.view->FindFieldByNumber(row.official->field(i)->number());
      REQUIRE(field != nullptr);
      CHECK(field->name() == row.official->field(i)->name());
      CHECK(field->is_repeated() == row.official->field(i)->is_repeated());
    }
  }
}

}  // namespace xfn
