#include "compose/compose.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/scenario.h"
#include "xfn/function.h"

namespace agent {

namespace pb = apiextensions::fn::proto::v1;
using xfn::Json;

namespace {

std::vector<std::string> Keys(const std::map<std::string, Json>& objects) {
  std::vector<std::string> keys;
  for (const auto& [key, object] : objects) keys.push_back(key);
  return keys;
}

// Converged is the end of the story: everything observed and ready.
Scenario Converged() {
  Scenario scenario{.composite = Demo(), .input = nullptr, .observed = {}, .required = Secrets(), .base = {}};
  for (int call = 0; call < 4; ++call) {
    for (const auto& [key, object] : Desired(Run(scenario))) scenario.observed[key] = Ready(object);
  }
  return scenario;
}

}  // namespace

TEST_CASE("compose: objects appear in order, each when it may") {
  Scenario scenario{.composite = Demo(), .input = nullptr, .observed = {}, .required = Secrets(), .base = {}};
  const std::vector<std::vector<std::string>> story = {
      {"agent-deployment", "agent-service", "agent-service-account", "agent-stream"},
      {"agent-consumer", "agent-deployment", "agent-service", "agent-service-account", "agent-stream"},
      {"agent-consumer", "agent-deployment", "agent-scaled-object", "agent-service", "agent-service-account",
       "agent-stream"},
  };
  for (const auto& step : story) {
    const auto response = Run(scenario);
    CHECK(Keys(Desired(response)) == step);
    CHECK(response.desired().composite().ready() == (step.size() < 6 ? pb::READY_FALSE : pb::READY_UNSPECIFIED));
    for (const auto& [key, object] : Desired(response)) scenario.observed[key] = Ready(object);
  }
  const auto response = Run(scenario);
  for (const auto& [key, resource] : response.desired().resources()) CHECK(resource.ready() == pb::READY_TRUE);
}

TEST_CASE("compose: the first call says what waits for what") {
  const auto response = Run({.composite = Demo(), .input = nullptr, .observed = {}, .required = {}, .base = {}});
  CHECK(ConditionText(response, "Valid") == "TRUE/Valid: ");
  CHECK(ConditionText(response, "StreamReady") == "FALSE/Waiting: Stream demo-stream: being created");
  CHECK(ConditionText(response, "ConsumerReady") ==
        "FALSE/Waiting: Consumer demo-consumer: created when Stream demo-stream is ready");
  CHECK(ConditionText(response, "WorkloadReady") == "FALSE/Waiting: ServiceAccount demo: being created");
  CHECK(ConditionText(response, "AutoscalingReady") ==
        "FALSE/Waiting: ScaledObject demo-scaler: created when Deployment demo exists");
  CHECK(ConditionText(response, "SecretsReady") == "UNKNOWN/Waiting: Crossplane has not handed over the Secrets yet");
  CHECK(response.results().empty());
}

TEST_CASE("compose: to exist is not to be ready: creation waits on") {
  Scenario scenario = Converged();
  scenario.observed.erase("agent-consumer");
  scenario.observed.erase("agent-scaled-object");
  scenario.observed["agent-stream"].erase("status");
  auto response = Run(scenario);
  CHECK(Desired(response).count("agent-consumer") == 0);
  CHECK(ConditionText(response, "ConsumerReady") ==
        "FALSE/Waiting: Consumer demo-consumer: created when Stream demo-stream is ready");

  scenario = Converged();
  scenario.observed.erase("agent-scaled-object");
  scenario.observed["agent-consumer"].erase("status");
  scenario.observed["agent-deployment"].erase("status");  // which need only exist
  response = Run(scenario);
  CHECK(Desired(response).count("agent-scaled-object") == 0);
  CHECK(ConditionText(response, "AutoscalingReady") ==
        "FALSE/Waiting: ScaledObject demo-scaler: created when Consumer demo-consumer is ready");
}

TEST_CASE("compose: a ScaledObject that is not there yet waits for the Secrets, one that is there stays") {
  Scenario scenario = Converged();
  scenario.required.begin()->second = Json::array();
  CHECK(Desired(Run(scenario)).count("agent-scaled-object") == 1);
  scenario.observed.erase("agent-scaled-object");
  const auto response = Run(scenario);
  CHECK(Desired(response).count("agent-scaled-object") == 0);
  CHECK(ConditionText(response, "AutoscalingReady") ==
        "FALSE/Waiting: ScaledObject demo-scaler: created when its Secrets are there; see SecretsReady");
  CHECK(response.desired().composite().ready() == pb::READY_FALSE);
}

TEST_CASE("compose: converged") {
  const auto response = Run(Converged());
  CHECK(ConditionText(response, "Valid") == "TRUE/Valid: ");
  CHECK(ConditionText(response, "StreamReady") == "TRUE/Available: ");
  CHECK(ConditionText(response, "ConsumerReady") == "TRUE/Available: ");
  CHECK(ConditionText(response, "WorkloadReady") == "TRUE/Running: ");
  CHECK(ConditionText(response, "AutoscalingReady") == "TRUE/Available: ");
  CHECK(ConditionText(response, "SecretsReady") == "TRUE/Available: ");
  CHECK(DesiredComposite(response) ==
        Json::parse(
            R"({"status": {"endpoint": "http://demo.team-a.svc:8080", "stream": "JOBS", "consumer": "demo-workers",
          "selector": "app.kubernetes.io/component=agent-executor,app.kubernetes.io/managed-by=crossplane,app.kubernetes.io/name=demo"}})"));
}

