// YAML in and out, as Kubernetes tools read and write it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "xfn/json.h"

namespace xfn {

// ParseYaml reads every document of `text`; empty documents are left out. Plain scalars get the types that kubectl
// gives them (null, booleans, integers, floats, else text); a quoted scalar is text. Errors: INVALID_ARGUMENT with line
// and column; keys that are no text, keys given twice, tags other than the core ones.
absl::StatusOr<std::vector<Json>> ParseYaml(std::string_view text);

// ToYaml writes one document, keys sorted, a newline at the end, no "---". Text that would read as another type is
// quoted, so ParseYaml(ToYaml(x)) is x.
std::string ToYaml(const Json& value);

}  // namespace xfn
