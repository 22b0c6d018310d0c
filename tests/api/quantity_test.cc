#include "api/quantity.h"

#include <catch2/catch.hpp>
#include <string>

namespace agent {

TEST_CASE("quantity: value in nano units") {
  const absl::int128 one = 1'000'000'000;
  const struct {
    const char* text;
    absl::int128 nanos;
  } rows[] = {
      {"0", 0},
      {"1", one},
      {"250m", one / 4},
      {"0.5", one / 2},
      {".5", one / 2},
      {"1.", one},
      {"+1", one},
      {"-1", -one},
      {"1e3", one * 1000},
      {"1E3", one * 1000},
      {"1E", one * 1'000'000'000 * 1'000'000'000},
      {"1e-3", one / 1000},
      {"1k", one * 1000},
      {"1Ki", one * 1024},
      {"512Mi", one * 512 * 1024 * 1024},
      {"1.5Gi", one * 1536 * 1024 * 1024},
      {"1n", 1},
      {"1u", 1000},
      {"0.1n", 1},
      {"7Ei", one * 7 * (absl::int128(1) << 60)},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    auto nanos = ParseQuantity(row.text);
    REQUIRE(nanos.ok());
    CHECK(bool(*nanos == row.nanos));
  }
}

TEST_CASE("quantity: what is none") {
  for (const char* text :
       {"", "Mi", "1 Gi", "1g", "1.5.2", "0x10", "1e", "1e99", "--1", "m", ".", "1MiB", "NaN", "1e+"}) {
    INFO(text);
    CHECK(ParseQuantity(text).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("quantity: too large") {
  for (const char* text : {"16Ei", "99999999999999999999", "1000000E", "9e18k"}) {
    INFO(text);
    CHECK(!ParseQuantity(text).ok());
  }
}

}  // namespace agent
