// A stream belongs to one AgentExecutor. NACK lets any Stream object take over a stream of that name, whoever made it:
// the workers of a second AgentExecutor would take the first one's jobs, or its consumer would push the first one's
// aside.
//
// The ServiceAccount, the first object of an AgentExecutor, says by a label which stream it has. Streams themselves
// would do, but Crossplane cannot always list them: without NACK's CRD, or the role for it, that question would fail
// first and hide what is missing. ServiceAccounts it can list on every cluster.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "api/agent_executor.h"
#include "xfn/json.h"
#include "xfn/request.h"
#include "xfn/response.h"

namespace agent {

// RequireStreamOwners asks for the ServiceAccounts, of all namespaces, that have the executor's stream.
void RequireStreamOwners(const AgentExecutor& executor, xfn::Response& response);

// EarlierOwner is the AgentExecutor, NAMESPACE/NAME, that had the stream before this one; "" when there is none, or
// while Crossplane has not answered. `own` is the observed ServiceAccount of this one: without it everybody else was
// before.
//
// Errors: INVALID_ARGUMENT when a ServiceAccount cannot be read.
absl::StatusOr<std::string> EarlierOwner(const xfn::Request& request, const AgentExecutor& executor,
                                         const std::optional<xfn::Json>& own);

}  // namespace agent
