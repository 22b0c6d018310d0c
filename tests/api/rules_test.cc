#include "api/rules.h"

#include <catch2/catch.hpp>
#include <string>

namespace agent {

TEST_CASE("rules: what each accepts and refuses") {
  const std::string sha = "@sha256:" + std::string(64, 'a');
  const struct {
    const char* name;
    const Rule& rule;
    std::vector<std::string> good;
    std::vector<std::string> bad;
  } rows[] = {
      {"image",
       kImageRule,
       {"nginx", "nginx:1.27", "library/nginx", "ghcr.io/bizmatters/agent:v1", "localhost:5000/agent",
        "10.0.0.1:5000/a/b:t", "nginx" + sha, "registry.example.org:5000/a/b__c/d-e:v1.2.3_x" + sha},
       {"", "Nginx", "nginx:", "nginx:ta g", "nginx@sha256:abc", "https://ghcr.io/a", "a//b", "/a", "a/", "nginx:-x",
        "nginx\n"}},
      {"natsUrl",
       kNatsUrlRule,
       {"nats://nats:4222", "tls://a:1,tls://b:2", "ws://x", "wss://user:secret@host:443", "nats://nats:4222/"},
       {"", "nats", "http://nats:4222", "nats://", "nats://a, nats://b", "nats://a,", "nats://a b"}},
      {"NATS name", kNatsNameRule, {"JOBS", "a-b_c9", "_"}, {"", "a.b", "a b", "a*", "a>", "a/b", "jobs\n", "ä"}},
      {"Secret name", kSecretNameRule, {"pg", "a.b-c", "0"}, {"", "Pg", "-a", "a-", "a_b", "a..b", "a/b"}},
      {"name", kNameRule, {"a", "deep-agents2"}, {"", "2a", "a.b", "A", "a-", "-a"}},
      {"monitoring endpoint",
       kMonitoringEndpointRule,
       {"nats:8222", "nats-headless.nats.svc.cluster.local:8222", "10.0.0.1:8222"},
       {"", "nats", "http://nats:8222", "nats://nats:4222", "nats:8222/jsz", "nats:", ":8222"}},
      {"account", kAccountRule, {"$G", "AGENTS", "AABBCC"}, {"", "a b", "a.b", "a*", "a>"}},
  };
  for (const auto& row : rows) {
    for (const std::string& text : row.good) {
      INFO(row.name << " accepts " << text);
      CHECK(Matches(row.rule, text));
    }
    for (const std::string& text : row.bad) {
      INFO(row.name << " refuses " << text);
      CHECK(!Matches(row.rule, text));
    }
  }
}

}  // namespace agent
