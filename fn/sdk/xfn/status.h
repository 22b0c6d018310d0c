// Message: the text of a status as a std::string_view, also where Abseil was built with a string_view of its own
// (Debian 12), which std::format and fmt do not know.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace xfn {

// Message lives as long as `status`.
inline std::string_view Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace xfn
