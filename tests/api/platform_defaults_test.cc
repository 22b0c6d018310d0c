#include "api/platform_defaults.h"

#include <catch2/catch.hpp>
#include <string>

namespace agent {

using xfn::Json;

TEST_CASE("platform defaults: kind and version") {
  CHECK(
      CheckPlatformDefaultsKind(
          Json::parse(R"({"apiVersion":"agentexecutor.fn.platform.bizmatters.io/v1beta1","kind":"PlatformDefaults"})"))
          .ok());
  for (const char* input :
       {"{}", R"({"apiVersion":"agentexecutor.fn.platform.bizmatters.io/v2","kind":"PlatformDefaults"})",
        R"({"apiVersion":"agentexecutor.fn.platform.bizmatters.io/v1beta1","kind":"Other"})"}) {
    INFO(input);
    const absl::Status status = CheckPlatformDefaultsKind(Json::parse(input));
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(std::string(status.message())
              .find("expected \"PlatformDefaults\" of "
                    "\"agentexecutor.fn.platform.bizmatters.io/v1beta1\"") != std::string::npos);
  }
}

TEST_CASE("platform defaults: what is left out keeps its built-in value") {
  Findings findings;
  const PlatformDefaults platform = ReadPlatformDefaults(
      Json::parse(R"({"nats": {"servers": 3}, "sizes": {"small": {"requests": {"cpu": 1, "memory": "1Gi"},
                      "limits": {"cpu": "2", "memory": "2Gi"}}}})"),
      findings);
  CHECK(findings.errors.ToString() == "");
  CHECK(platform.nats.url == "nats://nats.nats.svc:4222");
  CHECK(platform.nats.monitoring_endpoint == "nats-headless.nats.svc.cluster.local:8222");
  CHECK(platform.nats.account == "$G");
  CHECK(platform.nats.servers == 3);
  CHECK(platform.polling_interval == 15);
  CHECK(platform.sizes.at("small").cpu_request == "1");
  CHECK(platform.sizes.at("small").memory_limit == "2Gi");
  CHECK(platform.sizes.at("medium").cpu_request == "500m");
}

TEST_CASE("platform defaults: every mistake with its path") {
  Findings findings;
  ReadPlatformDefaults(Json::parse(R"({
    "nats": {"url": "nats", "monitoringEndpoint": "http://nats:8222", "account": "$SYS", "servers": 0, "typo": 1},
    "autoscaling": {"pollingInterval": 0, "interval": 5},
    "sizes": {"small": {"requests": {"cpu": "2", "memory": "x"}, "limits": {"cpu": "1", "memory": "0"}}, "giant": {}}})"),
                       findings);
  CHECK(findings.errors.ToString() ==
        "input.autoscaling.pollingInterval: Invalid value: 0: must be an integer from 1 to 3600\n"
        "input.nats.account: Invalid value: \"$SYS\": must not be the system account: it has no JetStream\n"
        "input.nats.monitoringEndpoint: Invalid value: \"http://nats:8222\": must be host:port without a scheme, the "
        "port "
        "usually 8222\n"
        "input.nats.servers: Invalid value: 0: must be an integer from 1 to 99\n"
        "input.nats.url: Invalid value: \"nats\": must be URLs that start with nats://, tls://, ws:// or wss://, "
        "separated "
        "by commas\n"
        "input.sizes.small.limits.memory: Invalid value: \"0\": must be more than 0\n"
        "input.sizes.small.requests.cpu: Invalid value: \"2\": must not be above its limit of 1\n"
        "input.sizes.small.requests.memory: Invalid value: \"x\": must be a quantity such as 250m, 0.5 or 2Gi");
  CHECK(findings.unknown ==
        std::vector<std::string>{"input.nats.typo", "input.autoscaling.interval", "input.sizes.giant"});
}

}  // namespace agent
