#include "api/agent_executor.h"

namespace agent {

using xfn::FieldPath;
using xfn::Json;

namespace {

void ReadMetadata(const Json* metadata, AgentExecutor& executor, Findings& findings) {
  ObjectReader reader(metadata, FieldPath{"metadata"}, findings);
  executor.name = reader.Required("name", kNameRule);
  if (metadata == nullptr) return;
  executor.ns = xfn::FindString(*metadata, FieldPath{"namespace"});
  if (executor.ns.empty()) findings.errors.Required(FieldPath{"metadata", "namespace"});
  const Json* labels = xfn::Find(*metadata, FieldPath{"labels"});
  if (labels == nullptr || !labels->is_object()) return;
  for (const auto& [key, value] : labels->items()) {
    if (value.is_string()) executor.labels[key] = value.get<std::string>();
  }
}

std::string ReadJobTimeout(ObjectReader& spec, Findings& findings) {
  std::string text = spec.Optional("jobTimeout", kJobTimeoutRule, kDefaultJobTimeout);
  absl::Duration timeout;
  if (!Matches(kJobTimeoutRule, text) || !absl::ParseDuration(text, &timeout)) return text;  // already noted
  if (timeout < kMinJobTimeout || timeout > kMaxJobTimeout) {
    findings.errors.Invalid(spec.path().Key("jobTimeout"), text, "must be between 10s and 24h");
  }
  return text;
}

}  // namespace

AgentExecutor ReadAgentExecutor(const Json& composite, Findings& findings) {
  AgentExecutor executor;
  ObjectReader root(&composite, FieldPath{}, findings);
  ReadMetadata(root.Child("metadata"), executor, findings);

  ObjectReader spec(root.Child("spec"), FieldPath{"spec"}, findings);
  executor.image = spec.Required("image", kImageRule);
  executor.size = spec.OneOf("size", SizeNames(), kDefaultSize);
  executor.nats_url = spec.Optional("natsUrl", kNatsUrlRule, "");
  executor.nats_stream_name = spec.Required("natsStreamName", kNatsNameRule);
  executor.nats_consumer_group = spec.Required("natsConsumerGroup", kNatsNameRule);
  executor.job_timeout = ReadJobTimeout(spec, findings);
  executor.postgres_connection_secret =
      spec.Optional("postgresConnectionSecret", kSecretNameRule, kDefaultPostgresSecret);
  executor.dragonfly_connection_secret =
      spec.Optional("dragonflyConnectionSecret", kSecretNameRule, kDefaultDragonflySecret);
  executor.llm_keys_secret = spec.Optional("llmKeysSecret", kSecretNameRule, kDefaultLlmKeysSecret);
  executor.image_pull_secrets = spec.List("imagePullSecrets", kSecretNameRule, kMaxImagePullSecrets);
  spec.Ignore({"crossplane"});  // Crossplane's own part of the spec
  spec.Finish();
  return executor;
}

absl::Duration JobTimeout(const AgentExecutor& executor) {
  absl::Duration timeout;
  absl::ParseDuration(executor.job_timeout, &timeout);
  return timeout;
}

std::vector<SecretKey> SecretKeys(const AgentExecutor& executor) {
  const struct {
    const std::string& secret;
    std::vector<std::string> keys;
  } groups[] = {
      {executor.postgres_connection_secret,
       {"POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"}},
      {executor.dragonfly_connection_secret, {"DRAGONFLY_HOST", "DRAGONFLY_PORT", "DRAGONFLY_PASSWORD"}},
      {executor.llm_keys_secret, {"OPENAI_API_KEY", "ANTHROPIC_API_KEY"}},
  };
  std::vector<SecretKey> all;
  for (const auto& group : groups) {
    for (const std::string& key : group.keys) all.push_back({group.secret, key});
  }
  return all;
}

}  // namespace agent
