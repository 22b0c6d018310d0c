#include "xfn/response.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <catch2/catch.hpp>
#include <limits>

#include "fn/v1/run_function.pb.h"
#include "xfn/function.h"
#include "xfn/wire.pb.h"

namespace xfn {

namespace pb = apiextensions::fn::proto::v1;
using namespace std::string_literals;

namespace {

Request Empty() { return *Request::Parse(""); }

pb::RunFunctionResponse Read(const Response& response) {
  pb::RunFunctionResponse message;
  REQUIRE(message.ParseFromString(response.Serialize()));
  return message;
}

std::string Text(const google::protobuf::Message& message) {
  std::string json;
  REQUIRE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

}  // namespace

TEST_CASE("response: starts as a copy of tag, desired state and context, byte for byte") {
  // Field 99 is from the future; the field order is not the one that protobuf writes.
  const std::string foreign = "\x18\x01\x9a\x06\x03zzz\x0a\x00"s;
  wire::RunFunctionRequest message;
  message.mutable_meta()->set_tag("tag");
  (*message.mutable_desired()->mutable_resources())["foreign"] = foreign;
  message.set_context("\x0a\x00"s);
  auto request = Request::Parse(message.SerializeAsString());
  REQUIRE(request.ok());

  Response response(*request);
  REQUIRE(response.SetDesired("mine", {{"kind", "A"}}, Ready::kTrue).ok());
  CHECK(response.wire().desired().resources().at("foreign") == foreign);
  CHECK(response.Serialize().find(foreign) != std::string::npos);
  CHECK(response.wire().context() == message.context());
  CHECK(response.wire().meta().tag() == "tag");
}

TEST_CASE("response: desired resources") {
  Response response(Empty());
  REQUIRE(response.SetDesired("a", Json::parse(R"({"kind": "A", "n": 1})"), Ready::kFalse).ok());
  REQUIRE(response.SetDesired("a", Json::parse(R"({"kind": "B"})"), Ready::kTrue).ok());
  const auto message = Read(response);
  REQUIRE(message.desired().resources().size() == 1);
  CHECK(Text(message.desired().resources().at("a")) == R"({"resource":{"kind":"B"},"ready":"READY_TRUE"})");
  const absl::Status status =
      response.SetDesired("bad", {{"n", std::numeric_limits<double>::infinity()}}, Ready::kTrue);
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(std::string(status.message()).find("cannot write desired.resources[bad]: ") == 0);
}

TEST_CASE("response: the composite's status is merged, its readiness kept") {
  pb::RunFunctionRequest message;
  (*message.mutable_desired()->mutable_composite()->mutable_connection_details())["k"] = "v";
  message.mutable_desired()->mutable_composite()->set_ready(pb::READY_FALSE);
  REQUIRE(
      google::protobuf::util::JsonStringToMessage(R"({"status": {"theirs": 1, "both": 1}})",
                                                  message.mutable_desired()->mutable_composite()->mutable_resource())
          .ok());
  Response response(*Request::Parse(message.SerializeAsString()));
  REQUIRE(response.MergeCompositeStatus({{"both", 2}, {"ours", "x"}}).ok());
  const auto composite = Read(response).desired().composite();
  CHECK(Json::parse(Text(composite.resource())) == Json::parse(R"({"status": {"both": 2, "ours": "x", "theirs": 1}})"));
  CHECK(composite.connection_details().at("k") == "v");
  CHECK(composite.ready() == pb::READY_FALSE);
  REQUIRE(response.SetCompositeReady(Ready::kTrue).ok());
  CHECK(Read(response).desired().composite().ready() == pb::READY_TRUE);
}

TEST_CASE("response: conditions, results, requirements, context, ttl") {
  Response response(Empty());
  response.SetCondition({.type = "A", .status = ConditionStatus::kFalse, .reason = "R", .message = "m"});
  response.SetCondition({.type = "B", .status = ConditionStatus::kUnknown, .reason = "R", .message = ""});
  response.SetCondition({.type = "A", .status = ConditionStatus::kTrue, .reason = "S", .message = ""});
  response.Warning("careful", "Why");
  response.Normal("fine");
  response.Fatal("stop");
  response.Require("one", {.api_version = "v1", .kind = "Secret", .match = "name", .ns = "ns"});
  response.Require(
      "many", {.api_version = "v1", .kind = "Pod", .match = std::map<std::string, std::string>{{"a", "b"}}, .ns = {}});
  response.RequireSchema("schema", "v1", "Pod");
  REQUIRE(response.SetContext("key", 1).ok());
  response.SetTtl(absl::Milliseconds(1500));

  pb::RunFunctionResponse expected;
  REQUIRE(google::protobuf::util::JsonStringToMessage(R"({
    "meta": {"ttl": "1.5s"}, "desired": {}, "context": {"key": 1},
    "conditions": [{"type": "A", "status": "STATUS_CONDITION_TRUE", "reason": "S", "target": "TARGET_COMPOSITE"},
                   {"type": "B", "status": "STATUS_CONDITION_UNKNOWN", "reason": "R", "target": "TARGET_COMPOSITE"}],
    "results": [{"severity": "SEVERITY_WARNING", "message": "careful", "reason": "Why", "target": "TARGET_COMPOSITE"},
                {"severity": "SEVERITY_NORMAL", "message": "fine", "target": "TARGET_COMPOSITE"},
                {"severity": "SEVERITY_FATAL", "message": "stop", "target": "TARGET_COMPOSITE"}],
    "requirements": {"resources": {"one": {"apiVersion": "v1", "kind": "Secret", "matchName": "name", "namespace": "ns"},
                                   "many": {"apiVersion": "v1", "kind": "Pod", "matchLabels": {"labels": {"a": "b"}}}},
                     "schemas": {"schema": {"apiVersion": "v1", "kind": "Pod"}}}})",
                                                      &expected)
              .ok());
  const auto message = Read(response);
  CHECK(message.DebugString() == expected.DebugString());
  CHECK(google::protobuf::util::MessageDifferencer::Equals(message, expected));
}

