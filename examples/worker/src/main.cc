// agent-worker [serve]: works on the jobs of a JetStream consumer until SIGTERM.
// agent-worker migrate: makes or updates the tables.
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <thread>

#include "fault.h"
#include "http.h"
#include "log.h"
#include "runner.h"

namespace worker {
namespace {

constexpr std::chrono::milliseconds kPause{500};   // between two looks at what is down
constexpr std::chrono::milliseconds kFetch{1000};  // the longest that an idle worker takes to see a signal

std::atomic<bool> stop = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // a signal handler writes it

// Watched: whether one dependency answers. The log has each change, and each new reason.
class Watched {
 public:
  Watched(const char* name, std::atomic<bool>& up) : name_(name), up_(up) {}

  template <typename Dependency>
  bool Look(Dependency& dependency) {
    try {
      dependency.Check();
      if (!up_.exchange(true)) LogInfo("connected", {{"to", name_}});
      problem_.clear();
    } catch (const std::exception& fault) {
      up_ = false;
      if (problem_ != fault.what()) LogError("not connected", {{"to", name_}, {"reason", fault.what()}});
      problem_ = fault.what();
    }
    return up_;
  }

 private:
  const char* name_;
  std::atomic<bool>& up_;
  std::string problem_;
};

// A message is fetched only when all that a job needs is there: an outage must not use its deliveries up.
void WorkUntilStopped(Queue& queue, Store& store, Channel& channel, Health& health, Metrics& metrics, Runner& runner) {
  Watched nats("NATS", health.consumer), postgres("PostgreSQL", health.postgres),
      dragonfly("Dragonfly", health.dragonfly);
  while (!stop) {
    const int up = nats.Look(queue) + postgres.Look(store) + dragonfly.Look(channel);
    if (up < 3) {
      std::this_thread::sleep_for(kPause);
      continue;
    }
    try {
      std::optional<Message> message = queue.Fetch(kFetch);
      metrics.Fetched();
      if (message) runner.Handle(std::move(*message));
    } catch (const Transient& fault) {
      LogError("no fetch", {{"reason", fault.what()}});
      std::this_thread::sleep_for(kPause);
    }
  }
}

void Serve(const Config& config) {
  std::signal(SIGTERM, [](int) { stop = true; });
  std::signal(SIGINT, [](int) { stop = true; });
  std::signal(SIGPIPE, SIG_IGN);  // a lost connection is an error to handle, not the end
  Queue queue(config);
  Store store(config);
  Channel channel(config);
  Metrics metrics;
  Health health;
  Runner runner(config, queue, store, channel, metrics, stop);
  const Http http(config.port, queue, health, metrics, stop);
  LogInfo("serving", {{"port", std::to_string(http.port())}});
  WorkUntilStopped(queue, store, channel, health, metrics, runner);
  LogInfo("drained");
}

int Main(std::string_view command) {
  try {
    const Config config = ReadConfig([](const char* name) { return std::getenv(name); });
    if (command == "migrate") {
      Store(config).Migrate();
      LogInfo("migrated");
    } else {
      Serve(config);
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& fault) {
    LogError(fault.what());
    return EXIT_FAILURE;
  }
}

}  // namespace
}  // namespace worker

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "serve";
  if (argc > 2 || (command != "serve" && command != "migrate")) {
    worker::LogError("usage: agent-worker [serve | migrate]");
    return 2;
  }
  return worker::Main(command);
}
