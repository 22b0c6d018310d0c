// Conditions of the composite: always all of them, in the same order, sorted and without times, so that they never
// flap.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/reader.h"
#include "resources/kind.h"
#include "xfn/types.h"

namespace agent {

xfn::Condition True(std::string_view type, Reason reason, std::string message = "");
xfn::Condition False(std::string_view type, Reason reason, std::string message);
xfn::Condition Unknown(std::string_view type, std::string message);

// Outcome is what became of one kind in this call.
struct Outcome {
  const Kind* kind = nullptr;
  std::string name;
  bool desired = false;
  Assessment assessment;
};

// KindConditions reports the outcomes under the conditions that their kinds name: the first that is not ready speaks,
// or, when all are, the last.
std::vector<xfn::Condition> KindConditions(const std::vector<Outcome>& outcomes);

// Validity is the condition Valid: False with every violation, or with what was kept because it cannot change; True
// otherwise, naming fields that were ignored.
xfn::Condition Validity(const Findings& findings, const std::vector<std::string>& kept);

}  // namespace agent
