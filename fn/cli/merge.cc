#include "cli/merge.h"

namespace agent::cli {
namespace {

using xfn::Json;

bool IsEmpty(const Json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return value == 0;
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.empty();
}

}  // namespace

Json Merged(Json base, const Json& top) {
  for (const auto& [key, value] : top.items()) {
    Json& old = base[key];
    if (value.is_object() && old.is_object()) {
      old = Merged(std::move(old), value);
      continue;
    }
    if (old.is_null() || !IsEmpty(value)) old = value;
  }
  return base;
}

}  // namespace agent::cli
