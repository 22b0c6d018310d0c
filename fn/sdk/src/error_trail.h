// ErrorTrail: why a recursive walk failed and where, for codecs.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "xfn/field_path.h"

namespace xfn {

// ErrorTrail costs nothing until something fails: the place is put together while the walk returns, each caller adding
// its own step. Both methods return false, which is what a failed step of the walk returns.
class ErrorTrail {
 public:
  bool Fail(std::string_view why) {
    why_ = why;
    return false;
  }
  bool At(FieldPath::Segment step) {
    steps_.push_back(std::move(step));
    return false;
  }

  // status words the error, e.g. "cannot decode Struct: at metadata.labels: truncated".
  absl::Status status(std::string_view what) const {
    const FieldPath path(std::vector<FieldPath::Segment>(steps_.rbegin(), steps_.rend()));
    const std::string at = steps_.empty() ? "" : fmt::format("at {}: ", path.ToString());
    return absl::InvalidArgumentError(fmt::format("{}: {}{}", what, at, why_));
  }

 private:
  std::string why_;
  std::vector<FieldPath::Segment> steps_;  // innermost first
};

}  // namespace xfn
