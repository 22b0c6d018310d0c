// Reconcile: what Crossplane does with a composite, once, against objects from files.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "cli/function_caller.h"
#include "cli/step.h"
#include "xfn/json.h"

namespace agent::cli {

// Cluster is what exists before the reconcile.
struct Cluster {
  xfn::Json composite;
  std::vector<xfn::Json> composed;  // composed resources that exist, each with its composition-resource-name annotation
  std::vector<xfn::Json> others;    // what else a function that requires resources may find
};

// Rendered is what the reconcile applies, in the order in which `crossplane render` prints it.
struct Rendered {
  xfn::Json composite;              // name, references and status; its spec and metadata belong to the user
  std::vector<xfn::Json> composed;  // sorted by composition resource name
  std::vector<xfn::Json> events;    // kind Result
};

// Reconcile runs the step's function, with its requirements loop, and completes what it desires as Crossplane does.
// Errors: ABORTED, the function returned a fatal result, whose text follows the first line of the message;
// INVALID_ARGUMENT, `cluster` does not fit together or a composed resource cannot be applied; else those of the call.
absl::StatusOr<Rendered> Reconcile(const FunctionCaller& call, const Step& step, const Cluster& cluster);

}  // namespace agent::cli
