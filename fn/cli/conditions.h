// Conditions of a composite, kept the way Crossplane keeps them.
#pragma once

#include <string_view>

#include "xfn/json.h"

namespace agent::cli {

// A preview has no clock: every condition changed at this time, the one that `crossplane render` prints too.
inline constexpr char kTransitionTime[] = "2024-01-01T00:00:00Z";

// MakeCondition builds a condition; an empty message is left out.
xfn::Json MakeCondition(std::string_view type, std::string_view status, std::string_view reason,
                        std::string_view message = "");

// SetCondition puts `condition` in the place of the one of its type, or at the end. One that says the same stays.
void SetCondition(xfn::Json& conditions, xfn::Json condition);

// IsSystemCondition tells whether Crossplane sets the type itself, so that a function cannot.
bool IsSystemCondition(std::string_view type);

// NormalizeConditions brings status.conditions of `object` into the form in which Crossplane writes them, each with
// kTransitionTime; an object without a status stays as it is.
void NormalizeConditions(xfn::Json& object);

}  // namespace agent::cli
