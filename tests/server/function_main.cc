// The function of process_test and of tests/conformance: it answers at once, unless the tag says otherwise.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <string_view>

#include "xfn/server.h"

namespace {

void InFlight() {
  constexpr std::string_view line = "in flight\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

absl::Status Function(const xfn::Request& request, xfn::Response&) {
  if (request.tag() == "hang") {
    InFlight();
    while (true) ::pause();
  }
  if (request.tag() == "until SIGUSR1") {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    InFlight();
    int number = 0;
    sigwait(&signals, &number);
  }
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // every thread inherits it

  CLI::App app;
  xfn::ServerOptions options;
  xfn::AddServerFlags(app, options);
  double age = absl::ToDoubleSeconds(options.max_connection_age);
  app.add_option("--max-connection-age-seconds", age);
  CLI11_PARSE(app, argc, argv);
  options.max_connection_age = absl::Seconds(age);
  return xfn::Serve(options, Function);
}
