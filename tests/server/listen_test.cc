#include "listen.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "client.h"
#include "xfn/status.h"

namespace xfn::test {
namespace {

using Catch::Matchers::StartsWith;

bool KernelHasV6() { return Fd(::socket(AF_INET6, SOCK_STREAM, 0)).get() >= 0; }

TEST_CASE("Listen takes addresses as Go spells them") {
  const std::string any = KernelHasV6() ? "[::]:" : "0.0.0.0:";
  struct Row {
    const char* network;
    const char* address;
    std::string listens_on;
  };
  std::vector<Row> rows = {{"tcp", ":0", any},
                           {"tcp4", ":0", "0.0.0.0:"},
                           {"tcp", "0.0.0.0:0", "0.0.0.0:"},
                           {"tcp", "127.0.0.1:0", "127.0.0.1:"},
                           {"tcp", "localhost:0", "127.0.0.1:"},
                           {"tcp4", "localhost:0", "127.0.0.1:"}};
  if (KernelHasV6()) rows.push_back({"tcp6", ":0", "[::]:"});
  for (const Row& row : rows) {
    INFO(row.network << " " << row.address);
    const auto socket = Listen(row.network, row.address);
    INFO(socket.status());
    REQUIRE(socket.ok());
    CHECK_THAT(LocalAddress(*socket), StartsWith(row.listens_on));
    CHECK(LocalPort(*socket) > 0);
    CHECK(Listening(LocalPort(*socket)) == (row.network != std::string("tcp6")));
  }
}

TEST_CASE("Listen refuses what is no address") {
  for (const char* address : {"", "9443", "127.0.0.1", ":", ":x", ":-1", ":65536", ":1 ", "256.0.0.1:1", "::1:1",
                              "[::1:1", "[127.0.0.1]:1", "example.org:1"}) {
    INFO(address);
    CHECK(Listen("tcp", address).status().code() == absl::StatusCode::kInvalidArgument);
  }
  CHECK(Listen("tcp4", "[::1]:0").status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(Listen("tcp6", "127.0.0.1:0").status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(Listen("udp", ":0").status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("two servers cannot share a port") {
  const auto first = Listen("tcp", "127.0.0.1:0");
  REQUIRE(first.ok());
  const auto second = Listen("tcp", LocalAddress(*first));
  CHECK(second.status().code() == absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace xfn::test
