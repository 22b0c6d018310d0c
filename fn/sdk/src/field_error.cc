// The wording is that of k8s.io/apimachinery/pkg/util/validation/field.
#include "xfn/field_error.h"

#include <fmt/format.h>

namespace xfn {
namespace {

// Text that is not UTF-8 must not keep an error from being told.
std::string Quote(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

void FieldErrors::Add(const FieldPath& path, std::string text, std::string_view why) {
  if (!why.empty()) text += fmt::format(": {}", why);
  violations_.emplace(path, std::move(text));
}

void FieldErrors::Required(const FieldPath& path, std::string_view why) { Add(path, "Required value", why); }

void FieldErrors::Invalid(const FieldPath& path, const Json& value, std::string_view why) {
  Add(path, fmt::format("Invalid value: {}", Quote(value)), why);
}

void FieldErrors::NotSupported(const FieldPath& path, const Json& value, const std::vector<std::string>& supported) {
  std::string why;
  for (const std::string& one : supported) {
    why += why.empty() ? "supported values: " : ", ";
    why += Quote(one);
  }
  Add(path, fmt::format("Unsupported value: {}", Quote(value)), why);
}

void FieldErrors::Forbidden(const FieldPath& path, std::string_view why) { Add(path, "Forbidden", why); }

void FieldErrors::TooLong(const FieldPath& path, std::size_t limit) {
  Add(path, "Too long", fmt::format("may not be more than {} byte{}", limit, limit == 1 ? "" : "s"));
}

std::string FieldErrors::ToString() const {
  std::string lines;
  for (const auto& [path, text] : violations_) {
    if (!lines.empty()) lines += '\n';
    lines += fmt::format("{}: {}", path.ToString(), text);
  }
  return lines;
}

void FieldErrors::Append(const FieldErrors& other) {
  violations_.insert(other.violations_.begin(), other.violations_.end());
}

}  // namespace xfn
