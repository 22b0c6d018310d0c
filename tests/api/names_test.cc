#include "api/names.h"

#include <catch2/catch.hpp>
#include <string>

namespace agent {

TEST_CASE("names: {name} or {name}-{type}") {
  const Names names = NamesOf("demo");
  CHECK(names.service_account == "demo");
  CHECK(names.service == "demo");
  CHECK(names.deployment == "demo");
  CHECK(names.stream == "demo-stream");
  CHECK(names.consumer == "demo-consumer");
  CHECK(names.scaled_object == "demo-scaler");
}

TEST_CASE("names: shortened with a hash of the whole, the same for ever") {
  CHECK(Shorten("short", 10) == "short");
  CHECK(Shorten("exactly-10", 10) == "exactly-10");
  CHECK(Shorten("eleven-long", 10) == "e-750909d1");
  CHECK(Shorten("eleven-lonh", 10) != Shorten("eleven-long", 10));
}

TEST_CASE("labels: the composite's own, but not those by which others track") {
  AgentExecutor executor{.name = "demo",
                         .ns = "",
                         .labels = {},
                         .image = "nginx:1.27",
                         .size = "",
                         .nats_url = "",
                         .nats_stream_name = "",
                         .nats_consumer_group = "",
                         .job_timeout = "",
                         .postgres_connection_secret = "",
                         .dragonfly_connection_secret = "",
                         .llm_keys_secret = "",
                         .image_pull_secrets = {}};
  executor.labels = {{"team", "a"},
                     {"argocd.argoproj.io/instance", "x"},
                     {"app.kubernetes.io/instance", "x"},
                     {"crossplane.io/composite", "x"},
                     {"kubectl.kubernetes.io/x", "x"},
                     {"app.kubernetes.io/part-of", "suite"},
                     {"app.kubernetes.io/name", "cannot-take-over-the-selector"}};
  CHECK(Labels(executor) == std::map<std::string, std::string>{{"app.kubernetes.io/name", "demo"},
                                                               {"app.kubernetes.io/component", "agent-executor"},
                                                               {"app.kubernetes.io/managed-by", "crossplane"},
                                                               {"app.kubernetes.io/version", "1.27"},
                                                               {"app.kubernetes.io/part-of", "suite"},
                                                               {"team", "a"}});
}

TEST_CASE("stream label: the stream's name, or a hash where a label value allows less") {
  const std::string longest(64, 'a');
  const struct {
    const char* reason;
    std::string stream;
    const char* value;
  } rows[] = {
      {"a label value", "AGENT_EXECUTION", "AGENT_EXECUTION"},
      {"63 characters", longest.substr(1), longest.c_str() + 1},
      {"one more than a label value may have", longest, "stream-d96f0f85"},
      {"a label value may not begin with an underscore", "_JOBS", "stream-a724e696"},
      {"nor end with a dash", "JOBS-", "stream-654e43b0"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    AgentExecutor executor;
    executor.nats_stream_name = row.stream;
    CHECK(StreamLabels(executor).at("platform.bizmatters.io/stream") == row.value);
  }
}

TEST_CASE("version label: a valid label value from any image") {
  const std::string digest = "@sha256:0123456789abcdef" + std::string(48, '0');
  const struct {
    const char* reason;
    std::string image;
    const char* version;
  } rows[] = {
      {"tag", "nginx:1.27", "1.27"},
      {"registry port, no tag", "registry:5000/nginx", "latest"},
      {"registry port and tag", "registry:5000/nginx:v2", "v2"},
      {"digest only", "nginx" + digest, "0123456789ab"},
      {"tag wins over digest", "nginx:v3" + digest, "v3"},
      {"a label value may not end in a dash", "nginx:v1-", "v1"},
      {"nor begin with an underscore", "nginx:_v1", "v1"},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    CHECK(VersionLabel(row.image) == row.version);
  }
  CHECK(VersionLabel("nginx:" + std::string(128, 'a')).size() == 63);
}

}  // namespace agent
