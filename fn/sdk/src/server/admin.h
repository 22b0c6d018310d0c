// The HTTP side, in plain text, for whoever cannot present a client certificate: Prometheus and the kubelet.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "listen.h"

namespace xfn {

// AdminServer answers GET and HEAD of /metrics, /healthz and /readyz on a thread of its own, until it is destroyed.
class AdminServer {
 public:
  struct Pages {
    std::function<std::string()> metrics;
    std::function<bool()> ready;
  };

  // Start serves on a listening socket. Errors: INTERNAL, libevent has no memory.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(Fd socket, Pages pages);
  virtual ~AdminServer() = default;
};

}  // namespace xfn
