// UTF-8, as protobuf demands it of every string.
#pragma once

#include <cstddef>
#include <string_view>

namespace xfn {

// Utf8Prefix returns how many bytes at the start of `text` are well-formed: no overlong forms, no surrogates, nothing
// beyond U+10FFFF.
std::size_t Utf8Prefix(std::string_view text);

inline bool IsUtf8(std::string_view text) { return Utf8Prefix(text) == text.size(); }

}  // namespace xfn
