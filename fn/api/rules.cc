#include "api/rules.h"

#include <re2/re2.h>

#include <map>

namespace agent {
namespace {

const std::map<std::string_view, re2::RE2>& Compiled() {
  static const auto& compiled = *[] {
    auto* all = new std::map<std::string_view, re2::RE2>;
    for (const Rule& rule : {kImageRule, kNatsUrlRule, kNatsNameRule, kSecretNameRule, kNameRule,
                             kMonitoringEndpointRule, kAccountRule, kJobTimeoutRule}) {
      all->try_emplace(rule.pattern, re2::StringPiece(rule.pattern.data(), rule.pattern.size()));
    }
    return all;
  }();
  return compiled;
}

}  // namespace

bool Matches(const Rule& rule, std::string_view text) {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), Compiled().at(rule.pattern));
}

const std::vector<std::string>& SizeNames() {
  static const auto& names = *new std::vector<std::string>{"micro", "small", "medium", "large"};
  return names;
}

}  // namespace agent
