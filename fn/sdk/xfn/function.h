// Function: what an author of a composition function writes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "xfn/request.h"
#include "xfn/response.h"

namespace xfn {

// Function reads the request and writes the response. It is pure: no clock, no random, no network, so that the same
// request always gets the same bytes, and it may run on several threads at once.
//
// A status other than OK becomes one FATAL result with its message, and whatever the function wrote is dropped: nothing
// is applied, nothing is deleted. A function that wants to say more (conditions, several results) calls
// Response::Fatal itself and returns OK.
//
//   xfn::Function hello = [](const xfn::Request& request, xfn::Response& response) -> absl::Status {
//     auto xr = request.ObservedComposite();
//     if (!xr.ok()) return xr.status();
//     ...
//     return response.SetDesired("config", config_map, xfn::Ready::kTrue);
//   };
using Function = std::function<absl::Status(const Request&, Response&)>;

// Call runs `function` on a serialized RunFunctionRequest and returns a serialized RunFunctionResponse. It is the one
// exception barrier: nothing thrown gets past it.
// Errors: INVALID_ARGUMENT, the bytes are no RunFunctionRequest; RESOURCE_EXHAUSTED, the answer is over
// kMaxResponseBytes, or memory ran out; INTERNAL, the function threw.
absl::StatusOr<std::string> Call(const Function& function, std::string_view request);

// Crossplane refuses a larger response: it leaves grpc-go's receive limit as it is.
inline constexpr std::size_t kMaxResponseBytes = 4 * 1024 * 1024;

}  // namespace xfn
