// The Secrets that a worker needs: asked of Crossplane as required resources, looked at for their names and keys only.
#pragma once

#include "absl/status/statusor.h"
#include "api/agent_executor.h"
#include "xfn/request.h"
#include "xfn/response.h"
#include "xfn/types.h"

namespace agent {

// RequireSecrets asks for every Secret that the executor names.
void RequireSecrets(const AgentExecutor& executor, xfn::Response& response);

// SecretsReady says which Secrets, or which of their keys, are missing. Unknown until Crossplane has answered.
// Errors: INVALID_ARGUMENT when a Secret cannot be read.
absl::StatusOr<xfn::Condition> SecretsReady(const AgentExecutor& executor, const xfn::Request& request);

}  // namespace agent