TEST_CASE("compose: scaled to zero is ready") {
  Scenario scenario = Converged();
  Json& deployment = scenario.observed["agent-deployment"];
  deployment["spec"]["replicas"] = 0;
  deployment["status"] = {{"observedGeneration", 1}};
  const auto response = Run(scenario);
  CHECK(response.desired().resources().at("agent-deployment").ready() == pb::READY_TRUE);
  CHECK(ConditionText(response, "WorkloadReady") == "TRUE/Asleep: Deployment demo: scaled to zero");
}

TEST_CASE("compose: what was observed stays desired, whatever else is wrong") {
  const Scenario converged = Converged();
  for (const auto& [lost, object] : converged.observed) {
    for (const bool gone : {true, false}) {
      INFO(lost << (gone ? " is gone" : " is not ready"));
      Scenario scenario = converged;
      if (gone) {
        scenario.observed.erase(lost);
      } else {
        scenario.observed[lost].erase("status");
      }
      const auto desired = Desired(Run(scenario));
      for (const auto& [key, other] : scenario.observed) CHECK(desired.count(key) == 1);
    }
  }
}

TEST_CASE("compose: an invalid spec changes nothing and says everything") {
  Scenario scenario = Converged();
  scenario.composite["spec"] = Json::parse(R"({"size": "huge", "natsUrl": "x", "natsStreamName": "a.b",
      "natsConsumerGroup": "a b", "llmKeysSecret": "No"})");
  (*scenario.base.mutable_desired()->mutable_resources())["other"].mutable_resource();
  const auto response = Run(scenario);
  REQUIRE(response.results().size() == 1);
  CHECK(response.results(0).severity() == pb::SEVERITY_FATAL);
  const std::string& message = response.results(0).message();
  CHECK(std::count(message.begin(), message.end(), '\n') == 5);
  CHECK(message.find("spec.image: Required value\nspec.llmKeysSecret: ") == 0);
  CHECK(Keys(Desired(response)) == std::vector<std::string>{"other"});
  CHECK(ConditionText(response, "Valid") == "FALSE/Invalid: " + message);
  CHECK(ConditionText(response, "WorkloadReady") == "TRUE/Running: ");
  CHECK(ConditionText(response, "StreamReady") == "TRUE/Available: ");
  CHECK(response.requirements().resources().empty());
}

TEST_CASE("compose: names that NATS cannot change keep their observed value everywhere") {
  Scenario scenario = Converged();
  scenario.composite["spec"]["natsStreamName"] = "OTHER";
  scenario.composite["spec"]["natsConsumerGroup"] = "other-workers";
  const auto response = Run(scenario);
  const auto before = Desired(Run(Converged()));
  CHECK(Desired(response) == before);
  CHECK(DesiredComposite(response)["status"]["stream"] == "JOBS");
  CHECK(ConditionText(response, "Valid") ==
        "FALSE/Invalid: spec.natsStreamName stays \"JOBS\": NATS cannot rename a stream; spec.natsConsumerGroup stays "
        "\"demo-workers\": NATS cannot rename a durable consumer, and a workqueue stream allows no second one");
}

TEST_CASE("compose: other immutable fields keep their observed value") {
  Scenario scenario = Converged();
  scenario.observed["agent-stream"]["spec"]["storage"] = "memory";
  const auto response = Run(scenario);
  CHECK(Desired(response)["agent-stream"]["spec"]["storage"] == "memory");
  CHECK(ConditionText(response, "Valid") ==
        "FALSE/Invalid: spec.storage of Stream demo-stream stays \"memory\": NATS cannot move a stream to another "
        "storage");
}

TEST_CASE("compose: Secrets are looked at for presence and keys") {
  Scenario scenario = Converged();
  const auto satisfied = Run(scenario);
  CHECK(satisfied.meta().ttl().seconds() == 300);
  REQUIRE(satisfied.requirements().resources().size() == 5);
  const auto& selector = satisfied.requirements().resources().at("secret-llm-keys");
  CHECK(selector.api_version() == "v1");
  CHECK(selector.kind() == "Secret");
  CHECK(selector.match_name() == "llm-keys");
  CHECK(selector.namespace_() == "team-a");

  scenario.required["secret-pull"] = Json::array();
  scenario.required["secret-postgres-connection"][0]["data"].erase("POSTGRES_DB");
  scenario.required["secret-postgres-connection"][0]["data"].erase("POSTGRES_HOST");
  const auto response = Run(scenario);
  CHECK(ConditionText(response, "SecretsReady") ==
        "FALSE/Waiting: Secret postgres-connection lacks POSTGRES_HOST, POSTGRES_DB; Secret pull does not exist");
  CHECK(response.meta().ttl().seconds() == 30);
  CHECK(google::protobuf::util::MessageDifferencer::Equals(response.requirements(), satisfied.requirements()));
}

