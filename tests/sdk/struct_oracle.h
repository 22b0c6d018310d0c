// The oracle for the Struct codec: protobuf's own Struct, in both directions. Tests and the fuzz target share it.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/struct.pb.h>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "xfn/json.h"
#include "xfn/status.h"
#include "xfn/struct_codec.h"

namespace xfn {

void ToProtobuf(const Json& json, google::protobuf::Value& out);

inline void ToProtobuf(const Json& object, google::protobuf::Struct& out) {
  for (const auto& [key, value] : object.items()) ToProtobuf(value, (*out.mutable_fields())[key]);
}

inline void ToProtobuf(const Json& json, google::protobuf::Value& out) {
  if (json.is_object()) return ToProtobuf(json, *out.mutable_struct_value());
  if (json.is_boolean()) return out.set_bool_value(json.get<bool>());
  if (json.is_number()) return out.set_number_value(json.get<double>());
  if (json.is_string()) return out.set_string_value(json.get<std::string>());
  if (json.is_null()) return out.set_null_value(google::protobuf::NULL_VALUE);
  out.mutable_list_value();
  for (const Json& item : json) ToProtobuf(item, *out.mutable_list_value()->add_values());
}

inline Json FromProtobuf(const google::protobuf::Value& value);

inline Json FromProtobuf(const google::protobuf::Struct& object) {
  Json json = Json::object();
  for (const auto& [key, value] : object.fields()) json[key] = FromProtobuf(value);
  return json;
}

inline Json FromProtobuf(const google::protobuf::Value& value) {
  const double number = value.number_value();
  const bool integral = std::trunc(number) == number && std::abs(number) <= 9007199254740992.0;
  Json list = Json::array();
  switch (value.kind_case()) {
    case google::protobuf::Value::kNumberValue:
      return integral && !(number == 0 && std::signbit(number)) ? Json(static_cast<long long>(number)) : Json(number);
    case google::protobuf::Value::kStringValue:
      return value.string_value();
    case google::protobuf::Value::kBoolValue:
      return value.bool_value();
    case google::protobuf::Value::kStructValue:
      return FromProtobuf(value.struct_value());
    case google::protobuf::Value::kListValue:
      for (const google::protobuf::Value& item : value.list_value().values()) list.push_back(FromProtobuf(item));
      return list;
    default:
      return nullptr;
  }
}

inline std::string ProtobufBytes(const google::protobuf::Struct& object) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  object.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// ParseWithProtobuf lifts protobuf's limit on nesting, which is lower than ours.
inline std::optional<google::protobuf::Struct> ParseWithProtobuf(std::string_view bytes) {
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const unsigned char*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(1 << 20);
  google::protobuf::Struct object;
  if (!object.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) return std::nullopt;
  return object;
}

// Disagreement tells how the codec and protobuf differ on these bytes; it is empty when they agree. What differs on
// purpose: the codec refuses numbers that are not finite, and nesting beyond its limit.
inline std::string Disagreement(std::string_view bytes) {
  const auto ours = DecodeStruct(bytes);
  const auto theirs = ParseWithProtobuf(bytes);
  if (!ours.ok()) {
    const std::string_view error = Message(ours.status());
    const bool on_purpose = error.ends_with("is not finite") || error.ends_with("too deep");
    return theirs.has_value() && !on_purpose ? "protobuf accepts what the codec refuses: " + std::string(error) : "";
  }
  if (!theirs.has_value()) return "the codec accepts what protobuf refuses";
  if (ours->dump() != FromProtobuf(*theirs).dump()) return "the values differ";
  const auto encoded = EncodeStruct(*ours);
  if (!encoded.ok()) return std::string(Message(encoded.status()));
  google::protobuf::Struct canonical;  // theirs still has the unknown fields
  ToProtobuf(*ours, canonical);
  return *encoded == ProtobufBytes(canonical) ? "" : "the encodings differ";
}

}  // namespace xfn
