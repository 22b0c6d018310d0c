#include "utf8.h"

#include <cstdint>
#include <cstring>

namespace xfn {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

std::size_t AsciiPrefix(std::string_view text) {
  std::size_t i = 0;
  for (std::uint64_t word; i + sizeof word <= text.size(); i += sizeof word) {
    std::memcpy(&word, text.data() + i, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

// SequenceLength returns the length of the well-formed sequence at the start of `text`, or 0.
// Well-formed: Unicode standard, table 3-7; only the second byte has limits of its own.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

std::size_t Utf8Prefix(std::string_view text) {
  std::string_view rest = text;
  while (true) {
    rest.remove_prefix(AsciiPrefix(rest));
    const std::size_t length = rest.empty() ? 0 : SequenceLength(rest);
    if (length == 0) return text.size() - rest.size();
    rest.remove_prefix(length);
  }
}

}  // namespace xfn
