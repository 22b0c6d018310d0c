// The server as a process: what a user reads, which code it ends with, and what signals do.
#include "process.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>

#include "client.h"
#include "pki.h"
#include "xfn/json.h"

namespace xfn::test {
namespace {

using Catch::Matchers::Contains;
using Lines = std::vector<std::string>;

const std::string kProgram = TEST_FUNCTION;

Lines Serving(Lines more = {}) {
  Lines argv = {kProgram, "--insecure", "--address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0"};
  argv.insert(argv.end(), more.begin(), more.end());
  return argv;
}

// PortOf reads lines until the server says where it listens.
int PortOf(Process& process) {
  const std::string address = Json::parse(process.ReadUntil("\"serving\"")).at("address");
  return std::stoi(address.substr(address.rfind(':') + 1));
}

TEST_CASE("a start that cannot work ends with 1 and one line") {
  Process other(Serving());
  const std::string taken = "127.0.0.1:" + std::to_string(PortOf(other));
  const Identity ca = Issue(CaShape(), nullptr);
  const CertificateDirectory directory(Issue(ServerShape(), &ca), ca.CertificatePem());
  const CertificateDirectory mismatched(Issue(ServerShape(), &ca), ca.CertificatePem());
  mismatched.Write("tls.key", ca.KeyPem());
  const CertificateDirectory no_ca(Issue(ServerShape(), &ca), "nothing");
  const CertificateDirectory no_key(Issue(ServerShape(), &ca), ca.CertificatePem());
  std::filesystem::remove(no_key.path() + "/tls.key");

  struct Row {
    std::string reason;
    Lines arguments;
    Lines environment;
    std::string line;
  };
  const Row rows[] = {
      {"neither certificates nor --insecure",
       {},
       {},
       "cannot serve: give --tls-certs-dir (or TLS_SERVER_CERTS_DIR), or --insecure for plain text"},
      {"an empty variable is none",
       {},
       {"TLS_SERVER_CERTS_DIR="},
       "cannot serve: give --tls-certs-dir (or TLS_SERVER_CERTS_DIR), or --insecure for plain text"},
      {"the variable is read",
       {},
       {"TLS_SERVER_CERTS_DIR=/nonexistent"},
       "cannot read /nonexistent/tls.crt: No such file or directory"},
      {"the flag wins over the variable",
       {"--tls-certs-dir", "/flag"},
       {"TLS_SERVER_CERTS_DIR=/variable"},
       "cannot read /flag/tls.crt: No such file or directory"},
      {"no key",
       {"--tls-certs-dir", no_key.path()},
       {},
       "cannot read " + no_key.path() + "/tls.key: No such file or directory"},
      {"mismatched key",
       {"--tls-certs-dir", mismatched.path(), "--address", "127.0.0.1:0"},
       {},
       "cannot use tls.key: it does not belong to the certificate in tls.crt"},
      {"no CA",
       {"--tls-certs-dir", no_ca.path(), "--address", "127.0.0.1:0"},
       {},
       "cannot use ca.crt: it holds no PEM certificate of a CA"},
      {"port in use",
       {"--insecure", "--address", taken},
       {},
       "cannot listen on \"" + taken + "\": Address already in use (--address)"},
      {"metrics port in use",
       {"--insecure", "--address", "127.0.0.1:0", "--metrics-address", taken},
       {},
       "cannot listen on \"" + taken + "\": Address already in use (--metrics-address)"},
      {"a host name",
       {"--insecure", "--address", "example.org:9443"},
       {},
       "cannot listen on \"example.org:9443\": the host must be localhost or an IP address of network tcp (--address)"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    Lines argv = {kProgram};
    argv.insert(argv.end(), row.arguments.begin(), row.arguments.end());
    Process process(argv, row.environment);
    std::string rest;
    CHECK(process.Wait(&rest) == 1);
    CHECK(rest == row.line + "\n");
  }
}

TEST_CASE("a flag that does not parse ends with an error that names it") {
  for (const Lines& arguments : {Lines{"--network", "udp"}, Lines{"--max-recv-message-size", "0"},
                                 Lines{"--max-recv-message-size", "many"}, Lines{"--unknown"}, Lines{"--address"}}) {
    INFO(arguments.front());
    Process process(Serving(arguments));
    std::string rest;
    CHECK(process.Wait(&rest) > 0);
    CHECK_THAT(rest, Contains(arguments.front()));
  }
}

TEST_CASE("--insecure wins over certificates and is warned about") {
  Process process(Serving({"--tls-certs-dir", "/nonexistent"}));
  CHECK_THAT(process.ReadLine(), Contains("\"warn\"") && Contains("--insecure"));
  CHECK(RunFunction(Connect(PortOf(process)), "x").ok());
}

TEST_CASE("SIGTERM and SIGINT drain and end with 0") {
  for (const int number : {SIGTERM, SIGINT}) {
    Process process(Serving());
    CHECK(RunFunction(Connect(PortOf(process)), "x").ok());
    process.Signal(number);
    std::string rest;
    CHECK(process.Wait(&rest) == 0);
    CHECK_THAT(rest, Contains("\"draining\"") && Contains("\"stopped\""));
  }
}

TEST_CASE("a call in flight is answered during the drain, and a second signal ends at once") {
  for (const bool second : {false, true}) {
    Process process(Serving());
    const int port = PortOf(process);
    const std::string tag = second ? "hang" : "until SIGUSR1";
    auto call = std::async(std::launch::async, [&] { return RunFunction(Connect(port), tag); });
    REQUIRE(process.ReadUntil("in flight") == "in flight");
    process.Signal(SIGTERM);
    process.ReadUntil("\"draining\"");
    process.Signal(second ? SIGTERM : SIGUSR1);
    CHECK(process.Wait() == (second ? 1 : 0));
    CHECK(call.get().ok() == !second);
  }
}

TEST_CASE("--debug gives a line per call with its tag, and never the body") {
  Process process(Serving({"--debug"}));
  v1::RunFunctionRequest request;
  request.mutable_meta()->set_tag("the tag");
  (*request.mutable_context()->mutable_fields())["key"].set_string_value("confidential");
  CHECK(RunFunctionBytes(Connect(PortOf(process)), request.SerializeAsString()).ok());
  const Json line = Json::parse(process.ReadUntil("\"call\""));
  CHECK(line.at("level") == "debug");
  CHECK(line.at("tag") == "the tag");
  CHECK(line.at("code") == 0);
  CHECK(line.at("requestBytes") == request.ByteSizeLong());
  process.Signal(SIGTERM);
  std::string rest;
  CHECK(process.Wait(&rest) == 0);
  CHECK_THAT(line.dump() + rest, !Contains("confidential"));
}

TEST_CASE("without --debug a call is not logged") {
  Process process(Serving());
  CHECK(RunFunction(Connect(PortOf(process)), "x").ok());
  process.Signal(SIGTERM);
  std::string rest;
  CHECK(process.Wait(&rest) == 0);
  CHECK_THAT(rest, !Contains("\"call\""));
}

TEST_CASE("a request over the limit is one log line with its size") {
  Process process(Serving({"--max-recv-message-size", "1"}));
  auto channel = Connect(PortOf(process));
  CHECK(RunFunction(channel, std::string(2 << 20, 'x')).error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(RunFunction(channel, "x").ok());
  channel.reset();  // an idle client of gRPC C++ reads a GOAWAY only every 5 s
  process.Signal(SIGTERM);
  std::string rest;
  CHECK(process.Wait(&rest) == 0);
  const std::size_t at = rest.find("2097162 bytes are over the limit of 1048576");
  CHECK(at != std::string::npos);
  CHECK(rest.find("over the limit", at + 60) == std::string::npos);
}

}  // namespace
}  // namespace xfn::test
