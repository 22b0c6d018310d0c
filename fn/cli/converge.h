// Converge: reconcile again and again, each applied object taken as ready, until nothing changes.
#pragma once

#include "absl/status/statusor.h"
#include "cli/function_caller.h"
#include "cli/reconcile.h"
#include "cli/step.h"

namespace agent::cli {

// Converge returns the last reconcile's result. Secrets that pods need and `cluster` lacks are assumed to exist.
// Errors: those of Reconcile; DEADLINE_EXCEEDED, it still changes after twenty reconciles.
absl::StatusOr<Rendered> Converge(const FunctionCaller& call, const Step& step, Cluster cluster);

}  // namespace agent::cli
