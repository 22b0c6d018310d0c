#include "grpc_log.h"

#include <grpcpp/version_info.h>

#if GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR < 66

#include <grpc/support/log.h>

#include <optional>
#include <string_view>

#include "absl/time/clock.h"
#include "log.h"

namespace xfn::log {
namespace {

void Forward(gpr_log_func_args* args) {
  static RateLimit limit(absl::Seconds(10));
  if (args->severity != GPR_LOG_SEVERITY_ERROR) return Debug("gRPC", {{"message", args->message}});
  const std::optional<int> held_back = limit.Allow(absl::Now());
  if (!held_back) return;
  const bool handshake = std::string_view(args->message).find("andshake failed") != std::string_view::npos;
  Warn(handshake ? "TLS handshake refused" : "gRPC error", {{"error", args->message}, {"notLogged", *held_back}});
}

}  // namespace

void TakeOverGrpcLog() { gpr_set_log_function(Forward); }

}  // namespace xfn::log

#else

void xfn::log::TakeOverGrpcLog() {}

#endif
