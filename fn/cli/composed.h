// What Crossplane itself writes into a composed resource before it applies it. Rules and names as in Crossplane 2.3, so
// that a preview shows what a cluster would hold.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "xfn/json.h"

namespace agent::cli {

inline constexpr char kCompositeLabel[] = "crossplane.io/composite";
inline constexpr char kResourceNameAnnotation[] = "crossplane.io/composition-resource-name";

// PreviewUid is the uid that `crossplane render` gives to a composite without one; it follows from kind, namespace and
// name.
std::string PreviewUid(const xfn::Json& composite);

// ChildName names what has a generateName only: `prefix` and a hash of the owner's uid and the composition resource
// name, at most 63 characters in all.
std::string ChildName(std::string_view prefix, std::string_view owner_uid, std::string_view resource_name);

// CompleteMetadata sets name, namespace, label, annotation and owner reference of `composed`, which `composite` (with
// uid and composite label) desires under `resource_name`. `observed` is the same resource as it is in the cluster, or
// null: what exists keeps its name.
// Errors: INVALID_ARGUMENT, another controller owns it, or its name is no RFC 1123 subdomain.
absl::Status CompleteMetadata(const xfn::Json& composite, std::string_view resource_name, const xfn::Json* observed,
                              xfn::Json& composed);

}  // namespace agent::cli
