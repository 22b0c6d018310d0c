// The requirements loop: a function asks for resources, Crossplane looks them up and calls it again.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "cli/function_caller.h"
#include "xfn/json.h"
#include "xfn/wire.pb.h"

namespace agent::cli {

// CallUntilAnswered calls the function until its requirements stay the same or it returns a fatal result, and answers
// them from `objects`, of which a later one hides an earlier one of the same kind, namespace and name.
// Errors: those of `call`; FAILED_PRECONDITION, the requirements still change after five further calls.
absl::StatusOr<xfn::wire::RunFunctionResponse> CallUntilAnswered(const FunctionCaller& call,
                                                                 const std::vector<xfn::Json>& objects,
                                                                 xfn::wire::RunFunctionRequest request);

}  // namespace agent::cli
