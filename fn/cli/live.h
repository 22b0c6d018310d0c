// Live: what the controllers of a cluster make of applied objects, for `render --converge`.
#pragma once

#include <vector>

#include "xfn/json.h"

namespace agent::cli {

// Live returns `applied` as it stands in the cluster once its controller is done with it: generation 1 and the status
// of a healthy Deployment, Stream, Consumer or ScaledObject. Other kinds have no status that matters.
xfn::Json Live(xfn::Json applied);

// AssumedSecrets returns the Secrets, with every key, that the pod templates of `applied` refer to and `given` lacks.
// Their values are placeholders.
std::vector<xfn::Json> AssumedSecrets(const std::vector<xfn::Json>& applied, const std::vector<xfn::Json>& given);

}  // namespace agent::cli
