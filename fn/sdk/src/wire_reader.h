// WireReader: protobuf's wire format, read in place.
#pragma once

#include <cstdint>
#include <string_view>

namespace xfn {

// A tag is a field number and a wire type.
constexpr std::uint32_t VarintTag(std::uint32_t field) { return field << 3; }
constexpr std::uint32_t Fixed64Tag(std::uint32_t field) { return field << 3 | 1; }
constexpr std::uint32_t BytesTag(std::uint32_t field) { return field << 3 | 2; }

// WireReader walks over the fields of one message. Every method that returns bool is false when the bytes are
// malformed; error() then says why, and the reader must not be used any more. Views live as long as the input.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  bool done() const { return rest_.empty(); }
  std::string_view error() const { return error_; }

  bool ReadTag(std::uint32_t& tag);
  bool ReadVarint(std::uint64_t& value);
  bool ReadDouble(double& value);
  bool ReadBytes(std::string_view& value);

  // Skip passes over the value of a field that nobody knows.
  bool Skip(std::uint32_t tag) { return Skip(tag, kMaxGroupDepth); }

 private:
  static constexpr int kMaxGroupDepth = 100;

  bool ReadVarint(std::size_t max_bytes, std::uint64_t& value);
  bool Skip(std::uint32_t tag, int depth);
  bool SkipGroup(std::uint32_t field, int depth);
  bool Advance(std::uint64_t count);
  bool Fail(std::string_view why);

  std::string_view rest_;
  std::string_view error_;
};

}  // namespace xfn
