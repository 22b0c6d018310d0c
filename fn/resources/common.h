// What several kinds share.
#pragma once

#include <string_view>

#include "resources/kind.h"
#include "xfn/json.h"

namespace agent {

// ObjectOf gives an object its apiVersion, kind, name and labels. No namespace: Crossplane sets the composite's, and a
// desired object without one makes it look up the kind first, so that a missing CRD fails before anything is applied.
xfn::Json ObjectOf(std::string_view api_version, std::string_view kind, std::string_view name, const Plan& plan);

// Exists is the assessment of kinds that are ready once they are there.
Assessment Exists(const xfn::Json& observed);

// NackReady judges a NACK object: ready when its Ready condition is True for the current generation. Reasons differ
// between NACK's modes and errors do not advance observedGeneration, so neither is trusted (NACK internal/controller).
Assessment NackReady(const xfn::Json& observed);

// ConditionIn finds a condition of the object's status by type; null when it has none.
const xfn::Json* ConditionIn(const xfn::Json& observed, std::string_view type);

// Says joins what a controller reports, for messages: "reason: message", as far as there is one.
std::string Says(const xfn::Json& condition);

// KeepName puts a name that is fixed for ever back into `wanted` and says so; nothing happens while both agree.
void KeepName(std::string_view observed, std::string_view field, std::string_view why, std::string& wanted,
              std::vector<std::string>& kept);

}  // namespace agent
