#include "api/agent_executor.h"

#include <catch2/catch.hpp>
#include <string>

namespace agent {

using xfn::Json;

namespace {

Json Minimal() {
  return Json::parse(R"({
    "apiVersion": "platform.bizmatters.io/v1alpha1", "kind": "AgentExecutor",
    "metadata": {"name": "demo", "namespace": "team-a"},
    "spec": {"image": "nginx:1.27", "natsStreamName": "JOBS", "natsConsumerGroup": "demo-workers"}})");
}

std::string ErrorsOf(const Json& composite) {
  Findings findings;
  ReadAgentExecutor(composite, findings);
  return findings.errors.ToString();
}

}  // namespace

TEST_CASE("agent executor: defaults of what is left out") {
  Findings findings;
  const AgentExecutor executor = ReadAgentExecutor(Minimal(), findings);
  CHECK(findings.errors.ToString() == "");
  CHECK(findings.unknown.empty());
  CHECK(executor.name == "demo");
  CHECK(executor.ns == "team-a");
  CHECK(executor.size == "medium");
  CHECK(executor.nats_url == "");
  CHECK(executor.postgres_connection_secret == "postgres-connection");
  CHECK(executor.dragonfly_connection_secret == "dragonfly-connection");
  CHECK(executor.llm_keys_secret == "llm-keys");
  CHECK(executor.image_pull_secrets.empty());
}

TEST_CASE("agent executor: every mistake at once, sorted by path") {
  Json composite = Minimal();
  composite["spec"] = Json::parse(R"({
    "size": "huge", "natsUrl": "http://nats:4222", "natsStreamName": "a.b", "natsConsumerGroup": 7,
    "llmKeysSecret": "Not_A_Name", "imagePullSecrets": ["ok", "No", "ok"]})");
  CHECK(
      ErrorsOf(composite) ==
      "spec.image: Required value\n"
      "spec.imagePullSecrets[1]: Invalid value: \"No\": must consist of lower case letters, digits, '-' and '.', and "
      "start and end with a letter or digit\n"
      "spec.imagePullSecrets[2]: Invalid value: \"ok\": must not be listed twice\n"
      "spec.llmKeysSecret: Invalid value: \"Not_A_Name\": must consist of lower case letters, digits, '-' and '.', and "
      "start and end with a letter or digit\n"
      "spec.natsConsumerGroup: Invalid value: 7: must be a string\n"
      "spec.natsStreamName: Invalid value: \"a.b\": must consist of letters, digits, '-' and '_'\n"
      "spec.natsUrl: Invalid value: \"http://nats:4222\": must be URLs that start with nats://, tls://, ws:// or "
      "wss://, "
      "separated by commas\n"
      "spec.size: Unsupported value: \"huge\": supported values: \"micro\", \"small\", \"medium\", \"large\"");
}

TEST_CASE("agent executor: one mistake each") {
  const struct {
    const char* reason;
    const char* pointer;
    const char* value;  // JSON; "" removes
    const char* error;
  } rows[] = {
      {"no spec", "/spec", "",
       "spec.image: Required value\nspec.natsConsumerGroup: Required value\nspec.natsStreamName: Required value"},
      {"spec of another type", "/spec", "[]",
       "spec: Invalid value: []: must be an object\nspec.image: Required value\nspec.natsConsumerGroup: Required "
       "value\nspec.natsStreamName: Required value"},
      {"null is absence", "/spec/image", "null", "spec.image: Required value"},
      {"empty text is a value", "/spec/image", "\"\"",
       "spec.image: Invalid value: \"\": must be an image reference such as "
       "registry.example.org:5000/team/agent:v1.2.3"},
      {"false is a value", "/spec/size", "false",
       "spec.size: Unsupported value: false: supported values: \"micro\", \"small\", \"medium\", \"large\""},
      {"0 is a value", "/spec/postgresConnectionSecret", "0",
       "spec.postgresConnectionSecret: Invalid value: 0: must be a string"},
      {"a text where a list belongs", "/spec/imagePullSecrets", "\"a\"",
       "spec.imagePullSecrets: Invalid value: \"a\": must be a list"},
      {"a name that no Service can have", "/metadata/name", "\"1st\"",
       "metadata.name: Invalid value: \"1st\": must consist of lower case letters, digits and '-', start with a letter "
       "and "
       "end with a letter or digit, since it names a Service"},
      {"a job timeout of two units", "/spec/jobTimeout", "\"1h30m\"",
       "spec.jobTimeout: Invalid value: \"1h30m\": must be a whole number of s, m or h, such as 90s or 5m"},
      {"a job timeout below the limit", "/spec/jobTimeout", "\"9s\"",
       "spec.jobTimeout: Invalid value: \"9s\": must be between 10s and 24h"},
      {"a job timeout above the limit", "/spec/jobTimeout", "\"1441m\"",
       "spec.jobTimeout: Invalid value: \"1441m\": must be between 10s and 24h"},
      {"a job timeout that no number holds", "/spec/jobTimeout", "\"9999999h\"",
       "spec.jobTimeout: Invalid value: \"9999999h\": must be between 10s and 24h"},
      {"a cluster-scoped composite", "/metadata/namespace", "", "metadata.namespace: Required value"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    Json composite = Minimal();
    const Json::json_pointer pointer(row.pointer);
    if (*row.value == '\0') {
      composite[pointer.parent_pointer()].erase(pointer.back());
    } else {
      composite[pointer] = Json::parse(row.value);
    }
    CHECK(ErrorsOf(composite) == row.error);
  }
}

TEST_CASE("agent executor: too long") {
  Json composite = Minimal();
  composite["metadata"]["name"] = std::string(64, 'a');
  composite["spec"]["natsStreamName"] = std::string(65, 'A');
  CHECK(ErrorsOf(composite) ==
        "metadata.name: Too long: may not be more than 63 bytes\n"
        "spec.natsStreamName: Too long: may not be more than 64 bytes");
}

TEST_CASE("agent executor: unknown fields are noted, Crossplane's own are known") {
  Json composite = Minimal();
  composite["spec"]["crossplane"] = Json::object();
  composite["spec"]["fromTheFuture"] = 1;
  Findings findings;
  ReadAgentExecutor(composite, findings);
  CHECK(findings.errors.empty());
  CHECK(findings.unknown == std::vector<std::string>{"spec.fromTheFuture"});
}

}  // namespace agent
