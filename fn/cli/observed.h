// The request that Crossplane sends for a composite and its composed resources.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/step.h"
#include "xfn/json.h"
#include "xfn/wire.pb.h"

namespace agent::cli {

// Observed is what the function sees.
struct Observed {
  xfn::Json composite;                         // with uid, composite label, references and the condition Responsive
  std::map<std::string, xfn::Json> resources;  // by composition resource name
};

// Observe completes `composite` the way Crossplane does before it calls a function, and sorts `composed` by name.
// Errors: INVALID_ARGUMENT, naming the resource that lacks its annotation, another controller owns, or stands in
// another namespace.
absl::StatusOr<Observed> Observe(const Step& step, xfn::Json composite, const std::vector<xfn::Json>& composed);

// MakeRequest puts it into a request of the step, with the capabilities of Crossplane 2.2 and later.
// Errors: INVALID_ARGUMENT, an object cannot be a Struct.
absl::StatusOr<xfn::wire::RunFunctionRequest> MakeRequest(const Step& step, const Observed& observed);

}  // namespace agent::cli
