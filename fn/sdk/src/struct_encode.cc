// The wire format is shown in struct_decode.cc. A message is preceded by its length, so the encoder writes from the
// end to the start: by the time a length is due, what it measures has been written. One pass, one buffer.
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "error_trail.h"
#include "utf8.h"
#include "wire_reader.h"
#include "xfn/struct_codec.h"

namespace xfn {
namespace {

// BackwardWriter puts each piece in front of what is there.
class BackwardWriter {
 public:
  std::size_t size() const { return buffer_.size() - start_; }
  std::string_view written() const { return std::string_view(buffer_).substr(start_); }

  void PutByte(std::uint32_t byte) { *Reserve(1) = static_cast<char>(byte); }
  void PutText(std::string_view text) {
    if (!text.empty()) std::memcpy(Reserve(text.size()), text.data(), text.size());
  }
  void PutDouble(double value) { std::memcpy(Reserve(sizeof value), &value, sizeof value); }
  void PutVarint(std::uint64_t value);

  // PutHeader turns everything written since `end`, an earlier size(), into the value of a field.
  void PutHeader(std::uint32_t tag, std::size_t end) {
    PutVarint(size() - end);
    PutByte(tag);
  }

 private:
  char* Reserve(std::size_t count) {
    if (count > start_) Grow(count);
    start_ -= count;
    return buffer_.data() + start_;
  }
  void Grow(std::size_t count);

  std::string buffer_ = std::string(1024, '\0');
  std::size_t start_ = buffer_.size();
};

void BackwardWriter::PutVarint(std::uint64_t value) {
  char bytes[10];
  std::size_t count = 0;
  for (; value >= 0x80; value >>= 7) bytes[count++] = static_cast<char>(value | 0x80);
  bytes[count++] = static_cast<char>(value);
  PutText({bytes, count});
}

void BackwardWriter::Grow(std::size_t count) {
  std::string larger(2 * buffer_.size() + count, '\0');
  const std::size_t start = larger.size() - size();
  std::memcpy(larger.data() + start, written().data(), size());
  buffer_ = std::move(larger);
  start_ = start;
}

// Encoder's methods return false when they fail; the trail then knows why and where.
class Encoder {
 public:
  bool EncodeFields(const Json::object_t& object, int depth);

  std::string_view written() const { return writer_.written(); }
  absl::Status status() const { return trail_.status("cannot encode Struct"); }

 private:
  bool EncodeValue(const Json& value, int depth);
  bool EncodeList(const Json::array_t& list, int depth);
  bool EncodeNumber(double number);
  template <typename Integer>
  bool EncodeInteger(Integer integer);

  ErrorTrail trail_;
  BackwardWriter writer_;
};

bool Encoder::EncodeFields(const Json::object_t& object, int depth) {
  if (depth > kMaxStructDepth) return trail_.Fail("nests too deep");
  for (auto field = object.rbegin(); field != object.rend(); ++field) {
    const auto& [key, value] = *field;
    const std::size_t entry_end = writer_.size();
    if (!EncodeValue(value, depth)) return trail_.At(key);
    writer_.PutHeader(BytesTag(2), entry_end);
    if (!IsUtf8(key)) return trail_.Fail("a key is not UTF-8");
    const std::size_t key_end = writer_.size();
    writer_.PutText(key);
    writer_.PutHeader(BytesTag(1), key_end);
    writer_.PutHeader(BytesTag(1), entry_end);
  }
  return true;
}

bool Encoder::EncodeList(const Json::array_t& list, int depth) {
  if (depth > kMaxStructDepth) return trail_.Fail("nests too deep");
  for (std::size_t i = list.size(); i-- > 0;) {
    const std::size_t end = writer_.size();
    if (!EncodeValue(list[i], depth)) return trail_.At(i);
    writer_.PutHeader(BytesTag(1), end);
  }
  return true;
}

bool Encoder::EncodeNumber(double number) {
  if (!std::isfinite(number)) return trail_.Fail("a number is not finite");
  writer_.PutDouble(number);
  writer_.PutByte(Fixed64Tag(2));
  return true;
}

// A double has 53 significant bits: of the larger integers only those are exact that end in enough zero bits.
template <typename Integer>
bool Encoder::EncodeInteger(Integer integer) {
  const auto magnitude = integer < 0 ? 0 - static_cast<std::uint64_t>(integer) : static_cast<std::uint64_t>(integer);
  const int significant_bits = static_cast<int>(std::bit_width(magnitude)) - std::countr_zero(magnitude);
  if (significant_bits > std::numeric_limits<double>::digits) {
    return trail_.Fail(fmt::format("a double cannot hold {} exactly", integer));
  }
  return EncodeNumber(static_cast<double>(integer));
}

bool Encoder::EncodeValue(const Json& value, int depth) {
  const std::size_t end = writer_.size();
  switch (value.type()) {
    case Json::value_t::null:
      writer_.PutByte(0);
      writer_.PutByte(VarintTag(1));
      return true;
    case Json::value_t::boolean:
      writer_.PutByte(value.get<bool>() ? 1 : 0);
      writer_.PutByte(VarintTag(4));
      return true;
    case Json::value_t::number_integer:
      return EncodeInteger(value.get<std::int64_t>());
    case Json::value_t::number_unsigned:
      return EncodeInteger(value.get<std::uint64_t>());
    case Json::value_t::number_float:
      return EncodeNumber(value.get<double>());
    case Json::value_t::string:
      if (!IsUtf8(value.get_ref<const std::string&>())) return trail_.Fail("a string is not UTF-8");
      writer_.PutText(value.get_ref<const std::string&>());
      writer_.PutHeader(BytesTag(3), end);
      return true;
    case Json::value_t::object:
      if (!EncodeFields(value.get_ref<const Json::object_t&>(), depth + 1)) return false;
      writer_.PutHeader(BytesTag(5), end);
      return true;
    case Json::value_t::array:
      if (!EncodeList(value.get_ref<const Json::array_t&>(), depth + 1)) return false;
      writer_.PutHeader(BytesTag(6), end);
      return true;
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return trail_.Fail("a value is no JSON");
}

}  // namespace

absl::StatusOr<std::string> EncodeStruct(const Json& object) {
  Encoder encoder;
  if (!object.is_object()) return absl::InvalidArgumentError("cannot encode Struct: the value is no object");
  if (!encoder.EncodeFields(object.get_ref<const Json::object_t&>(), 1)) return encoder.status();
  return std::string(encoder.written());
}

}  // namespace xfn
