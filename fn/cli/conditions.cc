#include "cli/conditions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "xfn/field_path.h"

namespace agent::cli {
namespace {

using xfn::FieldPath;
using xfn::FindInt;
using xfn::FindString;
using xfn::Json;

bool SaysTheSame(const Json& a, const Json& b) {
  for (const char* key : {"type", "status", "reason", "message"}) {
    if (FindString(a, FieldPath{key}) != FindString(b, FieldPath{key})) return false;
  }
  const auto generation = FindInt(a, FieldPath{"observedGeneration"}, 0);
  const auto other = FindInt(b, FieldPath{"observedGeneration"}, 0);
  return generation == 0 || other == 0 || generation == other;
}

Json Normalized(const Json& condition) {
  Json result = MakeCondition(FindString(condition, FieldPath{"type"}), FindString(condition, FieldPath{"status"}),
                              FindString(condition, FieldPath{"reason"}), FindString(condition, FieldPath{"message"}));
  if (const auto generation = FindInt(condition, FieldPath{"observedGeneration"}, 0); generation != 0) {
    result["observedGeneration"] = generation;
  }
  return result;
}

}  // namespace

Json MakeCondition(std::string_view type, std::string_view status, std::string_view reason, std::string_view message) {
  Json condition{{"type", type}, {"status", status}, {"reason", reason}, {"lastTransitionTime", kTransitionTime}};
  if (!message.empty()) condition["message"] = message;
  return condition;
}

void SetCondition(Json& conditions, Json condition) {
  for (Json& existing : conditions) {
    if (FindString(existing, FieldPath{"type"}) != FindString(condition, FieldPath{"type"})) continue;
    if (!SaysTheSame(existing, condition)) existing = std::move(condition);
    return;
  }
  conditions.push_back(std::move(condition));
}

bool IsSystemCondition(std::string_view type) {
  constexpr std::array<std::string_view, 5> kTypes = {"Ready", "Synced", "Healthy", "UpToDate", "Responsive"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

void NormalizeConditions(Json& object) {
  auto status = object.find("status");
  if (status == object.end() || !status->is_object()) return;
  Json& conditions = (*status)["conditions"];
  for (Json& condition : conditions) condition = Normalized(condition);
}

}  // namespace agent::cli
