#include "resources/common.h"

#include <algorithm>
#include <iterator>

#include "fmt/format.h"
#include "xfn/field_path.h"

namespace agent {

using xfn::FieldPath;
using xfn::Json;

Json ObjectOf(std::string_view api_version, std::string_view kind, std::string_view name, const Plan& plan) {
  return {
      {"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}, {"labels", Labels(plan.executor)}}}};
}

Assessment Exists(const Json&) { return {.ready = true, .reason = Reason::kAvailable, .message = ""}; }

const Json* ConditionIn(const Json& observed, std::string_view type) {
  const Json* conditions = xfn::Find(observed, FieldPath{"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const Json& condition : *conditions) {
    if (xfn::FindString(condition, FieldPath{"type"}) == type) return &condition;
  }
  return nullptr;
}

std::string Says(const Json& condition) {
  const std::string_view reason = xfn::FindString(condition, FieldPath{"reason"});
  const std::string_view message = xfn::FindString(condition, FieldPath{"message"});
  if (reason.empty() || message.empty()) return std::string(reason.empty() ? message : reason);
  return fmt::format("{}: {}", reason, message);
}

namespace {

// CannotReach tells NACK's errors on the way to NATS from what NATS itself answered. While NATS is down their texts
// take turns, and a message that changes is a transition.
bool CannotReach(std::string_view message) {
  constexpr std::string_view kErrors[] = {
      "dial tcp",         "i/o timeout",        "not connected",     "no servers available",
      "nats: timeout",    "no responders",      "connection closed", "broken pipe",
      "connection reset", "connection refused", "no such host",      "context deadline exceeded"};
  return std::any_of(std::begin(kErrors), std::end(kErrors),
                     [&](std::string_view error) { return message.find(error) != std::string_view::npos; });
}

}  // namespace

Assessment NackReady(const Json& observed) {
  const Json* ready = ConditionIn(observed, "Ready");
  if (ready == nullptr) return {.message = "NACK has not taken it up; is its controller running?"};
  const long long generation = xfn::FindInt(observed, FieldPath{"metadata", "generation"}, 0);
  const std::string_view status = xfn::FindString(*ready, FieldPath{"status"});
  if (status == "False" && CannotReach(xfn::FindString(*ready, FieldPath{"message"}))) {
    return {.reason = Reason::kDegraded, .message = "NACK gets no answer from JetStream; is NATS up?"};
  }
  if (status == "False") return {.reason = Reason::kDegraded, .message = Says(*ready)};
  if (status != "True" || xfn::FindInt(observed, FieldPath{"status", "observedGeneration"}, -1) != generation) {
    return {.message = "NACK is applying it to NATS"};
  }
  return {.ready = true, .reason = Reason::kAvailable, .message = ""};
}

void KeepName(std::string_view observed, std::string_view field, std::string_view why, std::string& wanted,
              std::vector<std::string>& kept) {
  if (observed.empty() || observed == wanted) return;
  kept.push_back(fmt::format("{} stays \"{}\": {}", field, observed, why));
  wanted = observed;
}

}  // namespace agent
