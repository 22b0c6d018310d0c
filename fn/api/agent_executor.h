// AgentExecutor: what a team writes, typed. The schema that users see is xrd/agentexecutors.yaml; tests/spec holds its
// defaults, enums and patterns equal to what is read here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/reader.h"
#include "xfn/json.h"

namespace agent {

inline constexpr std::string_view kApiVersion = "platform.bizmatters.io/v1alpha1";
inline constexpr std::string_view kKind = "AgentExecutor";

inline constexpr std::string_view kDefaultSize = "medium";
inline constexpr std::string_view kDefaultPostgresSecret = "postgres-connection";
inline constexpr std::string_view kDefaultDragonflySecret = "dragonfly-connection";
inline constexpr std::string_view kDefaultLlmKeysSecret = "llm-keys";
inline constexpr std::size_t kMaxImagePullSecrets = 16;

// AgentExecutor holds the metadata that composing needs and the spec with its defaults filled in.
struct AgentExecutor {
  std::string name;
  std::string ns;
  std::map<std::string, std::string> labels;  // as they stand on the composite

  std::string image;
  std::string size;
  std::string nats_url;  // empty: what PlatformDefaults says
  std::string nats_stream_name;
  std::string nats_consumer_group;
  std::string postgres_connection_secret;
  std::string dragonfly_connection_secret;
  std::string llm_keys_secret;
  std::vector<std::string> image_pull_secrets;
};

// ReadAgentExecutor reads a composite of kind AgentExecutor; mistakes and unknown fields go to `findings`. The result
// is fit for composing only if there are no mistakes.
AgentExecutor ReadAgentExecutor(const xfn::Json& composite, Findings& findings);

// SecretKey is one environment variable of the worker that comes from a Secret; its key in the Secret has the same
// name.
struct SecretKey {
  std::string secret;
  std::string key;
};

// SecretKeys lists every Secret key that the worker needs, in the order of its environment.
std::vector<SecretKey> SecretKeys(const AgentExecutor& executor);

}  // namespace agent
