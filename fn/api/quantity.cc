#include "api/quantity.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace agent {
namespace {

// A suffix is a power: base to the exponent, with quantities counted in nano units (10^9 more).
struct Scale {
  int base;
  int exponent;
};

std::optional<Scale> ScaleOf(std::string_view suffix) {
  constexpr std::string_view kDecimal[] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
  constexpr std::string_view kBinary[] = {"Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  if (const auto* it = std::find(std::begin(kDecimal), std::end(kDecimal), suffix); it != std::end(kDecimal)) {
    return Scale{10, static_cast<int>(it - kDecimal) * 3 - 9};
  }
  if (const auto* it = std::find(std::begin(kBinary), std::end(kBinary), suffix); it != std::end(kBinary)) {
    return Scale{2, static_cast<int>(it - kBinary) * 10 + 10};
  }
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return std::nullopt;
  suffix.remove_prefix(suffix[1] == '+' ? 2 : 1);
  int exponent = 0;
  auto [end, error] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), exponent);
  if (error != std::errc() || end != suffix.data() + suffix.size() || exponent < -18 || exponent > 18) {
    return std::nullopt;
  }
  return Scale{10, exponent};
}

std::string_view TakeDigits(std::string_view& text) {
  std::string_view digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
  text.remove_prefix(digits.size());
  return digits;
}

absl::int128 Power(int base, int exponent) {
  absl::int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= base;
  return power;
}

absl::Status NoQuantity() { return absl::InvalidArgumentError("must be a quantity such as 250m, 0.5 or 2Gi"); }
absl::Status TooLarge() { return absl::OutOfRangeError("must be below 8Ei"); }

}  // namespace

absl::StatusOr<absl::int128> ParseQuantity(std::string_view text) {
  const bool negative = text.substr(0, 1) == "-";
  if (negative || text.substr(0, 1) == "+") text.remove_prefix(1);
  const std::string_view whole = TakeDigits(text);
  std::string_view fraction;
  if (text.substr(0, 1) == ".") {
    text.remove_prefix(1);
    fraction = TakeDigits(text);
  }
  const std::optional<Scale> scale = ScaleOf(text);
  if (!scale || (whole.empty() && fraction.empty())) return NoQuantity();

  // digits × base^exponent × 10^(9 - fraction digits), the divisions last and rounded up.
  if (whole.size() + fraction.size() > 19) return TooLarge();
  absl::int128 digits = 0;
  for (std::string_view part : {whole, fraction}) {
    for (char c : part) digits = digits * 10 + (c - '0');
  }
  int tens = 9 - static_cast<int>(fraction.size());
  absl::int128 factor = 1;
  if (scale->base == 10) {
    tens += scale->exponent;
  } else {
    factor = Power(2, scale->exponent);
  }
  const absl::int128 limit = Power(10, 9) * Power(2, 62) * 2;
  absl::int128 divisor = 1;
  (tens < 0 ? divisor : factor) *= Power(10, std::min(std::abs(tens), 28));
  if (digits != 0 && factor > limit * divisor / digits) return TooLarge();
  const absl::int128 nanos = (digits * factor + divisor - 1) / divisor;
  return negative ? -nanos : nanos;
}

}  // namespace agent
