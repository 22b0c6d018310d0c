// The text rules of the API: one place for what is checked here and, in the same words, by the XRD. The patterns are
// RE2, which Kubernetes' own are too, so the XRD carries them as they stand (tests/spec holds both equal).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

// Rule says what a text must look like. `pattern` matches the whole text; `why` completes "Invalid value: ...: ".
struct Rule {
  std::string_view pattern;
  std::size_t max_length;
  std::string_view why;
};

// Matches tells whether `text` follows the rule's pattern; its length is a separate question.
// REQUIRES: the rule is one of the constants below (each is compiled once and kept).
bool Matches(const Rule& rule, std::string_view text);

// An OCI image reference: registry with port, repository, tag, digest, or tag and digest
// (github.com/distribution/reference).
inline constexpr Rule kImageRule{
    "^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*(:[0-9]+)?/)?"
    "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*"
    "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64}|@sha512:[a-f0-9]{128})?$",
    512, "must be an image reference such as registry.example.org:5000/team/agent:v1.2.3"};

// Client URLs of NATS servers, separated by commas.
inline constexpr Rule kNatsUrlRule{
    "^(nats|tls|ws|wss)://[^\\s,/]+/?(,(nats|tls|ws|wss)://[^\\s,/]+/?)*$", 1024,
    "must be URLs that start with nats://, tls://, ws:// or wss://, separated by commas"};

// Stream and durable consumer names: stricter than NATS, safe in subjects, metric names and file names.
inline constexpr Rule kNatsNameRule{"^[A-Za-z0-9_-]+$", 64, "must consist of letters, digits, '-' and '_'"};

// Names of Secrets (Kubernetes: DNS-1123 subdomain).
inline constexpr Rule kSecretNameRule{
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", 253,
    "must consist of lower case letters, digits, '-' and '.', and start and end with a letter or digit"};

// The name of an AgentExecutor is also that of its Service (Kubernetes: DNS-1035 label).
inline constexpr Rule kNameRule{
    "^[a-z]([-a-z0-9]*[a-z0-9])?$", 63,
    "must consist of lower case letters, digits and '-', start with a letter and end with a "
    "letter or digit, since it names a Service"};

// Where KEDA reads JetStream's state: it puts the scheme before and the path behind (KEDA, nats-jetstream scaler).
inline constexpr Rule kMonitoringEndpointRule{"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:[0-9]{1,5}$", 253,
                                              "must be host:port without a scheme, the port usually 8222"};

// NATS account names and ids.
inline constexpr Rule kAccountRule{"^[^\\s.*>]+$", 128, "must be an account name without spaces, '.', '*' and '>'"};

// How long a job may take: a Go duration of one unit, since NACK reads it as one.
inline constexpr Rule kJobTimeoutRule{"^[1-9][0-9]*(s|m|h)$", 8,
                                      "must be a whole number of s, m or h, such as 90s or 5m"};

// Sizes, in the order in which they are offered.
const std::vector<std::string>& SizeNames();

}  // namespace agent
