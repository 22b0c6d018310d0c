// The server over real sockets, in plain text: calls, limits, health, reflection, metrics, drain.
#include "xfn/server.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "client.h"

namespace xfn::test {
namespace {

using Catch::Matchers::Contains;

const std::string kV1 = "apiextensions.fn.proto.v1.FunctionRunnerService";
const std::string kV1Beta1 = "apiextensions.fn.proto.v1beta1.FunctionRunnerService";

ServerOptions Options() {
  ServerOptions options;
  options.address = "127.0.0.1:0";
  options.metrics_address = "127.0.0.1:0";
  options.insecure = true;
  return options;
}

std::unique_ptr<Server> Started(Function function, const ServerOptions& options = Options()) {
  auto server = Server::Start(options, std::move(function));
  INFO(server.status());
  REQUIRE(server.ok());
  return *std::move(server);
}

absl::Status Nothing(const Request&, Response&) { return absl::OkStatus(); }

TEST_CASE("both versions of the service answer, with the tag") {
  const auto server = Started(Nothing);
  const auto channel = Connect(server->port());
  v1::RunFunctionResponse response;
  REQUIRE(RunFunction(channel, "abc", &response).ok());
  CHECK(response.meta().tag() == "abc");

  grpc::ClientContext context;
  v1beta1::RunFunctionRequest beta_request;
  beta_request.mutable_meta()->set_tag("beta");
  v1beta1::RunFunctionResponse beta_response;
  REQUIRE(v1beta1::FunctionRunnerService::NewStub(channel)->RunFunction(&context, beta_request, &beta_response).ok());
  CHECK(beta_response.meta().tag() == "beta");
}

TEST_CASE("a function that fails or throws does not end the server") {
  const auto server = Started([](const Request& request, Response&) -> absl::Status {
    if (request.tag() == "throw") throw std::runtime_error("boom");
    if (request.tag() == "throw an int") throw 1;
    if (request.tag() == "out of memory") throw std::bad_alloc();
    if (request.tag() == "fail") return absl::UnimplementedError("not for this kind");
    return absl::OkStatus();
  });
  const auto channel = Connect(server->port());
  CHECK(RunFunction(channel, "throw").error_code() == grpc::StatusCode::INTERNAL);
  CHECK(RunFunction(channel, "throw an int").error_code() == grpc::StatusCode::INTERNAL);
  CHECK(RunFunction(channel, "out of memory").error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::RunFunctionResponse response;
  REQUIRE(RunFunction(channel, "fail", &response).ok());
  REQUIRE(response.results_size() == 1);
  CHECK(response.results(0).message() == "not for this kind");
  CHECK(RunFunction(channel, "fine").ok());
}

TEST_CASE("a request over the limit is refused and the next call of the connection works") {
  ServerOptions options = Options();
  options.max_recv_message_size_mb = 1;
  const auto server = Started(Nothing, options);
  const auto channel = Connect(server->port());
  const std::size_t mb = 1 << 20;
  struct Row {
    const char* reason;
    std::size_t bytes;
    bool accepted;
  };
  for (const Row& row : {Row{"below our limit", mb - 100, true}, Row{"over the limit", mb + 1, false},
                         Row{"far over it", 64 * mb, false}}) {
    INFO(row.reason);
    const grpc::Status status = RunFunction(channel, std::string(row.bytes, 'x'));
    INFO(status.error_message());
    CHECK(status.error_code() == (row.accepted ? grpc::StatusCode::OK : grpc::StatusCode::RESOURCE_EXHAUSTED));
    if (!row.accepted) CHECK_THAT(status.error_message(), Contains("1048576"));
    CHECK(RunFunction(channel, "next").ok());
  }
  CHECK(Metric(server->metrics_port(), "grpc_server_handled_total{grpc_service=\"" + kV1 +
                                           "\",grpc_method=\"RunFunction\",grpc_type=\"unary\","
                                           "grpc_code=\"ResourceExhausted\"}") == 2);
}

TEST_CASE("what is no request is refused") {
  const auto server = Started(Nothing);
  const auto channel = Connect(server->port());
  CHECK(RunFunction(channel, "x").ok());
  const grpc::Status status = RunFunctionBytes(channel, "\x0a\xff");
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(RunFunctionBytes(channel, "").ok());
}

TEST_CASE("an answer over Crossplane's limit is refused with its size") {
  const auto server = Started([](const Request&, Response& response) {
    response.Normal(std::string(5 << 20, 'x'));
    return absl::OkStatus();
  });
  const grpc::Status status = RunFunction(Connect(server->port()), "x");
  CHECK(status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK_THAT(status.error_message(), Contains("4194304"));
}

TEST_CASE("health and reflection name both services") {
  const auto server = Started(Nothing);
  const auto channel = Connect(server->port());
  for (const std::string& service : {std::string(), kV1, kV1Beta1}) CHECK(Health(channel, service) == "SERVING");
  const std::string services = ListServices(channel);
  CHECK_THAT(services, Contains(kV1) && Contains(kV1Beta1) && Contains("grpc.health.v1.Health"));
}

TEST_CASE("a hundred calls at once") {
  const auto server = Started(Nothing);
  const auto channel = Connect(server->port());
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&, i] {
      v1::RunFunctionResponse response;
      const std::string tag = std::to_string(i) + std::string(20000, '.');
      if (RunFunction(channel, tag, &response).ok() && response.meta().tag() == tag) ++answered;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(answered == 100);
}

TEST_CASE("a drain finishes the call in flight and takes no other") {
  absl::Notification started;
  absl::Notification finish;
  const auto server = Started([&](const Request& request, Response&) {
    if (request.tag() == "slow") {
      started.Notify();
      finish.WaitForNotification();
    }
    return absl::OkStatus();
  });
  const int port = server->port();
  const int metrics_port = server->metrics_port();
  const auto health_channel = Connect(port);
  REQUIRE(Health(health_channel, "") == "SERVING");
  REQUIRE(HttpGet(metrics_port, "/readyz").code == 200);

  auto slow = std::async(std::launch::async, [port] { return RunFunction(Connect(port), "slow"); });
  started.WaitForNotification();
  auto drained = std::async(std::launch::async, [&] { server->Shutdown(absl::Seconds(60)); });
  while (HttpGet(metrics_port, "/readyz").code != 503) std::this_thread::yield();
  while (Listening(port)) std::this_thread::yield();  // until nothing listens any more
  CHECK(HttpGet(metrics_port, "/healthz").code == 200);
  CHECK(drained.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  finish.Notify();
  CHECK(slow.get().ok());
  drained.get();
}

TEST_CASE("a drain ends at its deadline") {
  absl::Notification started;
  absl::Notification finish;
  auto server = Started([&](const Request&, Response&) {
    started.Notify();
    finish.WaitForNotification();
    return absl::OkStatus();
  });
  auto slow = std::async(std::launch::async, [port = server->port()] { return RunFunction(Connect(port), "slow"); });
  started.WaitForNotification();
  auto drained = std::async(std::launch::async, [&] { server->Shutdown(absl::ZeroDuration()); });
  CHECK_FALSE(slow.get().ok());  // the client is let go although the function still runs
  finish.Notify();
  drained.get();
}

TEST_CASE("the HTTP side") {
  const auto server = Started(Nothing);
  const int port = server->metrics_port();
  REQUIRE(RunFunction(Connect(server->port()), "x").ok());
  CHECK(HttpGet(port, "/healthz").code == 200);
  CHECK(HttpGet(port, "/readyz").code == 200);
  CHECK(HttpGet(port, "/").code == 404);
  CHECK(HttpGet(port, "/metrics", "POST").code == 501);
  CHECK(HttpGet(port, "/metrics").code == 200);
  const std::string labels = "{grpc_service=\"" + kV1 + "\",grpc_method=\"RunFunction\",grpc_type=\"unary\"";
  for (const char* name :
       {"grpc_server_started_total", "grpc_server_msg_received_total", "grpc_server_msg_sent_total",
        "grpc_server_handling_seconds_count", "xfn_request_bytes_count", "xfn_response_bytes_count"}) {
    INFO(name);
    CHECK(Metric(port, name + labels + "}") == 1);
  }
  CHECK(Metric(port, "grpc_server_handled_total" + labels + ",grpc_code=\"OK\"}") == 1);
}

TEST_CASE("what cannot be served is said with its flag") {
  struct Row {
    const char* reason;
    void (*change)(ServerOptions&);
    absl::StatusCode code;
    const char* message;
  };
  static int taken;
  const auto other = Started(Nothing);
  taken = other->port();
  const Row rows[] = {
      {"neither certificates nor --insecure", [](ServerOptions& o) { o.insecure = false; },
       absl::StatusCode::kFailedPrecondition, "--tls-certs-dir"},
      {"no such directory",
       [](ServerOptions& o) {
         o.insecure = false;
         o.tls_certs_dir = "/nonexistent";
       },
       absl::StatusCode::kFailedPrecondition, "cannot read /nonexistent/tls.crt: No such file or directory"},
      {"port in use", [](ServerOptions& o) { o.address = "127.0.0.1:" + std::to_string(taken); },
       absl::StatusCode::kUnavailable, "Address already in use (--address)"},
      {"metrics port in use", [](ServerOptions& o) { o.metrics_address = "127.0.0.1:" + std::to_string(taken); },
       absl::StatusCode::kUnavailable, "Address already in use (--metrics-address)"},
      {"bad address", [](ServerOptions& o) { o.address = "nonsense"; }, absl::StatusCode::kInvalidArgument,
       "cannot listen on \"nonsense\": it must be host:port"},
      {"bad network", [](ServerOptions& o) { o.network = "unix"; }, absl::StatusCode::kInvalidArgument, "\"unix\""},
      {"bad limit", [](ServerOptions& o) { o.max_recv_message_size_mb = 0; }, absl::StatusCode::kInvalidArgument,
       "cannot use --max-recv-message-size 0"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    ServerOptions options = Options();
    row.change(options);
    const auto server = Server::Start(options, Nothing);
    CHECK(server.status().code() == row.code);
    CHECK_THAT(server.status().ToString(), Contains(row.message));
  }
}

TEST_CASE("metrics can be off") {
  ServerOptions options = Options();
  options.metrics_address = "";
  const auto server = Started(Nothing, options);
  CHECK(server->metrics_port() == 0);
  CHECK(RunFunction(Connect(server->port()), "x").ok());
}

}  // namespace
}  // namespace xfn::test