TEST_CASE("compose: Crossplane asks again soon while anything is waited for") {
  Scenario scenario = Converged();
  scenario.observed["agent-deployment"]["status"].erase("availableReplicas");
  CHECK(Run(scenario).meta().ttl().seconds() == 30);
  scenario = Converged();
  scenario.observed.erase("agent-scaled-object");
  CHECK(Run(scenario).meta().ttl().seconds() == 30);

  scenario = Converged();
  scenario.composite["status"]["conditions"] =
      Json::array({{{"type", "Responsive"}, {"status", "True"}, {"reason", "WatchCircuitClosed"}}});
  CHECK(Run(scenario).meta().ttl().seconds() == 300);
  scenario.composite["status"]["conditions"][0]["status"] = "False";  // Crossplane may not hear of an edit
  CHECK(Run(scenario).meta().ttl().seconds() == 30);
}

TEST_CASE("compose: unknown fields have no effect but are named") {
  Scenario scenario = Converged();
  const auto before = Desired(Run(scenario));
  scenario.composite["spec"]["newer"] = 1;
  scenario.input = Json::parse(R"({"apiVersion":"agentexecutor.fn.platform.bizmatters.io/v1beta1",
                                   "kind":"PlatformDefaults","older":true})");
  const auto response = Run(scenario);
  CHECK(Desired(response) == before);
  CHECK(ConditionText(response, "Valid") ==
        "TRUE/Valid: fields that this version does not know have no effect: input.older, spec.newer");
}

TEST_CASE("compose: requests that hold no AgentExecutor") {
  const struct {
    const char* reason;
    Json composite;
    Json input;
    const char* message;
  } rows[] = {
      {"no composite", nullptr, nullptr, "cannot compose: observed.composite: Required value"},
      {"another kind", Json::parse(R"({"apiVersion":"example.org/v1","kind":"Database"})"), nullptr,
       "cannot compose: the composite is \"Database\" of \"example.org/v1\", expected \"AgentExecutor\" of "
       "\"platform.bizmatters.io/v1alpha1\""},
      {"unknown input", Demo(), Json::parse(R"({"apiVersion":"example.org/v1","kind":"Input"})"),
       "cannot use the step's input: it is \"Input\" of \"example.org/v1\", expected \"PlatformDefaults\" of "
       "\"agentexecutor.fn.platform.bizmatters.io/v1beta1\""},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    const auto response =
        Run({.composite = row.composite, .input = row.input, .observed = {}, .required = {}, .base = {}});
    REQUIRE(response.results().size() == 1);
    CHECK(response.results(0).severity() == pb::SEVERITY_FATAL);
    CHECK(response.results(0).message() == row.message);
  }
}

TEST_CASE("compose: garbage bytes in a resource name the resource") {
  Scenario scenario = Converged();
  pb::RunFunctionRequest request = scenario.Request();
  auto& fields =
      *(*request.mutable_observed()->mutable_resources())["agent-stream"].mutable_resource()->mutable_fields();
  google::protobuf::Value* value = &fields["deep"];
  for (int depth = 0; depth < 200; ++depth) value = &(*value->mutable_struct_value()->mutable_fields())["x"];
  auto bytes = xfn::Call(Compose, request.SerializeAsString());
  REQUIRE(bytes.ok());
  pb::RunFunctionResponse response;
  REQUIRE(response.ParseFromString(*bytes));
  REQUIRE(response.results().size() == 1);
  CHECK(response.results(0).message().find("cannot read observed.resources[agent-stream]: ") == 0);
}

TEST_CASE("compose: a name of ours that another step took for another kind is refused") {
  Scenario scenario{.composite = Demo(), .input = nullptr, .observed = {}, .required = {}, .base = {}};
  (*scenario.base.mutable_desired()->mutable_resources())["agent-stream"].mutable_resource()->CopyFrom(
      ToStruct(Json::parse(R"({"apiVersion": "v1", "kind": "ConfigMap"})")));
  const auto response = Run(scenario);
  REQUIRE(response.results().size() == 1);
  CHECK(response.results(0).message() ==
        "cannot desire Stream \"agent-stream\": an earlier pipeline step desires a ConfigMap under that name");
}

TEST_CASE("compose: the same request gives the same bytes") {
  const std::string request = Converged().Request().SerializeAsString();
  const std::string first = *xfn::Call(Compose, request);
  for (int i = 0; i < 10; ++i) CHECK(*xfn::Call(Compose, request) == first);
}

}  // namespace agent
