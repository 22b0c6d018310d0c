// GrpcServer is one gRPC server with one set of certificates, for connections that somebody else accepts. Certificates
// that change get a server of their own (docs/decisions/0008-certificate-reload.md).
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "certificates.h"
#include "fn/v1/run_function.grpc.pb.h"
#include "fn/v1beta1/run_function.grpc.pb.h"
#include "listen.h"
#include "runner.h"
#include "xfn/server.h"

namespace xfn {

// TlsCredentials serve `files` and demand a client certificate that ClientVerifier accepts. `metrics` must outlive
// them. Errors: FAILED_PRECONDITION, as CheckCertificates.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(const CertificateFiles& files,
                                                                        Metrics& metrics);

class GrpcServer {
 public:
  // Start starts it. `runner` must outlive it. Errors: INTERNAL, gRPC refused.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const ServerOptions& options,
                                                           std::shared_ptr<grpc::ServerCredentials> credentials,
                                                           const Runner& runner);

  // Adopt serves a connection. REQUIRES: Shutdown was not called.
  void Adopt(Fd connection);

  // StopServing makes the health service say NOT_SERVING, for good.
  void StopServing();

  // Shutdown sends GOAWAY on every connection, waits for calls in flight until `deadline`, then cancels them.
  void Shutdown(absl::Time deadline);

 private:
  explicit GrpcServer(const Runner& runner);

  RunnerService<apiextensions::fn::proto::v1::FunctionRunnerService> v1_;
  RunnerService<apiextensions::fn::proto::v1beta1::FunctionRunnerService> v1beta1_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace xfn
