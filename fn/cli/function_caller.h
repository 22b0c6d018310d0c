// FunctionCaller: one call of a composition function, over the network or not.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "xfn/function.h"
#include "xfn/wire.pb.h"

namespace agent::cli {

// FunctionCaller runs the function once. Errors: those of gRPC or of xfn::Call.
using FunctionCaller =
    std::function<absl::StatusOr<xfn::wire::RunFunctionResponse>(const xfn::wire::RunFunctionRequest&)>;

// CallAt calls the function that serves without TLS at `address` (host:port). Each call may take a minute.
FunctionCaller CallAt(const std::string& address);

// CallHere calls `function` in this process, without a server.
FunctionCaller CallHere(xfn::Function function);

}  // namespace agent::cli
