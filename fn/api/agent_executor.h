// AgentExecutor: what a team writes, typed. The schema that users see is xrd/agentexecutors.yaml; tests/spec holds its
// defaults, enums and patterns equal to what is read here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "api/reader.h"
#include "xfn/json.h"

namespace agent {

inline constexpr std::string_view kApiVersion = "platform.bizmatters.io/v1alpha1";
inline constexpr std::string_view kKind = "AgentExecutor";

inline constexpr std::string_view kDefaultSize = "medium";
inline constexpr std::string_view kDefaultPostgresSecret = "postgres-connection";
inline constexpr std::string_view kDefaultDragonflySecret = "dragonfly-connection";
inline constexpr std::string_view kDefaultLlmKeysSecret = "llm-keys";
inline constexpr std::string_view kDefaultJobTimeout = "5m";
inline constexpr absl::Duration kMinJobTimeout = absl::Seconds(10);
inline constexpr absl::Duration kMaxJobTimeout = absl::Hours(24);
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
  std::string job_timeout;  // as written: kJobTimeoutRule
  std::string postgres_connection_secret;
  std::string dragonfly_connection_secret;
  std::string llm_keys_secret;
  std::vector<std::string> image_pull_secrets;
};

// ReadAgentExecutor reads a composite of kind AgentExecutor; mistakes and unknown fields go to `findings`. The result
// is fit for composing only if there are no mistakes.
AgentExecutor ReadAgentExecutor(const xfn::Json& composite, Findings& findings);

// JobTimeout is how long one job may take. From it follow the time after which NATS hands an unacknowledged job to
// another worker, and the time that a stopping pod gets to finish its job.
absl::Duration JobTimeout(const AgentExecutor& executor);

// SecretKey is one environment variable of the worker that comes from a Secret; its key in the Secret has the same
// name.
struct SecretKey {
  std::string secret;
  std::string key;
};

// SecretKeys lists every Secret key that the worker needs, in the order of its environment.
std::vector<SecretKey> SecretKeys(const AgentExecutor& executor);

}  // namespace agent
