// The small vocabulary of the protocol, as values of our own, so that users of the SDK see no generated code.
// Numbers equal those on the wire (proto/fn/v1/run_function.proto).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

namespace xfn {

// Ready says whether a resource is ready. Crossplane takes kUnspecified for not ready (and never guesses).
enum class Ready { kUnspecified = 0, kTrue = 1, kFalse = 2 };

enum class Capability {
  kCapabilities = 1,
  kRequiredResources = 2,
  kCredentials = 3,
  kConditions = 4,
  kRequiredSchemas = 5,
};

enum class ConditionStatus { kUnknown = 1, kTrue = 2, kFalse = 3 };

// Target says who sees a result or a condition; claims exist for legacy composites only.
enum class Target { kComposite = 1, kCompositeAndClaim = 2 };

// Condition of the composite. Crossplane drops the types Ready, Synced, Healthy, UpToDate and Responsive, keeps a type
// for ever once it was sent, and takes every change of status, reason or message for a transition.
struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;  // CamelCase, never empty
  std::string message;
  Target target = Target::kComposite;
};

// ResourceSelector names what a function must see. By name: with a namespace for namespaced kinds. By labels: without a
// namespace, all namespaces.
struct ResourceSelector {
  std::string api_version;
  std::string kind;
  std::variant<std::string, std::map<std::string, std::string>> match;  // a name, or labels
  std::optional<std::string> ns;
};

}  // namespace xfn
