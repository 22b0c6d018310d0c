// The server that Crossplane calls: gRPC with mutual TLS, health, reflection, metrics. What it promises to whom:
// docs/server.md.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "xfn/function.h"

namespace CLI {
class App;
}

namespace xfn {

// ServerOptions: names and meanings are a superset of Crossplane's Go template, so that a runtime config written for
// another function fits.
struct ServerOptions {
  bool debug = false;                     // --debug, -d: a log line per call
  std::string network = "tcp";            // --network: tcp, tcp4, tcp6
  std::string address = ":9443";          // --address: host:port; a bare :port listens on all addresses
  std::string tls_certs_dir;              // --tls-certs-dir, TLS_SERVER_CERTS_DIR: holds tls.crt, tls.key, ca.crt
  bool insecure = false;                  // --insecure: plain text; wins over the certificates
  int max_recv_message_size_mb = 64;      // --max-recv-message-size, in MB
  std::string metrics_address = ":8080";  // --metrics-address: HTTP /metrics /healthz /readyz; empty is off

  // Not flags.
  bool announce = true;  // log where it serves; a program that calls its own server says false

  // Crossplane resolves a function's address only when a connection ends, so connections must end.
  absl::Duration max_connection_age = absl::Minutes(5);
  absl::Duration max_connection_age_grace = absl::Minutes(2);  // a reconcile, and so a call, lasts 2 minutes at most
  absl::Duration certificate_poll_interval = absl::Seconds(10);
};

// The largest value of max_recv_message_size_mb: gRPC counts bytes in an int, and its own limit is twice ours.
inline constexpr int kMaxRecvMessageSizeMb = 1024;

// AddServerFlags declares the flags above on `app`; `options` must outlive its parse.
void AddServerFlags(CLI::App& app, ServerOptions& options);

// Server serves a function until it is shut down or destroyed. Safe to use from several threads.
class Server {
 public:
  // Start listens and serves. Errors: INVALID_ARGUMENT, an option is wrong (the message names its flag);
  // FAILED_PRECONDITION, neither certificates nor --insecure, or a certificate cannot be used; UNAVAILABLE, the address
  // is in use.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, Function function);

  virtual ~Server() = default;

  // The ports it listens on; for an address with port 0 the one it got. metrics_port is 0 when metrics are off.
  virtual int port() const = 0;
  virtual int metrics_port() const = 0;

  // Shutdown drains: not ready, no new connections, calls in flight may end until `grace` has passed.
  virtual void Shutdown(absl::Duration grace) = 0;
};

// Serve runs a server until SIGTERM or SIGINT, drains it and returns the exit code of the process: 0, or 1 when it
// could not start, after one line on standard error that says why.
int Serve(const ServerOptions& options, Function function);

// Main is the whole main() of a function that needs no flags of its own.
int Main(int argc, char** argv, Function function);

}  // namespace xfn
