// Runner answers RunFunction, of both versions of the protocol: their messages are the same bytes.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstddef>

#include "metrics.h"
#include "xfn/function.h"

namespace xfn {

// Runner is safe to use from several threads, as Function is.
class Runner {
 public:
  Runner(Function function, std::size_t max_request_bytes, Metrics& metrics);

  std::size_t max_request_bytes() const { return max_request_bytes_; }
  Metrics& metrics() const { return metrics_; }

  // Run calls the function on `request` and writes its answer to `response`, counts and logs.
  // Errors: those of xfn::Call; RESOURCE_EXHAUSTED for a request over the limit. Never UNIMPLEMENTED, which would make
  // Crossplane try the other version of the protocol.
  grpc::Status Run(const grpc::ByteBuffer& request, grpc::ByteBuffer& response, MethodMetrics& method) const;

 private:
  absl::StatusOr<std::string> Answer(const grpc::ByteBuffer& request, std::string& tag) const;

  const Function function_;
  const std::size_t max_request_bytes_;
  Metrics& metrics_;
};

// RunnerService is one version of the gRPC service: the generated one, with requests and answers left as bytes.
template <typename Generated>
class RunnerService final : public Generated::template WithRawCallbackMethod_RunFunction<typename Generated::Service> {
 public:
  RunnerService(const Runner& runner, MethodMetrics& method) : runner_(runner), method_(method) {}

  grpc::ServerUnaryReactor* RunFunction(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(runner_.Run(*request, *response, method_));
    return reactor;
  }

 private:
  const Runner& runner_;
  MethodMetrics& method_;
};

}  // namespace xfn
