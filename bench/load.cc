// Puts load on a running server and prints what it costs: latency as a client sees it, CPU and memory of the server's
// process. Bounded in calls; only loopback.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <iostream>
#include <sstream>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "requests.h"
#include "xfn/status.h"

namespace agent::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

struct Options {
  std::string address;
  std::string example;
  int pid = 0;
  int calls = 3000;
};

// CPU time that the process has used, in microseconds.
double CpuMicroseconds(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double RssMib(int pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

// Client is one connection.
class Client {
 public:
  explicit Client(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }

  // Call returns the size of the response, or 0 when it failed.
  std::size_t Call(const std::string& request) {
    const grpc::Slice slice(request);
    grpc::ByteBuffer in(&slice, 1);
    grpc::ByteBuffer out;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    std::promise<bool> done;
    stub_->UnaryCall(&context, "/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction", {}, &in, &out,
                     [&](const grpc::Status& status) { done.set_value(status.ok()); });
    return done.get_future().get() ? out.Length() : 0;
  }

 private:
  std::unique_ptr<grpc::GenericStub> stub_;
};

// Measure makes `calls` calls over `clients` connections and returns their latencies, sorted. Failed calls end it.
std::vector<double> Measure(const Options& options, const std::string& request, int clients, int calls) {
  std::vector<std::future<std::vector<double>>> all;
  for (int c = 0; c < clients; ++c) {
    all.push_back(std::async(std::launch::async, [&, share = calls / clients] {
      Client client(options.address);
      std::vector<double> latencies;
      for (int i = 0; i < share; ++i) {
        const auto start = Clock::now();
        if (client.Call(request) == 0) throw std::runtime_error("a call failed");
        latencies.push_back(Microseconds(Clock::now() - start).count());
      }
      return latencies;
    }));
  }
  std::vector<double> latencies;
  for (auto& one : all) {
    for (double latency : one.get()) latencies.push_back(latency);
  }
  std::sort(latencies.begin(), latencies.end());
  return latencies;
}

double Percentile(const std::vector<double>& sorted, double p) {
  return sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))];
}

void Row(const Options& options, std::string_view name, const std::string& request, int clients) {
  Measure(options, request, clients, options.calls / 10);  // warm up
  const double cpu = CpuMicroseconds(options.pid);
  const auto start = Clock::now();
  const std::vector<double> latencies = Measure(options, request, clients, options.calls);
  const double seconds = Microseconds(Clock::now() - start).count() / 1e6;
  const auto count = static_cast<double>(latencies.size());
  fmt::print("| {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.1f} |\n", name, clients, Percentile(latencies, 0.5),
             Percentile(latencies, 0.99), count / seconds, (CpuMicroseconds(options.pid) - cpu) / count,
             RssMib(options.pid));
}

int Run(const Options& options) {
  auto first = FirstRequest(options.example);
  auto steady = SteadyRequest(options.example);
  for (const absl::Status& status : {first.status(), steady.status()}) {
    if (status.ok()) continue;
    fmt::print(stderr, "cannot make the requests: {}\n", xfn::Message(status));
    return 1;
  }
  Client probe(options.address);
  fmt::print(
      "Requests: first {} bytes, answered with {}; steady {} bytes, answered with {}. RSS before load {:.1f} MiB.\n\n",
      first->size(), probe.Call(*first), steady->size(), probe.Call(*steady), RssMib(options.pid));
  fmt::print("| request | connections | p50 µs | p99 µs | calls/s | CPU µs per call | RSS MiB |\n");
  fmt::print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (int clients : {1, 8, 64}) {
    Row(options, "first", *first, clients);
    Row(options, "steady", *steady, clients);
  }
  return 0;
}

}  // namespace
}  // namespace agent::bench

int main(int argc, char** argv) {
  agent::bench::Options options;
  CLI::App app("Puts load on a running server");
  app.add_option("--address", options.address, "host:port, plain text")->required();
  app.add_option("--pid", options.pid, "The server's process")->required();
  app.add_option("--example", options.example, "Folder with xr.yaml, observed.yaml, required.yaml")->required();
  app.add_option("--calls", options.calls, "Calls per row")->check(CLI::Range(640, 100000));
  CLI11_PARSE(app, argc, argv);
  try {
    return agent::bench::Run(options);
  } catch (const std::exception& e) {
    fmt::print(stderr, "cannot measure: {}\n", e.what());
    return 1;
  }
}
