#include "compose/conditions.h"

#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"

namespace agent {
namespace {

xfn::Condition Make(std::string_view type, xfn::ConditionStatus status, Reason reason, std::string message) {
  return {.type = std::string(type),
          .status = status,
          .reason = std::string(ReasonName(reason)),
          .message = std::move(message)};
}

xfn::Condition Of(const Outcome& outcome) {
  const Assessment& said = outcome.assessment;
  std::string message =
      said.message.empty() ? "" : fmt::format("{} {}: {}", outcome.kind->noun, outcome.name, said.message);
  const auto status = said.ready ? xfn::ConditionStatus::kTrue : xfn::ConditionStatus::kFalse;
  return Make(outcome.kind->condition, status, said.reason, std::move(message));
}

}  // namespace

xfn::Condition True(std::string_view type, Reason reason, std::string message) {
  return Make(type, xfn::ConditionStatus::kTrue, reason, std::move(message));
}

xfn::Condition False(std::string_view type, Reason reason, std::string message) {
  return Make(type, xfn::ConditionStatus::kFalse, reason, std::move(message));
}

xfn::Condition Unknown(std::string_view type, std::string message) {
  return Make(type, xfn::ConditionStatus::kUnknown, Reason::kWaiting, std::move(message));
}

std::vector<xfn::Condition> KindConditions(const std::vector<Outcome>& outcomes) {
  std::vector<xfn::Condition> conditions;
  for (std::string_view type : {"StreamReady", "ConsumerReady", "WorkloadReady", "AutoscalingReady"}) {
    const Outcome* speaker = nullptr;
    for (const Outcome& outcome : outcomes) {
      if (outcome.kind->condition != type) continue;
      if (speaker == nullptr || speaker->assessment.ready) speaker = &outcome;
    }
    if (speaker != nullptr) conditions.push_back(Of(*speaker));
  }
  return conditions;
}

xfn::Condition Validity(const Findings& findings, const std::vector<std::string>& kept) {
  if (!findings.errors.empty()) return False("Valid", Reason::kInvalid, findings.errors.ToString());
  if (!kept.empty()) return False("Valid", Reason::kInvalid, fmt::format("{}", fmt::join(kept, "; ")));
  if (findings.unknown.empty()) return True("Valid", Reason::kValid);
  return True(
      "Valid", Reason::kValid,
      fmt::format("fields that this version does not know have no effect: {}", fmt::join(findings.unknown, ", ")));
}

}  // namespace agent
