// Compose: an AgentExecutor and the platform's defaults in, everything that runs it out.
#pragma once

#include "absl/status/status.h"
#include "xfn/request.h"
#include "xfn/response.h"

namespace agent {

// Compose is the function itself (an xfn::Function): pure, the same request gives the same bytes.
//
// What it promises, whatever the request holds:
//   - what was observed stays desired; only creation waits for its turn
//   - an invalid spec changes nothing: one FATAL result with every violation, one per line, sorted by path
//   - a field that cannot change keeps its observed value, and a condition says so; nothing is ever recreated
//   - what earlier steps desire passes through byte for byte
//   - all conditions, each time; no result (event) unless it is FATAL
//
// Errors: INVALID_ARGUMENT for requests that hold no AgentExecutor or what cannot be read; xfn::Call makes them FATAL.
absl::Status Compose(const xfn::Request& request, xfn::Response& response);

}  // namespace agent
