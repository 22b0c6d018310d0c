#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "fmt/format.h"
#include "grpc_log.h"
#include "log.h"
#include "xfn/server.h"
#include "xfn/status.h"

namespace xfn {
namespace {

// Kubernetes kills a pod 30 s after SIGTERM.
constexpr absl::Duration kDrainGrace = absl::Seconds(25);

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// ExitOnNextSignal ends the process at the next signal. By a handler: the default action of a signal does not exist for
// process 1 of a container.
void ExitOnNextSignal(const sigset_t& signals) {
  for (const int number : {SIGTERM, SIGINT}) ::signal(number, [](int) { ::_exit(EXIT_FAILURE); });
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

// BoundMemory keeps glibc from holding on to memory: two arenas instead of eight per core, and a large request goes
// back to the kernel when it is answered.
void BoundMemory() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
#endif
}

}  // namespace

void AddServerFlags(CLI::App& app, ServerOptions& options) {
  app.add_flag("-d,--debug", options.debug, "Log a line per call");
  app.add_option("--network", options.network, "Network to listen on")
      ->check(CLI::IsMember({"tcp", "tcp4", "tcp6"}))
      ->capture_default_str();
  app.add_option("--address", options.address, "Address to listen on for gRPC, host:port")->capture_default_str();
  app.add_option("--tls-certs-dir", options.tls_certs_dir, "Directory with tls.crt, tls.key and ca.crt")
      ->envname("TLS_SERVER_CERTS_DIR");
  app.add_flag("--insecure", options.insecure, "Serve plain text, whatever certificates there are");
  app.add_option("--max-recv-message-size", options.max_recv_message_size_mb, "Largest request, in MB")
      ->check(CLI::Range(1, kMaxRecvMessageSizeMb))
      ->capture_default_str();
  app.add_option("--metrics-address", options.metrics_address,
                 "Address to listen on for HTTP /metrics, /healthz and /readyz; empty is off")
      ->capture_default_str()
      ->expected(0, 1);  // so that "--metrics-address=" is an empty one
}

int Serve(const ServerOptions& options, Function function) {
  // Before any other thread exists, so that all inherit it: signals are for the sigwait below.
  const sigset_t stop_signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  BoundMemory();
  log::EnableDebug(options.debug);
  log::TakeOverGrpcLog();

  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options, std::move(function));
  if (!server.ok()) {
    fmt::print(stderr, "{}\n", Message(server.status()));
    return EXIT_FAILURE;
  }
  int signal = 0;
  sigwait(&stop_signals, &signal);
  log::Info("draining", {{"signal", signal}, {"graceSeconds", absl::ToInt64Seconds(kDrainGrace)}});
  ExitOnNextSignal(stop_signals);
  (*server)->Shutdown(kDrainGrace);
  log::Info("stopped");
  return EXIT_SUCCESS;
}

int Main(int argc, char** argv, Function function) {
  CLI::App app("A Crossplane composition function");
  ServerOptions options;
  AddServerFlags(app, options);
  CLI11_PARSE(app, argc, argv);
  return Serve(options, std::move(function));
}

}  // namespace xfn
