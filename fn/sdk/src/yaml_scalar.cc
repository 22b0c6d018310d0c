#include "yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/charconv.h"

namespace xfn {
namespace {

using Type = YamlScalar::Type;

// Cursor reads text from left to right; a method that does not match reads nothing.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  bool Accept(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Run takes characters as long as they are in `any_of`, at most `limit`.
  std::string_view Run(std::string_view any_of, std::size_t limit = std::string_view::npos) {
    const std::size_t end = std::min(rest_.find_first_not_of(any_of), rest_.size());
    const std::string_view run = rest_.substr(0, std::min(end, limit));
    rest_.remove_prefix(run.size());
    return run;
  }

  // Number reads one or two digits, up to `max`.
  std::optional<unsigned> Number(unsigned max) {
    const std::string_view digits = Run("0123456789", 2);
    if (digits.empty()) return std::nullopt;
    unsigned value = 0;
    for (const char digit : digits) value = value * 10 + static_cast<unsigned>(digit - '0');
    return value <= max ? std::optional(value) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

constexpr std::string_view kDigits = "0123456789";

struct Word {
  std::string_view text;
  Type type;
  double value;
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

constexpr Word kWords[] = {
    {"", Type::kNull, 0},
    {"~", Type::kNull, 0},
    {"null", Type::kNull, 0},
    {"Null", Type::kNull, 0},
    {"NULL", Type::kNull, 0},
    {"y", Type::kBool, 1},
    {"Y", Type::kBool, 1},
    {"yes", Type::kBool, 1},
    {"Yes", Type::kBool, 1},
    {"YES", Type::kBool, 1},
    {"true", Type::kBool, 1},
    {"True", Type::kBool, 1},
    {"TRUE", Type::kBool, 1},
    {"on", Type::kBool, 1},
    {"On", Type::kBool, 1},
    {"ON", Type::kBool, 1},
    {"n", Type::kBool, 0},
    {"N", Type::kBool, 0},
    {"no", Type::kBool, 0},
    {"No", Type::kBool, 0},
    {"NO", Type::kBool, 0},
    {"false", Type::kBool, 0},
    {"False", Type::kBool, 0},
    {"FALSE", Type::kBool, 0},
    {"off", Type::kBool, 0},
    {"Off", Type::kBool, 0},
    {"OFF", Type::kBool, 0},
    {".nan", Type::kFloat, kNan},
    {".NaN", Type::kFloat, kNan},
    {".NAN", Type::kFloat, kNan},
    {".inf", Type::kFloat, kInfinity},
    {".Inf", Type::kFloat, kInfinity},
    {".INF", Type::kFloat, kInfinity},
    {"+.inf", Type::kFloat, kInfinity},
    {"+.Inf", Type::kFloat, kInfinity},
    {"+.INF", Type::kFloat, kInfinity},
    {"-.inf", Type::kFloat, -kInfinity},
    {"-.Inf", Type::kFloat, -kInfinity},
    {"-.INF", Type::kFloat, -kInfinity},
};

std::optional<YamlScalar> ResolveWord(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  const auto* word = std::find_if(std::begin(kWords), std::end(kWords), [&](const Word& w) { return w.text == text; });
  if (word == std::end(kWords)) return std::nullopt;
  switch (word->type) {
    case Type::kNull:
      return YamlScalar{Type::kNull, nullptr};
    case Type::kBool:
      return YamlScalar{Type::kBool, word->value != 0};
    default:
      return YamlScalar{Type::kFloat, word->value};
  }
}

// The clock part of a timestamp: 15:4:5, and fractions of a second.
bool AcceptClock(Cursor& cursor) {
  if (!cursor.Number(23) || !cursor.Accept(":") || !cursor.Number(59) || !cursor.Accept(":") || !cursor.Number(59)) {
    return false;
  }
  return !cursor.Accept(".,") || !cursor.Run(kDigits).empty();
}

// Z, or an offset with all its digits: -05:00.
bool AcceptZone(Cursor& cursor) {
  if (cursor.Accept("Z")) return true;
  if (!cursor.Accept("+-")) return false;
  const std::string_view zone = cursor.rest();
  if (zone.size() != 5 || zone[2] != ':') return false;
  return cursor.Number(24) && cursor.Accept(":") && cursor.Number(60);
}

bool IsTimestamp(std::string_view text) {
  Cursor cursor(text);
  const std::string_view year = cursor.Run(kDigits);
  if (year.size() != 4 || !cursor.Accept("-")) return false;
  const auto month = cursor.Number(12);
  if (!month || !cursor.Accept("-")) return false;
  const auto day = cursor.Number(31);
  int year_number = 0;
  std::from_chars(year.data(), year.data() + year.size(), year_number);
  using namespace std::chrono;
  if (!day ||
      !year_month_day(std::chrono::year(year_number), std::chrono::month(*month), std::chrono::day(*day)).ok()) {
    return false;
  }
  if (cursor.done()) return true;
  if (cursor.Accept(" ")) return AcceptClock(cursor) && cursor.done();
  return cursor.Accept("Tt") && AcceptClock(cursor) && AcceptZone(cursor) && cursor.done();
}

// The base that a prefix names; the prefix is dropped. A leading 0 alone means octal.
int TakeBase(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  constexpr std::string_view kLetters = "xXoObB";
  constexpr int kBases[] = {16, 16, 8, 8, 2, 2};
  const std::size_t letter = kLetters.find(digits[1]);
  digits.remove_prefix(letter == std::string_view::npos ? 1 : 2);
  return letter == std::string_view::npos ? 8 : kBases[letter];
}

std::optional<YamlScalar> ResolveInt(std::string_view text) {
  Cursor cursor(text);
  const bool negative = text.front() == '-';
  cursor.Accept("+-");
  std::string_view digits = cursor.rest();
  const int base = TakeBase(digits);
  std::uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, magnitude, base);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  constexpr std::uint64_t kMin = std::uint64_t{1} << 63;  // of std::int64_t, without its sign
  if (negative) {
    if (magnitude > kMin) return std::nullopt;
    return YamlScalar{Type::kInt, static_cast<std::int64_t>(0 - magnitude)};
  }
  if (magnitude < kMin) return YamlScalar{Type::kInt, static_cast<std::int64_t>(magnitude)};
  // Unsigned numbers carry no sign.
  return text.front() == '+' ? std::nullopt : std::optional(YamlScalar{Type::kInt, magnitude});
}

Json FloatValue(double number) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (std::trunc(number) == number && number > -kLimit && number < kLimit) return static_cast<std::int64_t>(number);
  return number;
}

// [-+] ( .digits | digits [ . [digits] ] ) [ e [-+] digits ]
bool IsFloat(std::string_view text) {
  Cursor cursor(text);
  cursor.Accept("+-");
  const bool whole = !cursor.Run(kDigits).empty();
  const bool fraction = cursor.Accept(".") && !cursor.Run(kDigits).empty();
  if (!whole && !fraction) return false;
  if (!cursor.Accept("eE")) return cursor.done();
  cursor.Accept("+-");
  return !cursor.Run(kDigits).empty() && cursor.done();
}

std::optional<YamlScalar> ResolveFloat(std::string_view text) {
  if (!IsFloat(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double number = 0;
  const auto parsed = absl::from_chars(text.data(), text.data() + text.size(), number);
  const bool too_large = parsed.ec == std::errc::result_out_of_range && std::abs(number) > 1;
  if (too_large) return std::nullopt;
  return YamlScalar{Type::kFloat, FloatValue(number)};
}

std::string WithoutUnderscores(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '_');
  return digits;
}

// In a number that starts with a point, underscores may only separate digits.
bool UnderscoresSeparate(std::string_view text) {
  for (std::size_t i = text.find('_'); i != std::string_view::npos; i = text.find('_', i + 1)) {
    const auto is_digit = [&](std::size_t at) { return at < text.size() && kDigits.find(text[at]) != kDigits.npos; };
    if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1)) return false;
  }
  return true;
}

std::optional<YamlScalar> ResolveNumber(std::string_view text) {
  if (text.front() == '.' && !UnderscoresSeparate(text)) return std::nullopt;
  const std::string digits = WithoutUnderscores(text);
  if (text.front() != '.') {
    if (auto integer = ResolveInt(digits)) return integer;
  }
  return ResolveFloat(digits);
}

// [-+] digit { digit | _ } { : [0-5] digit } [ . { digit | _ } ], with at least one colon
bool IsBase60(std::string_view text) {
  Cursor cursor(text);
  cursor.Accept("+-");
  if (!cursor.Accept(kDigits)) return false;
  cursor.Run("0123456789_");
  int groups = 0;
  for (; cursor.Accept(":"); ++groups) {
    if (!cursor.Number(59)) return false;
  }
  if (cursor.Accept(".")) cursor.Run("0123456789_");
  return groups > 0 && cursor.done();
}

}  // namespace

YamlScalar ResolveYamlScalar(std::string_view text) {
  if (auto word = ResolveWord(text)) return *std::move(word);
  if (std::string_view("+-.0123456789").find(text.front()) == std::string_view::npos) return {Type::kText, text};
  if (IsTimestamp(text)) return {Type::kTimestamp, text};
  if (auto number = ResolveNumber(text)) return *std::move(number);
  return {Type::kText, text};
}

bool NeedsQuotes(std::string_view text) {
  return text == "<<" || IsBase60(text) || ResolveYamlScalar(text).type != Type::kText;
}

}  // namespace xfn
