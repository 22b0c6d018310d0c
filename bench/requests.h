// Requests to measure with, made from an example as Crossplane would make them.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace agent::bench {

// FirstRequest is what Crossplane sends when only the composite exists: about 1 KB.
absl::StatusOr<std::string> FirstRequest(const std::string& example);

// SteadyRequest is what it sends on and on once all is well: every object with status and managedFields, the Secrets
// that were asked for; about 26 KB.
absl::StatusOr<std::string> SteadyRequest(const std::string& example);

}  // namespace agent::bench
