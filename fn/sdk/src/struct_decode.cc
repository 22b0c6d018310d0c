// google.protobuf.Struct on the wire:
//
//   Struct    { map<string, Value> fields = 1; }     a map is a repeated message { string key = 1; Value value = 2; }
//   Value     { oneof { NullValue null = 1; double number = 2; string string = 3; bool bool = 4; Struct struct = 5;
//                       ListValue list = 6; } }
//   ListValue { repeated Value values = 1; }
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "error_trail.h"
#include "utf8.h"
#include "wire_reader.h"
#include "xfn/struct_codec.h"

namespace xfn {
namespace {

constexpr double kMaxExactInteger = 9007199254740992;  // 2^53

// Skips holds what is left of each skip path that may still match below the current object.
using Skips = std::vector<std::span<const std::string>>;

// Descend returns the paths of `skips` that lead through `key`; one that ends there comes back empty.
Skips Descend(const Skips& skips, std::string_view key) {
  Skips below;
  for (const auto& path : skips) {
    if (path.front() == key) below.push_back(path.subspan(1));
  }
  return below;
}

bool EndsHere(const Skips& skips) {
  for (const auto& path : skips) {
    if (path.empty()) return true;
  }
  return false;
}

// Decoder's methods return false when they fail; the trail then knows why and where.
class Decoder {
 public:
  bool DecodeFields(std::string_view wire, const Skips& skips, int depth, Json::object_t& out);

  absl::Status status() const { return trail_.status("cannot decode Struct"); }

 private:
  template <typename Use>
  bool ForEach(std::uint32_t wanted, std::string_view message, const Use& use);
  bool DecodeEntry(std::string_view wire, const Skips& skips, int depth, Json::object_t& out);
  bool DecodeValue(std::string_view wire, const Skips& skips, int depth, Json& out);
  bool DecodeList(std::string_view wire, int depth, Json::array_t& out);
  bool DecodeNumber(WireReader& reader, Json& out);
  bool DecodeString(WireReader& reader, Json& out);
  bool DecodeBool(WireReader& reader, Json& out);
  bool DecodeStructValue(WireReader& reader, const Skips& skips, int depth, Json& out);
  bool DecodeListValue(WireReader& reader, int depth, Json& out);

  bool Fail(std::string_view why) { return trail_.Fail(why); }
  bool Fail(const WireReader& reader) { return trail_.Fail(reader.error()); }

