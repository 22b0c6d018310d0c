// Objects inside a wire Resource. Private to the SDK.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "xfn/json.h"
#include "xfn/struct_codec.h"
#include "xfn/wire.pb.h"

namespace xfn {

// ParseResource reads a serialized Resource, its object left as bytes.
inline absl::StatusOr<wire::Resource> ParseResource(const std::string& wire) {
  wire::Resource resource;
  if (!resource.ParseFromString(wire)) return absl::InvalidArgumentError("the bytes are no Resource");
  return resource;
}

// DecodeResource reads the object of a serialized Resource; one without an object is an empty object.
inline absl::StatusOr<Json> DecodeResource(const std::string& wire, const SkipPaths& skip) {
  auto resource = ParseResource(wire);
  if (!resource.ok()) return resource.status();
  return DecodeStruct(resource->resource(), skip);
}

}  // namespace xfn
