// Quantities, as Kubernetes writes them.
//
//   quantity = [ "+" | "-" ] digits [ "." digits ] [ suffix ]      (or "." digits)
//   suffix   = n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or e/E with an exponent
//
// Valid:   250m   1   0.5   512Mi   2Gi   1e3
// Invalid: (empty)   1 Gi   1g   1.5.2   Mi   0x10
#pragma once

#include <string_view>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"

namespace agent {

// ParseQuantity returns the value in nano units, rounded up, as Kubernetes rounds: 250m is 250000000.
// Errors: INVALID_ARGUMENT, the text is no quantity; OUT_OF_RANGE, it is beyond ±2^63.
absl::StatusOr<absl::int128> ParseQuantity(std::string_view text);

}  // namespace agent
