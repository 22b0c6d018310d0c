// The characters of a text, as YAML sees them.
#pragma once

#include <string>
#include <string_view>

namespace xfn {

// Characters splits UTF-8 into code points.
std::u32string Characters(std::string_view text);

// AppendUtf8 is the way back. REQUIRES: `c` is at most U+FFFF.
void AppendUtf8(std::string& text, char32_t c);

// IsPlainCharacter tells whether a character may stand for itself; the others need Escape, as do a line break, a quote
// and a backslash between double quotes.
bool IsPlainCharacter(char32_t c);
std::string Escape(char32_t c);

// YamlShape is which styles can hold a text.
struct YamlShape {
  bool plain = true;
  bool single_quoted = true;
  bool literal = true;
};

YamlShape ShapeOf(std::u32string_view text);

}  // namespace xfn
