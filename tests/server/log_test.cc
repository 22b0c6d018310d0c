#include "log.h"

#include <catch2/catch.hpp>
#include <vector>

namespace xfn::log {
namespace {

const absl::Time kTime = absl::FromUnixMillis(1700000000250);

TEST_CASE("a line has the shape of zap's") {
  CHECK(Format(Level::kInfo, kTime, "serving", {{"address", "[::]:9443"}, {"tls", true}, {"bytes", 12}}) ==
        R"({"level":"info","ts":1700000000.25,"msg":"serving","address":"[::]:9443","tls":true,"bytes":12})");
  CHECK(Format(Level::kWarn, kTime, "w", {}) == R"({"level":"warn","ts":1700000000.25,"msg":"w"})");
}

TEST_CASE("a line stays one line of valid JSON whatever it is given") {
  for (const std::string& text :
       std::vector<std::string>{"two\nlines", "\"quoted\\\"", std::string("\0\x01", 2), "\xff not UTF-8 \xc3"}) {
    const std::string line = Format(Level::kError, kTime, text, {{"error", text}});
    CHECK(line.find('\n') == std::string::npos);
    CHECK(Json::accept(line));
  }
}

TEST_CASE("RateLimit counts what it holds back") {
  RateLimit limit(absl::Seconds(10));
  CHECK(limit.Allow(kTime) == 0);
  CHECK(limit.Allow(kTime + absl::Seconds(1)) == std::nullopt);
  CHECK(limit.Allow(kTime + absl::Seconds(9)) == std::nullopt);
  CHECK(limit.Allow(kTime + absl::Seconds(10)) == 2);
  CHECK(limit.Allow(kTime + absl::Seconds(20)) == 0);
}

}  // namespace
}  // namespace xfn::log