TEST_CASE("response: requirements stay unset when nothing is required") {
  CHECK(!Read(Response(Empty())).has_requirements());
}

TEST_CASE("call: what becomes of a function's errors") {
  wire::RunFunctionRequest message;
  (*message.mutable_desired()->mutable_resources())["foreign"] = "\x0a\x00"s;
  const std::string wire = message.SerializeAsString();

  SECTION("a status becomes FATAL, and what was half written is dropped") {
    auto bytes = Call(
        [](const Request&, Response& response) {
          (void)response.SetDesired("half", Json::object(), Ready::kTrue);
          return absl::InvalidArgumentError("cannot do it: no");
        },
        wire);
    REQUIRE(bytes.ok());
    pb::RunFunctionResponse response;
    REQUIRE(response.ParseFromString(*bytes));
    REQUIRE(response.results().size() == 1);
    CHECK(response.results(0).severity() == pb::SEVERITY_FATAL);
    CHECK(response.results(0).message() == "cannot do it: no");
    CHECK(response.desired().resources().size() == 1);
    CHECK(response.desired().resources().contains("foreign"));
  }
  SECTION("exceptions stop here") {
    const auto status = [&](const Function& function) { return Call(function, wire).status(); };
    CHECK(status([](const Request&, Response&) -> absl::Status { throw std::runtime_error("boom"); }) ==
          absl::InternalError("cannot run function: boom"));
    CHECK(status([](const Request&, Response&) -> absl::Status { throw std::bad_alloc(); }) ==
          absl::ResourceExhaustedError("cannot run function: out of memory"));
    CHECK(status([](const Request&, Response&) -> absl::Status { throw 1; }) ==
          absl::InternalError("cannot run function: it threw what is no std::exception"));
  }
  SECTION("an answer that Crossplane would refuse is refused with its size") {
    const auto answer = [&](std::size_t size) {
      return Call(
          [&](const Request&, Response& r) {
            return r.SetDesired("x", {{"d", std::string(size, 'x')}}, Ready::kTrue);
          },
          wire);
    };
    CHECK(answer(kMaxResponseBytes - 1000).ok());
    const absl::Status status = answer(kMaxResponseBytes).status();
    CHECK(status.code() == absl::StatusCode::kResourceExhausted);
    CHECK(std::string(status.message()).find("over the limit of 4194304 that Crossplane sets") != std::string::npos);
  }
  SECTION("bytes that are no request") {
    CHECK(Call([](const Request&, Response&) { return absl::OkStatus(); }, "\xff").status().code() ==
          absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace xfn
