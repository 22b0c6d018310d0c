#include "grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace xfn {
namespace {

using V1 = apiextensions::fn::proto::v1::FunctionRunnerService;
using V1Beta1 = apiextensions::fn::proto::v1beta1::FunctionRunnerService;

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::min<std::int64_t>(absl::ToInt64Milliseconds(duration), std::numeric_limits<int>::max()));
}

void SetLimits(grpc::ServerBuilder& builder, const ServerOptions& options, std::size_t max_request_bytes) {
  // Runner and xfn::Call hold the limits of both ways and name the size. gRPC would refuse a request before we see it:
  // nothing to log, nothing to count. What it may hold in memory is bounded by the quota below.
  builder.SetMaxReceiveMessageSize(-1);
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(options.max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(options.max_connection_age_grace));
  // Clients may ping as often as every 5 s, with or without calls; a client that is cut off for it retries nothing.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Whoever connects and says nothing is gone after this.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10000);
  // Crossplane reconciles 100 composites at once by default; more calls of one connection wait for these.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 256);

  grpc::ResourceQuota quota("xfn");
  quota.Resize(std::max<std::size_t>(256 << 20, 4 * max_request_bytes));
  quota.SetMaxThreads(32);
  builder.SetResourceQuota(quota);
}

}  // namespace

GrpcServer::GrpcServer(const Runner& runner)
    : v1_(runner, runner.metrics().v1), v1beta1_(runner, runner.metrics().v1beta1) {}

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const ServerOptions& options,
                                                              std::shared_ptr<grpc::ServerCredentials> credentials,
                                                              const Runner& runner) {
  // Both are switches of the process; setting them again changes nothing.
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  std::unique_ptr<GrpcServer> self(new GrpcServer(runner));
  grpc::ServerBuilder builder;
  SetLimits(builder, options, runner.max_request_bytes());
  builder.RegisterService(&self->v1_).RegisterService(&self->v1beta1_);
  using Type = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
  self->acceptor_ = builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, std::move(credentials));
  self->server_ = builder.BuildAndStart();
  if (self->server_ == nullptr) return absl::InternalError("cannot start the gRPC server: gRPC refused its settings");

  auto* health = self->server_->GetHealthCheckService();
  for (const char* service : {V1::service_full_name(), V1Beta1::service_full_name()}) {
    health->SetServingStatus(service, true);
  }
  return self;
}

void GrpcServer::Adopt(Fd connection) {
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.fd = connection.Release();
  acceptor_->HandleNewConnection(&parameters);
}

void GrpcServer::StopServing() { server_->GetHealthCheckService()->Shutdown(); }

void GrpcServer::Shutdown(absl::Time deadline) { server_->Shutdown(absl::ToChronoTime(deadline)); }

}  // namespace xfn
