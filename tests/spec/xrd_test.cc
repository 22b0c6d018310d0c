// The XRD and the code say the same: defaults, enums, patterns, limits, names.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "api/agent_executor.h"
#include "api/platform_defaults.h"
#include "api/rules.h"
#include "support/scenario.h"
#include "xfn/yaml.h"

namespace agent {

using xfn::Json;

namespace {

Json Load(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  auto documents = xfn::ParseYaml(text.str());
  INFO(path);
  REQUIRE(documents.ok());
  return documents->front();
}

Json Version() { return Load("xrd/agentexecutors.yaml")["spec"]["versions"][0]; }
Json SpecSchema() { return Version()["schema"]["openAPIV3Schema"]["properties"]["spec"]; }

// Every schema below has a description, since `kubectl explain` shows nothing else.
void CheckDescribed(const Json& schema, const std::string& path) {
  INFO(path);
  CHECK(schema.value("description", "").size() > 10);
  if (schema.contains("properties")) {
    for (const auto& [name, field] : schema["properties"].items()) CheckDescribed(field, path + "." + name);
  }
  if (schema.contains("items")) CheckDescribed(schema["items"], path + "[]");
}

}  // namespace

TEST_CASE("xrd: group, version, kind, scope") {
  const Json spec = Load("xrd/agentexecutors.yaml")["spec"];
  CHECK(spec["group"].get<std::string>() + "/" + spec["versions"][0]["name"].get<std::string>() == kApiVersion);
  CHECK(spec["names"]["kind"] == kKind);
  CHECK(spec["scope"] == "Namespaced");
  const Json type = Load("composition/agentexecutor.yaml")["spec"]["compositeTypeRef"];
  CHECK(type["apiVersion"] == kApiVersion);
  CHECK(type["kind"] == kKind);
}

TEST_CASE("xrd: patterns and lengths are the code's rules") {
  const std::map<std::string, const Rule*> rules = {
      {"image", &kImageRule},
      {"natsUrl", &kNatsUrlRule},
      {"natsStreamName", &kNatsNameRule},
      {"natsConsumerGroup", &kNatsNameRule},
      {"postgresConnectionSecret", &kSecretNameRule},
      {"dragonflyConnectionSecret", &kSecretNameRule},
      {"llmKeysSecret", &kSecretNameRule},
      {"imagePullSecrets", &kSecretNameRule},
      {"jobTimeout", &kJobTimeoutRule},
  };
  const Json schema = SpecSchema();
  for (const auto& [name, field] : schema["properties"].items()) {
    INFO(name);
    if (field.contains("enum")) continue;
    REQUIRE(rules.count(name) == 1);
    const Json& text = field.contains("items") ? field["items"] : field;
    CHECK(text["pattern"] == rules.at(name)->pattern);
    CHECK(text["maxLength"] == rules.at(name)->max_length);
  }
  CHECK(schema["properties"]["imagePullSecrets"]["maxItems"] == kMaxImagePullSecrets);
  CHECK(schema["properties"]["size"]["enum"] == SizeNames());
  const Json root = Version()["schema"]["openAPIV3Schema"];
  CHECK(root["properties"]["metadata"]["properties"]["name"]["maxLength"] == kNameRule.max_length);
  const std::string rule = root["x-kubernetes-validations"][0]["rule"];
  CHECK(rule.find(kNameRule.pattern) != std::string::npos);
}

TEST_CASE("xrd: defaults are the code's defaults") {
  std::map<std::string, std::string> defaults;
  const Json schema = SpecSchema();
  for (const auto& [name, field] : schema["properties"].items()) {
    if (field.contains("default")) defaults[name] = field["default"];
  }
  CHECK(defaults ==
        std::map<std::string, std::string>{{"size", std::string(kDefaultSize)},
                                           {"jobTimeout", std::string(kDefaultJobTimeout)},
                                           {"postgresConnectionSecret", std::string(kDefaultPostgresSecret)},
                                           {"dragonflyConnectionSecret", std::string(kDefaultDragonflySecret)},
                                           {"llmKeysSecret", std::string(kDefaultLlmKeysSecret)}});
  // Spelling a default out changes nothing.
  Json composite = Demo();
  composite["spec"].erase("size");
  const auto without =
      Desired(Run({.composite = composite, .input = nullptr, .observed = {}, .required = {}, .base = {}}));
  for (const auto& [name, value] : defaults) composite["spec"][name] = value;
  CHECK(Desired(Run({.composite = composite, .input = nullptr, .observed = {}, .required = {}, .base = {}})) ==
        without);
}

TEST_CASE("xrd: required fields are the code's") {
  const Json schema = SpecSchema();
  for (const auto& [name, field] : schema["properties"].items()) {
    INFO(name);
    Json composite = Demo();
    composite["spec"].erase(name);
    const auto response = Run({.composite = composite, .input = nullptr, .observed = {}, .required = {}, .base = {}});
    const auto& required = schema["required"];
    CHECK((std::find(required.begin(), required.end(), name) != required.end()) == !response.results().empty());
  }
}

TEST_CASE("xrd: everything is described") {
  const Json root = Version()["schema"]["openAPIV3Schema"];
  CheckDescribed(root["properties"]["spec"], "spec");
  CheckDescribed(root["properties"]["status"], "status");
}

TEST_CASE("xrd: every status field that is written is declared") {
  const Json declared = Version()["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"];
  const Json status = DesiredComposite(
      Run({.composite = Demo(), .input = nullptr, .observed = {}, .required = {}, .base = {}}))["status"];
  for (const auto& [name, value] : status.items()) CHECK(declared.contains(name));
  CHECK(status.size() == declared.size());
}

TEST_CASE("platform defaults: what the Composition spells out is what is built in") {
  Scenario scenario{.composite = Demo(), .input = nullptr, .observed = {}, .required = {}, .base = {}};
  const auto built_in = Desired(Run(scenario));
  scenario.input = Load("composition/agentexecutor.yaml")["spec"]["pipeline"][0]["input"];
  CHECK(Desired(Run(scenario)) == built_in);
}

TEST_CASE("platform defaults: the published schema is what is read") {
  const Json root = Load("package/function/platformdefaults.yaml")["spec"];
  const Json& version = root["versions"][0];
  CHECK(root["group"].get<std::string>() + "/" + version["name"].get<std::string>() == kPlatformDefaultsApiVersion);
  CHECK(root["names"]["kind"] == kPlatformDefaultsKind);
  const Json& schema = version["schema"]["openAPIV3Schema"]["properties"];
  const PlatformDefaults::Nats built_in = BuiltInDefaults().nats;
  CHECK(schema["autoscaling"]["properties"]["pollingInterval"]["default"] == BuiltInDefaults().polling_interval);
  const Json& nats = schema["nats"]["properties"];
  CHECK(nats["url"]["default"] == built_in.url);
  CHECK(nats["url"]["pattern"] == kNatsUrlRule.pattern);
  CHECK(nats["monitoringEndpoint"]["default"] == built_in.monitoring_endpoint);
  CHECK(nats["monitoringEndpoint"]["pattern"] == kMonitoringEndpointRule.pattern);
  CHECK(nats["account"]["default"] == built_in.account);
  CHECK(nats["account"]["pattern"] == kAccountRule.pattern);
  CHECK(nats["accountID"]["pattern"] == kAccountRule.pattern);
  CHECK(nats["servers"]["default"] == built_in.servers);
  std::vector<std::string> sizes;
  for (const auto& [name, size] : schema["sizes"]["properties"].items()) sizes.push_back(name);
  CHECK_THAT(sizes, Catch::UnorderedEquals(SizeNames()));
}

TEST_CASE("platform defaults: every field changes the output") {
  Scenario scenario{.composite = Demo(), .input = nullptr, .observed = {}, .required = Secrets(), .base = {}};
  for (int i = 0; i < 3; ++i) {
    for (const auto& [key, object] : Desired(Run(scenario))) scenario.observed[key] = Ready(object);
  }
  const auto before = Desired(Run(scenario));
  const char* const size = R"({"requests": {"cpu": "3m", "memory": "3Mi"}, "limits": {"cpu": "3", "memory": "3Gi"}})";
  const std::map<std::string, Json> others = {{"/nats/url", "tls://other:1"},
                                              {"/nats/monitoringEndpoint", "other:8222"},
                                              {"/nats/account", "OTHER"},
                                              {"/nats/accountID", "AOTHER"},
                                              {"/nats/servers", 3},
                                              {"/sizes/small", Json::parse(size)},
                                              {"/autoscaling/pollingInterval", 60}};
  for (const auto& [pointer, value] : others) {
    INFO(pointer);
    scenario.input = {{"apiVersion", kPlatformDefaultsApiVersion}, {"kind", kPlatformDefaultsKind}};
    scenario.input[Json::json_pointer(pointer)] = value;
    CHECK(Desired(Run(scenario)) != before);
  }
}

}  // namespace agent
