#include "cli/function_caller.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "fmt/format.h"

namespace agent::cli {
namespace {

using xfn::wire::RunFunctionRequest;
using xfn::wire::RunFunctionResponse;

// The wire view has the same bytes as the official messages, so it travels under the official method's name.
using Stub = grpc::TemplatedGenericStub<RunFunctionRequest, RunFunctionResponse>;
constexpr char kMethod[] = "/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction";
constexpr std::chrono::minutes kDeadline{1};

}  // namespace

FunctionCaller CallAt(const std::string& address) {
  auto stub = std::make_shared<Stub>(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  return [stub, address](const RunFunctionRequest& request) -> absl::StatusOr<RunFunctionResponse> {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    RunFunctionResponse response;
    std::promise<grpc::Status> done;
    stub->UnaryCall(&context, kMethod, grpc::StubOptions(), &request, &response,
                    [&done](grpc::Status status) { done.set_value(std::move(status)); });
    const grpc::Status status = done.get_future().get();
    if (status.ok()) return response;
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        fmt::format("cannot call the function at {}: {}", address, status.error_message()));
  };
}

FunctionCaller CallHere(xfn::Function function) {
  return [function = std::move(function)](const RunFunctionRequest& request) -> absl::StatusOr<RunFunctionResponse> {
    auto bytes = xfn::Call(function, request.SerializeAsString());
    if (!bytes.ok()) return bytes.status();
    RunFunctionResponse response;
    if (!response.ParseFromString(*bytes)) return absl::InternalError("cannot read the function's response");
    return response;
  };
}

}  // namespace agent::cli
