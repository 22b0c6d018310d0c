#include "xfn/field_path.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace xfn {
namespace {

constexpr std::string_view kDelimiters = ".[]";

bool IsDigits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

absl::Status ParseError(std::string_view text, std::string_view rest, std::string_view why) {
  return absl::InvalidArgumentError(
      fmt::format("cannot parse field path \"{}\": at position {}: {}", text, text.size() - rest.size(), why));
}

// ParseBracket returns nullopt for an index beyond every list.
std::optional<FieldPath::Segment> ParseBracket(std::string_view inside) {
  if (!IsDigits(inside)) return std::string(inside);
  std::size_t index = 0;
  const auto parsed = std::from_chars(inside.data(), inside.data() + inside.size(), index);
  if (parsed.ec != std::errc()) return std::nullopt;
  return index;
}

void AppendSegment(std::string& text, const FieldPath::Segment& segment) {
  if (const auto* index = std::get_if<std::size_t>(&segment)) {
    text += fmt::format("[{}]", *index);
    return;
  }
  const auto& key = std::get<std::string>(segment);
  if (key.empty() || key.find_first_of(kDelimiters) != std::string::npos) {
    text += fmt::format("[{}]", key);
    return;
  }
  if (!text.empty()) text += '.';
  text += key;
}

const Json* Child(const Json& parent, const FieldPath::Segment& segment) {
  if (const auto* index = std::get_if<std::size_t>(&segment)) {
    return parent.is_array() && *index < parent.size() ? &parent[*index] : nullptr;
  }
  if (!parent.is_object()) return nullptr;
  const auto found = parent.find(std::get<std::string>(segment));
  return found == parent.end() ? nullptr : &*found;
}

}  // namespace

absl::StatusOr<FieldPath> FieldPath::Parse(std::string_view text) {
  FieldPath path;
  std::string_view rest = text;
  do {
    if (!rest.empty() && rest.front() == '[') {
      const std::size_t close = rest.find_first_of("[]", 1);
      if (close == std::string_view::npos || rest[close] == '[') return ParseError(text, rest, "[ is not closed");
      if (close == 1) return ParseError(text, rest, "nothing between [ and ]");
      auto segment = ParseBracket(rest.substr(1, close - 1));
      if (!segment.has_value()) return ParseError(text, rest, "the index is too large");
      path.segments_.push_back(*std::move(segment));
      rest.remove_prefix(close + 1);
      continue;
    }
    if (!path.segments_.empty()) {
      if (rest.front() != '.') return ParseError(text, rest, "expected . or [");
      rest.remove_prefix(1);
    }
    const std::string_view name = rest.substr(0, rest.find_first_of(kDelimiters));
    if (name.empty()) return ParseError(text, rest, "expected a name");
    path.segments_.emplace_back(std::string(name));
    rest.remove_prefix(name.size());
  } while (!rest.empty());
  return path;
}

FieldPath FieldPath::Key(std::string_view key) const {
  FieldPath child = *this;
  child.segments_.emplace_back(std::string(key));
  return child;
}

FieldPath FieldPath::Index(std::size_t index) const {
  FieldPath child = *this;
  child.segments_.emplace_back(index);
  return child;
}

std::string FieldPath::ToString() const {
  std::string text;
  for (const Segment& segment : segments_) AppendSegment(text, segment);
  return text;
}

const Json* Find(const Json& root, const FieldPath& path) {
  const Json* value = &root;
  for (const auto& segment : path.segments()) {
    value = Child(*value, segment);
    if (value == nullptr) return nullptr;
  }
  return value;
}

Json* Find(Json& root, const FieldPath& path) { return const_cast<Json*>(Find(std::as_const(root), path)); }

std::string_view FindString(const Json& root, const FieldPath& path) {
  const Json* value = Find(root, path);
  return value != nullptr && value->is_string() ? std::string_view(value->get_ref<const std::string&>()) : "";
}

long long FindInt(const Json& root, const FieldPath& path, long long otherwise) {
  const Json* value = Find(root, path);
  if (value == nullptr || !value->is_number_integer()) return otherwise;
  const bool too_large =
      value->is_number_unsigned() && value->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<long long>::max()};
  return too_large ? otherwise : value->get<long long>();
}

}  // namespace xfn
