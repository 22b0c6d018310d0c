// The codec between google.protobuf.Struct on the wire and Json, without protobuf's own Struct in between: decoding
// that message is most of the time that an ordinary function spends (docs/decisions/0002-wire-view.md).
//
// Shapes. An integral number within ±2^53 becomes a JSON integer (8080, not 8080.0), every other number, -0.0 among
// them, a double. Everything else is as protobuf has it: a Value without a kind is null; of keys that occur twice the
// last one wins; unknown fields are passed over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "xfn/json.h"

namespace xfn {

// Objects and lists may nest this deep. Kubernetes objects stay below 30; protobuf's own Struct breaks at about 33.
inline constexpr int kMaxStructDepth = 100;

// SkipPaths are paths of object keys that DecodeStruct passes over without decoding what is there.
// Example: SkipPaths{{"metadata", "managedFields"}}
using SkipPaths = std::vector<std::vector<std::string>>;

// DecodeStruct reads a serialized google.protobuf.Struct. The result is always a JSON object.
// Errors: INVALID_ARGUMENT for truncated or malformed bytes, text that is not UTF-8, numbers that are not finite, and
// nesting beyond kMaxStructDepth; the message says where, e.g. "cannot decode Struct: at spec.env[0]: truncated".
// What is skipped is checked for its outer length only.
absl::StatusOr<Json> DecodeStruct(std::string_view wire, const SkipPaths& skip = {});

// EncodeStruct writes `object` as a serialized google.protobuf.Struct, keys in order: equal objects, equal bytes.
// Errors: INVALID_ARGUMENT when `object` is no JSON object, holds text that is not UTF-8, a number that is not finite,
// an integer that a double cannot hold exactly, a binary value, or nests deeper than kMaxStructDepth.
absl::StatusOr<std::string> EncodeStruct(const Json& object);

}  // namespace xfn
