// UTF-8, as protobuf demands it of every string.
#pragma once

#include <string_view>

namespace xfn {

// IsUtf8 tells whether `text` is well-formed: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool IsUtf8(std::string_view text);

}  // namespace xfn
