// Json: the one JSON type of the SDK. Objects are sorted by key, so equal values print and encode to equal bytes.
#pragma once

#include <nlohmann/json.hpp>

namespace xfn {

using Json = nlohmann::json;

}  // namespace xfn
