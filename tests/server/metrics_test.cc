#include "metrics.h"

#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace xfn {
namespace {

TEST_CASE("a histogram counts at most its bound, cumulatively") {
  static constexpr std::array kBounds = {1., 10.};
  Histogram histogram(kBounds);
  for (const double value : {0.5, 1.0, 1.5, 10.0, 100.0}) histogram.Observe(value);
  std::string out;
  histogram.Write(out, "h", R"(a="b")");
  CHECK(out ==
        "h_bucket{a=\"b\",le=\"1\"} 2\n"
        "h_bucket{a=\"b\",le=\"10\"} 4\n"
        "h_bucket{a=\"b\",le=\"+Inf\"} 5\n"
        "h_sum{a=\"b\"} 113\n"
        "h_count{a=\"b\"} 5\n");
}

// The rules of the exposition format that a page can break: HELP and TYPE before samples, each family once and in one
// piece, no sample twice, names and labels well formed.
TEST_CASE("the page follows the exposition format") {
  Metrics metrics;
  metrics.certificate_expiry = 1700000000;
  std::istringstream page(metrics.Render());
  const std::regex head(R"(# (HELP|TYPE) ([a-z_0-9]+) (.+))");
  const std::regex sample(R"re(([a-z_0-9]+)(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? ([0-9.e+-]+))re");
  std::map<std::string, std::string> types;
  std::set<std::string> samples;
  std::string family;
  for (std::string line; std::getline(page, line);) {
    INFO(line);
    std::smatch match;
    if (std::regex_match(line, match, head)) {
      if (match[1] == "HELP") CHECK(types.count(match[2]) == 0);
      family = match[2];
      types[family] = match[3];
      continue;
    }
    REQUIRE(std::regex_match(line, match, sample));
    const bool histogram = types[family] == "histogram";
    CHECK(std::regex_match(match[1].str(), std::regex(family + (histogram ? "_(bucket|sum|count)" : ""))));
    CHECK(samples.insert(line.substr(0, line.rfind(' '))).second);
  }
  CHECK(types.size() == 14);
  CHECK(types["xfn_certificate_expiry_timestamp_seconds"] == "gauge");
}

}  // namespace
}  // namespace xfn
