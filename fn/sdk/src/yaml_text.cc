#include "yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace xfn {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// TakeCharacter takes the first code point off `text`. REQUIRES: `text` is UTF-8 and not empty.
char32_t TakeCharacter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  char32_t code = lead < 0x80 ? lead : lead < 0xE0 ? lead & 0x1F : lead < 0xF0 ? lead & 0x0F : lead & 0x07;
  text.remove_prefix(1);
  while (!text.empty() && IsContinuation(text.front())) {
    code = code << 6 | (static_cast<unsigned char>(text.front()) & 0x3F);
    text.remove_prefix(1);
  }
  return code;
}

bool StartsLikeSyntax(std::u32string_view text) {
  if (text.starts_with(U"---") || text.starts_with(U"...")) return true;
  if (std::u32string_view(U"#,[]{}&*!|>'\"%@`").find(text.front()) != text.npos) return true;
  const bool followed_by_blank = text.size() == 1 || text[1] == ' ' || text[1] == '\n';
  return followed_by_blank && std::u32string_view(U"?:-").find(text.front()) != text.npos;
}

bool HoldsSyntax(std::u32string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool blank_follows = i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\n';
    const bool blank_precedes = text[i - 1] == ' ' || text[i - 1] == '\n';
    if ((text[i] == ':' && blank_follows) || (text[i] == '#' && blank_precedes)) return true;
  }
  return false;
}

}  // namespace

std::u32string Characters(std::string_view text) {
  std::u32string characters;
  while (!text.empty()) characters.push_back(TakeCharacter(text));
  return characters;
}

bool IsPlainCharacter(char32_t c) {
  if (c < 0x80) return c == '\n' || (c >= 0x20 && c < 0x7F);
  return c >= 0xA0 && c <= 0xFFFD && c != 0xFEFF && c != 0x2028 && c != 0x2029;
}

void AppendUtf8(std::string& text, char32_t c) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  const auto continuation = [&](int shift) { put(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
    return continuation(0);
  }
  put(0xE0 | c >> 12);
  continuation(6);
  continuation(0);
}

std::string Escape(char32_t c) {
  switch (c) {
    case 0x00:
      return "\\0";
    case 0x07:
      return "\\a";
    case 0x08:
      return "\\b";
    case '\t':
      return "\\t";
    case '\n':
      return "\\n";
    case 0x0B:
      return "\\v";
    case 0x0C:
      return "\\f";
    case '\r':
      return "\\r";
    case 0x1B:
      return "\\e";
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case 0x85:
      return "\\N";
    case 0x2028:
      return "\\L";
    case 0x2029:
      return "\\P";
    default:
      break;
  }
  const auto code = static_cast<std::uint32_t>(c);
  if (code <= 0xFF) return fmt::format("\\x{:02X}", code);
  return code <= 0xFFFF ? fmt::format("\\u{:04X}", code) : fmt::format("\\U{:08X}", code);
}

YamlShape ShapeOf(std::u32string_view text) {
  if (text.empty()) return {true, true, false};
  const bool special = !std::all_of(text.begin(), text.end(), IsPlainCharacter);
  const bool space_before_break = text.find(U" \n") != text.npos;
  const bool space_after_break = text.find(U"\n ") != text.npos;
  const bool edges = text.front() == ' ' || text.front() == '\n' || text.back() == ' ' || text.back() == '\n';
  YamlShape shape;
  shape.single_quoted = !special && !space_before_break && !space_after_break;
  shape.literal = !special && !space_before_break && text.back() != ' ';
  shape.plain =
      shape.single_quoted && !edges && text.find('\n') == text.npos && !StartsLikeSyntax(text) && !HoldsSyntax(text);
  return shape;
}

}  // namespace xfn