  ErrorTrail trail_;
};

// ForEach gives the value of each field with that tag to `use`, and passes over all others.
template <typename Use>
bool Decoder::ForEach(std::uint32_t wanted, std::string_view message, const Use& use) {
  WireReader reader(message);
  while (!reader.done()) {
    std::uint32_t tag = 0;
    std::string_view value;
    if (!reader.ReadTag(tag)) return Fail(reader);
    if (tag != wanted) {
      if (!reader.Skip(tag)) return Fail(reader);
      continue;
    }
    if (!reader.ReadBytes(value)) return Fail(reader);
    if (!use(value)) return false;
  }
  return true;
}

bool Decoder::DecodeFields(std::string_view wire, const Skips& skips, int depth, Json::object_t& out) {
  if (depth > kMaxStructDepth) return Fail("nests too deep");
  return ForEach(BytesTag(1), wire, [&](std::string_view entry) { return DecodeEntry(entry, skips, depth, out); });
}

// DecodeEntry looks for the key first: it may follow the value, or be absent, and the last one counts. The values of an
// entry with more than one are merged; entries with equal keys are not, the last one wins.
bool Decoder::DecodeEntry(std::string_view wire, const Skips& skips, int depth, Json::object_t& out) {
  std::string_view key;
  const auto read_key = [&](std::string_view text) { return (key = text, IsUtf8(key)) || Fail("a key is not UTF-8"); };
  if (!ForEach(BytesTag(1), wire, read_key)) return false;
  const Skips below = Descend(skips, key);
  if (EndsHere(below)) return true;
  Json& value = out[std::string(key)];
  value = nullptr;
  const auto read_value = [&](std::string_view bytes) { return DecodeValue(bytes, below, depth, value); };
  return ForEach(BytesTag(2), wire, read_value) || trail_.At(std::string(key));
}

// DecodeValue merges into `out`, as a oneof does: the last kind wins; objects and lists that come twice are joined.
bool Decoder::DecodeValue(std::string_view wire, const Skips& skips, int depth, Json& out) {
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t tag = 0;
    std::uint64_t ignored = 0;
    if (!reader.ReadTag(tag)) return Fail(reader);
    bool ok = true;
    switch (tag) {
      case VarintTag(1):
        if (!reader.ReadVarint(ignored)) return Fail(reader);
        out = nullptr;
        break;
      case Fixed64Tag(2):
        ok = DecodeNumber(reader, out);
        break;
      case BytesTag(3):
        ok = DecodeString(reader, out);
        break;
      case VarintTag(4):
        ok = DecodeBool(reader, out);
        break;
      case BytesTag(5):
        ok = DecodeStructValue(reader, skips, depth, out);
        break;
      case BytesTag(6):
        ok = DecodeListValue(reader, depth, out);
        break;
      default:
        if (!reader.Skip(tag)) return Fail(reader);
    }
    if (!ok) return false;
  }
  return true;
}

bool Decoder::DecodeNumber(WireReader& reader, Json& out) {
  double number = 0;
  if (!reader.ReadDouble(number)) return Fail(reader);
  if (!std::isfinite(number)) return Fail("a number is not finite");
  const bool minus_zero = number == 0 && std::signbit(number);
  if (std::abs(number) <= kMaxExactInteger && std::trunc(number) == number && !minus_zero) {
    out = static_cast<std::int64_t>(number);
  } else {
    out = number;
  }
  return true;
}

bool Decoder::DecodeString(WireReader& reader, Json& out) {
  std::string_view text;
  if (!reader.ReadBytes(text)) return Fail(reader);
  if (!IsUtf8(text)) return Fail("a string is not UTF-8");
  out = Json::string_t(text);
  return true;
}

bool Decoder::DecodeBool(WireReader& reader, Json& out) {
  std::uint64_t value = 0;
  if (!reader.ReadVarint(value)) return Fail(reader);
  out = value != 0;
  return true;
}

bool Decoder::DecodeStructValue(WireReader& reader, const Skips& skips, int depth, Json& out) {
  std::string_view fields;
  if (!reader.ReadBytes(fields)) return Fail(reader);
  if (!out.is_object()) out = Json::object();
  return DecodeFields(fields, skips, depth + 1, out.get_ref<Json::object_t&>());
}

bool Decoder::DecodeListValue(WireReader& reader, int depth, Json& out) {
  std::string_view values;
  if (!reader.ReadBytes(values)) return Fail(reader);
  if (!out.is_array()) out = Json::array();
  return DecodeList(values, depth + 1, out.get_ref<Json::array_t&>());
}

bool Decoder::DecodeList(std::string_view wire, int depth, Json::array_t& out) {
  if (depth > kMaxStructDepth) return Fail("nests too deep");
  return ForEach(BytesTag(1), wire, [&](std::string_view value) {
    return DecodeValue(value, {}, depth, out.emplace_back()) || trail_.At(out.size() - 1);
  });
}

}  // namespace

absl::StatusOr<Json> DecodeStruct(std::string_view wire, const SkipPaths& skip) {
  Skips skips;
  for (const auto& path : skip) {
    if (!path.empty()) skips.emplace_back(path);
  }
  Json object = Json::object();
  Decoder decoder;
  if (!decoder.DecodeFields(wire, skips, 1, object.get_ref<Json::object_t&>())) return decoder.status();
  return object;
}

}  // namespace xfn
