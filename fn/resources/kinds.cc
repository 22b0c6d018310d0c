#include <array>

#include "resources/kind.h"

namespace agent {

#define KIND(name) extern const Kind name##_kind;
#include "resources/kinds.def"
#undef KIND

std::span<const Kind* const> Kinds() {
  static constexpr std::array kKinds = {
#define KIND(name) &name##_kind,
#include "resources/kinds.def"
#undef KIND
  };
  return kKinds;
}

std::string_view ReasonName(Reason reason) {
  constexpr std::array<std::string_view, 9> kNames = {"Valid",   "Available",  "Running",  "Asleep", "Paused",
                                                      "Waiting", "RollingOut", "Degraded", "Invalid"};
  return kNames.at(static_cast<std::size_t>(reason));
}

}  // namespace agent
