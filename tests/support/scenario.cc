#include "support/scenario.h"

#include <google/protobuf/util/json_util.h>

#include <catch2/catch.hpp>

#include "compose/compose.h"
#include "xfn/function.h"

namespace agent {

namespace pb = apiextensions::fn::proto::v1;
using xfn::Json;

google::protobuf::Struct ToStruct(const Json& object) {
  google::protobuf::Struct message;
  REQUIRE(google::protobuf::util::JsonStringToMessage(object.dump(), &message).ok());
  return message;
}

Json FromStruct(const google::protobuf::Struct& object) {
  std::string text;
  REQUIRE(google::protobuf::util::MessageToJsonString(object, &text).ok());
  return Json::parse(text);
}

pb::RunFunctionRequest Scenario::Request() const {
  pb::RunFunctionRequest request = base;
  if (!composite.is_null()) *request.mutable_observed()->mutable_composite()->mutable_resource() = ToStruct(composite);
  if (!input.is_null()) *request.mutable_input() = ToStruct(input);
  for (const auto& [name, object] : observed) {
    *(*request.mutable_observed()->mutable_resources())[name].mutable_resource() = ToStruct(object);
  }
  for (const auto& [name, objects] : required) {
    auto& answer = (*request.mutable_required_resources())[name];
    for (const Json& object : objects) *answer.add_items()->mutable_resource() = ToStruct(object);
  }
  return request;
}

pb::RunFunctionResponse Run(const Scenario& scenario) {
  auto bytes = xfn::Call(Compose, scenario.Request().SerializeAsString());
  INFO(std::string(bytes.status().message()));
  REQUIRE(bytes.ok());
  pb::RunFunctionResponse response;
  REQUIRE(response.ParseFromString(*bytes));
  return response;
}

std::map<std::string, Json> Desired(const pb::RunFunctionResponse& response) {
  std::map<std::string, Json> desired;
  for (const auto& [name, resource] : response.desired().resources()) desired[name] = FromStruct(resource.resource());
  return desired;
}

Json DesiredComposite(const pb::RunFunctionResponse& response) {
  return FromStruct(response.desired().composite().resource());
}

std::string ConditionText(const pb::RunFunctionResponse& response, const std::string& type) {
  for (const auto& condition : response.conditions()) {
    if (condition.type() != type) continue;
    std::string status = pb::Status_Name(condition.status()).substr(std::string("STATUS_CONDITION_").size());
    return status + "/" + condition.reason() + ": " + condition.message();
  }
  return "";
}

Json Demo() {
  return Json::parse(R"({
    "apiVersion": "platform.bizmatters.io/v1alpha1", "kind": "AgentExecutor",
    "metadata": {"name": "demo", "namespace": "team-a", "uid": "b2a1", "generation": 1,
                 "managedFields": [{"manager": "kubectl"}]},
    "spec": {"image": "registry.example.org:5000/agent:v1", "size": "small", "natsStreamName": "JOBS",
             "natsConsumerGroup": "demo-workers", "imagePullSecrets": ["pull"]}})");
}

std::map<std::string, Json> Secrets() {
  const auto secret = [](const std::string& name, const std::vector<std::string>& keys) {
    Json object = {{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", name}, {"namespace", "team-a"}}}};
    for (const std::string& key : keys) object["data"][key] = "eA==";
    return Json::array({object});
  };
  return {{"secret-postgres-connection", secret("postgres-connection", {"POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB",
                                                                        "POSTGRES_USER", "POSTGRES_PASSWORD"})},
          {"secret-dragonfly-connection",
           secret("dragonfly-connection", {"DRAGONFLY_HOST", "DRAGONFLY_PORT", "DRAGONFLY_PASSWORD"})},
          {"secret-llm-keys", secret("llm-keys", {"OPENAI_API_KEY", "ANTHROPIC_API_KEY"})},
          {"secret-pull", secret("pull", {".dockerconfigjson"})}};
}

Json Ready(Json object) {
  object["metadata"]["generation"] = 1;
  object["status"]["observedGeneration"] = 1;
  object["status"]["conditions"] = Json::array({{{"type", "Ready"}, {"status", "True"}}});
  if (object["kind"] == "ScaledObject") object["status"]["hpaName"] = "keda-hpa-demo-scaler";
  if (object["kind"] == "Deployment") {
    object["spec"]["replicas"] = 1;
    for (const char* count : {"replicas", "updatedReplicas", "availableReplicas"}) object["status"][count] = 1;
  }
  return object;
}

}  // namespace agent
