#include "wire_reader.h"

#include <bit>
#include <cstring>

namespace xfn {
namespace {

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kStartGroup = 3, kEndGroup = 4, kFixed32 = 5 };

constexpr std::size_t kMaxVarint32Bytes = 5;
constexpr std::size_t kMaxVarint64Bytes = 10;
constexpr std::string_view kTruncated = "truncated";

}  // namespace

bool WireReader::Fail(std::string_view why) {
  error_ = why;
  return false;
}

bool WireReader::ReadVarint(std::size_t max_bytes, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < max_bytes; ++i) {
    if (i == rest_.size()) return Fail(kTruncated);
    const auto byte = static_cast<unsigned char>(rest_[i]);
    value |= std::uint64_t{byte & 0x7Fu} << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return true;
    }
  }
  return Fail("a varint has too many bytes");
}

bool WireReader::ReadVarint(std::uint64_t& value) { return ReadVarint(kMaxVarint64Bytes, value); }

bool WireReader::ReadTag(std::uint32_t& tag) {
  std::uint64_t value = 0;
  if (!ReadVarint(kMaxVarint32Bytes, value)) return false;
  tag = static_cast<std::uint32_t>(value);
  return tag >> 3 != 0 || Fail("field number 0");
}

bool WireReader::Advance(std::uint64_t count) {
  if (count > rest_.size()) return Fail(kTruncated);
  rest_.remove_prefix(count);
  return true;
}

bool WireReader::ReadDouble(double& value) {
  static_assert(std::endian::native == std::endian::little);
  const char* bytes = rest_.data();
  if (!Advance(sizeof value)) return false;
  std::memcpy(&value, bytes, sizeof value);
  return true;
}

bool WireReader::ReadBytes(std::string_view& value) {
  std::uint64_t size = 0;
  if (!ReadVarint(kMaxVarint32Bytes, size)) return false;
  const char* bytes = rest_.data();
  if (!Advance(size)) return false;
  value = {bytes, size};
  return true;
}

bool WireReader::Skip(std::uint32_t tag, int depth) {
  std::uint64_t number = 0;
  std::string_view bytes;
  switch (tag & 7) {
    case kVarint:
      return ReadVarint(number);
    case kFixed64:
      return Advance(8);
    case kBytes:
      return ReadBytes(bytes);
    case kStartGroup:
      return SkipGroup(tag >> 3, depth);
    case kFixed32:
      return Advance(4);
    case kEndGroup:
      return Fail("a group ends that did not start");
    default:
      return Fail("a wire type that does not exist");
  }
}

bool WireReader::SkipGroup(std::uint32_t field, int depth) {
  if (depth == 0) return Fail("groups nest too deep");
  while (true) {
    std::uint32_t tag = 0;
    if (!ReadTag(tag)) return false;
    if (tag == (field << 3 | kEndGroup)) return true;
    if (!Skip(tag, depth - 1)) return false;
  }
}

}  // namespace xfn
